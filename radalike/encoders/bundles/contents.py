"""What a bundle says of itself."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from importlib.metadata import version
from typing import Any

from radalike.encoders.file_names import check_names
from radalike.encoders.store import Manifest, manifest_of
from radalike.errors import WeightsMismatch

CONTENTS = "radalike-bundle.json"
CONTENTS_MAX_BYTES = 16 << 20
_FORMAT = 1
_SHA256 = re.compile("[0-9a-f]{64}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/@+-]{0,199}")


def member(number: int, name: str) -> str:
    """The name inside a bundle of file `name` of its encoder `number`."""
    return f"{number}/{name}"


def written(manifests: tuple[Manifest, ...]) -> bytes:
    """The first member of a bundle of these."""
    said = {
        "format": _FORMAT,
        "made_by": f"radalike {version('radalike')}",
        "encoders": [asdict(replace(manifest, folder="files")) for manifest in manifests],
    }
    return json.dumps(said, indent=1).encode()


def read(content: bytes) -> tuple[Manifest, ...]:
    """What the first member of a bundle says: at least one encoder, each of at least one file,
    all of whose names are harmless. Raises WeightsMismatch."""
    try:
        said: Any = json.loads(content)
        made_with = said["format"]
        if made_with == _FORMAT:
            manifests = tuple(manifest_of(each) for each in said["encoders"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as exc:
        raise refused("its list of contents cannot be read") from exc
    if made_with != _FORMAT:
        raise refused(
            f"it is of format {made_with!r:.20}, and this version of Radalike reads {_FORMAT}",
            hint="use the same version of Radalike on both machines",
        )
    ids = [manifest.id for manifest in manifests]
    if not ids or len({each.casefold() for each in ids}) != len(ids):
        raise refused("it lists no encoder, or one twice")
    for manifest in manifests:
        _check(manifest)
    return manifests


def _check(manifest: Manifest) -> None:
    if not _ID.fullmatch(manifest.id) or ".." in manifest.id:
        raise refused(f"{manifest.id[:40]!r} is no name of an encoder")
    if not manifest.files or not all(_SHA256.fullmatch(file.sha256) for file in manifest.files):
        raise refused(f"of {manifest.id} it lists no files, or a file without its SHA-256")
    check_names(file.name for file in manifest.files)
    if manifest.folder != "files":
        raise refused(f"of {manifest.id} it names a folder that could be elsewhere")


def refused(why: str, *, hint: str = "") -> WeightsMismatch:
    return WeightsMismatch(
        f"the bundle cannot be installed: {why}",
        hint=hint
        or "nothing was changed; copy it again, or make it again with `radalike encoders "
        "bundle ID -o FILE` on a connected machine",
    )
