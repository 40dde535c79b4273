"""Small real libraries: six images of each of four kinds, a clinic of patients with series, and a
way to make more images; and servers and pages of them."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from radalike.library import Library
from radalike.settings import Settings, load_settings
from search_ui.access.visitor import LOCAL, Visitor
from search_ui.opening import opening
from search_ui.served import Served
from tests.search_ui.page_driver import open_page, run
from tests.search_ui.pictures import (
    KINDS,
    PATIENTS,
    PER_KIND,
    SLICES,
    clinic_images,
    image_input,
    picture,
)


@pytest.fixture(autouse=True)
def _main_module() -> Iterator[None]:
    """A page that is run without a browser leaves itself as the main module, which every process
    that is spawned afterwards would run again."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(scope="session")
def clinic_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """50 images, 48 of them of patients; the index engine compares with every one."""
    folder = tmp_path_factory.mktemp("clinic") / "library"
    with Library.open(folder, create=True, settings=load_settings(library=folder)) as library:
        report = library.add(clinic_images())
    assert report.added == PATIENTS * (SLICES + 1) + 2
    return folder


@pytest.fixture(scope="module")
def clinic(clinic_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """What a server of a copy of the clinic's library shares."""
    folder = Path(shutil.copytree(clinic_folder, tmp_path_factory.mktemp("own") / "library"))
    yield from _served(folder)


@pytest.fixture(scope="module")
def served(library_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """What a server of a copy of the small library shares."""
    folder = Path(shutil.copytree(library_folder, tmp_path_factory.mktemp("own") / "library"))
    yield from _served(folder)


def _served(folder: Path) -> Iterator[Served]:
    served = Served(Library.open(folder, settings=load_settings(library=folder)))
    yield served
    served.close()


@pytest.fixture
def visitor() -> Visitor:
    """Somebody who may do everything."""
    return LOCAL


@pytest.fixture(scope="session")
def png_of() -> Callable[[str, str, int], bytes]:
    """PNG files of the library's pictures and of more: (modality, anatomy, number)."""

    def png(modality: str, anatomy: str, number: int) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(picture(modality, anatomy, number)).save(buffer, "PNG")
        return buffer.getvalue()

    return png


@pytest.fixture(scope="session")
def library_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 images; tests that add some work on a copy."""
    folder = tmp_path_factory.mktemp("search-ui") / "library"
    with Library.open(folder, create=True) as library:
        report = library.add(
            image_input(*kind, number) for number in range(PER_KIND) for kind in KINDS
        )
    assert report.added == len(KINDS) * PER_KIND
    return folder


@pytest.fixture
def own_folder(library_folder: Path, tmp_path: Path) -> Path:
    """A copy of the library, to do anything with."""
    return Path(shutil.copytree(library_folder, tmp_path / "library"))


@pytest.fixture(scope="session")
def library(library_folder: Path) -> Iterator[Library]:
    with Library.open(library_folder) as opened:
        yield opened


@pytest.fixture
def ids(library: Library) -> dict[tuple[str, str], list[str]]:
    """Ids by kind."""
    found: dict[tuple[str, str], list[str]] = {}
    for image, metadata in library.metadata().items():
        found.setdefault((metadata.modality.value, metadata.anatomy.value), []).append(image)
    return found


# -- pages, and the servers they are opened from: closed after the tests of a module --------------


@pytest.fixture(scope="module")
def opened_servers() -> Iterator[list[Served]]:
    """Those that pages of this module's tests opened."""
    servers: list[Served] = []
    really_open = Served.open
    with pytest.MonkeyPatch.context() as patch:

        def watched(settings: Settings) -> Served:
            servers.append(really_open(settings))
            return servers[-1]

        patch.setattr(Served, "open", watched)
        yield servers
    opening().close()


@pytest.fixture(scope="module")
def small_copy(library_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small-copy") / "library"
    return Path(shutil.copytree(library_folder, folder))


@pytest.fixture(scope="module")
def clinic_copy(clinic_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clinic-copy") / "library"
    return Path(shutil.copytree(clinic_folder, folder))


@pytest.fixture
def page(
    small_copy: Path, opened_servers: list[Served], monkeypatch: pytest.MonkeyPatch
) -> AppTest:
    """A visitor of the small library."""
    return open_page(small_copy, monkeypatch)


@pytest.fixture
def clinic_page(
    clinic_copy: Path, opened_servers: list[Served], monkeypatch: pytest.MonkeyPatch
) -> AppTest:
    """A visitor of the clinic's library."""
    return open_page(clinic_copy, monkeypatch)


@pytest.fixture
def server(opened_servers: list[Served], clinic_page: AppTest, clinic_copy: Path) -> Served:
    """The one that `clinic_page` is opened from."""
    run(clinic_page)
    return next(each for each in opened_servers if each.library.layout.root == clinic_copy)
