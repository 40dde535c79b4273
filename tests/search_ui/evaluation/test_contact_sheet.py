from __future__ import annotations

from typing import Any

import pytest

from radalike.errors import RadalikeError, UsageError
from search_ui.evaluation.contact_sheet import can_show, contact_sheet
from search_ui.served import Served
from tests.search_ui.evaluation.stored import failures, run


def failed(served: Served, relevance: str = "label", **asked: Any) -> Any:
    found = failures(relevance, "CT/chest/nodule")
    return run("failures", found, encoder=served.library.encoder_id, **asked)


def test_images_of_the_class_with_what_they_find(clinic: Served) -> None:
    sheet = contact_sheet(clinic, failed(clinic), "CT/chest/nodule", rows=3, neighbours=4)
    assert sheet.images == 24  # 8 of 12 patients, of 3 slices each
    assert len(sheet.rows) == 3
    patients = {image: each.patient for image, each in clinic.library.metadata().items()}
    for row in sheet.rows:
        assert row.query.labels == ("CT/chest/nodule",)
        assert len(row.neighbours) == 4
        assert patients[row.query.id] not in {patients[each.id] for each in row.neighbours}
        assert all(each.score is not None for each in row.neighbours)


def test_queries_that_miss_come_first(clinic: Served) -> None:
    sheet = contact_sheet(clinic, failed(clinic), "CT/chest/nodule", rows=24)
    hits = [row.hit for row in sheet.rows]
    assert hits == sorted(hits, key=lambda hit: hit is not False)
    assert hits.count(False) == sheet.missing
    for row in sheet.rows:
        assert row.hit is ("CT/chest/nodule" in row.neighbours[0].labels)


def test_queries_and_index_are_those_of_the_run(clinic: Served) -> None:
    stored = failed(clinic, queries=["split=val"], index=["split=train"])
    sheet = contact_sheet(clinic, stored, "CT/chest/nodule")
    metadata = clinic.library.metadata()
    assert sheet.images == 9  # patients 8, 10 and 11
    for row in sheet.rows:
        assert metadata[row.query.id].split == "val"
        assert {metadata[each.id].split for each in row.neighbours} == {"train"}


def test_classes_of_another_field(clinic: Served) -> None:
    stored = failed(clinic, "modality")
    assert can_show(stored)
    sheet = contact_sheet(clinic, stored, "MR", rows=1)
    assert sheet.rows[0].query.modality == "MR"


def test_a_class_that_is_gone(clinic: Served) -> None:
    assert contact_sheet(clinic, failed(clinic), "no such label").rows == ()


def test_runs_whose_images_cannot_be_found_again(clinic: Served) -> None:
    assert not can_show(failed(clinic, "label-jaccard"))
    assert not can_show(run("failures", ["no mapping"]))
    with pytest.raises(UsageError):
        contact_sheet(clinic, failed(clinic, "age"), "60")
    with pytest.raises(UsageError):
        contact_sheet(clinic, failed(clinic, queries={"changed": 1}), "CT/chest/nodule")
    with pytest.raises(RadalikeError):
        contact_sheet(clinic, run("failures", failures(), encoder="gone"), "CT/chest/nodule")
