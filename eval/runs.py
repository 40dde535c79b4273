"""Evaluations kept in the library's catalog, for `radalike eval runs` and the interface."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from radalike.catalog.runs import Run, add_run
from radalike.library import Library


def store_run(
    library: Library,
    command: str,
    asked: Mapping[str, Any],
    found: Mapping[str, Any],
    *,
    started: float,
    encoder: str | None = None,
) -> int:
    """Keep what was `found` (plain JSON values that name no image), and its number.

    started: `time.monotonic()` when the work began. Raises StorageFull, LibraryError.
    """
    space = library.beside(encoder or "")
    run = Run(
        command=command,
        encoder=space.encoder_id,
        fingerprint=space.fingerprint,
        asked=asked,
        found=found,
        seconds=round(time.monotonic() - started, 3),
    )
    return add_run(library.catalog.engine, run)
