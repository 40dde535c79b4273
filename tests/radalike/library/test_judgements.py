from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from radalike.errors import RecordNotFound, UsageError
from radalike.library import Library
from radalike.library.judgements import Judgement, Judgements, as_csv, as_qrels
from radalike.library.privacy.pseudonyms import Privacy
from tests.radalike.library.erasures import EACH, A, fill, ids_of, images, open_small, picture

_MARK = Judgement(
    query="q",
    query_key=None,
    image="i",
    relevant=True,
    who="jane",
    encoder="e",
    at=datetime(2026, 1, 2, tzinfo=UTC),
)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_small(tmp_path / "library", backend="exact") as opened:
        yield opened


def test_marks_of_a_record_a_picture_and_a_text(library: Library) -> None:
    library.add(images("p", range(3), "a"))
    query, image, other = sorted(ids_of(library, "p"))
    judgements = library.judgements
    picture_key = judgements.picture_key("c" * 64)
    text_key = judgements.text_key("Pleural  effusion")
    assert judgements.text_key(" pleural effusion\n") == text_key
    judgements.mark(image, True, who="jane", encoder="e", query=query.upper())
    judgements.mark(image.upper(), False, who="john", encoder="e", query=query)
    judgements.mark(image, True, who="jane", encoder="e", key=picture_key)
    judgements.mark(other, True, who="jane", encoder="e", key=text_key)
    assert [(each.image, each.relevant) for each in judgements.of(query=query)] == [
        (image, True),
        (image, False),
    ]
    assert [each.who for each in judgements.of(query=query.upper(), who="john")] == ["john"]
    assert [each.image for each in judgements.of(key=text_key)] == [other]
    assert len(judgements.all()) == 4
    assert judgements.take_back(image.upper(), who="jane", query=query)
    assert not judgements.take_back(image, who="jane", query=query)
    assert [each.who for each in judgements.of(query=query)] == ["john"]


def test_a_mark_needs_one_query_and_an_image(library: Library) -> None:
    for both in ({}, {"query": "q", "key": "k"}):
        with pytest.raises(UsageError, match="one query"):
            library.judgements.mark("i", True, who="jane", encoder="e", **both)
    with pytest.raises(RecordNotFound, match="not in this library"):
        library.judgements.mark("i", True, who="jane", encoder="e", key="k" * 32)


def test_a_key_tells_nothing_and_is_this_librarys(library: Library) -> None:
    judgements = library.judgements
    other = Judgements(library.catalog.engine, Privacy(b"o" * 32))
    assert judgements.text_key("cyst") != other.text_key("cyst")
    assert judgements.text_key("cyst") != judgements.picture_key("cyst")
    assert len(judgements.text_key("cyst")) == 32


def test_qrels_say_each_pair_once() -> None:
    marks = [
        _MARK,
        replace(_MARK, image="j", relevant=False),
        replace(_MARK, relevant=False, who="john"),
        replace(_MARK, query=None, query_key="k"),
    ]
    assert as_qrels(marks) == "q 0 i 0\nq 0 j 0\nk 0 i 1\n"
    assert as_qrels([]) == ""


def test_csv_says_every_mark() -> None:
    rows = list(csv.reader(io.StringIO(as_csv([_MARK, replace(_MARK, who="=cmd()")]))))
    assert rows == [
        ["query", "query_key", "image", "relevant", "who", "encoder", "at"],
        ["q", "", "i", "1", "jane", "e", "2026-01-02T00:00:00.000+00:00"],
        ["q", "", "i", "1", "'=cmd()", "e", "2026-01-02T00:00:00.000+00:00"],
    ]


# -- erasing -----------------------------------------------------------------------------------


def test_an_erased_patient_leaves_no_judgement_and_no_id_in_the_audit(library: Library) -> None:
    from radalike.imaging.thumbnails import content_hash
    from radalike.library.audit.audit import AuditAction

    a, b = fill(library)
    own, others = sorted(ids_of(library, a)), sorted(ids_of(library, b))
    judgements, audit = library.judgements, library.audit
    # Pictures of the patient that somebody has uploaded, and another one.
    uploaded = judgements.picture_key(content_hash(picture(0)))
    stranger = judgements.picture_key(content_hash(picture(5000)))
    who = {"who": "jane", "encoder": "cells"}
    judgements.mark(others[0], True, query=own[0], **who)
    judgements.mark(own[0], False, query=others[0], **who)
    judgements.mark(own[1], False, key=judgements.text_key("mass"), **who)
    judgements.mark(others[0], True, key=uploaded, **who)
    judgements.mark(others[1], True, query=others[0], **who)
    judgements.mark(others[1], False, key=stranger, **who)
    for image in (own[0], others[0]):
        audit.write("jane", AuditAction.OPEN_RECORD, image, link=f"?q={image}", patient=a)
    report = library.erase_patient(A)
    assert (report.images, report.found) == (EACH + 1, 0)
    assert [(each.query, each.query_key, each.image) for each in judgements.all()] == [
        (others[0], None, others[1]),
        (None, stranger, others[1]),
    ]
    assert len(audit.entries()) == 2
    assert len(audit.entries(image=own[0])) == 1  # for whoever still has the id
    text = repr(audit.entries())
    assert own[0] not in text
    assert a not in text
    assert audit.verify().faults == ()


def test_the_proof_finds_a_judgement_that_is_left(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when somebody else's image was marked for the picture of an erased patient."""
    from radalike.imaging.thumbnails import content_hash

    _, b = fill(library)
    (first, *_) = sorted(ids_of(library, b))
    key = library.judgements.picture_key(content_hash(picture(0)))
    library.judgements.mark(first, True, who="jane", encoder="cells", key=key)
    with monkeypatch.context() as patched:
        patched.setattr("radalike.catalog.erasing.erase_judgements", lambda *_: None)
        assert library.erase_patient(A).found > 0
    assert library.erase_patient(A).found == 0
    assert library.judgements.all() == []
