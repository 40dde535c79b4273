"""`radalike locate`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from radalike.catalog.store import Reject
from radalike.library import Library
from radalike.library.ingesting.refused_files import RefusedFiles
from tests.conftest import LibraryOpener
from tests.radalike.cli.conftest import Radalike

WHO = {"PatientID": "MRN-1", "PatientName": "Doe^Jane"}


@pytest.fixture
def private(library_copy: Path, open_library: LibraryOpener) -> Library:
    """The small library; its images are of a private source."""
    with closing(sqlite3.connect(library_copy / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE images SET filepath = NULL")
    return open_library(library_copy)


def put(library: Library, uri: str) -> str:
    """Make `uri` the place of an image; its id."""
    image = next(iter(library.metadata()))
    with closing(sqlite3.connect(library.layout.catalog)) as connection, connection:
        values = (library.privacy.seal(uri), image)
        connection.execute("UPDATE images SET locator = ? WHERE id = ?", values)
    return image


@pytest.mark.parametrize(
    ("uri", "source", "place", "member"),
    [
        ("file:/exports/Jane Doe/1.dcm", "file", "/exports/Jane Doe/1.dcm", None),
        ("file:/a/\udcff.dcm", "file", "/a/\\xff.dcm", None),
        ("zip:/a%21b%25/x.zip!Doe/1!2.dcm", "zip", "/a!b%/x.zip", "Doe/1!2.dcm"),
        ("zip:/x.zip!twice.dcm\0002", "zip", "/x.zip", "twice.dcm"),
        ("dicomweb:https://host/studies/1.2", "dicomweb", "https://host/studies/1.2", None),
        ("spool:0123", "spool", None, None),
        ("elsewhere", "unknown", "elsewhere", None),
    ],
)
def test_where_the_original_is(
    radalike: Radalike, private: Library, uri: str, source: str, place: str, member: str
) -> None:
    image = put(private, uri)
    answer = radalike("locate", image, "--json", "--library", private.layout.root)
    assert answer.code == 0
    shown = answer.json
    assert (shown["id"], shown["source"]) == (image, source)
    assert (shown["place"], shown["member"]) == (place, member)
    words = radalike("locate", image, "--library", private.layout.root).words
    expected = place and (f"{place} ! {member}" if member else place)
    assert words == (expected or "Received over the network; the original is not kept.")


def test_a_data_set_s_own_name(radalike: Radalike, small_library: Path, library: Library) -> None:
    image = next(iter(library.metadata()))
    answer = radalike("locate", image, "--json", "--library", small_library)
    assert answer.json["source"] == "dataset"
    assert answer.json["place"] == library.get(image).filepath


def test_identifiers_are_shown_where_they_were_kept(radalike: Radalike, private: Library) -> None:
    image = put(private, "file:/1.dcm")
    at = ("--library", private.layout.root)
    assert radalike("locate", image, "--identity", "--json", *at).json["identity"] is None
    assert "not kept" in radalike("locate", image, "--identity", *at).out
    sealed = private.identities.seal(image, WHO)
    with closing(sqlite3.connect(private.layout.catalog)) as connection, connection:
        connection.execute("INSERT INTO identities VALUES (?, ?)", (image, sealed))
    assert radalike("locate", image, "--identity", "--json", *at).json["identity"] == WHO
    assert radalike("locate", image.upper(), "--identity", "--json", *at).json["identity"] == WHO
    assert "PatientName: Doe^Jane" in radalike("locate", image, "--identity", *at).out
    for options in ((), ("--json",)):
        assert "Doe" not in radalike("locate", image, *options, *at).out


@pytest.mark.parametrize("image", ["9b2f1c1e-5d0a-5b8e-9a53-0c5e8f6d7a10", "no-id"])
def test_no_such_image(radalike: Radalike, small_library: Path, image: str) -> None:
    answer = radalike("locate", image, "--library", small_library)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"radalike: no image {image}")


def test_where_a_file_is_kept_that_came_over_the_network_and_was_refused(
    radalike: Radalike, private: Library
) -> None:
    sealed = private.privacy.seal("spool:0123")
    private.catalog.commit(rejected=[Reject("a" * 64, "Truncated", "", "local", None, sealed)])
    at = ("--library", private.layout.root)
    assert "is gone" in radalike("locate", "a" * 64, *at).words
    received = private.layout.root / "0123.dcm"
    received.write_bytes(b"as it came")
    refused = RefusedFiles(private.layout.spool_rejects, private.privacy)
    refused.prepare()
    refused.keep(received)
    said = radalike("locate", "a" * 64, *at)
    assert said.words.startswith(str(refused.path("0123")))
    assert "--output FILE" in said.words
    opened = private.layout.root / "opened.dcm"
    assert radalike("locate", "a" * 64, "-o", opened, *at).code == 0
    assert opened.read_bytes() == b"as it came"
    assert opened.stat().st_mode & 0o777 == 0o600
    refused.path("0123").write_bytes(b"damaged")
    answer = radalike("locate", "a" * 64, "-o", opened, *at)
    assert (answer.code, opened.read_bytes()) != (0, b"damaged")
    assert "sealed file is damaged" in answer.err


def test_only_what_is_kept_sealed_is_written_opened(radalike: Radalike, private: Library) -> None:
    image = put(private, "file:/1.dcm")
    target = private.layout.root / "opened.dcm"
    answer = radalike("locate", image, "-o", target, "--library", private.layout.root)
    assert answer.code == 2
    assert "nothing is kept sealed" in answer.err
    assert not target.exists()
