from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.receiver.spool import Spool, TooLarge
from radalike.errors import LibraryBusy


@pytest.fixture
def opened(spool: Spool) -> Spool:
    with spool.exclusively():
        return spool


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.binary(max_size=50), max_size=5))
def test_a_file_is_named_by_all_that_was_written(opened: Spool, pieces: list[bytes]) -> None:
    arrival = opened.begin(1000)
    for piece in pieces:
        arrival.write(piece)
    name = arrival.commit()
    whole = b"".join(pieces)
    assert name == f"{hashlib.sha256(whole).hexdigest()}.dcm"
    assert (opened.incoming / name).read_bytes() == whole
    assert name in set(opened.names())


def test_what_is_not_committed_does_not_wait(opened: Spool) -> None:
    arrival = opened.begin(1000)
    arrival.write(b"half")
    assert opened.waiting() == 0
    arrival.discard()
    assert list(opened.incoming.iterdir()) == []


def test_discarding_what_is_committed_does_nothing(opened: Spool) -> None:
    arrival = opened.begin(1000)
    arrival.commit()
    arrival.discard()
    assert opened.waiting() == 1


def test_a_limit_is_to_the_byte(opened: Spool) -> None:
    arrival = opened.begin(10)
    arrival.write(bytes(10))
    with pytest.raises(TooLarge):
        arrival.write(b"1")
    arrival.discard()


def test_what_a_killed_receiver_left_is_swept(opened: Spool) -> None:
    (opened.incoming / ".0123.part").write_bytes(b"half")
    whole = opened.begin(10).commit()
    with opened.exclusively():
        assert [path.name for path in opened.incoming.iterdir()] == [whole]


def test_one_receiver_at_a_time(opened: Spool) -> None:
    with opened.exclusively():
        with pytest.raises(LibraryBusy, match="another receiver"), opened.exclusively():
            pass
        arrival = opened.begin(10)
    arrival.discard()
    with opened.exclusively():
        pass


def test_other_files_do_not_wait(opened: Spool, tmp_path: Path) -> None:
    for name in ("notes.txt", "abc.dcm", f"{'0' * 64}.dcm.bak", f".{'0' * 64}.dcm"):
        (opened.incoming / name).touch()
    assert opened.waiting() == 0


def test_setting_aside_keeps_the_file_and_repeating_it_is_harmless(opened: Spool) -> None:
    name = opened.begin(10).commit()
    for _ in range(2):
        opened.set_aside(name)
        opened.delete(name)
    assert list(opened.refused.contents()) == [Path(name).stem]
    assert opened.waiting() == 0
