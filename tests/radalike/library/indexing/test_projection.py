"""Building an index from the parts: step by step, from nothing, and what stops it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from radalike.errors import CorruptPart, IndexBusy
from radalike.index import generations
from radalike.index.backend import IndexSpec
from radalike.index.edge import EdgeIndex
from radalike.library.catalogs import open_catalog
from radalike.library.indexing.projection import BuildReport, EmbeddedBuild, points_of
from radalike.library.layout import Layout
from radalike.locks import Lock
from tests.conftest import LibraryOpener
from tests.radalike.pictures import image_inputs


class Workshop:
    """A copy of the small library, whose index is gen-000001."""

    def __init__(self, root: Path, fingerprint: str) -> None:
        self.layout = Layout(root)
        self.catalog = open_catalog(self.layout, "")
        self.spec = IndexSpec(self.catalog.dimension(fingerprint), fingerprint)
        self.folder = self.layout.index(fingerprint)
        self.seen: list[tuple[int, int]] = []

    def build(self, *, full: bool = False) -> BuildReport:
        with EmbeddedBuild(self.layout, self.catalog, self.spec, full=full) as build:
            return build.finish(lambda done, total: self.seen.append((done, total)))

    def generations(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("gen-??????"))

    def count(self) -> int:
        """Points in the current generation."""
        current = generations.current(self.folder)
        assert current is not None
        index = EdgeIndex.open(current, self.spec)
        points = index.count()
        index.close()
        return points


@pytest.fixture
def workshop(library_copy: Path, open_library: LibraryOpener) -> Workshop:
    return Workshop(library_copy, open_library(library_copy).fingerprint)


def test_from_nothing(workshop: Workshop) -> None:
    shutil.rmtree(workshop.folder)
    assert workshop.build() == BuildReport("edge", points=60, added=60, parts=2)
    assert workshop.seen == [(30, 60), (60, 60)]
    assert workshop.generations() == ["gen-000001"]
    assert workshop.count() == 60


def test_step_by_step(workshop: Workshop, open_library: LibraryOpener) -> None:
    open_library(workshop.layout.root).add(image_inputs(4, start=60))
    assert workshop.build() == BuildReport("edge", points=64, added=4, parts=3)
    assert workshop.seen == [(4, 4)]
    assert workshop.generations() == ["gen-000002"]
    assert workshop.count() == 64
    parts = {part.name for part in workshop.catalog.parts()}
    assert generations.parts_in(workshop.folder / "gen-000002") == parts


def test_a_build_with_nothing_to_do_leaves_nothing_behind(workshop: Workshop) -> None:
    assert workshop.build() == BuildReport("edge", points=60, added=0, parts=2)
    assert workshop.generations() == ["gen-000001"]


def test_a_full_build_starts_from_nothing(workshop: Workshop) -> None:
    assert workshop.build(full=True) == BuildReport("edge", points=60, added=60, parts=2)
    assert workshop.generations() == ["gen-000002"]


def test_no_step_is_taken_from_a_damaged_generation(
    workshop: Workshop, open_library: LibraryOpener
) -> None:
    open_library(workshop.layout.root).add(image_inputs(1, start=60))
    shutil.rmtree(workshop.folder / "gen-000001" / "segments")
    assert workshop.build() == BuildReport("edge", points=61, added=61, parts=3)
    assert workshop.count() == 61


def test_no_step_is_taken_from_a_generation_that_lost_points(
    workshop: Workshop, open_library: LibraryOpener
) -> None:
    open_library(workshop.layout.root).add(image_inputs(1, start=60))
    index = EdgeIndex.open(workshop.folder / "gen-000001", workshop.spec)
    index.delete(list(next(iter(index.scroll(page=5))).ids))
    index.flush()
    index.close()
    assert workshop.build().added == 61
    assert workshop.count() == 61


def test_what_a_killed_build_left_is_swept(workshop: Workshop) -> None:
    shutil.copytree(workshop.folder / "gen-000001", workshop.folder / "gen-000002")
    assert workshop.build(full=True).points == 60
    assert workshop.generations() == ["gen-000002"]


def test_a_generation_that_is_open_is_kept_until_it_is_closed(workshop: Workshop) -> None:
    reader = EdgeIndex.open(workshop.folder / "gen-000001", workshop.spec)
    workshop.build(full=True)
    assert workshop.generations() == ["gen-000001", "gen-000002"]
    assert reader.count() == 60
    reader.close()
    workshop.build(full=True)
    assert workshop.generations() == ["gen-000003"]


def test_one_build_at_a_time(workshop: Workshop) -> None:
    lock = Lock.acquire(workshop.folder / "build.lock")
    with pytest.raises(IndexBusy, match="another build of this index is running"):
        workshop.build()
    lock.release()
    assert workshop.build().points == 60


def test_a_damaged_part_stops_it_and_what_was_built_stays(
    workshop: Workshop, open_library: LibraryOpener
) -> None:
    open_library(workshop.layout.root).add(image_inputs(4, start=60))
    last = workshop.catalog.parts()[-1]
    (workshop.layout.embeddings(last.fingerprint) / last.name).write_bytes(b"broken")
    with pytest.raises(CorruptPart, match=last.name):
        workshop.build()
    assert workshop.count() == 60
    with pytest.raises(CorruptPart):
        workshop.build(full=True)
    assert workshop.count() == 60


def test_a_part_of_other_images_is_not_what_the_catalog_says(workshop: Workshop) -> None:
    one, two = workshop.catalog.parts()
    folder = workshop.layout.embeddings(one.fingerprint)
    shutil.copy(folder / two.name, folder / one.name)
    with pytest.raises(CorruptPart, match="list different images"):
        points_of(workshop.layout, workshop.catalog, one)
