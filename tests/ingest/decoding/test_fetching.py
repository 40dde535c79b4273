"""Content that is somewhere else: brought when its turn comes, let go when it has been decoded."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import pytest

from ingest.decoding.messages import Decoded, Rejected
from ingest.decoding.pool import DecodePool
from ingest.sources.source import ArchiveMember, SourceItem
from radalike.errors import ImageRejected, RejectCode, UsageError
from tests.ingest.archives import write_zip
from tests.ingest.decoding.pools import PREPROCESSING, USUAL, decoded, item
from tests.ingest.files import write_png, write_pngs


@dataclass
class Elsewhere:
    """A file that is `there` from when it is fetched until it is released."""

    path: Path
    error: Exception | None = None
    fetched: int = 0
    released: int = 0
    lock: Lock = field(default_factory=Lock)

    def fetch(self) -> Path:
        with self.lock:
            self.fetched += 1
        if self.error is not None:
            raise self.error
        return self.path

    def release(self) -> None:
        with self.lock:
            self.released += 1
        self.path.unlink()


def test_what_is_elsewhere_is_fetched_decoded_and_released(tmp_path: Path) -> None:
    contents = [Elsewhere(path) for path in write_pngs(tmp_path, 12)]
    items = [item(content, str(number)) for number, content in enumerate(contents)]
    results = decoded(items)
    assert all(isinstance(outcome, Decoded) for _, outcome in results)
    assert {(content.fetched, content.released) for content in contents} == {(1, 1)}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ImageRejected(RejectCode.MISSING_FILE, "gone"), RejectCode.MISSING_FILE),
        (OSError("DOE^JANE"), RejectCode.UNREADABLE),
    ],
)
def test_what_cannot_be_fetched_is_rejected_and_the_others_are_decoded(
    tmp_path: Path, error: Exception, code: RejectCode
) -> None:
    good = [Elsewhere(path) for path in write_pngs(tmp_path, 6)]
    bad = Elsewhere(tmp_path / "nothing", error)
    items = [item(content, str(number)) for number, content in enumerate(good)]
    items.insert(2, item(bad, "bad"))
    outcomes = dict(decoded(items, processes=1))
    refused = outcomes.pop("bad")
    assert isinstance(refused, Rejected)
    assert refused.code == code
    assert "DOE" not in refused.reason
    assert bad.released == 0
    assert all(isinstance(outcome, Decoded) for outcome in outcomes.values())


def test_another_error_of_fetching_ends_the_ingest(tmp_path: Path) -> None:
    bad = Elsewhere(tmp_path / "nothing", UsageError("no such server"))
    with pytest.raises(UsageError, match="no such server"):
        decoded([item(bad, "bad")])


def test_what_was_fetched_is_released_when_nobody_waits_for_it(tmp_path: Path) -> None:
    contents = [Elsewhere(path) for path in write_pngs(tmp_path, 4)]
    with DecodePool(1, PREPROCESSING, USUAL) as pool:
        for number, content in enumerate(contents):
            pool.submit(item(content, str(number)))
        while not any(content.fetched for content in contents):
            time.sleep(0.01)
    assert all(content.fetched == content.released for content in contents)


def test_members_of_an_archive_are_decoded_with_what_is_not_in_one(tmp_path: Path) -> None:
    paths = write_pngs(tmp_path, 20)
    archive = write_zip(tmp_path / "a.zip", {path.name: path.read_bytes() for path in paths})
    from ingest.sources.archive import archive_items

    members = list(archive_items(archive, "local"))
    outcomes = dict(decoded([*members, *map(item, paths)]))
    assert len(outcomes) == 40
    for path, member in zip(paths, members, strict=True):
        in_archive, alone = outcomes[member.uri], outcomes[str(path)]
        assert isinstance(in_archive, Decoded)
        assert isinstance(alone, Decoded)
        assert in_archive.frames[0].content == alone.frames[0].content


def test_a_member_that_is_another_by_now_is_rejected(tmp_path: Path) -> None:
    path = write_png(tmp_path / "a.png", 1)
    archive = write_zip(tmp_path / "a.zip", {"a.png": path.read_bytes()})
    listed = SourceItem("uri", ArchiveMember(archive, 0), 1, 2, "local", claims_image=True)
    ((_, outcome),) = decoded([listed])
    assert isinstance(outcome, Rejected)
    assert outcome.code == RejectCode.MISSING_FILE
