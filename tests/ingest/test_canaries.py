"""Canaries in every text of a PACS export: none of them comes out anywhere."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.receiver.spool import Spool
from radalike.index import generations
from radalike.index.backend import IndexSpec
from radalike.index.edge import EdgeIndex
from radalike.library import Library
from tests.ingest.canaries import Canaries
from tests.ingest.canary_export import Export, write_export
from tests.ingest.command_line import LIGHT, Finished, radalike
from tests.ingest.receiver.peers import Listening, listening
from tests.ingest.runs import part_ids

_BLOCK = 4096


@dataclass(frozen=True)
class Aviary:
    canaries: Canaries
    export: Export
    library: Path
    outputs: dict[str, Finished]


@pytest.fixture(scope="module")
def aviary(tmp_path_factory: pytest.TempPathFactory) -> Aviary:
    """A library of an export full of canaries, and all that the commands said."""
    root, canaries = tmp_path_factory.mktemp("canaries"), Canaries()
    export = write_export(root, canaries)
    library = root / "library"
    outputs = {}

    def run(*arguments: str | Path) -> None:
        words = [str(each) for each in arguments if str(root) not in str(each)]
        done = radalike(*arguments, "--library", library, command=LIGHT, keep_identity="true")
        outputs[" ".join(words)] = done

    run("ingest", export.folder, export.archive, "--json")
    run("ingest", export.folder, export.archive)
    outputs["listen"] = _receive(root, export)
    with Library.open(library) as opened:
        image = part_ids(opened)[0]
    run("search", export.query, "--json")
    for options in ((), ("--json",)):
        run("search", image, *options)
        run("similar", image, *options)
        run("status", *options)
        run("rejects", *options)
        run("index", "check", *options)
    return Aviary(canaries, export, library, outputs)


def _receive(root: Path, export: Export) -> Finished:
    """What the receiver says of the whole export, once it has come over the network."""
    files = [path for path in export.folder.rglob("*") if path.is_file()]
    with Library.open(root / "library") as library:
        spool = Spool(library.layout, library.privacy, kept_free=0)
    with spool.exclusively():
        for path in files:
            arrival = spool.begin(2**30)
            arrival.write(path.read_bytes())
            arrival.commit()
    with listening(root, keep_identity="true", part_seconds=0.5) as service:
        service.wait_for(lambda: service.health()["waiting"] == 0 and ended(service) == len(files))
        service.wait_for(lambda: "ingested" in service.events())
        code, said = service.stop(), service.log_file.read_text() + json.dumps(service.health())
    assert service.health()["rejected"] == len(list(spool.refused.contents())) > 2
    return Finished(code, said, "")


def ended(service: Listening) -> int:
    return sum(service.health()[name] for name in ("ingested", "skipped", "rejected"))


def test_it_was_ingested_and_everything_answers(aviary: Aviary) -> None:
    codes = {name: (output.code, output.err) for name, output in aviary.outputs.items()}
    assert set(codes.values()) == {(0, "")}, codes
    report = aviary.outputs["ingest --json"].json
    assert (report["images"], report["rejected"]) == (aviary.export.images, aviary.export.rejected)
    assert report["indexed"] == aviary.export.images
    assert aviary.canaries.number > 15_000


def test_what_is_kept_sealed_is_shown_by_locate_only(aviary: Aviary) -> None:
    at = ("--library", aviary.library)
    with Library.open(aviary.library) as library:
        kept = [image for image in part_ids(library) if library.identity(image)]
    assert len(kept) == aviary.export.images - 1  # the photo has no identifiers
    shown = radalike("locate", kept[0], "--identity", "--json", *at, command=LIGHT).json
    assert aviary.canaries.plain_in(shown["identity"]["PatientName"].encode())
    assert aviary.canaries.plain_in(shown["place"].encode())


def test_no_command_says_one(aviary: Aviary) -> None:
    for name, output in aviary.outputs.items():
        said = (output.out + output.err).encode("utf-8", "surrogateescape")
        said = said.replace(str(aviary.export.query).encode(), b"")  # what was typed
        assert aviary.canaries.leaks(said) == set(), name


def test_no_file_of_the_library_holds_one(aviary: Aviary) -> None:
    assert leaks_in_files(aviary, aviary.library) == {}


def test_none_is_hidden_by_a_format_s_compression(aviary: Aviary) -> None:
    assert leaks_in_values(aviary, aviary.library) == set()


def leaks_in_files(aviary: Aviary, library: Path) -> dict[str, set[str]]:
    """Of each file's bytes and name."""
    found = {}
    for path in sorted(path for path in library.rglob("*") if path.is_file()):
        name = str(path.relative_to(library))
        leaks = aviary.canaries.leaks(_written(path) + b"\n" + name.encode())
        if leaks:
            found[name] = leaks
    return found


def leaks_in_values(aviary: Aviary, library: Path) -> set[str]:
    """Of what SQLite, Parquet and the index give when they are asked."""
    found: set[str] = set()
    for text in (*_rows(library), *_parquet(library), *_payloads(library)):
        found |= aviary.canaries.leaks(text)
    return found


def _written(path: Path) -> bytes:
    """The file without its blocks of zeros: the index reserves tens of megabytes of them."""
    with path.open("rb") as file:
        blocks = iter(lambda: file.read(_BLOCK), b"")
        return b"".join(block for block in blocks if block.strip(b"\0"))


def _rows(library: Path) -> Iterator[bytes]:
    with closing(sqlite3.connect(library / "catalog.sqlite")) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                values = (each if isinstance(each, bytes) else str(each).encode() for each in row)
                yield b"\n".join(values)


def _parquet(library: Path) -> Iterator[bytes]:
    for path in library.rglob("*.parquet"):
        with pq.ParquetFile(path) as file:
            table = file.read()
        yield repr((table["id"].to_pylist(), table.schema.metadata)).encode()


def _payloads(library: Path) -> Iterator[bytes]:
    with Library.open(library) as opened:
        folder = generations.current(opened.layout.index(opened.fingerprint))
        assert folder is not None
        index = EdgeIndex.open(folder, IndexSpec(opened.spec.dimension, opened.fingerprint))
    try:
        for page in index.scroll():
            yield repr((page.ids, page.payloads)).encode()
    finally:
        index.close()


# -- it can fail -----------------------------------------------------------------------------------

FORMS = {
    "plain": lambda text: text.encode(),
    "UTF-16 LE": lambda text: text.encode("utf-16-le"),
    "UTF-16 BE": lambda text: text.encode("utf-16-be"),
    **{
        f"base64 at {shift}": lambda text, shift=shift: base64.b64encode(
            b"x" * shift + text.encode() + b"."
        )
        for shift in range(3)
    },
    "base64 of UTF-16": lambda text: base64.urlsafe_b64encode(text.encode("utf-16-le")),
    "lower case": lambda text: text.lower().encode(),
}


def _one_of_each(canaries: Canaries) -> list[tuple[str, str]]:
    texts = list(canaries.where.items())
    times = [(value.decode(), where) for value, where in canaries.timed.items()]
    return [*texts[:: len(texts) // 40], *times[:: len(times) // 20]]


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_recognised(aviary: Aviary, form: str) -> None:
    for value, where in _one_of_each(aviary.canaries):
        for before in (b"", b"a", b"\xff\x00 b"):
            planted = before + FORMS[form](value) + b"\n."
            assert where in aviary.canaries.leaks(planted), (form, value)


def test_the_export_itself_is_full_of_them(aviary: Aviary) -> None:
    canaries = aviary.canaries
    found: set[str] = set()
    for path in aviary.export.folder.rglob("*"):
        found |= canaries.leaks(str(path).encode())
        found |= canaries.plain_in(path.read_bytes()) if path.is_file() else set()
    assert len(found) > 10_000


def test_one_that_is_planted_in_the_library_is_found(aviary: Aviary, tmp_path: Path) -> None:
    library = Path(copytree(aviary.library, tmp_path / "library"))
    value, where = next(iter(aviary.canaries.where.items()))
    (library / "thumbnails" / "stray.jpg").write_bytes(b"\xff\xd8" + value.encode())
    assert leaks_in_files(aviary, library) == {"thumbnails/stray.jpg": {where}}
    with closing(sqlite3.connect(library / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE images SET organ = ?", (value,))
    assert leaks_in_values(aviary, library) == {where}
    with closing(sqlite3.connect(library / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE images SET organ = NULL")
    part = next(iter(library.rglob("*.parquet")))
    table = pa.table({"id": [value] * 100})
    pq.write_table(table, part, compression="zstd")
    assert leaks_in_values(aviary, library) == {where}
