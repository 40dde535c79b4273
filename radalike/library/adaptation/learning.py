"""Learning an adapter from a library's own labels, and mapping its stored embeddings with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from radalike.adaptation.examples import FEWEST, Examples, frequent, numbered, sample
from radalike.encoders.spec import EncoderSpec, as_typed, fingerprint
from radalike.errors import UnknownName, UsageError
from radalike.records import UNKNOWN, Metadata, Vectors

if TYPE_CHECKING:
    from radalike.adaptation.files import Adapter
    from radalike.adaptation.maps import Map
    from radalike.adaptation.selection import Choice, Trial
    from radalike.library.library import Library

MOST_LEARNT, MOST_TRIED = 100_000, 10_000
"""Images that are learnt from, and that the methods are compared on; of more, a sample."""

Progress = Callable[[int, int], None]

CLASSES: Mapping[str, Callable[[Metadata], tuple[str, ...]]] = {
    "label": lambda metadata: metadata.labels,
    "modality": lambda metadata: _known(metadata.modality.value),
    "anatomy": lambda metadata: _known(metadata.anatomy.value),
}
"""What an adapter can be taught: the classes of an image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptReport:
    """What was learnt. `encoder` is the adapter's name, `file` its file.

    images: learnt from. left_out: images of the split without a class, with several, of a class
    with fewer than FEWEST images, without an embedding, and beyond what is learnt from.
    frozen, validation: macro P@1 and P@10 on held-out parts of the split, of the embeddings as
    they are and of the map. tried: the same of each setting. stored: vectors that were mapped now.
    """

    encoder: str
    fingerprint: str
    file: str
    base: str
    labels: str
    split: str
    method: str
    settings: Mapping[str, Any]
    dimension: int
    classes: int
    images: int
    left_out: Mapping[str, int]
    frozen: Mapping[str, float]
    validation: Mapping[str, float]
    tried: tuple[Mapping[str, Any], ...]
    stored: int = 0
    indexed: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def adapt(
    library: Library,
    output: str,
    *,
    labels: str = "label",
    method: str = "auto",
    split: str = "train",
    seed: int = 0,
    progress: Progress = lambda _done, _total: None,
) -> AdaptReport:
    """Learn an adapter of the library's encoder from the embeddings of `split`, keep it under the
    name (or also as the file) `output`, map all stored embeddings with it and build their index.

    The methods and their settings are compared on held-out parts of `split`; no other split is
    looked at. The same again gives the same adapter, and maps what has come since.
    Raises UnknownName (labels, method), DuplicateName (an adapter of that name that is another),
    UsageError (nothing to learn from), LibraryBusy, StorageFull, WeightsMismatch.
    """
    from radalike.adaptation.methods import candidates, learn, raised
    from radalike.adaptation.selection import select
    from radalike.library.adaptation.adapted_vectors import adapt_stored
    from radalike.library.adaptation.adapters import (
        adapted_spec,
        adapter_name,
        keep_adapter,
        learnable,
    )

    name, base = adapter_name(output), learnable(library)
    methods = candidates(method)
    metadata = library.metadata()
    chosen, left_out = _chosen(metadata, labels, split, seed)
    learnt = _examples(library, chosen, metadata)
    left_out["without an embedding"] = len(chosen) - len(learnt.classes)
    choice = select(_smaller(learnt, seed), methods, seed, progress)
    best = choice.chosen
    assert best.setting is not None
    (map_,) = learn(best.method, raised(learnt, best.power), [best.setting], seed, best.power)
    settings = {**asdict(best.setting), "power": best.power}
    adapter = _described(map_, base, labels, split, seed, learnt, choice, settings)
    file = keep_adapter(library.layout, name, output, adapter)
    spec = adapted_spec(library.layout, name, base.rendering, library.store, library.catalog)
    assert spec is not None
    stored = adapt_stored(library, spec, progress)
    with library.using(name) as adapted:
        indexed = adapted.build_index(progress=progress).points
    return AdaptReport(
        encoder=name,
        fingerprint=fingerprint(spec),
        file=str(file),
        base=base.id,
        labels=labels,
        split=split,
        method=best.method,
        settings=settings,
        dimension=map_.dimension,
        classes=learnt.number,
        images=len(learnt.classes),
        left_out={what: count for what, count in left_out.items() if count},
        frozen=_figures(choice.frozen),
        validation=_figures(best),
        tried=tuple(_row(trial) for trial in choice.trials),
        stored=stored,
        indexed=indexed,
    )


def _known(value: str) -> tuple[str, ...]:
    return () if value == UNKNOWN else (value,)


def _chosen(
    metadata: Mapping[str, Metadata], labels: str, split: str, seed: int
) -> tuple[dict[str, str], dict[str, int]]:
    """The class of each image (by id) that is to be learnt from, and how many were left out."""
    if labels not in CLASSES:
        raise UnknownName("labels", labels, CLASSES)
    inside = {image: each for image, each in metadata.items() if each.split == split}
    if not inside:
        splits = sorted({each.split for each in metadata.values() if each.split})
        there = f"its splits are {', '.join(splits)}" if splits else "its images have no splits"
        raise UsageError(
            f"no image of the library is in the split {split!r}",
            hint=f"{there}; --split names the one to learn from, and a manifest gives splits",
        )
    several = {image: CLASSES[labels](each) for image, each in inside.items()}
    single = {image: found[0] for image, found in several.items() if len(found) == 1}
    if not single:
        raise UsageError(
            f"no image of split {split} has exactly one {labels}",
            hint="labels come with a manifest; --labels modality (or anatomy) learns those",
        )
    kept = frequent(single)
    if len(set(kept.values())) < 2:
        raise UsageError(
            f"{len(set(single.values()))} classes in split {split}, of which "
            f"{len(set(kept.values()))} have {FEWEST} images or more",
            hint=f"an adapter is learnt from 2 classes or more with {FEWEST} images or more each",
        )
    wanted = sample(kept, MOST_LEARNT, seed)
    return wanted, {
        f"without {labels}": sum(not found for found in several.values()),
        f"with several {labels}s": sum(len(found) > 1 for found in several.values()),
        f"of a class with fewer than {FEWEST} images": len(single) - len(kept),
        "beyond what is learnt from": len(kept) - len(wanted),
    }


def _examples(
    library: Library, classes: Mapping[str, str], metadata: Mapping[str, Metadata]
) -> Examples:
    """Their embeddings, in order of id. Images of one patient, or else of one content, belong
    together. Raises UsageError where there are too few embeddings."""
    ids: list[str] = []
    vectors: list[Vectors] = []
    for chunk in library.embeddings():
        rows = [row for row, image in enumerate(chunk.ids) if image in classes]
        ids += [chunk.ids[row] for row in rows]
        vectors.append(chunk.vectors[rows])
    here = frequent({image: classes[image] for image in ids})
    if len(set(here.values())) < 2:
        raise UsageError(
            f"{len(ids):,} of the {len(classes):,} images to learn from have an embedding of "
            f"{library.encoder_id}, too few",
            hint=f"`radalike encode --encoder {as_typed(library.spec)}` adds what is missing",
        )
    contents = library.catalog.contents(ids)
    order = sorted((row for row, image in enumerate(ids) if image in here), key=ids.__getitem__)
    names = [ids[row] for row in order]
    return Examples(
        np.concatenate(vectors)[order],
        numbered([here[image] for image in names]),
        numbered([metadata[image].patient or contents[image] for image in names]),
    )


def _smaller(examples: Examples, seed: int) -> Examples:
    """At most about MOST_TRIED of them, to compare methods on."""
    rows = {str(row): str(each) for row, each in enumerate(examples.classes)}
    chosen = np.zeros(len(rows), dtype=np.bool_)
    chosen[[int(row) for row in sample(rows, MOST_TRIED, seed)]] = True
    return examples if chosen.all() else examples.rows(chosen)


def _described(
    map_: Map,
    base: EncoderSpec,
    labels: str,
    split: str,
    seed: int,
    learnt: Examples,
    choice: Choice,
    settings: Mapping[str, Any],
) -> Adapter:
    from importlib.metadata import version

    from radalike.adaptation.files import Adapter, Provenance

    frozen = {f"frozen {name}": value for name, value in _figures(choice.frozen).items()}
    said = Provenance(
        base=base.id,
        base_fingerprint=fingerprint(base),
        method=choice.chosen.method,
        settings=settings,
        labels=labels,
        split=split,
        classes=learnt.number,
        images=len(learnt.classes),
        seed=seed,
        version=version("radalike"),
        date=datetime.now(UTC).date().isoformat(),
        validation=_figures(choice.chosen) | frozen,
    )
    return Adapter(map_, said)


def _figures(trial: Trial) -> dict[str, float]:
    return {"P@1": round(trial.p1, 4), "P@10": round(trial.p10, 4)}


def _row(trial: Trial) -> dict[str, Any]:
    settings = asdict(trial.setting) if trial.setting else {}
    return {"method": trial.method, **settings, "power": trial.power, **_figures(trial)}
