"""Which files of the spool an erasure asks whose they are."""

from __future__ import annotations

from pathlib import Path

from radalike.library.erasure.spool import spool_files
from radalike.library.layout import Layout
from radalike.locks import Lock


def test_the_receiver_s_lock_is_no_file_of_a_patient(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    kept = [layout.spool / "incoming" / ".a.part", layout.spool_rejects / "b.sealed"]
    for path in kept:
        path.parent.mkdir(parents=True)
        path.touch()
    lock = Lock.acquire(layout.receiver_lock)  # with a note of its holder, which a kill leaves
    assert len(list(layout.spool.glob("receiver.lock*"))) == 2
    assert spool_files(layout) == kept
    lock.release()
