"""A long list in pieces: nothing lost, nothing reordered, none too long."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from radalike.catalog.chunks import chunks


@given(st.lists(st.integers()), st.integers(1, 9))
def test_the_pieces_together_are_the_list(values: list[int], size: int) -> None:
    pieces = list(chunks(iter(values), size))
    assert [value for piece in pieces for value in piece] == values
    assert all(len(piece) == size for piece in pieces[:-1])
    assert all(0 < len(piece) <= size for piece in pieces)
