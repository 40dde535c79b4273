"""Whose the files in the spool are: their headers, read in a process of its own.

What lies in the spool has come over the network and may have been refused for good reasons; so it
is read under limits of memory and time, and a file that kills the reader is only one nobody can
tell the patient of.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from radalike.errors import LibraryError
from radalike.library.erasure.files import every_file
from radalike.library.ingesting.refused_files import SUFFIX
from radalike.library.layout import Layout
from radalike.records import Identity
from radalike.sealed_files import open_sealed

_MEMORY = 2 * 1024**3
_SECONDS = 30


def spool_files(layout: Layout) -> list[Path]:
    """Every file in the spool: waiting, rejected, or half written; not the receiver's lock, nor
    the note of who has it. Raises LibraryError for a folder that cannot be read."""
    locks = set(layout.spool.glob(f"{layout.receiver_lock.name}*"))
    locks |= set(layout.fetched.glob("*.lock"))
    return sorted(path for path in every_file(layout.spool) if path not in locks)


def identities_in(paths: Sequence[Path], key: bytes) -> dict[Path, Identity | None]:
    """Who each file says it is; None where that cannot be read. key: of those that are sealed."""
    found: dict[Path, Identity | None] = {}
    left = list(paths)
    while left:
        answers = _ask(left, key)
        found.update(zip(left, answers, strict=False))
        left = left[len(answers) :]
        if left:  # the reader died of this one
            found[left.pop(0)] = None
    return found


def _ask(paths: Sequence[Path], key: bytes) -> list[Identity | None]:
    request = json.dumps({"key": key.hex(), "paths": [str(path) for path in paths]})
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        input=request,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # parsers print what files hold
        text=True,
        check=False,
    )
    lines = done.stdout.split("\n")[:-1]  # what follows the last line end was cut off
    return [Identity(**fields) if fields else None for fields in map(json.loads, lines)]


def _main() -> None:
    import resource
    import signal
    from dataclasses import asdict

    request = json.loads(sys.stdin.read())
    key = bytes.fromhex(request["key"])
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    for path in map(Path, request["paths"]):
        signal.alarm(_SECONDS)  # its default ends this process
        found = _identity_in(path, key)
        sys.stdout.write(json.dumps(asdict(found) if found else None) + "\n")
        sys.stdout.flush()
        signal.alarm(0)


def _identity_in(path: Path, key: bytes) -> Identity | None:
    from radalike.imaging.dicom.refused import claimed_identity

    if path.suffix != SUFFIX:
        return claimed_identity(path)
    try:
        with open_sealed(path, key) as opened:
            return claimed_identity(opened)
    except (LibraryError, OSError):
        return None


if __name__ == "__main__":
    _main()
