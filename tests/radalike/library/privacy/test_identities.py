"""Identifiers that a site keeps: sealed under a second key, image by image."""

from __future__ import annotations

import os
import stat
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.catalog.store import Part
from radalike.errors import LibraryError, RecordNotFound
from radalike.library.layout import Layout, read_key
from radalike.library.privacy.identities import Identities, key_file, open_identities
from radalike.records import ImageRecord, Metadata
from tests.radalike.library.erasures import open_small

OURS, THEIRS = Identities(b"o" * 32), Identities(b"t" * 32)
WHO = {"PatientID": "MRN-1", "PatientName": "ZELENKA^QUIRIN"}


@given(st.dictionaries(st.text(max_size=20), st.text(st.characters(codec="utf-8"), max_size=50)))
def test_what_is_sealed_can_be_unsealed(identifiers: dict[str, str]) -> None:
    assert OURS.unseal("image", OURS.seal("image", identifiers)) == identifiers


def test_nothing_of_it_can_be_read() -> None:
    sealed = OURS.seal("image", WHO)
    assert OURS.seal("image", WHO) != sealed
    for needle in (b"MRN-1", b"ZELENKA", b"PatientID"):
        assert needle not in sealed


@pytest.mark.parametrize(
    ("identities", "image", "change"),
    [(THEIRS, "image", 0), (OURS, "another", 0), (OURS, "image", 1)],
    ids=["another key", "another image", "changed"],
)
def test_it_opens_only_as_it_was_sealed(identities: Identities, image: str, change: int) -> None:
    sealed = bytearray(OURS.seal("image", WHO))
    sealed[-1] ^= change
    with pytest.raises(LibraryError, match="another key") as caught:
        identities.unseal(image, bytes(sealed))
    assert "ZELENKA" not in f"{caught.value}{caught.value.hint}"


def test_the_key_is_made_once_for_the_owner_only_and_is_another(tmp_path: Path) -> None:
    with open_small(tmp_path / "library") as library:
        layout, first_key = library.layout, read_key(library.layout)
    before = os.umask(0)
    try:
        with ThreadPool(8) as pool:
            made = pool.map(lambda _: open_identities(layout, create=True), range(8))
    finally:
        os.umask(before)
    key = key_file(layout)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_bytes() != first_key
    sealed = made[0].seal("image", WHO)
    assert all(each.unseal("image", sealed) == WHO for each in made)
    assert not list(layout.root.glob("*.tmp"))


@pytest.mark.parametrize("content", [None, b"short"], ids=["gone", "damaged"])
def test_without_its_key_it_says_so(tmp_path: Path, content: bytes | None) -> None:
    layout = Layout(tmp_path)
    if content is not None:
        key_file(layout).write_bytes(content)
    with pytest.raises(LibraryError, match="key of the kept identities"):
        open_identities(layout)


def test_an_opened_record_shows_them_where_they_were_kept(tmp_path: Path) -> None:
    ids = [f"{number:08}-0000-5000-8000-000000000000" for number in range(2)]
    with open_small(tmp_path / "library") as library:
        sealed = open_identities(library.layout, create=True).seal(ids[0], WHO)
        records = [
            ImageRecord(
                id=image, content=image, metadata=Metadata(dataset="x"), width=1, height=1,
                identity=kept,
            )
            for image, kept in zip(ids, (sealed, None), strict=True)
        ]  # fmt: skip
        library.catalog.add_encoder("f" * 16, "none", 4, {})
        part = Part("part-x.parquet", "f" * 16, 2, "0" * 64, "float32")
        library.catalog.commit(part=part, records=records)
        assert library.identity(ids[0]) == WHO
        assert library.identity(ids[1]) is None
        with pytest.raises(RecordNotFound):
            library.identity("0" * 36)
        assert "ZELENKA" not in repr(library.get(ids[0]))
