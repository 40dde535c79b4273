"""Installing a bundle: nothing in it is believed, and the store changes only when all is well."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from radalike.encoders.bundles.contents import (
    CONTENTS,
    CONTENTS_MAX_BYTES,
    member,
    read,
    refused,
)
from radalike.encoders.catalogue import ENCODERS
from radalike.encoders.fetching.from_network import Progress
from radalike.encoders.file_hashes import sha256_of
from radalike.encoders.pins import check_pins
from radalike.encoders.store import Manifest, Store
from radalike.errors import StorageFull, UsageError, WeightsMismatch
from radalike.storage import storage_errors, sync_folder

_CHUNK = 1 << 20
_RESERVE_BYTES = 64 << 20  # what is left free on the disk
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Installed:
    """new: whether it was not here before, or not whole."""

    manifest: Manifest
    new: bool


def install(
    path: Path, store: Store, *, progress: Progress = lambda _here, _total: None
) -> tuple[Installed, ...]:
    """Put all encoders of the bundle `path` into `store`. Reaches for no network; what is here
    already, and whole, stays as it is. Killed at any moment, it leaves each encoder as it was or
    as it is in the bundle.

    Raises UsageError when there is no such file, WeightsMismatch for a bundle that is damaged,
    hostile, or of other weights than this version of Radalike pins; StorageFull, LibraryBusy.
    """
    if not path.is_file():
        raise UsageError(f"there is no file {path}", hint="give the path of the bundle")
    try:
        with zipfile.ZipFile(path) as archive:
            manifests = _checked_contents(archive, path)
            return _install(archive, manifests, store, progress)
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError) as exc:
        raise refused(f"it is no bundle, or was cut or damaged ({exc!s:.80})") from exc


def _checked_contents(archive: zipfile.ZipFile, path: Path) -> tuple[Manifest, ...]:
    members = archive.infolist()
    for entry in members:
        _check_member(entry)
    if not members or members[0].filename != CONTENTS:
        raise refused("it does not begin with its list of contents")
    if members[0].file_size > CONTENTS_MAX_BYTES:
        raise refused("its list of contents is too large")
    manifests = read(archive.read(members[0]))
    declared = {
        member(number, file.name): file.size
        for number, manifest in enumerate(manifests)
        for file in manifest.files
    }
    found = {entry.filename: entry.file_size for entry in members[1:]}
    if len(found) != len(members) - 1:
        raise refused("a file is in it twice")
    for name in sorted(declared.keys() ^ found.keys()):
        how = "is missing" if name in declared else "is in it, and not in its list of contents"
        raise refused(f"the file {name[:80]!r} {how}")
    for name, size in declared.items():
        if found[name] != size:
            raise refused(f"the file {name} has {found[name]:,} bytes, and should have {size:,}")
    if sum(declared.values()) > path.stat().st_size:  # members that share their bytes
        raise refused("its files are larger than itself")
    for manifest in manifests:
        row = ENCODERS.get(manifest.id)
        if row is not None:
            check_pins(manifest, row.weights)
    return manifests


def _check_member(entry: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if entry.is_dir() or kind not in (0, stat.S_IFREG):
        raise refused(f"{entry.filename[:80]!r} in it is no plain file, but a link or a folder")
    if entry.flag_bits & _ENCRYPTED:
        raise refused(f"{entry.filename[:80]!r} in it is encrypted")
    if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
        raise refused(f"{entry.filename[:80]!r} in it is compressed, as no bundle is")


def _install(
    archive: zipfile.ZipFile, manifests: Sequence[Manifest], store: Store, progress: Progress
) -> tuple[Installed, ...]:
    total = sum(manifest.size for manifest in manifests)
    _check_room(store, total)
    done = 0

    def advance(size: int) -> None:
        nonlocal done
        done += size
        progress(done, total)

    installed = []
    for number, manifest in enumerate(manifests):
        with store.writing(manifest.id):
            if _whole_here(manifest, store):
                advance(manifest.size)
                installed.append(Installed(manifest, new=False))
                continue
            folder = store.incoming(manifest.id)
            with storage_errors():
                _unpack(archive, number, manifest, folder, advance)
            store.keep(replace(manifest, folder=folder.name))
            installed.append(Installed(manifest, new=True))
    return tuple(installed)


def _whole_here(manifest: Manifest, store: Store) -> bool:
    """Whether the store has the same files, by their content."""
    try:
        here = store.manifest(manifest.id)
    except WeightsMismatch:  # damaged: the bundle mends it
        return False
    if here is None or replace(here, folder=manifest.folder) != manifest:
        return False
    folder = store.folder(here.id) / here.folder
    paths = [(folder / file.name, file) for file in here.files]
    return all(path.is_file() and sha256_of(path) == file.sha256 for path, file in paths)


def _unpack(
    archive: zipfile.ZipFile,
    number: int,
    manifest: Manifest,
    folder: Path,
    advance: Callable[[int], None],
) -> None:
    """All files of the encoder in `folder`, verified and on the disk; else none."""
    try:
        for file in manifest.files:
            path = folder / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            with archive.open(member(number, file.name)) as source, path.open("xb") as sink:
                while piece := source.read(_CHUNK):
                    digest.update(piece)
                    sink.write(piece)
                    advance(len(piece))
                sink.flush()
                os.fsync(sink.fileno())
            if digest.hexdigest() != file.sha256 or path.stat().st_size != file.size:
                raise refused(f"its file {file.name} is damaged: its SHA-256 is another")
        for inner in {(folder / file.name).parent for file in manifest.files} | {folder}:
            sync_folder(inner)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _check_room(store: Store, size: int) -> None:
    with storage_errors():
        store.root.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(store.root).free
    if size + _RESERVE_BYTES > free:
        raise StorageFull(
            f"the bundle needs {size / 1e6:,.0f} MB, and some to spare: "
            f"{(size + _RESERVE_BYTES) / 1e6:,.0f} MB; {free / 1e6:,.0f} MB are free",
            hint="free some space, or put the weights on another disk with RADALIKE_HOME",
        )
