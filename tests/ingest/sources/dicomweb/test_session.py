from __future__ import annotations

from pathlib import Path
from threading import Event, Timer

import pytest

from ingest.sources.dicomweb import session
from ingest.sources.dicomweb.address import Credentials
from radalike.errors import RadalikeError, RejectCode, UsageError
from tests.ingest.files import ROOT_UID
from tests.ingest.sources.dicomweb.archive import ROOT, Archive, basic, serving
from tests.ingest.sources.dicomweb.studies import (
    EACH,
    STUDIES,
    contents_of,
    failure_of,
    items_of,
    source_of,
)
from tests.peers.certificates import server_certificate


def test_failures_are_tried_again(archive: Archive, files: list[Path], tmp_path: Path) -> None:
    for study in range(STUDIES):
        archive.failures[f"{ROOT}/studies/{ROOT_UID}.3.{study}"] = 2
        archive.failures[f"{ROOT}/studies/{ROOT_UID}.3.{study}/instances"] = 2
    archive.failures[f"{ROOT}/studies"] = 2
    with serving(archive) as url:
        assert contents_of(items_of(url, tmp_path)) == [file.read_bytes() for file in files]
    assert archive.times_asked(f"{ROOT}/studies/{ROOT_UID}.3.0") == 3


def test_a_server_that_asks_for_patience_is_given_it(archive: Archive, tmp_path: Path) -> None:
    waited: list[float | None] = []

    class Noted(Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout)
            return False

    archive.failure_status, archive.retry_after = 429, "7"
    archive.failures[f"{ROOT}/studies"] = 2
    with serving(archive) as url:
        source = source_of(url, tmp_path, stop=Noted())
        assert len(list(source.items())) == STUDIES * EACH
    assert waited == [7.0, 7.0]


def test_pauses_grow_and_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_FIRST_PAUSE", 0.5)
    for attempt, middle in ((1, 0.5), (2, 1.0), (3, 2.0)):
        assert middle / 2 <= session._pause(attempt, None) <= middle * 1.5
    assert session._pause(99, None) == session._pause(1, "86400") == 60.0
    assert session._pause(1, "Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert session._pause(1, "tomorrow") < 1.0


def test_a_long_answer_holds_nobody_up_who_wants_to_stop(archive: Archive, tmp_path: Path) -> None:
    stop = Event()
    archive.endless = frozenset(each.uid for each in archive.instances)
    with serving(archive) as url:
        source = source_of(url, tmp_path, stop=stop)
        item = next(source.items())
        later = Timer(0.3, stop.set)
        later.start()
        assert item is not None
        assert failure_of(item) is RejectCode.UNREADABLE
        later.join()


def test_credentials_are_sent_and_wrong_ones_are_an_error_without_them(
    archive: Archive, tmp_path: Path
) -> None:
    archive.authorization = basic("jane", "hush")
    right, wrong = Credentials(user="jane", password="hush"), Credentials(token="whisper")
    with serving(archive) as url:
        assert len(list(source_of(url, tmp_path, credentials=right).items())) == STUDIES * EACH
        with pytest.raises(UsageError, match="denies access") as caught:
            list(source_of(url, tmp_path, credentials=wrong).items())
        archive.authorization = "Bearer whisper"
        items = list(source_of(url, tmp_path, credentials=wrong).items())
        assert len(contents_of(items)) == STUDIES * EACH
    said = str(caught.value) + caught.value.hint
    assert not any(word in said for word in ("whisper", "hush", "secret"))


def test_credentials_do_not_follow_to_another_host(
    archive: Archive, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(archive) as elsewhere:
        here = Archive([], redirect=elsewhere.replace("127.0.0.1", "localhost"))
        with serving(here) as url:
            source = source_of(url, tmp_path / "spool", credentials=Credentials(token="hush"))
            assert contents_of(list(source.items())) == [file.read_bytes() for file in files]
    assert {authorization for _, _, authorization in here.asked} == {"Bearer hush"}
    assert {authorization for _, _, authorization in archive.asked} == {None}


def test_only_a_trusted_certificate_is_talked_to(
    archive: Archive, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, context = server_certificate(tmp_path)
    with serving(archive, context) as url:
        assert url.startswith("https://")
        with pytest.raises(RadalikeError, match="secure") as caught:
            items_of(url, tmp_path / "spool")
        assert "REQUESTS_CA_BUNDLE" in caught.value.hint
        assert archive.asked == []
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        assert contents_of(items_of(url, tmp_path / "spool")) == [
            file.read_bytes() for file in files
        ]


def test_a_redirect_to_plain_http_is_not_followed(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, context = server_certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with (
        serving(archive) as plain,
        serving(Archive([], redirect=plain), context) as url,
        pytest.raises(RadalikeError, match="cannot be reached"),
    ):
        items_of(url, tmp_path / "spool")
    assert archive.asked == []
