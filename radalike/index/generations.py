"""Generations of the embedded index: built aside, then swapped in by renaming one small file.

index/<fingerprint>/
  CURRENT              name of the generation that is searched
  gen-000007/          an embedded shard, never written once it is current
  gen-000007.parts     the parts that are in it, a JSON list
  gen-000008/          being built: CURRENT does not name it yet
  gen-000007.lock      held by those that have it open
  build.lock           held by whoever makes or removes generations
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from shutil import copytree, rmtree

from radalike.errors import IndexBusy, IndexUnavailable
from radalike.locks import Lock, LockHeld
from radalike.storage import replace_text, storage_errors, sync_folder

_POINTER = "CURRENT"


def current(folder: Path) -> Path | None:
    """The generation that is searched, None before the first."""
    try:
        name = (folder / _POINTER).read_text().strip()
    except FileNotFoundError:
        return None
    return folder / name


def parts_in(generation: Path) -> frozenset[str]:
    """Names of the parts that are in a generation. Raises IndexUnavailable when it is gone."""
    try:
        return frozenset(json.loads(_parts_file(generation).read_text()))
    except FileNotFoundError as exc:
        raise IndexUnavailable(
            "the embedded index was replaced while it was opened", hint="the same again finds it"
        ) from exc


def build_lock(
    folder: Path, *, wait: float = 0.0, way_out: str = "wait for it; searches go on meanwhile"
) -> Lock:
    """Of whoever makes or removes generations. Raises IndexBusy, with that hint, when another still
    does after `wait` seconds."""
    try:
        return Lock.acquire(folder / "build.lock", wait=wait)
    except LockHeld as exc:
        raise IndexBusy(
            f"another build of this index is running ({exc.holder})",
            hint=way_out,
            holder=exc.holder,
        ) from exc


def stage(folder: Path, *, copy: bool) -> Path:
    """The path of the next generation; with `copy`, filled with what the current one holds."""
    before = current(folder)
    number = int(before.name.removeprefix("gen-")) + 1 if before else 1
    staging = folder / f"gen-{number:06}"
    rmtree(staging, ignore_errors=True)
    if copy and before is not None:
        with storage_errors():
            copytree(before, staging)
    return staging


def swap(staging: Path, parts: frozenset[str]) -> None:
    """Make `staging` the generation that is searched. Readers see the old or the new, whole."""
    folder = staging.parent
    with storage_errors():
        replace_text(_parts_file(staging), json.dumps(sorted(parts)), synced=True)
        replace_text(folder / _POINTER, staging.name, synced=True)


def sweep(folder: Path) -> None:
    """Remove generations that are neither current nor open anywhere."""
    keep = current(folder)
    for old in folder.glob("gen-??????"):
        if old == keep:
            continue
        guard = folder / f"{old.name}.lock"
        try:
            lock = Lock.acquire(guard)
        except LockHeld:
            continue
        rmtree(old, ignore_errors=True)
        _parts_file(old).unlink(missing_ok=True)
        lock.release()
        guard.unlink(missing_ok=True)


def remove_all_but(folder: Path, kept: Path | None, *, wait: float) -> None:
    """Remove every generation but `kept`, open ones too, and what a killed removal or proof of an
    erasure has left beside (`removed-gen-…`, `proof-gen-…`), also of `kept`. Durable when this
    returns.

    A search that has one open, and looks whether its parts still are, closes it: that is waited
    for, `wait` seconds long. One that sleeps goes on with what it has mapped, and the disk's blocks
    are given free when it ends.
    """
    if kept is None:
        (folder / _POINTER).unlink(missing_ok=True)
    for generation in sorted(folder.glob("gen-??????")):
        if generation != kept:
            _remove(generation, wait)
    for path in folder.glob("*gen-??????*"):
        if kept is not None and path.name.startswith(kept.name):
            continue
        if path.is_dir():
            rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    sync_folder(folder)


def _remove(generation: Path, wait: float) -> None:
    lock = None
    with suppress(LockHeld):
        lock = Lock.acquire(generation.with_name(f"{generation.name}.lock"), wait=wait)
    try:
        # Renamed first, so that nobody opens half of it.
        removed = generation.rename(generation.with_name(f"removed-{generation.name}"))
        rmtree(removed, ignore_errors=True)
    finally:
        if lock is not None:
            lock.release()


def _parts_file(generation: Path) -> Path:
    return generation.with_name(f"{generation.name}.parts")
