"""`radalike ingest` and `radalike sample`."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from ingest import dicomdir_command, runs_command, watch_command
from ingest.embedding_files import export_command, import_command
from ingest.encoding import command as encode_command
from ingest.interruption import stopped_by_interrupt
from ingest.receiver import command as listen_command
from ingest.sources.place import check_place
from radalike.cli.options import EncoderOption, JsonOption, LibraryOption
from radalike.cli.output import INTERRUPTED, print_json, print_report
from radalike.cli.session import open_library
from radalike.errors import UnknownName, UsageError

if TYPE_CHECKING:
    from ingest.sources.source import Source
    from radalike.library import Library

_SOME_REJECTED = 1


def register(app: typer.Typer) -> None:
    app.command("ingest")(ingest)
    encode_command.register(app)
    app.command("sample")(sample)
    listen_command.register(app)
    watch_command.register(app)
    runs_command.register(app)
    dicomdir_command.register(app)
    import_command.register(app)
    export_command.register(app)


def ingest(
    source: Annotated[
        list[str],
        typer.Argument(
            help="Folders, ZIPs, image or DICOM files, manifest CSVs, a DICOMDIR (for all of its "
            "medium), or a DICOMweb server "
            "(dicomweb+https://host/dicom-web?StudyDate=20240101-20241231)."
        ),
    ],
    root: Annotated[
        Path | None, typer.Option("--root", help="Folder a manifest's paths are relative to.")
    ] = None,
    dataset: Annotated[
        str, typer.Option("--dataset", help="Name to file a folder's images under.")
    ] = "local",
    labels: Annotated[
        str,
        typer.Option(
            "--labels",
            metavar="one|many",
            help="Labels that a manifest's image may have: one, as in the study, or many.",
        ),
    ] = "one",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 when anything was rejected.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Decoding processes (default: one a core).")
    ] = None,
    device: Annotated[str | None, typer.Option("--device", help="auto, cpu, cuda, mps.")] = None,
    precision: Annotated[
        str | None, typer.Option("--precision", help="auto, float32, float16, bfloat16.")
    ] = None,
    keep_identity: Annotated[
        bool | None,
        typer.Option("--keep-identity", help="Keep identifiers, sealed, for `locate --identity`."),
    ] = None,
    encoder: EncoderOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring images into the library. Running it again adds what is new and repeats nothing.

    Example: radalike ingest /exports/2024 --library ./radalike-library
    """
    from ingest.pipeline import ingest as run
    from ingest.progress import progress_display
    from ingest.runs import store_ingest

    if labels not in ("one", "many"):
        raise UnknownName("number of labels", labels, ("one", "many"))
    for each in source:
        check_place(each)
    flags = {"workers": workers, "device": device, "precision": precision, "encoder": encoder}
    flags["keep_identity"] = keep_identity
    with (
        open_library(library, create=True, **flags) as opened,
        stopped_by_interrupt() as stop,
        progress_display(shown=not as_json) as progress,
    ):
        several = labels == "many"
        sources = [_source(opened, each, root, dataset, stop, several) for each in source]
        report = run(opened, sources, stop=stop, progress=progress)
        kinds = (each.name for each in sources)
        store_ingest(opened, report, kinds, dataset=dataset, labels=labels, **flags)
    print_report(report, as_json=as_json)
    if report.interrupted:
        raise typer.Exit(INTERRUPTED)
    if strict and report.rejected:
        raise typer.Exit(_SOME_REJECTED)


def sample(
    directory: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    images: Annotated[int, typer.Option("--images", min=6, help="How many images.")] = 120,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same files.")] = 0,
    matrix: Annotated[
        int, typer.Option("--matrix", help="Rows and columns of a CT slice: 256 or 512.")
    ] = 256,
    modality: Annotated[str, typer.Option("--modality", help="CT, MR, XR or US only.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Write a small PACS export of synthetic phantoms, to try things on.

    Example: radalike sample ./pacs-export --images 120 --seed 1
    """
    from ingest.phantoms import write_sample
    from radalike.cli.output import progress_bar

    with progress_bar("drawing", shown=not as_json) as progress:
        report = write_sample(
            directory,
            images,
            seed,
            lambda done: progress(done, images),
            matrix=matrix,
            modality=modality.upper(),
        )
    if as_json:
        print_json(report.as_json())
        return
    typer.echo(
        f"{report.images} synthetic images of {report.patients} patients in {directory}: "
        f"`radalike ingest {directory}` brings them into a library."
    )


def _source(
    library: Library,
    source: str,
    root: Path | None,
    dataset: str,
    stop: Event,
    several_labels: bool,
) -> Source:
    from ingest.dicomdir import is_dicomdir
    from ingest.sources.dicomweb.address import is_dicomweb

    if is_dicomweb(source):
        from ingest.sources.dicomweb.opening import open_dicomweb

        return open_dicomweb(library, source, dataset, stop)
    path = Path(source)
    if path.resolve() == library.layout.spool_rejects.resolve():
        return _refused_source(library, dataset)
    _check_outside_libraries(path)
    if is_dicomdir(path):
        path = path.parent
    if path.suffix.lower() == ".csv" and not path.is_dir():
        from ingest.sources.manifest import ManifestSource

        return ManifestSource(path, root or path.parent, several_labels=several_labels)
    from ingest.sources.archive import ArchiveSource, is_archive
    from ingest.sources.folder import FolderSource

    return ArchiveSource(path, dataset) if is_archive(path) else FolderSource(path, dataset)


def _check_outside_libraries(path: Path) -> None:
    """Raises UsageError for a library, or what it keeps: its images are there already."""
    from radalike.library.layout import FOLDERS, Layout

    resolved = path.resolve()
    for folder in (resolved, *resolved.parents):
        layout, inside = Layout(folder), resolved.relative_to(folder).parts
        is_library = layout.description.is_file() and layout.key.is_file()
        if is_library and (not inside or inside[0] in FOLDERS):
            raise UsageError(
                f"{path} is in the library {folder}",
                hint="give what is to be ingested; what its receiver has refused is tried again by "
                f"`radalike ingest {layout.spool_rejects} --library {folder}`",
            )


def _refused_source(library: Library, dataset: str) -> Source:
    from ingest.receiver.settling import settled_in
    from ingest.sources.refused import RefusedSource
    from radalike.library.ingesting.refused_files import RefusedFiles

    layout = library.layout
    refused = RefusedFiles(layout.spool_rejects, library.privacy)
    refused.adopt()
    return RefusedSource(refused, layout.fetched, dataset, settled_in(library))
