"""The tables in code are the tables that the migrations make."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Inspector, create_engine, inspect

import radalike.catalog.engine
from radalike.catalog.engine import open_engine
from radalike.catalog.schema import HEAD_REVISION, metadata

MIGRATIONS = Path(radalike.catalog.engine.__file__).parent / "migrations"


def described(engine: Engine) -> dict[str, Any]:
    """Tables, columns, keys and indexes, without the order in which they were named."""
    inspector: Inspector = inspect(engine)
    tables = [name for name in inspector.get_table_names() if name != "alembic_version"]
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], str(column["default"]))
                for column in inspector.get_columns(table)
            },
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "indexes": sorted(
                (str(index["name"]), tuple(index["column_names"]), bool(index["unique"]))
                for index in inspector.get_indexes(table)
            ),
            "unique": sorted(
                tuple(each["column_names"]) for each in inspector.get_unique_constraints(table)
            ),
            "references": sorted(
                (tuple(key["constrained_columns"]), key["referred_table"])
                for key in inspector.get_foreign_keys(table)
            ),
        }
        for table in tables
    }


@pytest.fixture
def migrated(catalog_url: str) -> Iterator[Engine]:
    engine = open_engine(catalog_url)
    yield engine
    engine.dispose()


def test_migrations_make_the_schema(migrated: Engine) -> None:
    by_migration = described(migrated)
    assert set(by_migration) == set(metadata.tables)
    with migrated.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            table.drop(connection)
        metadata.create_all(connection)
    assert described(migrated) == by_migration


def test_the_newest_migration_is_the_one_the_schema_names() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD_REVISION]


def test_migrations_go_back_to_nothing(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        connection.commit()
    assert described(engine) == {}
    engine.dispose()


def test_opening_again_changes_nothing(catalog_url: str) -> None:
    before = open_engine(catalog_url)
    tables = described(before)
    before.dispose()
    again = open_engine(catalog_url)
    assert described(again) == tables
    again.dispose()


def test_the_comparison_sees_columns(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'plain.sqlite'}")
    metadata.create_all(engine)
    assert described(engine)["images"]["columns"]["age"] == ("INTEGER", True, "None")
    engine.dispose()
