"""The vector of each content: from the part being filled, from committed parts, or encoded now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

from radalike.catalog.store import Catalog, VectorPlace
from radalike.encoders.base import Encoder
from radalike.errors import InvalidVector
from radalike.library.layout import Layout
from radalike.library.vectors.stored_vectors import vectors_at
from radalike.records import Pixels, Vectors


@dataclass(frozen=True, slots=True)
class ContentVector:
    """A content's vector (dimension,), and the committed image that had this content first."""

    vector: Vectors
    original: str | None = None


@dataclass(frozen=True, slots=True)
class Encoding:
    """Prepared images by content, and their vectors (n, dimension), which are on their way."""

    images: Mapping[str, Pixels] = field(default_factory=dict)
    vectors: Future[Vectors] | None = None

    def done(self) -> bool:
        return self.vectors is None or self.vectors.done()


Places = Callable[[Sequence[str]], Mapping[str, VectorPlace]]
"""Where the vectors are of those among some contents that have one in a committed part."""


class ContentVectors:
    """Finds vectors, and encodes each content once. `encoded` counts what went through the
    encoder. `places`: how committed ones are found, by default with the catalog's contents."""

    def __init__(
        self, layout: Layout, catalog: Catalog, encoder: Encoder, places: Places | None = None
    ) -> None:
        self._folder = layout.embeddings(encoder.fingerprint)
        self._places = places or partial(catalog.vectors_of_contents, encoder.fingerprint)
        self._encoder = encoder
        self.encoded = 0

    def start(self, images: Mapping[str, Pixels], known: set[str]) -> Encoding:
        """Begin to encode those of `images` (prepared, by content) that are neither `known` nor
        in a committed part."""
        unseen = [content for content in images if content not in known]
        stored = self._places(unseen)
        fresh = {content: images[content] for content in unseen if content not in stored}
        if not fresh:
            return Encoding()
        return Encoding(fresh, self._encoder.encode_in_background(list(fresh.values())))

    def finish(
        self, images: Mapping[str, Pixels], at_hand: Mapping[str, Vectors], encoding: Encoding
    ) -> dict[str, ContentVector]:
        """The vector of each of `images`, by content: `at_hand`, stored, or from `encoding`.

        A content whose vector would not be valid is left out.
        """
        found = {each: ContentVector(at_hand[each]) for each in images if each in at_hand}
        # What is being encoded was nowhere, and nobody else writes.
        elsewhere = images.keys() - found.keys() - encoding.images.keys()
        found |= self._stored(sorted(elsewhere))
        encoded = self._result(encoding)
        # What was to come from a file that has been refused since is encoded after all.
        missing = images.keys() - found.keys() - encoding.images.keys()
        encoded |= self._encode({content: images[content] for content in sorted(missing)})
        self.encoded += len(encoded)
        return found | {content: ContentVector(vector) for content, vector in encoded.items()}

    def _result(self, encoding: Encoding) -> dict[str, Vectors]:
        if encoding.vectors is None:
            return {}
        try:
            return dict(zip(encoding.images, encoding.vectors.result(), strict=True))
        except InvalidVector as exc:
            return self._encode(_without(encoding.images, exc))

    def _encode(self, images: Mapping[str, Pixels]) -> dict[str, Vectors]:
        if not images:
            return {}
        try:
            vectors = self._encoder.encode_prepared(list(images.values()))
        except InvalidVector as exc:
            return self._encode(_without(images, exc))
        return dict(zip(images, vectors, strict=True))

    def _stored(self, contents: Sequence[str]) -> dict[str, ContentVector]:
        """Of each content that this encoder has seen in a committed part."""
        places = self._places(contents)
        vectors = vectors_at(self._folder, set(places.values()))
        return {
            content: ContentVector(vectors[place], place.image) for content, place in places.items()
        }


def _without(images: Mapping[str, Pixels], refused: InvalidVector) -> dict[str, Pixels]:
    broken = set(refused.data["rows"])  # type: ignore[call-overload]
    return {
        content: image for row, (content, image) in enumerate(images.items()) if row not in broken
    }
