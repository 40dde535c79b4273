"""An open library: what its parts have in common, and which are made on first use."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Self

from radalike.encoders.catalogue import DEFAULT_ENCODER, encoder_spec
from radalike.encoders.devices import require_device
from radalike.encoders.spec import EncoderSpec, fingerprint
from radalike.encoders.store import Store
from radalike.library import layout as layouts
from radalike.library.catalogs import open_catalog
from radalike.library.encoders.known_encoder import require_weights
from radalike.library.encoders.registration import check_name
from radalike.library.named_encoder import library_encoder
from radalike.library.privacy.issuers import Issuers
from radalike.library.privacy.pseudonyms import Privacy
from radalike.settings import Settings, load_settings

if TYPE_CHECKING:
    from radalike.encoders.base import Encoder
    from radalike.library.audit.audit import Audit
    from radalike.library.judgements import Judgements
    from radalike.library.privacy.identities import Identities
    from radalike.library.search.closeness import Calibration
    from radalike.library.search.searcher import Searcher
    from radalike.library.search.uploads import UploadDecoder
    from radalike.library.vectors.stored_vectors import StoredRow


class OpenLibrary:
    """A library's folder, settings, catalog, keys, model and searchers; `Library` adds the rest."""

    def __init__(self, root: Path, settings: Settings, spec: EncoderSpec | None = None) -> None:
        self.layout, default_encoder = layouts.open_layout(root)
        self.settings = settings
        self.store = Store(settings.home / "encoders")
        self.catalog_url = settings.catalog_url.get_secret_value()
        self.catalog = open_catalog(self.layout, self.catalog_url)
        try:
            name = settings.encoder or default_encoder
            self.spec: EncoderSpec = spec or self._encoder_named(name)
        except BaseException:
            self.catalog.close()
            raise
        self.fingerprint = fingerprint(self.spec)
        self._beside: dict[tuple[str, str], Self] = {}
        self._opening = Lock()

    @classmethod
    def open(
        cls,
        path: str | Path | None = None,
        *,
        create: bool = False,
        settings: Settings | None = None,
        spec: EncoderSpec | None = None,
    ) -> Self:
        """The library in `path` (default: the setting `library`); `create` makes a missing one.
        `spec` is an encoder of the caller's own, instead of one that is known by name.

        Raises LibraryNotFound, LibraryTooNew, UnknownName for an encoder that does not exist.
        """
        chosen = settings or load_settings()
        root = Path(path) if path is not None else chosen.library
        if create and not layouts.Layout(root).description.exists():
            store = Store(chosen.home / "encoders")
            layouts.create(root, encoder_spec(chosen.encoder or DEFAULT_ENCODER, store=store).id)
        return cls(root, chosen, spec)

    def close(self) -> None:
        for other in self._beside.values():
            other.close()
        if "searcher" in self.__dict__:
            self.searcher.close()
        if "decoder" in self.__dict__:
            self.decoder.close()
        self.catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- parts that are made on first use --------------------------------------------------------

    @cached_property
    def privacy(self) -> Privacy:
        return Privacy(layouts.read_key(self.layout))

    @cached_property
    def identities(self) -> Identities:
        """What seals the identifiers that are kept; its key is made on first use."""
        from radalike.library.privacy.identities import open_identities

        return open_identities(self.layout, create=True)

    @cached_property
    def issuers(self) -> Issuers:
        """The issuers of patient ids that have been met."""
        return Issuers(self.layout.issuers, self.privacy)

    @cached_property
    def audit(self) -> Audit:
        """Who did what, and when."""
        from radalike.library.audit.audit import Audit

        return Audit(self.catalog.engine, self.privacy)

    @cached_property
    def judgements(self) -> Judgements:
        """What people marked as relevant."""
        from radalike.library.judgements import Judgements

        return Judgements(self.catalog.engine, self.privacy)

    @cached_property
    def stored_row(self) -> StoredRow:
        """Vectors of images that are asked with."""
        from radalike.library.vectors.stored_vectors import remembered_rows

        return remembered_rows(self.layout.embeddings(self.fingerprint))

    @cached_property
    def encoder(self) -> Encoder:
        """The model, loaded once. A query needs no fast mode: float32 unless told otherwise."""
        return self.load_encoder("float32" if self.settings.precision == "auto" else "")

    def require_weights(self) -> None:
        """Before work that ends in the encoder: raises WeightsMissing, which says how to get them,
        where this machine has no weights of it."""
        require_weights(self.spec, self.store)

    def check_encoder(self) -> None:
        """Before any image is read for it: raises DeviceUnavailable, and DuplicateName where its
        name has the vectors of another checkpoint."""
        require_device(self.settings.device)
        check_name(self.catalog, self.spec)

    def load_encoder(self, precision: str = "") -> Encoder:
        from radalike.encoders.torch_encoder import load_encoder

        return load_encoder(
            self.spec,
            device=self.settings.device,
            precision=precision or self.settings.precision,
            batch_size=self.settings.batch_size,
            bulk=not precision,
            compiled=self.settings.compile,
            verdicts=self.settings.home / "precision.json",
            store=self.store,
        )

    @cached_property
    def decoder(self) -> UploadDecoder:
        """Decodes uploads and originals, in processes that are started on first use."""
        from radalike.library.search.uploads import UploadDecoder

        return UploadDecoder(self.settings)

    @cached_property
    def searcher(self) -> Searcher:
        from radalike.library.indexing.opening import open_searcher

        return open_searcher(self)

    @cached_property
    def exact_searcher(self) -> Searcher:
        """Reads every vector, whatever has been built."""
        from radalike.library.indexing.opening import open_exact_searcher

        return open_exact_searcher(self)

    @cached_property
    def calibration(self) -> Calibration:
        """How close neighbours of this library and encoder usually are."""
        from radalike.library.search.closeness import Calibration

        return Calibration(self)

    @property
    def encoder_id(self) -> str:
        return self.spec.id

    def _encoder_named(self, name: str) -> EncoderSpec:
        return library_encoder(self.layout, name, self.settings.rendering, self.store, self.catalog)

    # -- the same library, seen with another encoder ----------------------------------------------

    def beside(self, encoder: str = "", tiles: str = "") -> Self:
        """This library for another encoder, or for the tiles of its images: opened once, and
        closed with this one.

        Raises what `encoder_spec` does.
        """
        if not tiles and encoder in ("", self.encoder_id):
            return self
        with self._opening:
            found = self._beside.get((encoder, tiles))
            if found is None:
                found = self.tiled(tiles) if tiles else self.using(encoder)
                found.decoder = self.decoder
                self._beside[encoder, tiles] = found
        return found

    def using(self, encoder: str) -> Self:
        """The same library, searched with another encoder."""
        settings: Settings = self.settings.model_copy(update={"encoder": encoder})
        return type(self)(self.layout.root, settings)

    def tiled(self, tiles: str) -> Self:
        """The same library, searched among the tiles (`ROWSxCOLUMNS`) of its images: a hit's id is
        a tile's, its payload has the image's id (`image`) and its place there (`region`)."""
        return type(self)(self.layout.root, self.settings, replace(self.spec, tiles=tiles))
