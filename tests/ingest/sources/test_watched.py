from __future__ import annotations

import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sources import watched
from ingest.sources.folder import FolderSource
from ingest.sources.source import Source, SourceItem
from ingest.sources.watched import WatchedSource
from radalike.errors import RejectCode, UsageError

_SETTLE = 5.0


class Clock(Event):
    """A stop event whose waits take no time, but say that they did."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.now += timeout
        return self.is_set()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return _clock(monkeypatch)


def _clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(watched, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


class Watch:
    """Listings of a folder, one at a time."""

    def __init__(self, tree: Source, clock: Clock) -> None:
        self.items = WatchedSource(tree, settle=_SETTLE, stop=clock).items()
        self._clock = clock

    def listing(self) -> list[SourceItem]:
        """What the next listing gives."""
        return list(iter(lambda: next(self.items), None))

    def after(self, seconds: float) -> list[str]:
        """The names of what is given until then."""
        end, names = self._clock.now + seconds, []
        while self._clock.now < end:
            names += [Path(item.uri).name for item in self.listing()]
        return names


@pytest.fixture
def watch(tmp_path: Path, clock: Clock) -> Watch:
    return Watch(FolderSource(tmp_path, "local"), clock)


def test_a_file_is_given_once_when_it_has_settled(tmp_path: Path, watch: Watch) -> None:
    (tmp_path / "a.dcm").write_bytes(b"a")
    assert watch.after(_SETTLE - 0.5) == []
    assert watch.after(1.5) == ["a.dcm"]
    assert watch.after(60.0) == []


def test_a_file_that_grows_is_not_given_before_it_is_done(tmp_path: Path, watch: Watch) -> None:
    with (tmp_path / "slow.dcm").open("wb", buffering=0) as file:
        for _ in range(30):
            file.write(b"more")
            assert watch.after(_SETTLE - 1) == []
    assert watch.after(_SETTLE + 1) == ["slow.dcm"]


def test_a_file_that_changes_later_is_given_again(tmp_path: Path, watch: Watch) -> None:
    (tmp_path / "a.dcm").write_bytes(b"a")
    assert watch.after(10.0) == ["a.dcm"]
    (tmp_path / "a.dcm").write_bytes(b"longer")
    assert watch.after(_SETTLE - 0.5) == []
    assert watch.after(10.0) == ["a.dcm"]


def test_files_that_are_renamed_in_and_folders_that_appear(
    tmp_path: Path, watch: Watch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "b.dcm").write_bytes(b"b")
    (elsewhere / "deep" / "er").mkdir(parents=True)
    (elsewhere / "deep" / "er" / "c.dcm").write_bytes(b"c")
    (tmp_path / ".b.part").write_bytes(b"b")
    assert watch.after(10.0) == []
    (tmp_path / ".b.part").unlink()
    (elsewhere / "b.dcm").rename(tmp_path / "b.dcm")
    (elsewhere / "deep").rename(tmp_path / "deep")
    assert watch.after(10.0) == ["b.dcm", "c.dcm"]


def test_what_vanishes_before_it_has_settled_is_never_given(tmp_path: Path, watch: Watch) -> None:
    (tmp_path / "a.dcm").write_bytes(b"a")
    assert watch.after(_SETTLE - 1) == []
    (tmp_path / "a.dcm").unlink()
    assert watch.after(1.0) == []
    (tmp_path / "a.dcm").write_bytes(b"a")  # its time starts anew
    assert watch.after(_SETTLE - 0.5) == []
    assert watch.after(1.5) == ["a.dcm"]


def test_an_archive_that_is_being_copied_is_not_given_as_broken(
    tmp_path: Path, watch: Watch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = tmp_path_factory.mktemp("elsewhere") / "export.zip"
    with zipfile.ZipFile(whole, "w") as file:
        file.writestr("a.dcm", bytes(4000))
        file.writestr("b.dcm", bytes(4000))
    content = whole.read_bytes()
    with (tmp_path / "export.zip").open("wb", buffering=0) as copy:
        for at in range(0, len(content), 1000):
            copy.write(content[at : at + 1000])
            assert watch.after(_SETTLE - 1) == []
    assert [name.split("!")[1] for name in watch.after(10.0)] == ["a.dcm", "b.dcm"]
    (tmp_path / "cut.zip").write_bytes(content[:-10])
    watch.after(_SETTLE - 0.5)
    given = watch.listing() + watch.listing()
    assert [item.problem.code for item in given if item.problem] == [RejectCode.TRUNCATED]
    assert watch.after(60.0) == []


def test_a_folder_that_is_away_for_a_while_is_not_read_again(tmp_path: Path, clock: Clock) -> None:
    root, away = tmp_path / "in", tmp_path / "away"
    root.mkdir()
    (root / "a.dcm").write_bytes(b"a")
    watch = Watch(FolderSource(root, "local"), clock)
    assert watch.after(10.0) == ["a.dcm"]
    root.rename(away)
    assert watch.after(10.0) == []
    away.rename(root)
    (root / "b.dcm").write_bytes(b"b")
    assert watch.after(10.0) == ["b.dcm"]


def test_a_folder_that_is_not_there_at_the_beginning_is_an_error(
    tmp_path: Path, clock: Clock
) -> None:
    with pytest.raises(UsageError):
        Watch(FolderSource(tmp_path / "nothing", "local"), clock).listing()


def test_it_ends_when_it_is_told_to(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "a.dcm").write_bytes(b"a")
    items = WatchedSource(FolderSource(tmp_path, "local"), settle=_SETTLE, stop=clock).items()
    assert next(items) is None
    clock.set()
    assert list(items) == []


_STEPS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["append", "delete", "rename"])), max_size=12
)


@given(steps=_STEPS)
def test_each_state_that_lasts_is_given_exactly_once(steps: list[tuple[str, str]]) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        root = Path(folder)
        watch = Watch(FolderSource(root, "local"), _clock(patch))
        before: set[tuple[str, int, int]] = set()
        for name, action in steps:
            _act(root, name, action)
            now = _lasting(root)
            given = watch.after(2 * _SETTLE)
            assert sorted(given) == sorted(name for name, _, _ in now - before)
            before = now
        assert watch.after(2 * _SETTLE) == []


def _act(root: Path, name: str, action: str) -> None:
    path = root / name
    if action == "append":
        with path.open("ab") as file:
            file.write(b"more")
    elif action == "delete":
        path.unlink(missing_ok=True)
    elif path.exists():
        path.replace(root / "abca"["abc".index(name) + 1])


def _lasting(root: Path) -> set[tuple[str, int, int]]:
    found = [(path.name, path.stat()) for path in root.iterdir()]
    return {(name, status.st_size, status.st_mtime_ns) for name, status in found}


class _Many(Source):
    name = "many"

    def __init__(self, count: int) -> None:
        self._count = count

    def items(self) -> Iterator[SourceItem]:
        for number in range(self._count):
            uri = f"file:/incoming/patient/study/series/instance-{number:08}.dcm"
            yield SourceItem(uri, Path("/"), number, 1_700_000_000_000_000_000 + number, "local")


def test_the_table_of_many_files_is_compact(clock: Clock) -> None:
    count = 20_000
    watch = Watch(_Many(count), clock)
    tracemalloc.start()
    try:
        assert watch.listing() == []
        clock.now += _SETTLE
        assert sum(1 for _ in iter(lambda: next(watch.items), None)) == count
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 200 * count
    assert most < 400 * count


def test_how_long_its_items_are_worked_on_is_no_reason_to_rest(
    tmp_path: Path, clock: Clock
) -> None:
    for name in ("a.dcm", "b.dcm"):
        (tmp_path / name).write_bytes(b"a")
    items = WatchedSource(FolderSource(tmp_path, "local"), settle=_SETTLE, stop=clock).items()
    given = []
    while len(given) < 2:
        item = next(items)
        if item is not None:
            given.append(item)
            clock.now += 20  # the taker's
    assert next(items) is None
    before = clock.now
    next(items)
    assert clock.now - before < 1
