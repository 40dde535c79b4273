"""`radalike encoders list`."""

from __future__ import annotations

import typer

from radalike.cli import encoder_weights
from radalike.cli.options import JsonOption
from radalike.cli.output import print_json, print_table


def register(app: typer.Typer) -> None:
    commands = typer.Typer(help="The models that turn images into embeddings.")
    commands.command("list")(list_encoders)
    encoder_weights.add_to(commands)
    app.add_typer(commands, name="encoders", no_args_is_help=True)


def list_encoders(as_json: JsonOption = False) -> None:
    """Every encoder: its dimension, input size, licence and source.

    Example: radalike encoders list --json
    """
    from dataclasses import asdict

    from radalike.encoders.catalogue import DEFAULT_ENCODER, ENCODERS
    from radalike.encoders.spec import fingerprint

    if as_json:
        print_json(
            [
                {
                    **asdict(spec),
                    "fingerprint": fingerprint(spec),
                    "default": spec.id == DEFAULT_ENCODER,
                }
                for spec in ENCODERS.values()
            ]
        )
        return
    print_table(
        "",
        ("encoder", "family", "dimension", "input", "licence", "source"),
        (
            (
                spec.id + (" (default)" if spec.id == DEFAULT_ENCODER else ""),
                spec.family,
                str(spec.dimension),
                f"{spec.preprocessing.size} px",
                spec.licence,
                spec.source,
            )
            for spec in ENCODERS.values()
        ),
        numeric=("dimension",),
    )
