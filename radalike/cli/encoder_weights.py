"""`radalike encoders fetch | bundle | install | check`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radalike.cli.options import JsonOption
from radalike.cli.output import print_json, print_table, progress_bar, progress_bars

if TYPE_CHECKING:
    from radalike.encoders.store import Manifest, Store

_FOUND = 1

EncoderArgument = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="Encoder id, or hf:OWNER/NAME, timm:MODEL, open_clip:MODEL:TAG.",
    ),
]


def add_to(commands: typer.Typer) -> None:
    """Add the commands to the group `radalike encoders`."""
    commands.command("fetch")(fetch)
    commands.command("bundle")(bundle)
    commands.command("install")(install)
    commands.command("check")(check)


def fetch(
    encoder: EncoderArgument,
    revision: Annotated[
        str,
        typer.Option("--revision", help="Commit, tag or branch (default: the pinned one)."),
    ] = "",
    given: Annotated[
        Path | None,
        typer.Option(
            "--from", help="Take the weights from this file or folder, and not from a network."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Download an encoder's weights, configuration and tokenizer. Needs a network.

    What was interrupted goes on where it was. Every file's SHA-256 is checked. HF_TOKEN gives
    access to repositories that want one, HF_ENDPOINT names another hub.

    Example: radalike encoders fetch rad-dino
    """
    from radalike.encoders.fetching import Fetched, keep_own
    from radalike.encoders.fetching import fetch as fetch_encoder
    from radalike.errors import UsageError

    store = _store()
    if given is not None and revision:
        raise UsageError("--from and --revision exclude each other", hint="leave one out")
    with progress_bar(f"fetching {encoder}", shown=not as_json, of_bytes=True) as progress:
        if given is not None:
            done = Fetched(keep_own(encoder, given, store, progress=progress), new=True)
        else:
            done = fetch_encoder(encoder, store, revision=revision, progress=progress)
    if as_json:
        print_json({**_said(done.manifest), "new": done.new})
        return
    how = "is here now" if done.new else "was here already, nothing was fetched"
    typer.echo(f"{encoder} {how}: {_sizes(done.manifest)}.")
    typer.echo(f"  from     {done.manifest.location}{_at(done.manifest)}")
    typer.echo(f"  licence  {done.manifest.licence or 'not said: see where it is from'}")
    typer.echo(f"`radalike encoders check {encoder}` tries it.")


def bundle(
    encoders: Annotated[
        list[str], typer.Argument(metavar="ID…", help="Encoder ids, as `fetch` takes them.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    as_json: JsonOption = False,
) -> None:
    """Pack encoders into one file for machines without a network, fetching what is not here.

    The file is an uncompressed ZIP: weights, configuration, tokenizer, licence, and a list of
    them with size and SHA-256. `radalike encoders install FILE` is all the other machine needs.

    Example: radalike encoders bundle rad-dino biomedclip -o encoders.zip
    """
    from radalike.encoders.bundles import bundle as write_bundle

    with progress_bars(shown=not as_json, of_bytes=True) as move:
        manifests = write_bundle(
            encoders,
            output,
            _store(),
            fetching=partial(move, "fetching"),
            packing=partial(move, "packing"),
        )
    size = output.stat().st_size
    if as_json:
        said = [_said(manifest) for manifest in manifests]
        print_json({"file": str(output), "size": size, "encoders": said})
        return
    for manifest in manifests:
        typer.echo(f"{manifest.id}: {_sizes(manifest)}, licence {manifest.licence or 'not said'}")
    typer.echo(f"{output} has {_megabytes(size)}. On the other machine:")
    typer.echo(f"  radalike encoders install {output.name}")


def install(
    bundle_file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What `radalike encoders bundle` wrote.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Install the encoders of a bundle, each file verified. Needs no network.

    Nothing changes unless all of an encoder is whole; installing again is harmless.

    Example: radalike encoders install encoders.zip
    """
    from radalike.encoders.bundles import install as install_bundle

    with progress_bar("installing", shown=not as_json, of_bytes=True) as progress:
        installed = install_bundle(bundle_file, _store(), progress=progress)
    if as_json:
        print_json([{**_said(each.manifest), "new": each.new} for each in installed])
        return
    for each in installed:
        how = "installed" if each.new else "was here already, and is whole"
        typer.echo(f"{each.manifest.id}: {how} ({_sizes(each.manifest)})")
    typer.echo(f"`radalike encoders check {installed[0].manifest.id}` tries it.")


def check(
    encoder: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="Encoder id (default: all that were fetched)."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read an encoder's files against their SHA-256, load it and try it on fixed pictures.

    Dimension, unit length, the same vector twice, alone as in a batch, texts in the same space,
    and the preprocessing that came with the weights against ours. Exit 1 when something differs.

    Example: radalike encoders check rad-dino
    """
    from dataclasses import asdict

    from radalike.encoders.catalogue import DEFAULT_ENCODER, encoder_spec
    from radalike.encoders.checking import Outcome, check_encoder, check_stored_files
    from radalike.errors import WeightsMismatch

    store = _store()
    answers: dict[str, tuple[Outcome, ...]] = {}
    for name in [encoder] if encoder else store.installed() or (DEFAULT_ENCODER,):
        with progress_bar(f"reading {name}", shown=not as_json, of_bytes=True) as progress:
            try:
                spec = encoder_spec(name, store=store)
                answers[spec.id] = check_encoder(spec, store, progress=progress)
            except WeightsMismatch as exc:  # a checkpoint that cannot even be described
                undescribed = Outcome("it is understood", well=False, said=f"{exc}: {exc.hint}")
                files = check_stored_files(name, store, progress=progress)
                answers[name] = (*files, undescribed)
    well = all(outcome.well for outcomes in answers.values() for outcome in outcomes)
    if as_json:
        listed = {name: [asdict(each) for each in found] for name, found in answers.items()}
        print_json({"well": well, "encoders": listed})
    else:
        for name, outcomes in answers.items():
            rows = (("ok" if each.well else "WRONG", each.question, each.said) for each in outcomes)
            print_table(name, ("", "question", "answer"), rows)
        wrong = sum(not each.well for outcomes in answers.values() for each in outcomes)
        typer.echo("All is well." if well else f"{wrong} finding{'' if wrong == 1 else 's'}.")
    if not well:
        raise typer.Exit(_FOUND)


def _store() -> Store:
    from radalike.encoders.store import Store
    from radalike.settings import load_settings

    return Store(load_settings().home / "encoders")


def _said(manifest: Manifest) -> dict[str, Any]:
    from dataclasses import asdict

    said = asdict(manifest)
    del said["folder"]
    return {**said, "size": manifest.size}


def _at(manifest: Manifest) -> str:
    return f" at {manifest.revision}" if manifest.revision else ""


def _sizes(manifest: Manifest) -> str:
    files = len(manifest.files)
    return f"{files} file{'' if files == 1 else 's'}, {_megabytes(manifest.size)}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:,.1f} kB"
