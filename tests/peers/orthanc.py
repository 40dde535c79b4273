"""A real Orthanc with its DICOMweb plug-in (Debian packages orthanc, orthanc-dicomweb).

It binds every interface whatever its configuration says, so it runs in a network namespace of its
own, and only loopback is let in (private_network.py).
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.peers.presence import absent

_PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
_RELAY = Path(__file__).with_name("private_network.py")
_HTTP, _DICOM = 8042, 4242  # inside its namespace
_START_SECONDS = 60.0
USER, PASSWORD = "reader", "p:ss wörd"


@dataclass(frozen=True)
class Orthanc:
    """`url` of the server, `dicomweb` of its DICOMweb root; `dicom_port` for C-STORE, both on
    127.0.0.1. `user` and `password` are empty when it asks for none."""

    url: str
    dicom_port: int
    aet: str = "ORTHANC"
    user: str = ""
    password: str = ""

    @property
    def dicomweb(self) -> str:
        return f"{self.url}/dicom-web"

    def upload(self, *files: Path) -> None:
        with self._session() as session:
            for file in files:
                answer = session.post(f"{self.url}/instances", data=file.read_bytes(), timeout=30)
                answer.raise_for_status()

    def instances(self) -> int:
        with self._session() as session:
            answer = session.get(f"{self.url}/statistics", timeout=30)
            return int(answer.json()["CountInstances"])

    def clear(self) -> None:
        """Delete every patient."""
        with self._session() as session:
            for patient in session.get(f"{self.url}/patients", timeout=30).json():
                session.delete(f"{self.url}/patients/{patient}", timeout=30).raise_for_status()

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        if self.user:
            session.auth = (self.user.encode(), self.password.encode())
        return session


@contextmanager
def running_orthanc(folder: Path, *, password: bool = False) -> Iterator[Orthanc]:
    """Orthanc with its data in `folder`, empty. Where it is not installed the test is skipped, or
    fails where RADALIKE_REQUIRE_ORTHANC is set."""
    program, unshare = shutil.which("Orthanc"), _unshare()
    if program is None or not _PLUGIN.exists():
        absent("orthanc", "Orthanc and its DICOMweb plug-in are not installed")
    if not unshare:
        # What no installation can mend, so it is never a failure.
        pytest.skip("no network namespace for Orthanc can be made here")
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "orthanc.json"
    configuration.write_text(json.dumps(_configuration(folder, password=password)))
    with ExitStack() as stack:
        web, dicom = (stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in "12")
        pairs = (f"{web.fileno()}:{_HTTP}", f"{dicom.fileno()}:{_DICOM}")
        log = stack.enter_context((folder / "log").open("wb"))
        process = subprocess.Popen(
            [*unshare, sys.executable, _RELAY, *pairs, "--", program, configuration],
            pass_fds=(web.fileno(), dicom.fileno()),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        stack.callback(_stop, process)
        orthanc = Orthanc(
            url=f"http://127.0.0.1:{web.getsockname()[1]}",
            dicom_port=dicom.getsockname()[1],
            user=USER if password else "",
            password=PASSWORD if password else "",
        )
        _wait_until_it_answers(orthanc, process, folder / "log")
        yield orthanc


def _unshare() -> list[str]:
    """The command that runs another in a network namespace of its own; empty when none can."""
    for command in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        if shutil.which("unshare") is None or (os.geteuid() and len(command) == 2):
            continue
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
            return command
    return []


def _configuration(folder: Path, *, password: bool) -> dict[str, object]:
    return {
        "Name": "radalike-tests",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "Plugins": [str(_PLUGIN)],
        "HttpPort": _HTTP,
        "DicomPort": _DICOM,
        "DicomAet": "ORTHANC",
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": password,
        "RegisteredUsers": {USER: PASSWORD} if password else {},
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowEcho": True,
        "DicomCheckCalledAet": False,
        "OverwriteInstances": True,
        "HttpThreadsCount": 8,
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "EnableWado": False},
    }


def _wait_until_it_answers(orthanc: Orthanc, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            orthanc.instances()
        except (requests.RequestException, ValueError, KeyError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"Orthanc did not come up: {log.read_text(errors='replace')[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.communicate(timeout=30)  # closes its standard input: it ends with Orthanc
