from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radalike.catalog.store import Catalog
from radalike.errors import LibraryError, StorageFull
from radalike.library.audit.audit import Audit, AuditAction
from radalike.library.privacy.pseudonyms import Privacy

IMAGE = "0dbd6b3c-5d5c-5d0b-9d2c-1e6a7a2b3c4d"
PATIENT = "0123456789abcdef" * 2


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog.open(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def audit(catalog: Catalog) -> Audit:
    return Audit(catalog.engine, Privacy(b"k" * 32))


def test_an_entry_comes_back(audit: Audit) -> None:
    before = datetime.now(UTC)
    number = audit.write("jane", AuditAction.QUERY, IMAGE, kind="record", filters={"sex": ["F"]})
    (entry,) = audit.entries()
    assert (entry.number, entry.who, entry.action, entry.intact) == (number, "jane", "query", True)
    assert entry.detail == {"kind": "record", "filters": {"sex": ["F"]}}
    assert before <= entry.at <= datetime.now(UTC)
    assert entry.as_json()["at"].endswith("+00:00")


def test_who_opened_this_image(audit: Audit) -> None:
    audit.write("jane", AuditAction.OPEN_RECORD, IMAGE)
    audit.write("john", AuditAction.OPEN_RECORD, IMAGE.upper())
    audit.write("joan", AuditAction.OPEN_RECORD, IMAGE.replace("0", "1"))
    audit.write("jill", AuditAction.SIGN_IN)
    assert [entry.who for entry in audit.entries(image=IMAGE)] == ["john", "jane"]
    (entry,) = audit.entries(who="jane")
    assert re.fullmatch("[0-9a-f]{32}", entry.subject or "")
    assert entry.subject == audit.subject(IMAGE)
    assert entry.detail == {}


def test_pages_and_times(audit: Audit) -> None:
    numbers = [audit.write("jane", AuditAction.QUERY, n=n) for n in range(5)]
    assert [entry.number for entry in audit.entries(limit=2)] == numbers[:2:-1]
    assert [entry.number for entry in audit.entries(before=numbers[3], limit=2)] == numbers[2:0:-1]
    assert [entry.detail["n"] for entry in audit.each()] == [0, 1, 2, 3, 4]
    now = datetime.now(UTC)
    assert audit.entries(since=now) == []
    assert len(audit.entries(until=now, since=now - timedelta(hours=1))) == 5


def test_no_id_stands_in_an_entry(audit: Audit, tmp_path: Path) -> None:
    audit.write(
        "jane",
        AuditAction.EXPORT,
        link=f"/?q={IMAGE}&patient={PATIENT.upper()}",
        ids=[IMAGE, (PATIENT,)],
        marks={IMAGE: True},
        fingerprint="62eda186f0b60ca5",
    )
    (entry,) = audit.entries()
    text = repr(entry).lower()
    assert IMAGE not in text
    assert PATIENT not in text
    image, patient = audit.subject(IMAGE), audit.subject(PATIENT)
    assert entry.detail == {
        "link": f"/?q={image}&patient={patient}",
        "ids": [image, [patient]],
        "marks": {image: True},
        "fingerprint": "62eda186f0b60ca5",
    }


@pytest.fixture(scope="module")
def filling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audit]:
    """An audit that is written to over and over."""
    path = tmp_path_factory.mktemp("audit") / "catalog.sqlite"
    opened = Catalog.open(f"sqlite:///{path}")
    yield Audit(opened.engine, Privacy(b"k" * 32))
    opened.close()


@settings(max_examples=50)
@given(who=st.text(st.characters(codec=None), max_size=300))
def test_a_name_can_be_anything(filling: Audit, who: str) -> None:
    """As somebody types it who is refused."""
    filling.write(who, AuditAction.SIGN_IN_REFUSED)
    (entry,) = filling.entries(limit=1)
    assert len(entry.who) <= 254
    assert entry.who.isprintable()
    assert not who.isprintable() or entry.who == who[:254]
    assert filling.verify().faults == ()


def test_a_detail_that_cannot_be_opened_hides_no_other(audit: Audit, tmp_path: Path) -> None:
    audit.write("jane", AuditAction.QUERY, text="x")
    other = Audit(audit._engine, Privacy(b"o" * 32))
    other.write("john", AuditAction.QUERY, text="y")
    first, second = audit.each()
    assert (first.detail, first.intact) == ({"text": "x"}, True)
    assert (second.detail, second.intact) == ({}, False)


def test_what_cannot_be_written_is_an_error(audit: Audit, catalog: Catalog, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "catalog.sqlite")) as database, database:
        database.execute("ALTER TABLE audit RENAME TO elsewhere")
    with pytest.raises(LibraryError):
        audit.write("jane", AuditAction.QUERY)


def test_a_full_disk_has_its_name(audit: Audit, catalog: Catalog) -> None:
    with catalog.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")  # of the pool's connection
    with pytest.raises(StorageFull):
        audit.write("jane", AuditAction.QUERY, text="x" * 1_000_000)
    assert audit.entries() == []
