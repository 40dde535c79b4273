"""`radalike encoders fetch | bundle | install | check`."""

from __future__ import annotations

import typer


def add_to(commands: typer.Typer) -> None:
    """Add the commands to the group `radalike encoders`."""
