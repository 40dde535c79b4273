"""Writing the health file, which `library.ingesting.receiver_state` describes and reads."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from radalike.library.ingesting.receiver_state import Health
from radalike.storage import replace_text

WRITE_SECONDS = 2.0


def write_health(path: Path, health: Health) -> None:
    """Replace the file at once, so that no reader sees half of it. Raises OSError."""
    replace_text(path, json.dumps(asdict(health)) + "\n")
