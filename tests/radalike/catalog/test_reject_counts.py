"""Rejected files by code."""

from __future__ import annotations

from radalike.catalog.reject_counts import reject_counts
from radalike.catalog.store import Catalog, Reject


def reject(number: int, code: str) -> Reject:
    return Reject(f"key-{number}", code, "a reason", "folder", None, None)


def test_most_frequent_first_and_then_by_name(catalog: Catalog) -> None:
    codes = ["Truncated", "NotDicom", "Empty", "NotDicom"]
    catalog.commit(rejected=[reject(number, code) for number, code in enumerate(codes)])
    assert list(reject_counts(catalog.engine).items()) == [
        ("NotDicom", 2),
        ("Empty", 1),
        ("Truncated", 1),
    ]


def test_none(catalog: Catalog) -> None:
    assert reject_counts(catalog.engine) == {}
