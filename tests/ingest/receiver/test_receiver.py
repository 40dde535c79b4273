"""The receiver and real senders: what is acknowledged is on the disk, as it was sent."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.filewriter import dcmwrite
from pydicom.uid import RLELossless
from pynetdicom.sop_class import CTImageStorage, Verification

from ingest.receiver.receiver import Receiver, ReceiverSettings
from ingest.receiver.spool import Spool
from radalike.errors import UsageError
from radalike.library.layout import Layout
from radalike.library.privacy.pseudonyms import Privacy
from tests.ingest.files import picture, write_dicom
from tests.ingest.receiver.conftest import Listen
from tests.ingest.receiver.peers import associate, dcmtk

_OUT_OF_RESOURCES = 0xA700


def _files(folder: Path, count: int) -> list[Path]:
    return [write_dicom(folder / f"{seed}.dcm", seed) for seed in range(count)]


def _spooled(spool: Spool) -> list[Path]:
    return [spool.incoming / name for name in spool.names()]


def _left_over(spool: Spool) -> list[str]:
    """What is in the spool under a name that does not count."""
    names = set(spool.names())
    return [path.name for path in spool.incoming.iterdir() if path.name not in names]


@pytest.mark.parametrize("program", ["storescu", "dcmsend"])
def test_what_is_acknowledged_is_in_the_spool_as_it_was_sent(
    listen: Listen, spool: Spool, tmp_path: Path, program: str
) -> None:
    files = _files(tmp_path / "sent", 5)
    receiver = listen()
    assert dcmtk(program, receiver.port, *files).returncode == 0
    sent = {dcmread(path).SOPInstanceUID: dcmread(path) for path in files}
    spooled = [dcmread(path) for path in _spooled(spool)]
    assert {each.SOPInstanceUID: each for each in spooled} == sent
    for each in spooled:
        assert each.file_meta.MediaStorageSOPInstanceUID == each.SOPInstanceUID
        assert each.file_meta.MediaStorageSOPClassUID == each.SOPClassUID
        assert not any("ApplicationEntityTitle" in element.keyword for element in each.file_meta)
    assert receiver.counts["received"] == 5


def test_files_are_private_and_named_by_what_they_hold(
    listen: Listen, spool: Spool, tmp_path: Path
) -> None:
    assert dcmtk("storescu", listen().port, *_files(tmp_path / "sent", 2)).returncode == 0
    for path in _spooled(spool):
        assert path.stem == hashlib.sha256(path.read_bytes()).hexdigest()
        assert path.stat().st_mode & 0o777 == 0o600
    for folder in (spool.incoming.parent, spool.incoming, spool.refused.folder):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert _left_over(spool) == []


def test_the_same_file_twice_is_one(listen: Listen, spool: Spool, tmp_path: Path) -> None:
    receiver, files = listen(), _files(tmp_path / "sent", 1)
    for _ in range(2):
        assert dcmtk("storescu", receiver.port, *files).returncode == 0
    assert (spool.waiting(), receiver.counts["received"]) == (1, 2)


def test_echo_is_answered(listen: Listen) -> None:
    receiver = listen()
    assert dcmtk("echoscu", receiver.port).returncode == 0
    assert receiver.counts["echoes"] == 1


def test_compressed_pixels_stay_as_they_are(listen: Listen, spool: Spool, tmp_path: Path) -> None:
    dataset = dcmread(write_dicom(tmp_path / "plain.dcm", picture(1)))
    dataset.compress(RLELossless)
    dcmwrite(tmp_path / "rle.dcm", dataset)
    assert dcmtk("storescu", listen().port, "-xr", tmp_path / "rle.dcm").returncode == 0
    (path,) = _spooled(spool)
    spooled = dcmread(path)
    assert spooled.file_meta.TransferSyntaxUID == RLELossless
    assert spooled.PixelData == dataset.PixelData


@pytest.mark.parametrize(
    "kind", ["1.2.840.10008.5.1.4.1.1.3", "1.2.840.113619.4.26"], ids=["retired", "a maker's own"]
)
def test_every_storage_class_is_taken(
    listen: Listen, spool: Spool, tmp_path: Path, kind: str
) -> None:
    dataset = dcmread(write_dicom(tmp_path / "file.dcm", 1, SOPClassUID=kind))
    association = associate(listen().port, classes=[kind])
    assert association.send_c_store(dataset).Status == 0
    association.release()
    (path,) = _spooled(spool)
    assert dcmread(path).SOPClassUID == kind


# -- who may send ------------------------------------------------------------------------------


def test_a_sender_that_is_not_on_the_list_is_turned_away(
    listen: Listen, spool: Spool, tmp_path: Path
) -> None:
    receiver, files = listen(titles=("PACS", "CT 1")), _files(tmp_path / "sent", 1)
    done = dcmtk("storescu", receiver.port, *files, calling="STRANGER")
    assert done.returncode != 0
    assert "Calling AE Title Not Recognized" in done.stderr
    assert spool.waiting() == 0
    assert dcmtk("storescu", receiver.port, *files, calling="CT 1").returncode == 0
    assert spool.waiting() == 1
    assert receiver.counts["turned-away"] == 1


def test_a_list_that_changes_counts_from_then_on(listen: Listen) -> None:
    receiver = listen(titles=("PACS",))
    assert dcmtk("echoscu", receiver.port, calling="NEW").returncode != 0
    receiver.allow(("NEW",))
    assert dcmtk("echoscu", receiver.port, calling="NEW").returncode == 0
    assert dcmtk("echoscu", receiver.port, calling="PACS").returncode != 0


def test_who_calls_somebody_else_is_turned_away(listen: Listen) -> None:
    done = dcmtk("echoscu", listen().port, called="OTHER")
    assert "Called AE Title Not Recognized" in done.stderr


def test_associations_over_the_cap_are_turned_away(
    listen: Listen, within: Callable[[Callable[[], object]], None]
) -> None:
    receiver = listen(max_associations=2)
    first = [associate(receiver.port) for _ in range(2)]
    assert all(each.is_established for each in first)
    third = associate(receiver.port)
    assert third.is_rejected
    first[0].release()
    within(lambda: len(receiver.connections) == 1)
    fourth = associate(receiver.port)
    assert fourth.is_established
    assert fourth.send_c_echo().Status == 0
    for each in (first[1], fourth):
        each.release()


def test_an_address_that_cannot_be_listened_on_is_named(listen: Listen, spool: Spool) -> None:
    taken = ReceiverSettings(port=listen().port)
    with pytest.raises(UsageError, match=f"port {taken.port} is taken"), Receiver(spool, taken):
        pass
    elsewhere = ReceiverSettings(host="203.0.113.9", port=0)
    with pytest.raises(UsageError, match="--host"), Receiver(spool, elsewhere):
        pass


# -- what cannot be taken ------------------------------------------------------------------------


def test_a_file_over_the_limit_is_refused_and_the_next_is_taken(
    listen: Listen, spool: Spool, tmp_path: Path
) -> None:
    receiver = listen(max_file_bytes=300_000)
    association = associate(receiver.port)
    large = dcmread(write_dicom(tmp_path / "large.dcm", picture(1, 1024)))
    small = dcmread(write_dicom(tmp_path / "small.dcm", picture(1, 64)))
    assert association.send_c_store(large).Status == _OUT_OF_RESOURCES
    assert association.send_c_store(small).Status == 0
    association.release()
    (path,) = _spooled(spool)
    assert dcmread(path).SOPInstanceUID == small.SOPInstanceUID
    assert _left_over(spool) == []
    assert receiver.counts["refused"] == 1


def test_a_disk_that_is_nearly_full_is_left_some_room(
    listen: Listen, tmp_path: Path, spool: Spool
) -> None:
    short = Spool(Layout(tmp_path), Privacy(bytes(32)), kept_free=2**62)
    association = associate(listen(short).port)
    dataset = dcmread(write_dicom(tmp_path / "file.dcm", 1))
    assert association.send_c_store(dataset).Status == _OUT_OF_RESOURCES
    association.release()
    assert list(spool.incoming.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("disks cannot be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_told_and_the_receiver_goes_on(
    listen: Listen, small_disk: Path, tmp_path: Path
) -> None:
    spool = Spool(Layout(small_disk), Privacy(bytes(32)), kept_free=0)
    association = associate(listen(spool).port)
    datasets = [
        dcmread(write_dicom(tmp_path / f"{seed}.dcm", picture(seed, 512))) for seed in range(6)
    ]
    statuses = [association.send_c_store(each).Status for each in datasets]
    taken = spool.waiting()
    assert statuses == [0] * taken + [_OUT_OF_RESOURCES] * (6 - taken)
    assert 0 < taken < 6
    assert _left_over(spool) == []
    for path in _spooled(spool):
        assert path.stem == hashlib.sha256(path.read_bytes()).hexdigest()
        spool.delete(path.name)
    assert association.send_c_store(datasets[-1]).Status == 0
    association.release()


def test_a_sender_that_goes_in_the_middle_of_a_file_leaves_nothing(
    listen: Listen, spool: Spool, tmp_path: Path, within: Callable[[Callable[[], object]], None]
) -> None:
    receiver = listen()
    association = associate(receiver.port)
    dataset = dcmread(write_dicom(tmp_path / "file.dcm", picture(1, 1024)))
    sent = 0
    plain = association.dul.socket.send

    def cut(data: bytes) -> None:
        nonlocal sent
        sent += len(data)
        if sent < 500_000:
            plain(data)
        else:
            association.dul.socket.socket.shutdown(2)

    association.dul.socket.send = cut
    association.send_c_store(dataset)
    within(lambda: not receiver.connections)
    assert sent >= 500_000
    assert list(spool.incoming.iterdir()) == []
    assert dcmtk("echoscu", receiver.port).returncode == 0


def test_a_request_without_a_dataset_is_no_success(listen: Listen, spool: Spool) -> None:
    from pynetdicom.dimse_primitives import C_STORE

    association = associate(listen().port)
    request = C_STORE()
    request.MessageID = 1
    request.AffectedSOPClassUID = CTImageStorage
    request.AffectedSOPInstanceUID = "1.2.3"
    request.Priority = 2
    association.dimse.send_msg(request, _context(association, CTImageStorage))
    _, answer = association.dimse.get_msg(block=True)
    assert answer is None or answer.Status != 0
    assert list(spool.incoming.iterdir()) == []
    association.abort()


def test_a_dataset_in_an_echo_ends_the_association(
    listen: Listen, spool: Spool, within: Callable[[Callable[[], object]], None]
) -> None:
    """Nothing but a request to store has a dataset here."""
    from io import BytesIO

    from pynetdicom.dimse_primitives import C_FIND

    receiver = listen()
    association = associate(receiver.port)
    request = C_FIND()
    request.MessageID = 1
    request.AffectedSOPClassUID = Verification
    request.Priority = 2
    request.Identifier = BytesIO(b"\0" * 100)
    association.dimse.send_msg(request, _context(association, Verification))
    within(lambda: not receiver.connections)
    assert association.is_aborted
    assert list(spool.incoming.iterdir()) == []


def _context(association: object, kind: str) -> int:
    contexts = association.accepted_contexts  # type: ignore[attr-defined]
    return next(each.context_id for each in contexts if each.abstract_syntax == kind)
