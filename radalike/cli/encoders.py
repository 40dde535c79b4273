"""`radalike encoders list | show`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radalike.cli import encoder_weights
from radalike.cli.options import JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table

if TYPE_CHECKING:
    from radalike.encoders.catalogue.availability import Availability
    from radalike.encoders.spec import EncoderSpec
    from radalike.encoders.store import Manifest, Store

_MARKDOWN = "Print the table and the notes of docs/encoders.md."
_INTO = "With --markdown: write them between the marks of this file."


def register(app: typer.Typer) -> None:
    commands = typer.Typer(help="The models that turn images into embeddings.")
    commands.command("list")(list_encoders)
    commands.command("show")(show)
    encoder_weights.add_to(commands)
    app.add_typer(commands, name="encoders", no_args_is_help=True)


def list_encoders(
    as_json: JsonOption = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help=_MARKDOWN)] = False,
    into: Annotated[
        Path | None, typer.Option("--into", help=_INTO, exists=True, dir_okay=False)
    ] = None,
) -> None:
    """Every encoder that is known by name: dimension, input, text tower, licence, and whether its
    weights are here.

    Example: radalike encoders list
    """
    from radalike.encoders.catalogue import DEFAULT_ENCODER, ENCODERS
    from radalike.encoders.catalogue.availability import MEANINGS, availability
    from radalike.encoders.catalogue.words import terms

    if as_markdown or into is not None:
        _markdown(ENCODERS.values(), into)
        return
    store = _store()
    specs = [_spec(name, store) for name in ENCODERS]
    found = {spec.id: availability(spec, store) for spec in specs}
    if as_json:
        print_json([_row(spec, found[spec.id]) for spec in specs])
        return
    print_table(
        "",
        ("encoder", "family", "dim", "px", "text", "licence", "weights"),
        (
            (
                spec.id,
                spec.family,
                str(spec.dimension),
                str(spec.preprocessing.size),
                "yes" if spec.has_text_tower else "",
                terms(spec.licence),
                found[spec.id],
            )
            for spec in specs
        ),
        numeric=("dim", "px"),
        whole=("encoder",),
    )
    typer.echo(
        f"{DEFAULT_ENCODER} is the default. dim: numbers of an embedding; px: side of the input; "
        "weights:"
    )
    for each in dict.fromkeys(found.values()):
        typer.echo(f"  {each}: {MEANINGS[each]}")


def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="An encoder's id, or timm:MODEL, open_clip:MODEL:TAG, hf:OWNER/NAME, the path of "
            "a checkpoint folder, or an adapter of the library.",
        ),
    ],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """All that is known of one encoder: how the study used it and how it is used here, what its
    images go through, its weights and whether they are here, and what to do to get them.

    Example: radalike encoders show biomedclip
    """
    from dataclasses import asdict

    from radalike.encoders.catalogue.availability import Availability, availability, what_to_do

    store = _store()
    spec = _adapted(name, store, library) or _spec(name, store)
    found = availability(spec, store)
    manifest = store.manifest(spec.id) if found is not Availability.DAMAGED else None
    if as_json:
        stored = asdict(manifest) if manifest is not None else None
        to_do = what_to_do(spec, found)
        print_json({**_row(spec, found), "stored": stored, "what_to_do": to_do})
        return
    typer.echo(spec.id)
    _print_fields(_described(spec, manifest, found))


def _store() -> Store:
    """Of this machine."""
    from radalike.encoders.store import Store
    from radalike.settings import load_settings

    return Store(load_settings().home / "encoders")


def _adapted(name: str, store: Store, library: Path | None) -> EncoderSpec | None:
    """The adapter `name` of the library, None when there is none."""
    from contextlib import closing

    from radalike.library.adaptation.adapters import adapted_spec, has_adapter
    from radalike.library.catalogs import open_catalog
    from radalike.library.layout import Layout
    from radalike.settings import load_settings

    settings = load_settings(library=library)
    layout = Layout(settings.library)
    if not has_adapter(layout, name):  # no reason to ask the catalog
        return None
    with closing(open_catalog(layout, settings.catalog_url.get_secret_value())) as catalog:
        return adapted_spec(layout, name, settings.rendering, store, catalog)


def _spec(name: str, store: Store) -> EncoderSpec:
    """As it would be used now. Where the store's own note of it is damaged, as its row says."""
    from radalike.encoders.catalogue import ENCODERS, encoder_spec
    from radalike.errors import WeightsMismatch
    from radalike.settings import load_settings

    rendering = load_settings().rendering
    try:
        return encoder_spec(name, rendering, store)
    except WeightsMismatch:
        if name not in ENCODERS:
            raise
        return encoder_spec(name, rendering)


def _row(spec: EncoderSpec, found: Availability) -> dict[str, Any]:
    from dataclasses import asdict

    from radalike.encoders.catalogue import DEFAULT_ENCODER

    return {
        **asdict(spec),
        "fingerprint": _fingerprint(spec),
        "default": spec.id == DEFAULT_ENCODER,
        "availability": found,
    }


def _fingerprint(spec: EncoderSpec) -> str | None:
    """None where the row pins nothing: it is what is fetched that decides."""
    from radalike.encoders.spec import fingerprint
    from radalike.encoders.store import is_remote

    weights = spec.weights
    open_ = is_remote(weights.location) and not (weights.revision or weights.sha256)
    return None if open_ else fingerprint(spec)


def _described(
    spec: EncoderSpec, manifest: Manifest | None, found: Availability
) -> Iterable[tuple[str, str]]:
    from radalike.encoders.catalogue import words
    from radalike.encoders.catalogue.availability import MEANINGS, Availability, what_to_do

    weights = spec.weights
    yield "what it is", spec.source
    yield "adapts", spec.adapts.id if spec.adapts is not None else ""
    yield "embedding", words.embedding(spec)
    yield "study", spec.study
    yield "input", words.fitting(spec.preprocessing)
    yield "levels", words.scaling(spec.preprocessing)
    yield "rendering", f"{spec.rendering} (of DICOM grey values)"
    yield "model", f"{spec.architecture} ({spec.family})"
    yield "text tower", "yes: it can search by text" if spec.has_text_tower else "no: images only"
    yield "weights", words.place(weights)
    yield "SHA-256", weights.sha256 or ""
    yield "text from", weights.text
    # The list's word for it names the command that this is.
    meaning = "not yet" if found is Availability.ACCESS else MEANINGS[found]
    yield "available", meaning.replace("ID", spec.id)
    if manifest is not None:
        count = len(manifest.files)
        files = f"{count} file{'' if count == 1 else 's'}, {manifest.size / 1e6:,.1f} MB"
        yield "stored", f"{files}, {manifest.revision}".removesuffix(", ")
    yield "to get it", what_to_do(spec, found)
    yield "licence", spec.licence
    yield "citation", spec.citation
    yield "fingerprint", _fingerprint(spec) or "given by what is fetched: the row pins no version"


def _markdown(specs: Iterable[EncoderSpec], into: Path | None) -> None:
    from radalike.encoders.catalogue.markdown import replaced, table_and_notes

    block = table_and_notes(specs)
    if into is None:
        typer.echo(block)
    else:
        into.write_text(replaced(into.read_text(), block))


def _print_fields(fields: Iterable[tuple[str, str]]) -> None:
    """One below the other, those that say something."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in fields:
        if value:
            table.add_row(f"  {name}", escape(value))
    Console().print(table)
