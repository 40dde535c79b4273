"""The machine's store of weights: one folder an encoder, what was fetched and a manifest of it.

```
<home>/encoders/<id>/manifest.json     where it came from, and size and SHA-256 of each file
<home>/encoders/<id>/files…/           weights, configuration, tokenizer, licence
<home>/encoders/<id>/partial/          a download that goes on with the next `fetch`
<home>/encoders/hashes.json            which files were read and found to be what they should
```
The manifest names the folder of its files and is replaced at once, after they are whole: at any
moment the store has the old encoder, or the new one, or none.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from radalike.encoders.file_hashes import FileHashes
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.errors import LibraryBusy, WeightsMismatch
from radalike.locks import Lock, LockHeld
from radalike.storage import export_errors, replace_text, storage_errors

_FETCHED = ("hub:", "https://", "http://")
_MANIFEST, _PARTIAL, _LOCKS, _HASHES = "manifest.json", "partial", ".locks", "hashes.json"


def is_remote(location: str) -> bool:
    """Whether weights of that location have to be fetched, and are then in the store."""
    return location.startswith(_FETCHED)


def weight_file(weights: Weights) -> str:
    """The name, in the store, of the one file that is the weights; empty where it is a folder."""
    if weights.file or weights.location.startswith("hub:"):
        return weights.file
    return PurePosixPath(urlsplit(weights.location).path).name or "weights"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """name: relative to the encoder's files, with `/`. size: bytes. sha256: hex. source: where
    this file came from (`hub:OWNER/NAME@COMMIT`, a URL, a package); empty where not known."""

    name: str
    size: int
    sha256: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the store has of one encoder. revision: the commit (or version) that was fetched.
    folder: where its files are, below the encoder's own folder."""

    id: str
    location: str
    revision: str
    licence: str
    files: tuple[StoredFile, ...]
    folder: str = "files"

    @property
    def size(self) -> int:
        """Of all files, bytes."""
        return sum(file.size for file in self.files)


def manifest_of(said: dict[str, object]) -> Manifest:
    """From `dataclasses.asdict` through JSON. Raises ValueError, TypeError, KeyError for another
    thing."""
    fields = dict(said)
    listed = fields.pop("files")
    if not isinstance(listed, list):
        raise TypeError("files")
    manifest = Manifest(**fields, files=tuple(StoredFile(**each) for each in listed))  # type: ignore[arg-type]
    texts = [manifest.id, manifest.location, manifest.revision, manifest.licence, manifest.folder]
    texts += [text for file in manifest.files for text in (file.name, file.sha256, file.source)]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a text")
    if not all(type(file.size) is int and file.size >= 0 for file in manifest.files):
        raise TypeError("a size")
    return manifest


@dataclass(frozen=True, slots=True)
class Store:
    root: Path

    @property
    def hashes(self) -> FileHashes:
        return FileHashes(self.root / _HASHES)

    def folder(self, encoder: str) -> Path:
        """Of that encoder: its id, with what no file system objects to."""
        return self.root / re.sub(r"^\.|[^A-Za-z0-9._-]", "+", encoder)

    def files(self, encoder: str) -> Path | None:
        """The folder of its files, None when it is not here as a whole."""
        manifest = self.manifest(encoder)
        return self.folder(encoder) / manifest.folder if manifest is not None else None

    def manifest(self, encoder: str) -> Manifest | None:
        """Raises WeightsMismatch when it is damaged."""
        try:
            manifest = manifest_of(json.loads((self.folder(encoder) / _MANIFEST).read_bytes()))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, TypeError, KeyError) as exc:
            raise _damaged(encoder, f"what the store says of {encoder} cannot be read") from exc
        if manifest.id != encoder:
            raise _damaged(encoder, f"where {encoder} should be, the store has {manifest.id}")
        return manifest

    def installed(self) -> tuple[str, ...]:
        """The ids of all that is here as a whole. Raises WeightsMismatch."""
        found = []
        for path in sorted(self.root.glob(f"*/{_MANIFEST}")):
            try:
                found.append(manifest_of(json.loads(path.read_bytes())).id)
            except (OSError, ValueError, TypeError, KeyError) as exc:
                name = path.parent.name
                raise _damaged(name, f"what the store says of {name} cannot be read") from exc
        return tuple(found)

    @contextmanager
    def writing(self, encoder: str) -> Iterator[None]:
        """Only one process at a time changes what the store has of an encoder; what one left that
        was killed is swept. Raises LibraryBusy, which names the other, StorageFull."""
        locks = self.root / _LOCKS
        with export_errors(self.root):
            locks.mkdir(parents=True, exist_ok=True)
        try:
            lock = Lock.acquire(locks / self.folder(encoder).name)
        except LockHeld as exc:
            raise LibraryBusy(
                f"{encoder} is just being written by {exc.holder}",
                hint="wait until it has finished",
                encoder=encoder,
            ) from exc
        try:
            self._sweep(encoder)
            yield
            self._sweep(encoder)  # what the new one has replaced
        finally:
            lock.release()

    def partial(self, encoder: str, revision: str) -> Path:
        """The folder of a download of that revision that has not finished."""
        return self.folder(encoder) / _PARTIAL / re.sub(r"[^A-Za-z0-9.-]", "+", revision or "_")

    def incoming(self, encoder: str) -> Path:
        """A folder, not made yet, for files that are to be kept; inside `writing`."""
        return self.folder(encoder) / f"files-{secrets.token_hex(4)}"

    def keep(self, manifest: Manifest) -> None:
        """Note that all files of an encoder are in their place: from now on, it is these.
        Raises StorageFull."""
        folder = self.folder(manifest.id)
        with storage_errors():
            folder.mkdir(parents=True, exist_ok=True)
            replace_text(folder / _MANIFEST, json.dumps(asdict(manifest), indent=1), synced=True)

    def pinned(self, spec: EncoderSpec) -> EncoderSpec:
        """`spec` with the revision and SHA-256 that were fetched, where it pins none itself."""
        weights = spec.weights
        if not is_remote(weights.location) or (weights.revision and weights.sha256):
            return spec
        manifest = self.manifest(spec.id)
        if manifest is None:
            return spec
        sha256 = weights.sha256
        if sha256 is None:
            found = {file.name: file.sha256 for file in manifest.files}
            sha256 = found.get(weight_file(weights))
        revision = weights.revision or manifest.revision
        return replace(spec, weights=replace(weights, sha256=sha256, revision=revision))

    def _sweep(self, encoder: str) -> None:
        """What belongs to no manifest: of an installation that was killed, or of an older one."""
        folder = self.folder(encoder)
        try:
            manifest = self.manifest(encoder)
        except WeightsMismatch:  # a new one is about to be written in its place
            manifest = None
        for path in folder.glob("files*"):
            if manifest is None or path.name != manifest.folder:
                shutil.rmtree(path)
        for path in folder.glob(f".{_MANIFEST}.*.tmp"):
            path.unlink()


def _damaged(encoder: str, message: str) -> WeightsMismatch:
    return WeightsMismatch(
        message,
        hint=f"fetch or install it again: `radalike encoders fetch {encoder}`",
        encoder=encoder,
    )
