from __future__ import annotations

import gc
import os
import platform
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

from ingest.decoding import pool as pool_module
from ingest.decoding.messages import Decoded, Outcome, Rejected, send_request
from ingest.decoding.pool import DecodePool, DecodeSettings
from ingest.sources.source import SourceItem
from radalike.errors import DecoderUnavailable, RejectCode
from radalike.sandbox.fork_server import Fork, ForkServer
from tests.ingest.decoding.pools import (
    PREPROCESSING,
    USUAL,
    decoded,
    item,
    resident_mib,
    servers,
    workers,
)
from tests.ingest.files import write_dicom, write_flat_png, write_png, write_pngs
from tests.radalike.sandbox.odd_children import find_tests


@pytest.fixture
def odd_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoding processes that do what a file says (see `odd_worker`)."""
    monkeypatch.setattr(pool_module, "_WORKER", "tests.ingest.decoding.odd_worker")
    find_tests(monkeypatch)


@pytest.mark.usefixtures("odd_decoder")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"crash", RejectCode.WORKER_CRASH),
        (b"exit", RejectCode.WORKER_CRASH),
        (b"stall", RejectCode.RESOURCE_LIMIT),
        (b"panic", RejectCode.PIXEL_DECODE),
        (b"fail", RejectCode.PIXEL_DECODE),
    ],
)
def test_a_file_that_breaks_its_decoder_is_rejected_and_the_others_are_decoded(
    tmp_path: Path, content: bytes, code: RejectCode
) -> None:
    items = [item(path) for path in write_pngs(tmp_path, 10)]
    odd = tmp_path / "odd.png"
    odd.write_bytes(content)
    items.insert(4, item(odd))
    results = decoded(items, limits=DecodeSettings(1024, 1.0, 16), processes=1)
    outcomes = dict(results)
    assert [uri for uri, _ in results] == [each.uri for each in items]
    broken = outcomes.pop(str(odd))
    assert isinstance(broken, Rejected)
    assert broken.code == code
    assert "DOE" not in broken.reason
    assert all(isinstance(outcome, Decoded) for outcome in outcomes.values())


@pytest.mark.usefixtures("odd_decoder")
def test_every_item_has_one_result_however_many_break(tmp_path: Path) -> None:
    kinds = [b"crash", b"panic", b"exit", b"fail"]
    items = [item(path) for path in write_pngs(tmp_path, 20)]
    for number in range(8):
        items.insert(3 * number, item(kinds[number % 4], f"odd {number}"))
    results = decoded(items)
    assert Counter(uri for uri, _ in results) == Counter(each.uri for each in items)
    codes = Counter(str(out.code) if isinstance(out, Rejected) else "" for _, out in results)
    assert codes == {"": 20, RejectCode.WORKER_CRASH: 4, RejectCode.PIXEL_DECODE: 4}


@pytest.mark.usefixtures("odd_decoder")
def test_a_crash_is_put_down_to_its_own_file_and_to_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the process has died, with answers not read yet, before all files are sent."""

    def late(*arguments: Any) -> None:
        time.sleep(0.15)
        send_request(*arguments)

    monkeypatch.setattr(pool_module, "send_request", late)
    items = [item(path) for path in write_pngs(tmp_path, 6)]
    items.insert(1, item(b"crash", "crash"))
    outcomes = dict(decoded(items, processes=1))
    blamed = {uri for uri, outcome in outcomes.items() if not isinstance(outcome, Decoded)}
    assert blamed == {"crash"}


def test_a_process_that_is_killed_at_work_costs_nothing(tmp_path: Path) -> None:
    """Killed from outside: alone in a new process, the file does no harm."""
    big = write_flat_png(tmp_path / "big.png", 13_000, 13_000)
    items = [item(big), *(item(path) for path in write_pngs(tmp_path, 6))]

    def kill_at_work() -> None:
        while True:
            for process in workers():
                if resident_mib(process) > 200:
                    os.kill(process, signal.SIGKILL)
                    return
            time.sleep(0.002)

    results = dict(decoded(items, processes=1, meanwhile=kill_at_work))
    assert len(results) == 7
    assert all(isinstance(outcome, Decoded) for outcome in results.values())


def test_a_process_that_is_killed_when_idle_costs_no_file(tmp_path: Path) -> None:
    first, second = write_pngs(tmp_path, 2)
    with DecodePool(1, PREPROCESSING, USUAL) as pool:
        for path in (first, second):
            pool.submit(item(path))
            while (result := pool.take()) is None:
                pass
            assert isinstance(result[1], Decoded), result[1]
            for process in workers():
                os.kill(process, signal.SIGKILL)


def test_a_picture_that_takes_too_long_is_a_resource_limit(tmp_path: Path) -> None:
    slow = write_flat_png(tmp_path / "slow.png", 9_000, 9_000, colour=2)
    items = [item(slow), *(item(path) for path in write_pngs(tmp_path, 3))]
    write_png(tmp_path / "first.png", 9)  # what a decoder loads at its first picture takes a while
    items.insert(0, item(tmp_path / "first.png"))
    results = dict(decoded(items, limits=DecodeSettings(2048, 0.5, 16), processes=1))
    late = results.pop(str(slow))
    assert late == Rejected(RejectCode.RESOURCE_LIMIT, "decoding took too long")
    assert all(isinstance(outcome, Decoded) for outcome in results.values())


@pytest.mark.parametrize(
    ("size", "bits", "colour"),
    [(20_000, 1, 0), (9_000, 8, 2)],
    ids=["more pixels than any picture has", "more memory than a decoder may have"],
)
def test_a_picture_that_is_too_large_is_a_resource_limit(
    tmp_path: Path, size: int, bits: int, colour: int
) -> None:
    huge = write_flat_png(tmp_path / "huge.png", size, size, bits=bits, colour=colour)
    small = write_png(tmp_path / "small.png", 1)
    results = dict(
        decoded([item(huge), item(small)], limits=DecodeSettings(512, 60.0, 16), processes=1)
    )
    too_large = results[str(huge)]
    assert isinstance(too_large, Rejected)
    assert too_large.code == RejectCode.RESOURCE_LIMIT
    assert isinstance(results[str(small)], Decoded)


def test_old_processes_are_replaced_without_losing_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "_RECYCLED_AFTER", 3)
    started: list[int] = []
    plain = ForkServer.fork

    def noted(*arguments: Any) -> Fork:
        fork = plain(*arguments)
        started.append(fork.process)
        return fork

    monkeypatch.setattr(ForkServer, "fork", noted)
    paths = write_pngs(tmp_path, 8)
    results = decoded([item(path) for path in paths], processes=1)
    assert [uri for uri, _ in results] == [str(path) for path in paths]
    assert all(isinstance(outcome, Decoded) for _, outcome in results)
    assert len(started) == 3


def test_no_decoding_process_is_left_behind(tmp_path: Path) -> None:
    decoded([item(path) for path in write_pngs(tmp_path, 4)])
    assert workers() == servers() == []


def test_processes_go_once_it_is_told_that_nothing_more_comes(tmp_path: Path) -> None:
    with DecodePool(2, PREPROCESSING, USUAL) as pool:
        pool.submit(item(write_png(tmp_path / "a.png", 1)))
        while pool.take() is None:
            pass
        assert workers() != []
        pool.end()
        deadline = time.monotonic() + 20
        while workers():
            assert time.monotonic() < deadline, "they stay"
            time.sleep(0.01)


def test_without_a_decoding_process_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(DecoderUnavailable) as caught:
        decoded([item(write_png(tmp_path / "a.png", 1))])
    gc.collect()  # a process that was not waited for is a warning here, and not in another test
    assert caught.value.exit_code == 3
    assert caught.value.hint


def test_bytes_are_decoded_as_files_are(tmp_path: Path) -> None:
    path = write_png(tmp_path / "a.png", 1)
    (_, of_file), (_, of_bytes) = decoded(
        [item(path), item(path.read_bytes(), "bytes")], processes=1
    )
    assert isinstance(of_file, Decoded)
    assert isinstance(of_bytes, Decoded)
    assert of_bytes.frames[0].content == of_file.frames[0].content
    assert np.array_equal(of_bytes.frames[0].prepared, of_file.frames[0].prepared)
    assert of_bytes.frames[0].thumbnail == of_file.frames[0].thumbnail


def test_what_is_set_for_decoding_reaches_the_processes(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "a.dcm", 3, Modality="US", WindowCenter=20, WindowWidth=10)
    usual, special = (
        decoded([item(path)], limits=settings)[0][1]
        for settings in (USUAL, DecodeSettings(1024, 30.0, 16, "percentile", ("US",)))
    )
    assert isinstance(usual, Decoded)
    assert isinstance(special, Decoded)
    assert usual.frames[0].thumbnail is not None
    assert special.frames[0].thumbnail is None
    assert usual.frames[0].content != special.frames[0].content


def test_large_bytes_and_large_answers_do_not_wait_for_each_other(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (16, 512, 512), dtype=np.uint8)
    content = write_dicom(tmp_path / "a.dcm", pixels).read_bytes()
    results = decoded([item(content, str(number)) for number in range(6)], processes=1, within=12.0)
    assert all(isinstance(outcome, Decoded) for _, outcome in results)


def test_memory_is_bounded_when_nobody_takes(tmp_path: Path) -> None:
    path = write_png(tmp_path / "a.png", 1)
    accepted = 0
    with DecodePool(1, PREPROCESSING, USUAL) as pool:

        def submit_for_ever() -> None:
            nonlocal accepted
            while accepted < 2000:
                pool.submit(item(path))
                accepted += 1

        submitting = Thread(target=submit_for_ever, daemon=True)
        submitting.start()
        before = -1
        while before != accepted:  # until nothing more goes in
            before = accepted
            time.sleep(1.0)
        assert accepted < 200
    submitting.join(timeout=10)
    assert not submitting.is_alive()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such a policy")
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library than glibc")
def test_the_memory_of_one_radiograph_is_there_for_the_next(tmp_path: Path) -> None:
    """Without it, each pages in some 5,000 pages."""
    pixels = np.random.default_rng(0).integers(0, 256, (3000, 2500), dtype=np.uint8)
    items = [item(write_dicom(tmp_path / f"{number}.dcm", pixels)) for number in range(8)]
    with DecodePool(1, PREPROCESSING, USUAL) as pool:

        def paged_in(some: list[SourceItem]) -> int:
            for each in some:
                pool.submit(each)
            outcomes: list[Outcome] = []
            while len(outcomes) < len(some):
                taken = pool.take()
                outcomes += [taken[1]] if taken else []
            assert all(isinstance(outcome, Decoded) for outcome in outcomes)
            status = Path(f"/proc/{workers()[0]}/stat").read_text()
            return int(status.rpartition(")")[2].split()[7])

        first = paged_in(items[:4])
        assert paged_in(items[4:]) - first < 4 * 1_000


def test_a_decoder_yields_to_others(tmp_path: Path) -> None:
    with DecodePool(1, PREPROCESSING, USUAL) as pool:
        pool.submit(item(write_png(tmp_path / "a.png", 1)))
        while pool.take() is None:
            pass
        (decoder,) = workers()
        assert os.sched_getscheduler(decoder) == os.SCHED_BATCH
        assert os.getpriority(os.PRIO_PROCESS, decoder) > os.getpriority(os.PRIO_PROCESS, 0)
