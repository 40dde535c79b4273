"""The judge of command lines itself: it must be able to complain."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence

import pytest


@pytest.mark.parametrize(
    "line",
    [
        "radalike",
        "radalike search head.dcm -n 5 --modality CT --library here",
        "radalike search head.dcm --modality=CT",
        "radalike ingest one two three --library here",
        "radalike index build --full",
        "radalike status --help",
    ],
)
def test_a_right_line_has_no_complaints(
    complaints: Callable[[Sequence[str]], list[str]], line: str
) -> None:
    assert complaints(shlex.split(line)) == []


@pytest.mark.parametrize(
    "line",
    [
        "radalike serch head.dcm",
        "radalike search head.dcm --modalty CT",
        "radalike search one.dcm two.dcm",
        "radalike index rebuild",
    ],
)
def test_a_wrong_line_has_some(complaints: Callable[[Sequence[str]], list[str]], line: str) -> None:
    assert complaints(shlex.split(line)) != []
