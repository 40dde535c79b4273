from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from radalike.library.layout import Layout
from radalike.records import ImageRecord
from search_ui.served import Served
from search_ui.thumbnails import ThumbnailLinks, thumbnail_route

HOUR = 3600.0


@pytest.fixture(scope="module")
def browser(served: Served) -> Iterator[TestClient]:
    site = Starlette(routes=[thumbnail_route(served.library.layout.root)])
    with TestClient(site) as client:
        yield client


@pytest.fixture(scope="module")
def record(served: Served) -> ImageRecord:
    return served.library.get(next(iter(served.library.metadata())))


def link(served: Served, record: ImageRecord, now: float | None = None) -> str:
    url = served.thumbnails.url(record, now)
    assert url is not None
    return url


def test_a_link_that_was_shown_is_answered(
    browser: TestClient, served: Served, record: ImageRecord
) -> None:
    answer = browser.get(link(served, record))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "private, max-age=3600"
    assert len(answer.content) <= 15_000
    picture = Image.open(io.BytesIO(answer.content))
    assert picture.format == "JPEG"
    assert not picture.getexif()


def test_a_link_stays_the_same_for_hours_and_is_good_for_twelve_at_least(served: Served) -> None:
    record = served.library.get(next(iter(served.library.metadata())))
    start = 12 * HOUR * 40_000
    assert link(served, record, start) == link(served, record, start + 11 * HOUR)
    assert link(served, record, start) != link(served, record, start + 12 * HOUR)
    _, _, content, until, signature = link(served, record, start + 11.9 * HOUR).split("/")
    good = served.thumbnails.good
    assert good(content, int(until), signature, start + 23.9 * HOUR)
    assert not good(content, int(until), signature, start + 24 * HOUR)


def test_an_expired_link_is_not_answered(
    browser: TestClient, served: Served, record: ImageRecord
) -> None:
    old = link(served, record, time.time() - 25 * HOUR)
    answer = browser.get(old)
    assert answer.status_code == 403
    assert "no longer, good" in answer.text


def test_a_forged_link_is_not_answered(
    browser: TestClient, served: Served, record: ImageRecord
) -> None:
    _, _, content, until, signature = link(served, record).split("/")
    other = next(
        each.content
        for each in map(served.library.get, served.library.metadata())
        if each.content != record.content
    )
    for forged in (
        f"/thumbnails/{other}/{until}/{signature}",
        f"/thumbnails/{content}/{int(until) + 43200}/{signature}",
        f"/thumbnails/{content}/{until}/{signature[:-1]}",
        f"/thumbnails/{content}/{until}/{signature}0",
        f"/thumbnails/{content}/{until}/{'0' * 32}",
        f"/thumbnails/{content}/{10**30}/{signature}",
        f"/thumbnails/{content}/{until}/%ff%00%C3%A9",
        f"/thumbnails/..%2f..%2fkey/{until}/{signature}",
    ):
        answer = browser.get(forged)
        assert answer.status_code in (403, 404), forged
        assert "image" not in answer.headers["content-type"]


def test_another_librarys_link_is_not_answered(
    browser: TestClient, served: Served, record: ImageRecord
) -> None:
    other = ThumbnailLinks.of(bytes(32)).url(record)
    assert other is not None
    assert browser.get(other).status_code == 403


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_links_are_for_reading(
    browser: TestClient, served: Served, record: ImageRecord, method: str
) -> None:
    assert getattr(browser, method)(link(served, record)).status_code == 405


def test_an_image_that_was_erased_is_gone(
    browser: TestClient, served: Served, record: ImageRecord
) -> None:
    file = served.library.layout.thumbnail(record.content)
    kept = file.read_bytes()
    url = link(served, record)
    file.unlink()
    try:
        assert browser.get(url).status_code == 404
    finally:
        file.write_bytes(kept)
    assert browser.get(url).status_code == 200


def test_a_library_that_is_not_there_yet_answers_nothing(tmp_path: Path) -> None:
    client = TestClient(Starlette(routes=[thumbnail_route(tmp_path / "none")]))
    url = f"/thumbnails/{'0' * 64}/{int(time.time()) + 60}/{'0' * 32}"
    assert client.get(url).status_code == 403
    assert not Layout(tmp_path / "none").root.exists()


def test_an_image_without_a_thumbnail_has_no_link(served: Served, record: ImageRecord) -> None:
    withheld = ImageRecord(
        id=record.id, content=record.content, metadata=record.metadata, width=1, height=1
    )
    assert served.thumbnails.url(withheld) is None


def test_a_link_tells_nothing_but_a_hash(served: Served, record: ImageRecord) -> None:
    url = link(served, record)
    assert record.id not in url
    assert re.fullmatch(r"/thumbnails/[0-9a-f]{64}/\d+/[0-9a-f]{32}", url)
