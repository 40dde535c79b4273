"""What need not be fetched, and files that a user already has."""

from __future__ import annotations

from pathlib import Path

import pytest

from radalike.encoders.fetching import fetch, keep_own
from radalike.encoders.spec import Weights
from radalike.encoders.store import Store
from radalike.encoders.weights import weights_path
from radalike.errors import (
    UnknownName,
    UsageError,
    WeightsMismatch,
    WeightsMissing,
)
from tests.radalike.encoders.fetching.stores import (
    COMMIT,
    WEIGHTS,
    Rows,
    names,
    sha256,
    zipped,
)
from tests.radalike.encoders.hubs import row


def test_encoders_that_need_no_fetching(store: Store, rows: Rows, tmp_path: Path) -> None:
    rows["own"] = row("own", Weights(str(tmp_path), None, ""))
    rows["asked"] = row("asked", Weights("none", None, ""), access="Write to the authors.")
    page = Weights("https://forms.example/abc", None, "", "w.pth")
    rows["page"] = row("page", page, access="Ask there.")
    for name, said in (
        ("efficientnet-lite0", "its weights are in a Python package"),
        ("own", "files of your own"),
        ("asked", "cannot be fetched from anywhere"),
        ("page", "https://forms.example/abc is where to ask"),
    ):
        with pytest.raises(UsageError, match=said) as caught:
            fetch(name, store)
        assert caught.value.hint
    assert caught.value.hint == "Ask there."


def test_an_unknown_encoder(store: Store) -> None:
    with pytest.raises(UnknownName, match="Did you mean efficientnet-lite0"):
        fetch("efficientnet-lite", store)


def test_a_file_that_the_authors_sent(store: Store, rows: Rows, tmp_path: Path) -> None:
    rows["asked"] = row("asked", Weights("https://forms.example/abc", sha256(WEIGHTS), "1", "w.pt"))
    given = tmp_path / "downloaded (1).pt"
    given.write_bytes(WEIGHTS)
    manifest = keep_own("asked", given, store)
    assert [file.name for file in manifest.files] == ["w.pt"]
    assert str(tmp_path) not in str(manifest)
    assert weights_path(rows["asked"], store).read_bytes() == WEIGHTS
    given.write_bytes(b"other")
    with pytest.raises(WeightsMismatch, match="not the pinned ones"):
        keep_own("asked", given, store)
    assert weights_path(rows["asked"], store).read_bytes() == WEIGHTS


def test_a_folder_that_was_copied(store: Store, rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    for name in ("model.safetensors", "config.json", "run.py", "text/vocab.txt"):
        (tmp_path / name).write_bytes(WEIGHTS)
    rows["hub"] = row("hub", Weights("hub:o/n", None, COMMIT))
    keep_own("hub", tmp_path, store)
    assert names(store, "hub") == {"model.safetensors", "config.json", "text/vocab.txt"}


def test_a_zip_that_the_authors_sent(store: Store, rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zipped({"a/w.pt": WEIGHTS}))
    rows["asked"] = row("asked", Weights("https://forms.example/abc", None, "", "w.pt"))
    keep_own("asked", tmp_path / "x.zip", store)
    assert weights_path(rows["asked"], store).read_bytes() == WEIGHTS


def test_what_cannot_be_taken(store: Store, rows: Rows, tmp_path: Path) -> None:
    rows["hub"] = row("hub", Weights("hub:o/n", None, COMMIT))
    (tmp_path / "w.bin").write_bytes(WEIGHTS)
    with pytest.raises(UsageError, match="are a folder, not one file"):
        keep_own("hub", tmp_path / "w.bin", store)
    with pytest.raises(UsageError, match="no such file"):
        keep_own("hub", tmp_path / "none", store)
    (tmp_path / "empty").mkdir()
    with pytest.raises(WeightsMissing, match="no weights"):
        keep_own("hub", tmp_path / "empty", store)
