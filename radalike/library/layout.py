"""The library's folder: where things are, its format version, its key."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from radalike.errors import LibraryError, LibraryNotFound, LibraryTooNew
from radalike.library import key_files
from radalike.storage import export_errors, replace_text, storage_errors

FORMAT = 1
FOLDERS = frozenset(
    ("adapters", "closeness", "embeddings", "erasing", "evaluation", "index", "spool", "thumbnails")
)
"""Of a library's own; people may put others beside them."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths inside a library."""

    root: Path

    @property
    def description(self) -> Path:
        return self.root / "library.toml"

    @property
    def key(self) -> Path:
        return self.root / "key"

    @property
    def catalog(self) -> Path:
        return self.root / "catalog.sqlite"

    @property
    def catalog_url(self) -> URL:
        """Made from its parts, since a folder's name may hold what means something in a URL."""
        return URL.create("sqlite", database=str(self.catalog))

    @property
    def thumbnails(self) -> Path:
        return self.root / "thumbnails"

    @property
    def ingest_lock(self) -> Path:
        return self.root / "ingest.lock"

    @property
    def issuers(self) -> Path:
        return self.root / "issuers"

    @property
    def interrupted_remap(self) -> Path:
        """There while a remap has changed the catalog and not yet the indexes."""
        return self.root / "remap.pending"

    @property
    def last_remap(self) -> Path:
        """Its time is that of the last change of words; what is known from before is old."""
        return self.root / "remap.done"

    @property
    def spool(self) -> Path:
        """What has been received and is not settled (`ingest/receiver/spool.py`)."""
        return self.root / "spool"

    @property
    def spool_rejects(self) -> Path:
        """What was received and could not enter the library (`ingesting/refused_files.py`)."""
        return self.spool / "rejected"

    @property
    def fetched(self) -> Path:
        """What an ingest has fetched or opened and not yet decoded, a folder for each run."""
        return self.spool / "fetched"

    @property
    def receiver_lock(self) -> Path:
        return self.spool / "receiver.lock"

    @property
    def receiver_state(self) -> Path:
        """How the receiver is, as it says itself."""
        return self.root / "receiver.json"

    @property
    def evaluation(self) -> Path:
        """What an evaluation that takes long has found so far."""
        return self.root / "evaluation"

    def embeddings(self, fingerprint: str) -> Path:
        return self.root / "embeddings" / fingerprint

    def index(self, fingerprint: str) -> Path:
        return self.root / "index" / fingerprint

    def closeness(self, fingerprint: str) -> Path:
        """What is usual between neighbours, in numbers."""
        return self.root / "closeness" / f"{fingerprint}.json"

    def thumbnail(self, content: str) -> Path:
        return self.thumbnails / content[:2] / f"{content}.jpg"


def create(root: Path, default_encoder: str) -> Layout:
    """A library in `root`, readable by its owner only: a new, empty one, or what there is of one
    is made whole. It keeps its key, and its default encoder when it is whole already.

    Raises UsageError where nothing can be written, StorageFull.
    """
    layout = Layout(root)
    with export_errors(root):
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        key_files.make_key(layout.key)
        if not layout.description.exists():
            describe(layout, default_encoder)  # last: a folder with it is a library
    return layout


def describe(layout: Layout, default_encoder: str) -> None:
    """Say which encoder is the library's default, at once and durably. Raises StorageFull."""
    text = f"format = {FORMAT}\ndefault_encoder = {json.dumps(default_encoder)}\n"
    with storage_errors():
        replace_text(layout.description, text, synced=True)


def open_layout(root: Path) -> tuple[Layout, str]:
    """The layout of the library in `root` and its default encoder.

    Raises LibraryNotFound, LibraryTooNew, LibraryError when its description is broken.
    """
    layout = Layout(root)
    try:
        description = tomllib.loads(layout.description.read_text())
        version, encoder = int(description["format"]), str(description["default_encoder"])
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise LibraryNotFound(
            f"there is no library in {root}",
            hint="`radalike ingest SOURCE --library DIR` makes one; "
            "RADALIKE_LIBRARY names the folder for all commands",
        ) from exc
    except (tomllib.TOMLDecodeError, KeyError, ValueError, OSError) as exc:
        raise LibraryError(
            f"{layout.description} cannot be read", hint="restore it from a backup"
        ) from exc
    if version > FORMAT:
        raise LibraryTooNew(
            f"the library has format {version}, this Radalike knows up to {FORMAT}",
            hint="upgrade Radalike",
            format=version,
        )
    return layout, encoder


def read_key(layout: Layout) -> bytes:
    """The library's secret key. Raises LibraryError when it is gone or not the right size."""
    return key_files.read_key(layout.key, "the library's key")
