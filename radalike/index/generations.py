"""Generations of the embedded index: built aside, then swapped in by renaming one small file.

index/<fingerprint>/
  CURRENT              name of the generation that is searched
  gen-000007/          an embedded shard, never written once it is current
  gen-000007.parts     the parts that are in it, a JSON list
  gen-000008/          being built: CURRENT does not name it yet
"""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree, rmtree

from radalike.errors import IndexUnavailable
from radalike.locks import Lock, LockHeld
from radalike.storage import replace_text, storage_errors

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


def _parts_file(generation: Path) -> Path:
    return generation.with_name(f"{generation.name}.parts")
