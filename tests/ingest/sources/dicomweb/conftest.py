from __future__ import annotations

from pathlib import Path

import pytest

from ingest.sources.dicomweb import session
from tests.ingest.sources.dicomweb.archive import Archive, read_instances
from tests.ingest.sources.dicomweb.studies import write_studies


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_FIRST_PAUSE", 0.01)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return write_studies(tmp_path / "export")


@pytest.fixture
def archive(files: list[Path]) -> Archive:
    return Archive(read_instances(files))
