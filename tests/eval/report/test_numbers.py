from __future__ import annotations

import pytest

from eval.report.numbers import interval, number, p_value, signed

NOT_A_NUMBER = float("nan")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (number(0.5941), "0.594"),
        (number(NOT_A_NUMBER), ""),
        (signed(0.0121), "+0.012"),
        (signed(-0.003), "-0.003"),
        (signed(-0.0004), "0.000"),
        (signed(NOT_A_NUMBER), ""),
        (interval(0.1, 0.25), "0.100 to 0.250"),
        (interval(-0.1, 0.25, signed), "-0.100 to +0.250"),
        (interval(NOT_A_NUMBER, NOT_A_NUMBER), ""),
        (p_value(0.0004), "< 0.001"),
        (p_value(0.0123), "0.012"),
        (p_value(NOT_A_NUMBER), ""),
    ],
)
def test_numbers_as_people_read_them(written: str, text: str) -> None:
    assert written == text
