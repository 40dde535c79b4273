from __future__ import annotations

import socket
from pathlib import Path

import pytest
import requests

from tests.peers.orthanc import running_orthanc


def test_it_is_reached_over_loopback_only_and_ends_with_its_test(tmp_path: Path) -> None:
    with running_orthanc(tmp_path, password=True) as orthanc:
        assert orthanc.instances() == 0
        port = int(orthanc.url.rpartition(":")[2])
        assert requests.get(orthanc.url, timeout=5).status_code == 401
        for inside in (8042, 4242):  # those that it binds on every interface
            assert not _listens(inside)
        assert not _listens(port, "127.0.0.2")  # which a server on every interface answers, too
    assert not _listens(port)


def _listens(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, port)) == 0


def test_where_it_cannot_run_its_tests_are_skipped_or_fail_when_it_is_required(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    outcomes = {"": pytest.skip.Exception, "ORTHANC": pytest.fail.Exception}
    for required, outcome in outcomes.items():
        monkeypatch.setattr("tests.peers.presence._REQUIRED", {required})
        with pytest.raises(outcome, match="not installed"), running_orthanc(tmp_path):
            raise AssertionError("it runs")
