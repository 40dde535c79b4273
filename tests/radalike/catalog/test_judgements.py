from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from radalike.catalog import erasing
from radalike.catalog.judgements import (
    Judgement,
    put_judgement,
    remove_judgement,
    stored_judgements,
)
from radalike.catalog.store import Catalog, Part
from radalike.errors import RecordNotFound
from radalike.records import ImageRecord, Metadata

PRINT = "f" * 16
IDS = [f"{number:08}-0000-5000-8000-000000000000" for number in range(3)]
KEY = "e" * 32


@pytest.fixture
def filled(catalog: Catalog) -> Catalog:
    catalog.add_encoder(PRINT, "none", 4, {})
    records = [
        ImageRecord(id=each, content=each, metadata=Metadata(dataset="set"), width=1, height=1)
        for each in IDS
    ]
    catalog.commit(part=Part("part", PRINT, 3, "0" * 64, "float32"), records=records)
    return catalog


def judgement(query: str | None, image: str, who: str = "jane") -> Judgement:
    return Judgement(
        query=query,
        query_key=None if query else KEY,
        image=image,
        relevant=True,
        who=who,
        encoder="e",
        at=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
    )


@pytest.mark.parametrize("query", [IDS[0], None])
def test_the_last_mark_counts(filled: Catalog, query: str | None) -> None:
    first = judgement(query, IDS[1])
    last = replace(first, relevant=False, encoder="other")
    for each in (first, first, last):
        put_judgement(filled.engine, each)
    assert stored_judgements(filled.engine) == [last]
    others = [judgement(query, IDS[2]), judgement(query, IDS[1], "john")]
    for each in others:
        put_judgement(filled.engine, each)
    assert stored_judgements(filled.engine) == [last, *others]
    assert stored_judgements(filled.engine, who="john") == others[1:]


def test_the_marks_of_one_query(filled: Catalog) -> None:
    of_record, of_key = judgement(IDS[0], IDS[1]), judgement(None, IDS[1])
    put_judgement(filled.engine, of_record)
    put_judgement(filled.engine, of_key)
    assert stored_judgements(filled.engine, query=IDS[0]) == [of_record]
    assert stored_judgements(filled.engine, query_key=KEY) == [of_key]
    gone = {"query": IDS[0], "query_key": None, "image": IDS[1], "who": "jane"}
    assert remove_judgement(filled.engine, **gone) is True  # type: ignore[arg-type]
    assert remove_judgement(filled.engine, **gone) is False  # type: ignore[arg-type]
    assert stored_judgements(filled.engine) == [of_key]


@pytest.mark.parametrize("pair", [(IDS[0], "nothing"), ("nothing", IDS[0]), (None, "nothing")])
def test_an_image_that_is_not_there_has_no_judgement(
    filled: Catalog, pair: tuple[str | None, str]
) -> None:
    with pytest.raises(RecordNotFound, match="not in this library"):
        put_judgement(filled.engine, judgement(*pair))
    assert stored_judgements(filled.engine) == []


def test_judgements_go_with_their_images(filled: Catalog) -> None:
    kept = [judgement(IDS[1], IDS[2]), judgement(None, IDS[2], "john")]
    gone = [judgement(IDS[0], IDS[1]), judgement(IDS[1], IDS[0]), judgement(None, IDS[0])]
    for each in (*kept, *gone):
        put_judgement(filled.engine, each)
    # The image itself, twice as a query or a result, and once by the key of another query.
    assert erasing.remaining(filled.engine, [], [IDS[0]], []) == 4
    assert erasing.remaining(filled.engine, [], [], [KEY]) == 2
    rewritten = [erasing.RewrittenPart("part", "part-2", 2, "1" * 64)]
    erasing.erase_rows(filled.engine, [IDS[0]], [], rewritten)
    assert stored_judgements(filled.engine) == kept
    erasing.erase_rows(filled.engine, [], [KEY], [])
    assert stored_judgements(filled.engine) == kept[:1]
    assert erasing.remaining(filled.engine, [], [IDS[0]], [KEY]) == 0
