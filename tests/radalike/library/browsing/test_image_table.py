"""The table in memory keeps up with the catalog: parts, tiles, erasures, remaps, many threads."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from sqlalchemy import insert

from radalike.catalog.engine import transaction
from radalike.catalog.remapping import described, rewrite
from radalike.catalog.schema import parts
from radalike.catalog.store import Part
from radalike.errors import LibraryError
from radalike.filters import eq
from radalike.library import Library
from radalike.library.browsing import image_table
from radalike.library.browsing.image_table import HELD
from radalike.records import Term, payload_of
from radalike.vocabulary import Terms
from tests.radalike.library import erasures
from tests.radalike.library.described import add_part, add_tiles, image


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with erasures.open_small(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the parts whose rows have been read."""
    names: list[str] = []
    before = image_table.fields_of_part

    def noted(engine: object, part: str, fields: object) -> object:
        names.append(part)
        return before(engine, part, fields)  # type: ignore[arg-type]

    monkeypatch.setattr(image_table, "fields_of_part", noted)
    return names


def assert_current(library: Library) -> None:
    """The table has what the catalog says of every image."""
    table = library.image_table.current()
    assert len(np.unique(table.numbers)) == len(table)
    ids = [image for image, _ in library.catalog.metadata()]
    payloads = [payload_of(metadata) for _, metadata in library.catalog.metadata()]
    rows = np.argsort(table.numbers)
    assert len(table) == len(ids)
    for name in HELD:
        column = table.columns[name]
        assert column.size == len(ids)
        held = [column.mask(column.chosen([value])) for value in column.values]
        for row, payload in zip(rows, payloads, strict=True):
            given = payload.get(name, [])
            found = [v for v, mask in zip(column.values, held, strict=True) if mask[row]]
            assert found == sorted(given if isinstance(given, list) else [given])


def test_only_what_is_new_is_read(library: Library, read: list[str]) -> None:
    first = add_part(library, range(5))
    assert_current(library)
    table = library.image_table.current()
    assert library.image_table.current() is table
    second = add_part(library, range(5, 12))
    assert_current(library)
    assert read == [first.name, second.name]


def test_two_parts_between_two_questions(library: Library, read: list[str]) -> None:
    parts = [add_part(library, [number]) for number in range(3)]
    assert_current(library)
    assert read == [part.name for part in parts]


def test_what_is_erased_is_gone(library: Library, read: list[str]) -> None:
    patient, other = erasures.fill(library)
    assert_current(library)
    everything = len(library.image_table.current())
    before = {part.name for part in library.catalog.parts()}
    read.clear()
    library.erase_patient(erasures.A)
    assert_current(library)
    table = library.image_table.current()
    assert len(table) == everything - erasures.EACH - 1
    assert not table.mask(eq("patient", patient), library.catalog).any()
    assert table.mask(eq("patient", other), library.catalog).all()
    assert set(read) == {part.name for part in library.catalog.parts()} - before


def test_an_image_with_tiles_is_one_row(library: Library) -> None:
    add_part(library, range(8))
    tiles = library.beside(tiles="1x2")
    add_tiles(tiles, [1, 2, 3], "0,0,2,4", "2,0,2,4")
    add_tiles(tiles, [3, 4], "0,0,4,2")
    table = tiles.image_table.current()
    ids = {image(number) for number in (1, 2, 3, 4)}
    assert {library.catalog.records([each])[each].id for each in ids} == ids
    assert len(table) == tiles.facets().total == 4
    assert library.facets().total == 8


def test_tiles_that_are_erased(library: Library) -> None:
    patient, _ = erasures.fill(library)
    tiles = library.beside(tiles="1x2")
    own = [each.id for each in library.records(eq("patient", patient))][:3]
    others = [each.id for each in library.records() if each.metadata.patient != patient][:3]
    numbers = [int(each.replace("-", ""), 16) for each in (*own, *others)]
    add_tiles(tiles, numbers, "0,0,2,4", "2,0,2,4")
    add_tiles(tiles, numbers[2:4], "0,0,4,2")
    assert tiles.facets().total == 6
    library.erase_patient(erasures.A)
    assert tiles.facets().total == 3


def test_better_words_are_read_once_the_remap_is_done(library: Library) -> None:
    add_part(library, range(6))
    assert_current(library)
    terms = Terms(Term("PT", "Modality", 1.0), Term("knee", "made", 1.0), None, "L")
    rewrite(
        library.catalog.engine,
        {r.number: terms for p in described(library.catalog.engine) for r in p},
    )
    library.layout.last_remap.touch()
    assert_current(library)
    assert library.facets().counts["modality"] == {"PT": 6}
    assert library.facets().counts["laterality"] == {"L": 6}


def test_a_part_without_rows_is_said(library: Library) -> None:
    part = Part("lost", library.fingerprint, 3, "0" * 64, "float32")
    add_part(library, range(2))
    add_lost(library, part)
    with pytest.raises(LibraryError, match="no rows of embedding part lost"):
        library.facets()


def add_lost(library: Library, part: Part) -> None:
    values = {name: getattr(part, name) for name in Part.__slots__}
    with transaction(library.catalog.engine) as connection:
        connection.execute(insert(parts).values(created_at=datetime.now(UTC), **values))


def test_others_do_not_wait_for_what_is_read(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_part(library, range(3))
    table = library.image_table.current()
    reading, go_on = Event(), Event()
    before = image_table.fields_of_part

    def slow(*given: object) -> object:
        reading.set()
        assert go_on.wait(20)
        return before(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(image_table, "fields_of_part", slow)
    add_part(library, range(3, 5))
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(library.image_table.current)
        assert reading.wait(20)
        assert pool.submit(library.image_table.current).result(20) is table
        go_on.set()
        assert len(first.result(20)) == 5
    assert_current(library)


def test_the_first_question_is_answered_once_for_all_threads(
    library: Library, read: list[str]
) -> None:
    add_part(library, range(30))
    with ThreadPoolExecutor(8) as pool:
        tables = list(pool.map(lambda _: library.image_table.current(), range(8)))
    assert {id(table) for table in tables} == {id(tables[0])}
    assert len(read) == 1


def test_an_erasure_while_it_is_read(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    erasures.fill(library)
    before = image_table.fields_of_part
    erased: list[bool] = []

    def meanwhile(*given: object) -> object:
        if not erased:
            erased.append(True)
            library.erase_patient(erasures.A)
        return before(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(image_table, "fields_of_part", meanwhile)
    assert_current(library)


def test_memory_of_a_million_images() -> None:
    """Twelve fields of up to 200 values, three labels each: 5 bytes a value with its place."""
    rows = 20_000
    names = [f"value {number}" for number in range(200)]
    given = [names[row % 200] for row in range(rows)]
    labels = [[names[row % 200], names[row % 7], names[row % 11]] for row in range(rows)]
    columns = [image_table.column_of("organ", given), image_table.column_of("labels", labels)]
    size = [c.codes.nbytes + (c.rows.nbytes if c.rows is not None else 0) for c in columns]
    assert size[0] == rows
    assert size[1] <= 5 * 3 * rows
