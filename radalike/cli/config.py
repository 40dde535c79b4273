"""`radalike config`."""

from __future__ import annotations

from typing import Any

import typer

from radalike.cli.options import JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table


def register(app: typer.Typer) -> None:
    app.command("config")(config)


def config(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Every setting, its value, and where the value came from.

    Example: RADALIKE_WORKERS=4 radalike config
    """
    from radalike.settings import Settings, load_settings, origins

    settings = load_settings(library=library)
    came_from = origins(library=library)
    values = {name: _shown(getattr(settings, name)) for name in Settings.model_fields}
    if as_json:
        print_json(
            {
                name: {
                    "value": value,
                    "origin": came_from[name],
                    "description": Settings.model_fields[name].description,
                }
                for name, value in values.items()
            }
        )
        return
    print_table(
        "",
        ("setting", "value", "from", "meaning"),
        (
            (name, str(value), came_from[name], Settings.model_fields[name].description or "")
            for name, value in values.items()
        ),
    )


def _shown(value: Any) -> Any:
    """Secrets as a mark of being set, paths as text."""
    from pydantic import SecretStr

    if isinstance(value, SecretStr):
        return "(set)" if value.get_secret_value() else ""
    return value if isinstance(value, int | float | str) else str(value)
