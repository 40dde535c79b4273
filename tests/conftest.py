"""What several suites share: the default encoder, loaded once, and a small library."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from radalike.encoders.base import Encoder
from radalike.library import Library
from radalike.settings import load_settings
from tests.radalike.pictures import image_inputs

LibraryOpener = Callable[..., Library]

# Two busy cores are no reason to fail: time is measured where it is what is tested.
settings.register_profile("radalike", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("radalike")


@pytest.fixture(scope="session", autouse=True)
def no_settings_from_outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No RADALIKE_* variable of whoever runs the tests, but those that are meant for them, and
    nothing kept in their own folders."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data-home")))
        for name in list(os.environ):
            if name.startswith("RADALIKE_") and not name.startswith("RADALIKE_TEST_"):
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def encoder(default_encoder: Encoder) -> Encoder:
    """The encoder that most suites use: the default one."""
    return default_encoder


@pytest.fixture(scope="session")
def default_encoder() -> Encoder:
    """The default encoder in float32 on the CPU."""
    from radalike.encoders.catalogue import DEFAULT_ENCODER, encoder_spec
    from radalike.encoders.torch_encoder import load_encoder

    return load_encoder(encoder_spec(DEFAULT_ENCODER), device="cpu")


def opened(path: Path, encoder: Encoder, **flags: Any) -> Library:
    """The library in `path`, made when it is missing, with the encoder that is loaded already."""
    library = Library.open(path, create=True, settings=load_settings(library=path, **flags))
    vars(library)["encoder"] = encoder
    return library


@pytest.fixture(scope="session")
def small_library(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a library of 60 images in 2 parts, with a built index. It is for reading; whoever
    writes to it, or opens its index, takes a copy."""
    path = tmp_path_factory.mktemp("small") / "library"
    with opened(path, encoder, part_rows=30) as library:
        library.add(image_inputs(30))
        library.add(image_inputs(30, start=30))
        library.build_index()
    return path


@pytest.fixture(scope="session")
def library(
    small_library: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Library]:
    """The small library, open for reading; a test that writes takes `library_copy`."""
    path = copytree(small_library, tmp_path_factory.mktemp("read") / "library")
    with opened(path, encoder) as library:
        yield library


@pytest.fixture
def library_copy(small_library: Path, tmp_path: Path) -> Path:
    return Path(copytree(small_library, tmp_path / "library"))


@pytest.fixture
def open_library(encoder: Encoder) -> Iterator[LibraryOpener]:
    """Opens libraries without loading the encoder again, and closes them after the test."""
    libraries: list[Library] = []

    def open_(path: Path, **flags: Any) -> Library:
        libraries.append(opened(path, encoder, **flags))
        return libraries[-1]

    yield open_
    for library in libraries:
        library.close()
