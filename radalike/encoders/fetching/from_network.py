"""From the name of an encoder to its files in the store."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import requests

from radalike.encoders.fetching.archives import extract
from radalike.encoders.fetching.download import download
from radalike.encoders.fetching.hub import no_access, unreachable
from radalike.encoders.fetching.wanted import Found, Wanted, check_address, look_up, wanted_of
from radalike.encoders.file_names import check_names
from radalike.encoders.pins import check_pins
from radalike.encoders.store import Manifest, Store, StoredFile, weight_file
from radalike.errors import StorageFull, WeightsMismatch, WeightsMissing
from radalike.storage import storage_errors

_RESERVE_BYTES = 64 << 20  # what is left free on the disk

Progress = Callable[[int, int], None]
"""Of bytes that are here, and bytes in all."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """new: whether anything had to be fetched."""

    manifest: Manifest
    new: bool


def fetch(
    name: str,
    store: Store,
    *,
    revision: str = "",
    progress: Progress = lambda _here, _total: None,
    pause: float = 1.0,
) -> Fetched:
    """Fetch the weights of encoder `name` into `store`, with all that describes them; what an
    interrupted call has fetched is gone on from. pause: seconds before asking a server again.

    Every file is verified: by the SHA-256 (or git's SHA-1) that the hub says, and by what the
    encoder's row pins. Raises UnknownName, UsageError for an encoder that has nothing to fetch or
    pins another revision, WeightsMissing, WeightsMismatch, StorageFull, LibraryBusy.
    """
    wanted = wanted_of(name)
    check_address(wanted)
    here = _already_here(wanted, store, revision)
    if here is not None:
        return Fetched(here, new=False)
    with _reached(wanted):
        found = look_up(wanted, revision)
        check_names(remote.name for remote in found.remotes)
        with store.writing(wanted.id):
            manifest = _download(wanted, found, store, progress, pause)
    return Fetched(manifest, new=True)


def _already_here(wanted: Wanted, store: Store, revision: str) -> Manifest | None:
    """What the store has, when it is what is wanted and whole."""
    try:
        manifest = store.manifest(wanted.id)
    except WeightsMismatch:  # damaged: it is fetched anew
        return None
    if manifest is None or manifest.location != wanted.weights.location:
        return None
    if (revision or wanted.weights.revision or manifest.revision) != manifest.revision:
        return None
    folder = store.folder(wanted.id) / manifest.folder
    paths = [(folder / file.name, file.sha256) for file in manifest.files]
    whole = all(path.is_file() and store.hashes.sha256(path) == sha256 for path, sha256 in paths)
    return manifest if whole else None


def _download(
    wanted: Wanted, found: Found, store: Store, progress: Progress, pause: float
) -> Manifest:
    partial = store.partial(wanted.id, found.revision)
    _drop_other_downloads(partial)
    total = sum(remote.size or 0 for remote in found.remotes)
    check_room(store.root, total - _bytes_below(partial))
    stored: list[StoredFile] = []
    for remote in found.remotes:
        before = sum(file.size for file in stored)

        def moved(here: int, before: int = before) -> None:
            progress(before + here, max(total, before + here))

        stored.append(download(remote, partial, moved, pause=pause))
    whole = partial / "whole"
    if wanted.archive:
        archive, name = whole / wanted.archive, weight_file(wanted.weights)
        stored[0] = extract(archive, name, whole / name, stored[0].source)
        archive.unlink()
    manifest = Manifest(
        wanted.id, wanted.weights.location, found.revision, found.licence, tuple(stored)
    )
    try:
        check_pins(manifest, wanted.weights)
    except WeightsMismatch:
        shutil.rmtree(partial.parent)
        raise
    folder = store.incoming(wanted.id)
    with storage_errors():
        whole.replace(folder)
        manifest = replace(manifest, folder=folder.name)
        store.keep(manifest)
        shutil.rmtree(partial.parent)
    return manifest


@contextmanager
def _reached(wanted: Wanted) -> Iterator[None]:
    """A server that cannot be reached, or refuses, in words of who wants the encoder."""
    try:
        yield
    except requests.RequestException as exc:
        where = exc.request.url if exc.request is not None else wanted.weights.location
        parts = urlsplit(str(where))
        error = unreachable(f"{parts.scheme}://{parts.netloc}", wanted.id)
        raise _with_access(wanted, error) from exc
    except WeightsMissing as exc:
        # A hub lists files that it does not give: then the answer to one of them says so.
        if exc.data.get("refused") or exc.data.get("status") in (401, 403):
            error = no_access(wanted.repository, wanted.access)
            raise WeightsMissing(str(error), hint=error.hint, encoder=wanted.id) from exc
        if "server" in exc.data:
            error = unreachable(str(exc.data["server"]), wanted.id)
            raise _with_access(wanted, error) from exc
        raise _with_access(wanted, exc) from exc


def _with_access(wanted: Wanted, error: WeightsMissing) -> WeightsMissing:
    """`error`, and before its own way out what the row says of how to come by the weights."""
    words = (wanted.access, error.hint)
    if "server" in error.data:  # not reached: first of all, that
        words = (error.hint, wanted.access)
    hint = " ".join(each for each in words if each)
    return WeightsMissing(str(error), hint=hint, **{**error.data, "encoder": wanted.id})


def _drop_other_downloads(partial: Path) -> None:
    """Of other revisions: at most one download of an encoder waits to go on."""
    for path in partial.parent.glob("*"):
        if path != partial:
            shutil.rmtree(path)


def check_room(root: Path, missing: int) -> None:
    """Raises StorageFull unless `missing` bytes still fit, with a little to spare."""
    free = shutil.disk_usage(root).free
    if missing + _RESERVE_BYTES > free:
        raise StorageFull(
            f"{missing / 1e6:,.0f} MB are still to come, and {free / 1e6:,.0f} MB are free",
            hint="free some space and run the same command again: it goes on where it was; or "
            "put the weights on another disk with RADALIKE_HOME",
        )


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
