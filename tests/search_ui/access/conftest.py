"""An empty library with real people, and servers of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from radalike.access import Role
from radalike.catalog.people import add_person
from radalike.library import Library
from search_ui.access.mode import SignIn
from tests.search_ui.access.guarded_site import PASSWORD, Site, settings_of, site_of


@pytest.fixture(scope="session")
def folder_with_people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of an empty library. ada is a reader and bo an auditor, with passwords; eve signs in through
    a provider. Tests work on copies."""
    folder = tmp_path_factory.mktemp("access") / "library"
    with Library.open(folder, create=True, settings=settings_of(folder)) as library:
        engine = library.catalog.engine
        add_person(engine, "ada", [Role.READER], PASSWORD)
        add_person(engine, "bo", [Role.AUDITOR], PASSWORD + " of bo")
        add_person(engine, "eve@example.org", [Role.CURATOR], None)
    return folder


@pytest.fixture
def library(folder_with_people: Path, tmp_path: Path) -> Iterator[Library]:
    folder = Path(copytree(folder_with_people, tmp_path / "library"))
    with Library.open(folder, settings=settings_of(folder)) as library:
        yield library


@pytest.fixture
def site(library: Library) -> Iterator[Site]:
    yield from site_of(library)


@pytest.fixture
def provider_site(library: Library) -> Iterator[Site]:
    """Where people sign in through an identity provider."""
    yield from site_of(library, SignIn.OIDC)
