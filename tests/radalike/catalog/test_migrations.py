"""Catalogs of older versions, as they were written by them, are opened and lose nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, inspect, text

import radalike.catalog.engine
from radalike.catalog.engine import open_engine
from radalike.catalog.schema import HEAD_REVISION
from radalike.catalog.store import Catalog, Part, PartRow, VectorPlace

OLD = Path(__file__).with_name("old") / "catalog-0002.sql"
"""The dump of a catalog of revision 0002: four synthetic images (a duplicate, a DICOM file with its
identity kept, one of a manifest) in one part, and a reject."""
MIGRATIONS = Path(radalike.catalog.engine.__file__).parent / "migrations"
CELLS = "62eda186f0b60ca5"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "catalog.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(OLD.read_text())
    return path


_ONE_IMAGE = """
INSERT INTO encoders VALUES ('0000000000000000', 'e', 4, '{}');
INSERT INTO parts
VALUES (1, 'p', '0000000000000000', 1, 'x', 'float32', '2026-01-01 00:00:00');
INSERT INTO images
    (number, id, content, dataset, modality, modality_source, modality_confidence, anatomy,
    anatomy_source, anatomy_confidence, labels, frame, width, height, thumbnail, warnings, added_at)
VALUES (1, 'i', 'c', 'd', 'CT', 'm', 1, 'chest', 'm', 1, '[]', 0, 1, 1, false, '[]',
    '2026-01-01 00:00:00');
INSERT INTO embeddings VALUES (1, 0, 1)
"""


def rows(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with closing(sqlite3.connect(path)) as database:
        names = [
            row[0]
            for row in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            )
        ]
        return {name: database.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}


def test_an_old_catalog_loses_nothing(old: Path) -> None:
    before = rows(old)
    assert before.pop("alembic_version") == [("0002",)]
    Catalog.open(f"sqlite:///{old}").close()
    after = rows(old)
    assert after.pop("alembic_version") == [(HEAD_REVISION,)]
    for new in ("runs", "people", "audit", "audit_end", "judgements"):
        assert after.pop(new) == []
    assert after["embeddings"] == [(*row, None) for row in before["embeddings"]]
    assert {**after, "embeddings": []} == {**before, "embeddings": []}


def test_an_old_catalog_answers_and_takes_in_what_is_new(old: Path) -> None:
    catalog = Catalog.open(f"sqlite:///{old}")
    ids = [image for image, _ in catalog.metadata()]
    assert [point.id for point in catalog.part_points(catalog.parts()[0].name)] == ids
    catalog.add_encoder("0" * 16, "other", 4, {})
    tiles = [PartRow(ids[1], "0,0,32,64"), PartRow(ids[1], "32,0,32,64")]
    catalog.commit(part=Part("new", "0" * 16, 2, "0" * 64, "float32"), rows=tiles)
    assert catalog.vector_place("0" * 16, ids[1]) is not None
    assert catalog.vector_place(CELLS, ids[1]) == VectorPlace(ids[1], catalog.parts()[0].name, 1)
    catalog.close()


def at(engine: Engine, revision: str, *, down: bool = False) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)
        connection.commit()


def test_rows_of_0002_are_of_whole_images_in_every_database(catalog_url: str) -> None:
    engine = create_engine(catalog_url)
    at(engine, "0002")
    with engine.begin() as connection:
        for statement in _ONE_IMAGE.split(";"):
            connection.execute(text(statement))
    engine.dispose()
    migrated = open_engine(catalog_url)
    (point,) = Catalog(migrated).part_points("p")
    assert (point.id, point.image, point.region) == ("i", "i", None)
    at(migrated, "0002", down=True)
    with migrated.connect() as connection:
        assert connection.execute(text("SELECT * FROM embeddings")).all() == [(1, 0, 1)]
    migrated.dispose()


def test_the_audit_goes_and_comes_back_in_every_database(catalog_url: str) -> None:
    migrated = open_engine(catalog_url)
    at(migrated, "0004", down=True)
    assert "audit" not in inspect(migrated).get_table_names()
    at(migrated, "0005")
    names = [index["name"] for index in inspect(migrated).get_indexes("images")]
    assert "images_study" in names
    migrated.dispose()
