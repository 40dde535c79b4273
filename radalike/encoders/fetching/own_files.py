"""Weights that a user has got otherwise: a file that its authors sent, a folder that was copied."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

from radalike.encoders.fetching.archives import extract
from radalike.encoders.fetching.choice import describing, needed
from radalike.encoders.fetching.from_network import Progress, check_room
from radalike.encoders.fetching.wanted import TEXT, Wanted, wanted_of
from radalike.encoders.file_hashes import sha256_of
from radalike.encoders.file_names import check_names
from radalike.encoders.pins import check_pins
from radalike.encoders.store import Manifest, Store, StoredFile, weight_file
from radalike.errors import UsageError
from radalike.storage import storage_errors, sync_folder

_SOURCE = "given by the user"


def keep_own(
    name: str,
    given: Path,
    store: Store,
    *,
    progress: Progress = lambda _here, _total: None,
) -> Manifest:
    """Copy the weights of encoder `name` from `given` into `store`: its weight file, a ZIP file
    with it, or a folder as its repository is. No network is needed.

    Raises UsageError when there is no such file or it is of another kind, UnknownName and
    WeightsMissing when the folder lacks the weights, WeightsMismatch when they are not those
    that the row pins, StorageFull, LibraryBusy.
    """
    wanted = wanted_of(name)
    files = _files(wanted, given)
    check_names(files)
    with store.writing(wanted.id):
        total = sum(path.stat().st_size for path in files.values())
        check_room(store.root, total)
        folder = store.incoming(wanted.id)
        try:
            stored, done = [], 0
            for each, path in files.items():
                stored.append(_copied(path, folder / each, each))
                done += path.stat().st_size
                progress(done, total)
            manifest = Manifest(
                wanted.id,
                wanted.weights.location,
                wanted.weights.revision,
                wanted.licence,
                tuple(stored),
                folder.name,
            )
            check_pins(manifest, wanted.weights)
            store.keep(manifest)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return manifest


def _files(wanted: Wanted, given: Path) -> dict[str, Path]:
    """By the name that each will have in the store, where it is now."""
    if given.is_dir():
        names = needed(_sizes(given), replace(wanted.weights, file=weight_file(wanted.weights)))
        text = describing(_sizes(given / TEXT))
        return {name: given / name for name in (*names, *(f"{TEXT}/{each}" for each in text))}
    if not given.is_file():
        raise UsageError("there is no such file or folder", hint="give --from the path of it")
    name = weight_file(wanted.weights)
    if not name:
        raise UsageError(
            f"the weights of {wanted.id} are a folder, not one file",
            hint="give --from a folder with its weights, config.json and what else its repository "
            f"{wanted.repository} has",
        )
    return {name: given}


def _copied(path: Path, target: Path, name: str) -> StoredFile:
    if path.suffix == ".zip" and target.suffix != ".zip":
        return extract(path, target.name, target, _SOURCE)
    with storage_errors():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        with target.open("rb") as file:
            os.fsync(file.fileno())
        sync_folder(target.parent)
    return StoredFile(name, target.stat().st_size, sha256_of(target), _SOURCE)


def _sizes(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file()
    }
