"""What the tests of bundles share: the files of one, and what a store has of it."""

from __future__ import annotations

from radalike.encoders.spec import EncoderSpec
from radalike.encoders.store import Store

WEIGHTS = bytes(range(256)) * 1200
FILES = {"model.safetensors": WEIGHTS, "config.json": b"{}", "LICENSE": b"free"}
CONTENTS = "radalike-bundle.json"
Rows = dict[str, EncoderSpec]


def content(store: Store, encoder: str) -> dict[str, bytes]:
    folder = store.files(encoder)
    assert folder is not None
    return {
        each.relative_to(folder).as_posix(): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file()
    }


def whole(store: Store, encoder: str = "hf:o/n") -> bool:
    """Whether the store has all of the encoder; False when it has nothing of it."""
    if store.manifest(encoder) is None:
        return False
    assert content(store, encoder) == FILES
    return True
