"""`radalike encoders list`."""

from __future__ import annotations

from radalike.encoders.catalogue import ENCODERS
from radalike.encoders.spec import fingerprint
from tests.radalike.cli.conftest import Radalike


def test_json(radalike: Radalike) -> None:
    answer = radalike("encoders", "list", "--json")
    assert answer.code == 0
    assert [each["id"] for each in answer.json] == list(ENCODERS)
    for each in answer.json:
        assert each["fingerprint"] == fingerprint(ENCODERS[each["id"]])
        assert {"family", "dimension", "licence", "source", "weights", "preprocessing"} <= set(each)
    assert [each["id"] for each in answer.json if each["default"]] == ["efficientnet-lite0"]


def test_a_table(radalike: Radalike) -> None:
    answer = radalike("encoders", "list")
    assert answer.code == 0
    for text in ("efficientnet-lite0 (default)", "1280", "224 px", "Apache-2.0"):
        assert text in answer.out
