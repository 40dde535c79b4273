from __future__ import annotations

import pytest

from search_ui.evaluation.new_run import KINDS, NewRun, offered, options_of, relevances_of
from search_ui.jobs.requests import evaluation_request
from search_ui.served import Served


@pytest.mark.parametrize("kind", KINDS)
def test_the_options_of_every_kind_are_options_of_the_command(kind: str) -> None:
    asked = NewRun(kind=kind, modality="CT", exclude=("duplicates",))
    request = evaluation_request(kind, "one", options_of(asked))
    assert request.arguments[:4] == ("eval", kind, "--json", "--encoder=one")
    images = "--images" if kind == "space" else "--queries"
    assert f"{images}=modality=CT" in request.arguments


def test_options_in_full() -> None:
    asked = NewRun(kind="retrieval", index="split=train", queries="split=test", modality="CT")
    assert options_of(asked) == {
        "index": ["split=train"],
        "queries": ["split=test", "modality=CT"],
        "relevance": "label",
        "by": ["modality", "anatomy"],
    }
    assert options_of(NewRun(kind="knn", k=3))["k"] == 3
    assert options_of(NewRun(kind="failures", below=0.5))["below"] == 0.5
    assert options_of(NewRun(kind="saturation", draws=4))["draws"] == 4
    assert options_of(NewRun(kind="space"))["images"] == ["all"]


def test_what_is_offered_follows_the_library(clinic: Served) -> None:
    choices = offered(clinic)
    assert choices.encoders == (clinic.library.encoder_id,)
    assert choices.selections == ("all", "split=train", "split=val", "split=test")
    assert choices.modalities == ("CT", "MR")
    assert (choices.index, choices.queries) == ("split=train", "split=test")


def test_a_library_without_splits_is_searched_whole(served: Served) -> None:
    choices = offered(served)
    assert (choices.selections, choices.index, choices.queries) == (("all",), "all", "all")


def test_an_image_has_one_class_where_classes_are_told_apart() -> None:
    assert "any-label" in relevances_of("retrieval")
    assert "any-label" not in relevances_of("knn")
