"""`radalike datasets`: manifests of public data sets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radalike.cli.options import JsonOption

if TYPE_CHECKING:
    from eval.datasets.preparation import Preparation

_FINDING = 1


def register(app: typer.Typer) -> None:
    """Add `radalike datasets` to Radalike's commands."""
    commands = typer.Typer(
        help="Manifests of public data sets, from their published layouts.", no_args_is_help=True
    )
    commands.command("prepare")(prepare)
    commands.command("list")(list_datasets)
    app.add_typer(commands, name="datasets")


def prepare(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="radimagenet, nih14, mimic-cxr, chexpert or medmnist."),
    ],
    directory: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Folder it was unpacked into; medmnist: or one file."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The manifest to write.")],
    labels: Annotated[
        str,
        typer.Option(
            "--labels",
            help="one: images with exactly one positive label, as in the study. "
            "many: all that have a label.",
        ),
    ] = "one",
    root: Annotated[
        Path | None,
        typer.Option(
            "--root",
            help="Folder the manifest's paths are relative to (default: the one above DIR, as in "
            "the study; radimagenet: the one above radiology_ai; medmnist: that of its images).",
        ),
    ] = None,
    images_to: Annotated[
        Path | None,
        typer.Option("--images-to", help="medmnist: folder to write its images to (default: DIR)."),
    ] = None,
    ignore: Annotated[
        Path | None,
        typer.Option("--ignore", help="A list of paths to leave out, one a line."),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check/--no-check",
            help="Leave out, and count, images that are not on disk; or list them unseen.",
        ),
    ] = True,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 when an image is not on disk.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a manifest, and images, that exist.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the manifest of a public data set: splits by patient, the study's labels.

    Example: radalike datasets prepare nih14 /data/nih14 -o nih14.csv
    """
    from eval.datasets.known import open_dataset
    from eval.datasets.preparation import Choices, Labels
    from eval.datasets.preparation import as_json as summary
    from eval.datasets.preparation import prepare as run
    from eval.datasets.published_tables import names
    from radalike.cli.output import print_json, progress_bar
    from radalike.errors import UnknownName

    if labels not in tuple(Labels):
        raise UnknownName("choice of labels", labels, tuple(Labels))
    choices = Choices(
        Labels(labels), root, check, frozenset(names(ignore) if ignore else ()), force
    )
    dataset = open_dataset(name, directory, images_to)
    with progress_bar(f"preparing {name}", shown=not as_json) as progress:
        preparation = run(dataset, output, choices, progress)
    if as_json:
        print_json(summary(preparation))
    else:
        _tell(preparation)
    if strict and preparation.account.missing:
        raise typer.Exit(_FINDING)


def list_datasets(as_json: JsonOption = False) -> None:
    """The data sets that can be prepared: what their folders hold, how they are split.

    Example: radalike datasets list
    """
    from eval.datasets.known import DATASETS
    from radalike.cli.output import print_json

    known = list(DATASETS.values())
    if as_json:
        print_json(
            [
                {"name": k.name, "title": k.title, "layout": k.layout, "split": k.split_rule}
                for k in known
            ]
        )
        return
    for k in known:
        typer.echo(f"{k.name}: {k.title}\n  holds {k.layout}\n  split {k.split_rule}")


def _tell(preparation: Preparation) -> None:
    from shlex import quote

    from eval.datasets.dataset import SPLITS
    from radalike.cli.output import print_table

    account = preparation.account
    splits = ", ".join(f"{account.splits[split]:,} {split}" for split in SPLITS)
    typer.echo(f"{account.images:,} of {account.rows:,} listed images: {splits}.")
    for reason, count in account.left_out.most_common():
        typer.echo(f"  left out: {count:,} {reason}")
    if account.missing:
        typer.echo(f"  not on disk, for example: {', '.join(account.missing)}")
    if preparation.unknown_regions:
        regions = ", ".join(preparation.unknown_regions)
        typer.echo(f"  regions that the vocabulary does not know: {regions}")
    rows = [(label, f"{account.labels[label]:,}") for label in preparation.labels]
    print_table("", ("label", "images"), rows, numeric=("images",))
    typer.echo(
        f"`radalike ingest {quote(str(preparation.manifest))} --root "
        f"{quote(str(preparation.root))}` brings them into a library."
    )
