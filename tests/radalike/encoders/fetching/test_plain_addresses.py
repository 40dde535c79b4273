"""Weights at a plain address, over loopback."""

from __future__ import annotations

import pytest

from radalike.encoders.fetching import fetch
from radalike.encoders.spec import Weights
from radalike.encoders.store import Store
from radalike.encoders.weights import weights_path
from radalike.errors import (
    UsageError,
    WeightsMismatch,
    WeightsMissing,
)
from tests.peers.hub import Hub, Repository
from tests.radalike.encoders.fetching.stores import (
    CUT,
    KEPT,
    WEIGHTS,
    Rows,
    names,
    ranges,
    sha256,
    zipped,
)
from tests.radalike.encoders.hubs import row


@pytest.fixture
def plain(hub: Hub, rows: Rows) -> Hub:
    """A hub with `plain`, whose weights are one file."""
    hub.plain["w.pth"] = WEIGHTS
    rows["plain"] = row("plain", Weights(f"{hub.url}/plain/w.pth", None, "1"))
    return hub


def test_one_file_at_an_address(plain: Hub, store: Store, rows: Rows) -> None:
    manifest = fetch("plain", store).manifest
    assert [file.name for file in manifest.files] == ["w.pth"]
    assert manifest.licence == "MIT"
    assert weights_path(rows["plain"], store).read_bytes() == WEIGHTS
    assert store.pinned(rows["plain"]).weights.sha256 == sha256(WEIGHTS)


def test_an_address_goes_on_with_the_same_version_only(plain: Hub, store: Store) -> None:
    plain.cuts = CUT

    def interrupted(here: int, _total: int) -> None:
        if here >= KEPT:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch("plain", store, progress=interrupted)
    plain.plain["w.pth"] = other = WEIGHTS[::-1]
    plain.cuts = None
    manifest = fetch("plain", store).manifest
    assert f"bytes={KEPT}-" in ranges(plain)
    assert manifest.files[0].sha256 == sha256(other)


def test_a_version_that_cannot_be_told_is_begun_again(plain: Hub, store: Store) -> None:
    plain.versioned, plain.cuts = False, CUT
    with pytest.raises(WeightsMissing):
        fetch("plain", store, pause=0)
    assert set(ranges(plain)) == {""}


def test_an_address_without_revisions(plain: Hub, store: Store) -> None:
    with pytest.raises(UsageError, match="it has no revisions"):
        fetch("plain", store, revision="2")


def test_an_address_that_is_gone(plain: Hub, store: Store) -> None:
    plain.plain.clear()
    with pytest.raises(WeightsMissing, match="answers 404"):
        fetch("plain", store)


def test_a_weight_file_inside_a_zip(plain: Hub, store: Store, rows: Rows) -> None:
    plain.plain["all.zip"] = zipped({"folder/w.bin": WEIGHTS, "other.txt": b"x"})
    plain.repositories["o/bert"] = Repository({"vocab.txt": b"words"})
    weights = Weights(f"{plain.url}/plain/all.zip", sha256(WEIGHTS), "", "w.bin", "o/bert")
    rows["zipped"] = row("zipped", weights)
    fetch("zipped", store)
    assert names(store, "zipped") == {"w.bin", "text/vocab.txt"}
    assert weights_path(rows["zipped"], store).read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    "content", [b"no zip at all" * 99, b"", "without", "twice"], ids=["junk", "empty", "0", "2"]
)
def test_a_zip_that_does_not_have_it(
    content: bytes | str, plain: Hub, store: Store, rows: Rows
) -> None:
    made = {"without": {"x": b""}, "twice": {"a/w.bin": WEIGHTS, "b/w.bin": WEIGHTS}}
    plain.plain["all.zip"] = zipped(made[content]) if isinstance(content, str) else content
    rows["zipped"] = row("zipped", Weights(f"{plain.url}/plain/all.zip", None, "", "w.bin"))
    with pytest.raises(WeightsMismatch, match=r"all\.zip"):
        fetch("zipped", store)
    assert store.manifest("zipped") is None
