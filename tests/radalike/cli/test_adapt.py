from __future__ import annotations

from pathlib import Path

from tests.radalike.cli.conftest import Radalike


def test_adapting_shows_what_was_tried_and_makes_an_encoder(
    radalike: Radalike, library_copy: Path
) -> None:
    arguments = ("--library", library_copy, "--labels", "modality", "--method", "lda")
    answer = radalike("adapt", *arguments, "-o", "ours")
    assert answer.code == 0, answer.err
    assert "(as they are)" in answer.words
    assert "Chosen: lda (shrinkage" in answer.words
    assert "60 vectors were mapped. Use it with `--encoder ours`" in answer.words

    again = radalike("adapt", *arguments, "-o", "ours", "--json").json
    assert (again["encoder"], again["stored"], again["indexed"]) == ("ours", 0, 60)
    assert {"method", "shrinkage", "P@1", "P@10"} <= again["tried"][0].keys()

    measured = radalike(
        "eval", "retrieval", "--encoder", "ours", "--relevance", "modality", "--library",
        library_copy, "--json",
    ).json  # fmt: skip
    assert (measured["encoder"], measured["n_queries"]) == ("ours", 15)

    shown = radalike("encoders", "show", "ours", "--library", library_copy)
    assert (shown.code, "adapts efficientnet-lite0" in shown.words) == (0, True)
    assert "learnt from" in shown.words
    assert radalike("encoders", "show", "ours").code == 2  # the library that has it is not named


def test_wrong_requests(radalike: Radalike, library_copy: Path) -> None:
    answer = radalike("adapt", "--library", library_copy, "-o", "ours", "--method", "whitten")
    assert (answer.code, "Did you mean whiten?" in answer.err) == (2, True)
    answer = radalike("adapt", "--library", library_copy, "-o", "ours", "--split", "val", "--json")
    assert answer.code == 2
    assert "splits are test, train" in answer.json["hint"]
    assert radalike("adapt", "--library", library_copy).code == 2
