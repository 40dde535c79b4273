"""What the tests of fetching share: contents, and what a hub was asked and a store has."""

from __future__ import annotations

import hashlib
import io
import zipfile

from radalike.encoders.spec import EncoderSpec
from radalike.encoders.store import Store
from tests.peers.hub import Hub

COMMIT, OTHER = "a" * 40, "b" * 40
WEIGHTS = bytes(range(256)) * 1200  # 307,200 bytes: stored apart from the repository
CUT, KEPT = 140_000, 131_072  # bytes that a cut connection gives, and whole pieces among them
Rows = dict[str, EncoderSpec]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def names(store: Store, encoder: str) -> set[str]:
    folder = store.files(encoder)
    assert folder is not None
    found = {each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()}
    manifest = store.manifest(encoder)
    assert manifest is not None
    assert found == {file.name for file in manifest.files}
    return found


def ranges(hub: Hub) -> list[str]:
    """The `Range` of each request for bytes, empty where it asked for all."""
    return [each.headers.get("Range", "") for each in hub.downloads()]


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
