from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from threading import Event, Timer

import pytest

from ingest.receiver.spool import Spool
from ingest.sources import spool as spool_module
from ingest.sources.source import Source, SourceItem
from ingest.sources.spool import SpoolSource
from radalike.library.layout import Layout
from radalike.library.privacy.pseudonyms import Privacy
from tests.contracts.source_contract import SourceContract


def _spool(root: Path) -> Spool:
    return Spool(Layout(root), Privacy(bytes(32)), kept_free=0)


def _nothing(_uris: Sequence[str]) -> Mapping[str, str]:
    return {}


def _put(spool: Spool, *contents: bytes) -> list[str]:
    names = []
    with spool.exclusively():
        for content in contents:
            arrival = spool.begin(1000)
            arrival.write(content)
            names.append(arrival.commit())
    return names


def _source(spool: Spool, outcomes: Mapping[str, str] | None = None) -> SpoolSource:
    """A source that ends at the first quiet moment; `outcomes` by file name."""
    given = {_uri(name): outcome for name, outcome in (outcomes or {}).items()}
    return SpoolSource(spool, "local", lambda _uris: given, Event(), quiet_seconds=0.0)


def _uri(name: str) -> str:
    return f"spool:{name.removesuffix('.dcm')}"


class _WithoutPauses(Source):
    """What a live source lists, as if it were not one."""

    name = "spool"

    def __init__(self, source: SpoolSource) -> None:
        self._source = source

    def items(self) -> Iterator[SourceItem]:
        return (item for item in self._source.items() if item is not None)


class TestSpool(SourceContract):
    """Files are named by what they hold: here each holds the name that the suite gives it."""

    def source(self, root: Path, names: Sequence[str]) -> Source:
        spool = _spool(root)
        _put(spool, *(name.encode() for name in names))
        return _WithoutPauses(_source(spool))

    def missing(self, root: Path) -> Source:
        return _WithoutPauses(_source(_spool(root / "nothing")))

    def name_of(self, root: Path, item: SourceItem) -> str:
        assert isinstance(item.content, Path)
        return item.content.read_bytes().decode()

    def stamp_of(self, item: SourceItem) -> tuple[int, int]:
        """The time says nothing: the same content may come at any time."""
        assert isinstance(item.content, Path)
        return item.content.stat().st_size, 0


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return _spool(tmp_path)


def _uris(items: Iterator[SourceItem | None]) -> list[str]:
    return [item.uri for item in items if item is not None]


def test_uris_are_the_hash_of_the_content(spool: Spool) -> None:
    _put(spool, b"content")
    assert _uris(_source(spool).items()) == [f"spool:{hashlib.sha256(b'content').hexdigest()}"]


def test_what_is_settled_leaves_the_spool_and_what_is_rejected_is_kept(spool: Spool) -> None:
    added, known, skipped, rejected, waiting = names = _put(spool, b"a", b"k", b"s", b"r", b"w")
    outcomes: dict[str, str] = {}
    source = SpoolSource(spool, "local", lambda _uris: outcomes, Event(), quiet_seconds=0.0)
    assert sorted(_uris(source.items())) == sorted(map(_uri, names))
    assert spool.waiting() == 5
    outcomes |= {
        _uri(added): "added",
        _uri(known): "known",
        _uri(skipped): "skipped",
        _uri(rejected): "rejected",
    }
    for _ in range(2):
        source.settle()
        assert list(spool.names()) == [waiting]
        assert list(spool.refused.contents()) == [Path(rejected).stem]
        assert source.outcomes == {"added": 1, "known": 1, "skipped": 1, "rejected": 1}


def test_what_was_settled_before_is_not_read_again(spool: Spool) -> None:
    before, new, bad = _put(spool, b"before", b"new", b"bad")
    source = _source(spool, {before: "added", bad: "rejected"})
    assert _uris(source.items()) == [_uri(new)]
    assert list(spool.names()) == [new]
    with spool.refused.open(Path(bad).stem) as opened:
        assert opened.read() == b"bad"


def test_it_pauses_and_goes_on_with_what_came_meanwhile(spool: Spool) -> None:
    (first,) = _put(spool, b"first")
    stop = Event()
    items = SpoolSource(spool, "local", _nothing, stop).items()
    assert next(items) is not None
    assert next(items) is None
    (second,) = _put(spool, b"second")
    later = [next(items) for _ in range(3)]
    assert [item.uri for item in later if item is not None] == [_uri(second)]
    assert first != second
    stop.set()
    assert list(items) == []


def test_it_ends_soon_after_it_is_told_to(spool: Spool) -> None:
    _put(spool)
    stop = Event()
    Timer(0.2, stop.set).start()
    started = time.monotonic()
    assert set(SpoolSource(spool, "local", _nothing, stop).items()) == {None}
    assert time.monotonic() - started < 5


def test_it_holds_a_part_of_a_long_listing_only(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what comes behind the place it has got to is found on the next way through."""
    monkeypatch.setattr(spool_module, "_LISTED", 4)
    names = _put(spool, *(str(number).encode() for number in range(30)))
    asked: list[int] = []

    def settled(uris: Sequence[str]) -> Mapping[str, str]:
        asked.append(len(uris))
        return {}

    source = SpoolSource(spool, "local", settled, Event(), quiet_seconds=0.0)
    items = source.items()
    uris = [item.uri for item in (next(items) for _ in range(10)) if item is not None]
    names += _put(spool, *(str(number).encode() for number in range(30, 60)))
    uris += _uris(items)
    assert sorted(uris) == sorted(map(_uri, names))
    assert max(asked) == 4


def test_a_file_that_is_erased_meanwhile_is_passed_over(spool: Spool) -> None:
    first, second = sorted(_put(spool, b"1", b"2"))
    items = _source(spool).items()
    assert next(items) is not None
    spool.delete(second)
    assert _uris(items) == []
    assert first != second
