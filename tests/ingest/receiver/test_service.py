"""`radalike listen` as a process: what it acknowledges ends in the library, exactly once."""

from __future__ import annotations

import json
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydicom import dcmread

from ingest.receiver.receiver import ReceiverSettings
from ingest.receiver.service import Service, ServiceSettings
from ingest.receiver.spool import Spool
from radalike.library import Library
from radalike.library.ingesting.ingest_runs import ingest_runs
from radalike.library.ingesting.receiver_state import State, finding, read_health
from radalike.library.ingesting.refused_files import RefusedFiles
from radalike.locks import Lock
from tests.ingest.command_line import LIGHT, radalike
from tests.ingest.files import write_dicom, write_png
from tests.ingest.receiver.peers import Listening, associate, dcmtk, listening
from tests.ingest.runs import assert_sound, records_of, rejected

_QUICK = {"part_seconds": 0.5, "part_rows": 16, "backend": "exact"}


def _files(folder: Path, count: int, first: int = 0) -> list[Path]:
    return [write_dicom(folder / f"{seed}.dcm", seed) for seed in range(first, first + count)]


def _settled(service: Listening, files: int) -> None:
    """Wait until `files` have left the spool."""
    service.wait_for(
        lambda: sum(service.health()[name] for name in ("ingested", "skipped", "rejected")) >= files
    )


def _identities(library: Library, files: list[Path]) -> set[str]:
    """The ids that the images of `files` have in `library`."""
    privacy = library.privacy
    return {privacy.identity("instance", dcmread(path).SOPInstanceUID, "0") for path in files}


@contextmanager
def _opened(folder: Path) -> Iterator[Library]:
    with Library.open(folder / "library") as library:
        assert_sound(library)
        yield library


def test_what_is_sent_is_ingested_and_leaves_the_spool(tmp_path: Path) -> None:
    files = _files(tmp_path / "sent", 20)
    with listening(tmp_path, "--dataset", "ward", **_QUICK) as service:
        assert dcmtk("storescu", service.port, *files).returncode == 0
        _settled(service, 20)
        health = service.health()
        assert (health["received"], health["ingested"], health["waiting"]) == (20, 20, 0)
        assert (health["state"], health["pid"]) == ("running", service.process.pid)
        again = radalike("listen", "--check", "--health", service.health_file, command=LIGHT)
        assert (again.code, again.out) == (0, "The receiver is well.\n")
        of_library = ("listen", "--check", "--library", tmp_path / "library")
        assert radalike(*of_library, command=LIGHT).out == "The receiver is well.\n"
        assert service.stop() == 0
        assert service.health()["state"] == "stopped"
        assert json.loads((tmp_path / "library" / "receiver.json").read_text()) == service.health()
        assert {"listening", "association ended", "ingested", "stopping"} <= set(service.events())
    with _opened(tmp_path) as library:
        assert {record.id for record in records_of(library)} == _identities(library, files)
        assert {record.metadata.dataset for record in records_of(library)} == {"ward"}
        runs = ingest_runs(library)
        assert {(run.sources, run.dataset) for run in runs} == {(("spool",), "ward")}
        assert (sum(run.added for run in runs), sum(run.images for run in runs)) == (20, 20)
    # The same files from a folder are the same records.
    same = ("ingest", tmp_path / "sent", "--library", tmp_path / "library", "--json")
    done = radalike(*same, command=LIGHT, **_QUICK)
    assert (done.json["known"], done.json["added"]) == (20, 0)


def test_what_cannot_enter_is_kept(tmp_path: Path) -> None:
    bad = write_dicom(tmp_path / "bad.dcm", 1, Rows=4000)
    report = write_dicom(tmp_path / "report.dcm", 2, Modality="SR")
    with listening(tmp_path, **_QUICK) as service:
        assert dcmtk("storescu", service.port, bad, report).returncode == 0
        _settled(service, 2)
        health = service.health()
        assert (health["ingested"], health["skipped"], health["rejected"]) == (0, 1, 1)
        assert service.stop() == 0
    with _opened(tmp_path) as library:
        assert sum(rejected(library).values()) == 1
        refused = RefusedFiles(library.layout.spool_rejects, library.privacy)
        (content,) = refused.contents()
        assert refused.path(content).stat().st_mode & 0o777 == 0o600
        with refused.open(content) as opened:
            assert dcmread(opened).SOPInstanceUID == dcmread(bad).SOPInstanceUID


def _send_until_killed(service: Listening, files: list[Path]) -> list[Path]:
    """Send until the service is gone: it is killed a moment after 40 files. Those that it
    acknowledged."""
    acknowledged: list[Path] = []
    association = associate(service.port)
    killer = threading.Timer(0.3, service.kill)
    for path in files:
        try:
            answer = association.send_c_store(dcmread(path))
        except RuntimeError:  # the association is gone
            break
        if getattr(answer, "Status", None) != 0:
            break
        acknowledged.append(path)
        if len(acknowledged) == 40:
            killer.start()
        time.sleep(0.01)
    killer.join()
    association.kill()
    return acknowledged


@pytest.mark.slow
def test_a_service_that_is_killed_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    """kill -9 while files are sent and ingested; the next start ingests what is left, once."""
    files = _files(tmp_path / "sent", 240)
    acknowledged: list[Path] = []
    for part in (files[:120], files[120:]):
        with listening(tmp_path, **_QUICK) as service:
            acknowledged += _send_until_killed(service, part)
    assert 80 <= len(acknowledged) < len(files)
    left = len(list((tmp_path / "library" / "spool" / "incoming").iterdir()))
    assert left > 0
    with listening(tmp_path, **_QUICK) as service:
        service.wait_for(lambda: service.health()["waiting"] == 0)
        assert service.stop() == 0
    with _opened(tmp_path) as library:
        ids = [record.id for record in records_of(library)]
        assert len(set(ids)) == len(ids)
        assert _identities(library, acknowledged) <= set(ids)
        assert set(ids) <= _identities(library, files)
    assert list((tmp_path / "library" / "spool" / "incoming").iterdir()) == []


@pytest.mark.slow
def test_a_library_that_is_busy_makes_it_degraded_until_it_is_free(tmp_path: Path) -> None:
    write_png(tmp_path / "one.png", 1)
    one = ("ingest", tmp_path / "one.png", "--library", tmp_path / "library")
    first = radalike(*one, command=LIGHT, **_QUICK)
    assert first.code == 0
    lock = Lock.acquire(tmp_path / "library" / "ingest.lock")
    try:
        with listening(tmp_path, **_QUICK) as service:
            assert dcmtk("storescu", service.port, *_files(tmp_path / "sent", 3)).returncode == 0
            service.wait_for(lambda: service.health()["state"] == "degraded")
            assert service.health()["last_error"] == "LibraryBusy"
            check = radalike("listen", "--check", "--health", service.health_file, command=LIGHT)
            assert (check.code, "LibraryBusy" in check.out) == (1, True)
            assert dcmtk("storescu", service.port, *_files(tmp_path / "more", 3, 9)).returncode == 0
            lock.release()
            _settled(service, 6)
            service.wait_for(lambda: service.health()["state"] == "running")
            assert service.health()["last_error"] is None
            assert service.stop() == 0
    finally:
        lock.release()


@pytest.mark.slow
def test_without_ingest_it_only_receives(tmp_path: Path) -> None:
    with listening(tmp_path, "--no-ingest") as service:
        assert dcmtk("storescu", service.port, *_files(tmp_path / "sent", 3)).returncode == 0
        service.wait_for(lambda: service.health()["waiting"] == 3)
        assert service.stop() == 0
    with listening(tmp_path, **_QUICK) as service:
        _settled(service, 3)
        assert service.stop() == 0


def test_the_list_of_senders_is_read_anew_on_hangup(tmp_path: Path) -> None:
    titles = tmp_path / "titles"
    titles.write_text("OLD\n")
    with listening(tmp_path, "--no-ingest", "--allow-aet-file", titles) as service:
        assert dcmtk("echoscu", service.port, calling="OLD").returncode == 0
        titles.write_text("NEW\n")
        service.process.send_signal(signal.SIGHUP)
        service.wait_for(lambda: "AE titles were read anew" in service.events())
        assert dcmtk("echoscu", service.port, calling="OLD").returncode != 0
        assert dcmtk("echoscu", service.port, calling="NEW").returncode == 0
        titles.write_text("# nobody\n")
        service.process.send_signal(signal.SIGHUP)
        service.wait_for(lambda: "the old AE titles stay" in service.events())
        assert dcmtk("echoscu", service.port, calling="NEW").returncode == 0
        assert service.stop() == 0


def test_who_is_sending_when_it_stops_may_finish(tmp_path: Path) -> None:
    (path,) = _files(tmp_path / "sent", 1)
    with listening(tmp_path, "--no-ingest") as service:
        association = associate(service.port)
        service.process.send_signal(signal.SIGTERM)
        service.wait_for(lambda: "stopping" in service.events())
        assert association.send_c_store(dcmread(path)).Status == 0
        association.release()
        assert service.process.wait(30) == 0
        assert service.health()["received"] == 1


def test_its_logs_and_health_name_nobody(tmp_path: Path) -> None:
    planted = {"PatientName": "CANARY^ONE", "PatientID": "CANARY2", "StudyDescription": "CANARY3"}
    path = write_dicom(tmp_path / "CANARY4.dcm", 1, **planted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pydicom: it is no UID
        odd = write_dicom(tmp_path / "odd.dcm", 2, SOPInstanceUID="CANARY6")
    with listening(tmp_path, "--allow-aet", "PACS", **_QUICK) as service:
        assert dcmtk("storescu", service.port, path, calling="CANARY5").returncode != 0
        assert dcmtk("storescu", service.port, path, odd, calling="PACS").returncode == 0
        _settled(service, 2)
        assert service.stop() == 0
        written = service.log_file.read_text() + service.health_file.read_text()
    for word in ("CANARY", "127.0.0.1", str(dcmread(path).SOPInstanceUID), str(tmp_path)):
        assert word not in written
    assert '"aet": "PACS"' in written
    for file in (tmp_path / "library").rglob("*"):
        assert not file.is_file() or b"CANARY" not in file.read_bytes()


def test_a_library_without_a_receiver_is_a_finding(tmp_path: Path) -> None:
    done = radalike("listen", "--check", "--library", tmp_path, "--json", command=LIGHT)
    assert (done.code, done.json["ok"]) == (1, False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--host", "0.0.0.0"), "everybody on the network"),
        (("--tls-cert", "cert.pem"), "certificate and its key"),
        (("--allow-aet", " "), "list of AE titles is empty"),
    ],
)
def test_what_cannot_be_is_a_usage_error(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = radalike("listen", *arguments, "--library", tmp_path / "library", command=LIGHT)
    assert done.code == 2, done
    assert said in done.err


def test_a_disk_without_room_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, within: Callable[[Callable[[], object]], None]
) -> None:
    """Every file is refused then, which whoever checks the service has to hear."""
    room = threading.Event()
    monkeypatch.setattr(Spool, "has_room", lambda _: room.is_set())
    with Library.open(tmp_path / "library", create=True) as library:
        state = library.layout.receiver_state
        service = Service(library, ServiceSettings(ReceiverSettings(port=0), ingests=False))
        serving = threading.Thread(target=service.run)
        serving.start()
        within(lambda: state.exists() and read_health(state).state is State.DEGRADED)
        assert finding(read_health(state)) == "it is degraded (StorageFull)"
        room.set()
        within(lambda: finding(read_health(state)) is None)
        service.stop.set()
        serving.join()
