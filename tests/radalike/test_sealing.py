from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.errors import LibraryError
from radalike.sealing import seal, unseal

_KEY, _OTHER = bytes(32), bytes(31) + b"\1"


@given(st.binary(), st.binary())
def test_what_is_sealed_is_opened_again(plain: bytes, bound: bytes) -> None:
    sealed = seal(_KEY, plain, bound=bound)
    assert unseal(_KEY, sealed, "it", file="key", bound=bound) == plain
    assert sealed != seal(_KEY, plain, bound=bound)
    assert len(plain) < 4 or plain not in sealed


@given(st.binary(max_size=30), st.data())
def test_nothing_else_opens_it(plain: bytes, data: st.DataObject) -> None:
    sealed = seal(_KEY, plain, bound=b"image")
    changed = bytearray(sealed)
    changed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1
    cut = sealed[: data.draw(st.integers(0, len(sealed) - 1))]
    for key, given_, bound in (
        (_OTHER, sealed, b"image"),
        (_KEY, sealed, b"another"),
        (_KEY, bytes(changed), b"image"),
        (_KEY, cut, b"image"),
    ):
        with pytest.raises(LibraryError, match="a name was sealed under another key") as caught:
            unseal(key, given_, "a name", file="name.key", bound=bound)
        assert "name.key" in caught.value.hint
