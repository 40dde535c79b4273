"""What every source must do (ingest/sources/source.py), as tests: subclass it for each source."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.sources.source import Source, SourceItem
from radalike.errors import UsageError

_NAME = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=6
).filter(lambda name: not name.startswith("."))
_PATHS = st.tuples(st.lists(_NAME, max_size=2), _NAME).map(
    # Files and folders differ in their suffix, so that no file is where a folder must be.
    lambda parts: "/".join([*(f"{folder}.d" for folder in parts[0]), f"{parts[1]}.png"])
)
TREES = st.lists(_PATHS, unique=True, max_size=12)

_generated = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.differing_executors],
)


class SourceContract(ABC):
    @abstractmethod
    def source(self, root: Path, names: Sequence[str]) -> Source:
        """A source of one file for each of `names` (paths below `root`), written in this order."""

    @abstractmethod
    def missing(self, root: Path) -> Source:
        """A source over something that is not there."""

    def allowed(self, _name: str) -> bool:
        """Whether a file may have this name, in such a source."""
        return True

    def listed(self, root: Path, names: Sequence[str]) -> list[SourceItem]:
        return list(self.source(root, names).items())

    def name_of(self, root: Path, item: SourceItem) -> str:
        return str(_path(item).relative_to(root))

    def stamp_of(self, item: SourceItem) -> tuple[int, int]:
        """Size and time of change that the item should have."""
        status = _path(item).stat()
        return status.st_size, status.st_mtime_ns

    def names_of(self, root: Path, items: Sequence[SourceItem]) -> list[str]:
        return [self.name_of(root, item) for item in items]

    @_generated
    @given(names=TREES)
    def test_every_file_comes_once(self, names: list[str]) -> None:
        names = list(filter(self.allowed, names))
        with TemporaryDirectory() as folder:
            items = self.listed(Path(folder), names)
            assert sorted(self.names_of(Path(folder), items)) == sorted(names)
            assert not any(item.problem for item in items)

    @_generated
    @given(names=TREES)
    def test_listing_twice_gives_the_same(self, names: list[str]) -> None:
        names = list(filter(self.allowed, names))
        with TemporaryDirectory() as folder:
            source = self.source(Path(folder), names)
            assert list(source.items()) == list(source.items())

    @_generated
    @given(names=TREES)
    def test_uris_are_unique_and_stay_from_run_to_run(self, names: list[str]) -> None:
        names = list(filter(self.allowed, names))
        with TemporaryDirectory() as folder:
            first = [item.uri for item in self.listed(Path(folder), names)]
            again = [item.uri for item in self.source(Path(folder), names).items()]
            assert len(set(first)) == len(first)
            assert again == first

    @_generated
    @given(names=TREES, data=st.data())
    def test_files_that_come_later_do_not_change_the_order_of_the_others(
        self, names: list[str], data: st.DataObject
    ) -> None:
        names = list(filter(self.allowed, names))
        kept = [name for name in names if data.draw(st.booleans())]
        with TemporaryDirectory() as folder, TemporaryDirectory() as fuller:
            before = self.names_of(Path(folder), self.listed(Path(folder), kept))
            after = self.names_of(Path(fuller), self.listed(Path(fuller), names))
            assert [name for name in after if name in before] == before

    def test_no_file_is_opened_while_it_is_listed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = self.source(tmp_path, ["a.png", "b.d/c.png"])
        opened: list[str] = []
        plain_open = io.open

        def noted(file: object, *arguments: object, **named: object) -> object:
            opened.append(str(file))
            return plain_open(file, *arguments, **named)  # type: ignore[call-overload]

        for name in ("io.open", "builtins.open"):
            monkeypatch.setattr(name, noted)
        items = list(source.items())
        monkeypatch.undo()
        assert not {str(item.content) for item in items} & set(opened)

    def test_sizes_and_times_are_those_of_the_files(self, tmp_path: Path) -> None:
        items = self.listed(tmp_path, ["a.png", "b.d/c.png"])
        assert len(items) == 2
        for item in items:
            assert (item.size, item.modified_ns) == self.stamp_of(item)

    def test_nothing_is_raised_before_the_listing_is_advanced(self, tmp_path: Path) -> None:
        items = self.missing(tmp_path).items()
        with pytest.raises(UsageError) as caught:
            next(items)
        assert caught.value.exit_code == 2
        assert caught.value.hint

    def test_an_empty_source_is_no_error(self, tmp_path: Path) -> None:
        assert self.listed(tmp_path, []) == []


def _path(item: SourceItem) -> Path:
    assert isinstance(item.content, Path)
    return item.content
