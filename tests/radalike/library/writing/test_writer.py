"""The one way in: what is committed, what is lost, and who may write."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from radalike.catalog.store import Item, Reject
from radalike.encoders.base import Encoder
from radalike.errors import InvalidVector, LibraryBusy, StorageFull
from radalike.imaging.preparation import prepare
from radalike.imaging.thumbnails import content_hash
from radalike.library import Library
from radalike.library.privacy.pseudonyms import public_identity
from radalike.library.writing.writer import NewImage, NewItem, Writer
from radalike.records import ImageRecord, Metadata, Pixels, Vectors
from tests.conftest import LibraryOpener
from tests.radalike.pictures import picture


@pytest.fixture
def empty(tmp_path: Path, open_library: LibraryOpener) -> Library:
    return open_library(tmp_path / "library", part_rows=4)


def new_image(library: Library, name: str, pixels: Pixels) -> NewImage:
    record = ImageRecord(
        id=public_identity("set", name),
        content=content_hash(pixels),
        metadata=Metadata(dataset="set"),
        width=pixels.shape[1],
        height=pixels.shape[0],
        filepath=name,
    )
    return NewImage(record, prepare(pixels, library.spec.preprocessing), None)


def new_item(library: Library, *numbers: int, key: str = "") -> NewItem:
    """One file with an image for each of `numbers`."""
    images = tuple(new_image(library, f"{number}.png", picture("CT", number)) for number in numbers)
    item = Item(key or f"key-{numbers}", 1, 1, "added", len(images))
    return NewItem(item, images, "set", f"{numbers}.dcm")


def parts(library: Library) -> list[int]:
    """Rows of each part."""
    return [part.rows for part in library.catalog.parts()]


def files(library: Library) -> set[str]:
    return {path.name for path in library.layout.embeddings(library.fingerprint).glob("*")}


class Watched(Encoder):
    """The loaded encoder, counting images, and giving NaN for those that are all black."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__(encoder.spec, device="cpu", precision="float32", batch_size=32)
        self._encoder = encoder
        self.encoded = 0

    def embed(self, inputs: object) -> object:  # type: ignore[override]
        raise NotImplementedError

    def encode_prepared(self, images: Sequence[Pixels]) -> Vectors:
        broken = [row for row, image in enumerate(images) if not image.any()]
        if broken:
            raise InvalidVector("broken", rows=broken)
        self.encoded += len(images)
        return self._encoder.encode_prepared(images)


def test_a_part_is_closed_when_it_is_full(empty: Library) -> None:
    with empty.writer() as writer:
        for number in range(9):
            writer.add([new_item(empty, number)])
        assert parts(empty) == [4, 4]
        assert writer.parts_committed == 2
        assert writer.images_added == 8
    assert parts(empty) == [4, 4, 1]
    assert files(empty) == {part.name for part in empty.catalog.parts()}
    assert writer.outcomes == {"added": 9}


def test_a_part_is_closed_after_its_time(tmp_path: Path, open_library: LibraryOpener) -> None:
    library = open_library(tmp_path / "library", part_seconds=1e-6)
    with library.writer() as writer:
        writer.add([new_item(library, 0)])
        assert parts(library) == [1]
        writer.tick()
    assert parts(library) == [1]


def test_leaving_by_an_exception_loses_the_open_part_and_nothing_else(empty: Library) -> None:
    writer = empty.writer()

    def fill() -> None:
        with writer:
            writer.add([new_item(empty, 0, 1, 2, 3)])
            writer.add([new_item(empty, 4)])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill()
    assert parts(empty) == [4]
    assert set(empty.catalog.known_items(["key-(0, 1, 2, 3)", "key-(4,)"])) == {"key-(0, 1, 2, 3)"}
    with empty.writer() as again:
        again.add([new_item(empty, 4)])
    assert parts(empty) == [4, 1]


def test_a_thumbnail_is_kept_where_only_the_first_of_a_content_is_withheld(empty: Library) -> None:
    """The same pixels as ultrasound, whose thumbnails are withheld, and as another modality."""
    withheld = new_item(empty, 0)
    (image,) = withheld.images
    shown = replace(image.record, id=public_identity("set", "shown"))
    item = replace(withheld.item, key="shown")
    with empty.writer() as writer:
        writer.add([withheld])
        writer.add(
            [replace(withheld, item=item, images=(NewImage(shown, image.prepared, b"jpg"),))]
        )
    assert empty.thumbnail(empty.get(image.record.id)) is None
    assert empty.thumbnail(empty.get(shown.id)) == b"jpg"
    assert empty.get(shown.id).duplicate_of == image.record.id


def test_a_content_is_encoded_once(empty: Library, encoder: Encoder) -> None:
    watched = Watched(encoder)
    same = picture("US", 1)

    def add(*names: str) -> None:
        with empty.writer(watched) as writer:
            writer.add(
                [
                    NewItem(
                        Item(name, 1, 1, "added", 1), (new_image(empty, name, same),), "set", name
                    )
                    for name in names
                ]
            )

    add("a", "b")
    assert watched.encoded == 1
    add("c")
    add("a", "d")
    assert watched.encoded == 1
    assert empty.status().images == 4
    assert empty.status().duplicates == 3


def test_a_file_of_several_images(empty: Library) -> None:
    with empty.writer() as writer:
        writer.add([new_item(empty, 0, 1, 2)])
        writer.add([new_item(empty, 0, 1, 2, 3, key="more")])
        writer.add([new_item(empty, 0, 3, key="again")])
    assert writer.outcomes == {"added": 2, "known": 1}
    assert writer.images_added == 4
    assert set(empty.catalog.known_items(["key-(0, 1, 2)", "more", "again"])) == {
        "key-(0, 1, 2)",
        "more",
        "again",
    }


def test_a_file_that_is_there_twice_in_one_part(empty: Library) -> None:
    with empty.writer() as writer:
        writer.add([new_item(empty, 0), new_item(empty, 0)])
        writer.add([new_item(empty, 0)])
    assert writer.outcomes == {"added": 1, "known": 2}
    assert parts(empty) == [1]


def test_one_broken_vector_rejects_its_file_only(empty: Library, encoder: Encoder) -> None:
    black = NewItem(
        Item("black", 1, 1, "added", 1),
        (new_image(empty, "black.png", np.zeros((9, 9), np.uint8)),),
        "set",
        "black.png",
    )
    with empty.writer(Watched(encoder)) as writer:
        writer.add([new_item(empty, 0), black, new_item(empty, 1)])
    assert writer.outcomes == {"added": 2, "rejected": 1}
    assert [each.code for each in empty.catalog.rejects()] == ["InvalidVector"]
    assert parts(empty) == [2]
    assert empty.catalog.known_items(["black"]) == {}


def test_rejects_and_files_without_images_are_committed_too(empty: Library) -> None:
    with empty.writer() as writer:
        writer.reject(Reject("bad", "Truncated", "it ends early", "set", None, b"sealed"))
        writer.finish(Item("text", 1, 1, "skipped", 0))
    assert writer.outcomes == {"rejected": 1, "skipped": 1}
    assert len(empty.catalog.rejects()) == 1
    assert set(empty.catalog.known_items(["text"])) == {"text"}
    assert parts(empty) == []


def test_one_writer_at_a_time_and_the_holder_is_named(empty: Library) -> None:
    with empty.writer():
        with (
            pytest.raises(LibraryBusy, match=f"process {os.getpid()} on") as caught,
            empty.writer(),
        ):
            pass
        assert f"process {os.getpid()}" in str(caught.value.data["holder"])
        assert "wait" in caught.value.hint
    with empty.writer():
        pass


WRITE = """
import os, sys
from radalike.library import Library
from radalike.settings import load_settings
from tests.conftest import opened
from tests.radalike.library.writing.test_writer import new_item
from radalike.encoders.base import Encoder
import numpy as np
class Quick(Encoder):
    def embed(self, inputs):
        return inputs.mean((2, 3)).repeat(1, 427)[:, :1280] + 2
library = Library.open(sys.argv[1], create=True, settings=load_settings(part_rows=2))
encoder = Quick(library.spec, device="cpu", precision="float32", batch_size=8)
with library.writer(encoder) as writer:
    for number in range(5):
        writer.add([new_item(library, number)])
    folder = library.layout.embeddings(library.fingerprint)
    (folder / "part-half.parquet.tmp").write_bytes(b"half")
    (folder / "part-orphan.parquet").write_bytes(b"orphan")
    print("writing", flush=True)
    sys.stdin.read()
"""


def test_a_killed_writer_loses_the_open_part_only_and_is_swept(
    tmp_path: Path, open_library: LibraryOpener
) -> None:
    path = tmp_path / "library"
    with subprocess.Popen(
        [sys.executable, "-c", WRITE, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        library = open_library(path)
        with pytest.raises(LibraryBusy, match=f"process {process.pid} on"), library.writer():
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert parts(library) == [2, 2]
    assert len(files(library)) == 4
    with library.writer() as writer:
        assert files(library) == {part.name for part in library.catalog.parts()}
        writer.add([new_item(library, number) for number in range(5)])
    assert writer.outcomes == {"known": 4, "added": 1}
    assert library.status().images == 5


def test_without_room_nothing_of_the_part_is_there(
    empty: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    def fill(writer: Writer) -> None:
        with writer:
            writer.add([new_item(empty, 0)])
            monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(StorageFull):
        fill(empty.writer())
    monkeypatch.undo()
    assert parts(empty) == []
    assert files(empty) == set()
    assert empty.status().images == 0
    with empty.writer() as again:
        again.add([new_item(empty, 0)])
    assert parts(empty) == [1]


def test_the_part_says_what_made_it(empty: Library) -> None:
    import pyarrow.parquet as pq

    with empty.writer() as writer:
        writer.add([new_item(empty, 0)])
    (part,) = empty.catalog.parts()
    file = empty.layout.embeddings(empty.fingerprint) / part.name
    metadata = pq.read_schema(file).metadata
    assert metadata[b"encoder"] == b"efficientnet-lite0"
    assert metadata[b"fingerprint"].decode() == empty.fingerprint
    assert metadata[b"precision"] == b"float32"
    assert part.precision == "float32"
