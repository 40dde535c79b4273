from __future__ import annotations

import pytest

from ingest.sources.dicomweb.address import (
    Address,
    Credentials,
    is_dicomweb,
    parse_address,
    read_credentials,
)
from radalike.errors import InvalidSetting, UsageError


@pytest.mark.parametrize(
    ("source", "base", "query", "private"),
    [
        ("dicomweb+https://pacs/dicom-web", "https://pacs/dicom-web", (), True),
        ("dicomweb+https://PACS:443/dicom-web/", "https://pacs/dicom-web", (), True),
        ("DICOMWEB+HTTPS://pacs:8443/a/b", "https://pacs:8443/a/b", (), True),
        ("dicomweb+http://pacs:80", "http://pacs", (), False),
        ("dicomweb+http://127.0.0.1:8042/dicom-web", "http://127.0.0.1:8042/dicom-web", (), True),
        ("dicomweb+http://[::1]:8042/d", "http://[::1]:8042/d", (), True),
        ("dicomweb+http://localhost/d", "http://localhost/d", (), True),
        (
            "dicomweb+https://pacs/d?StudyDate=20240101-20241231&includefield=a&includefield=b",
            "https://pacs/d",
            (("StudyDate", "20240101-20241231"), ("includefield", "a"), ("includefield", "b")),
            True,
        ),
    ],
)
def test_an_address(
    source: str, base: str, query: tuple[tuple[str, str], ...], private: bool
) -> None:
    assert is_dicomweb(source)
    assert parse_address(source) == Address(base, query, private)


@pytest.mark.parametrize("source", ["/exports", "https://pacs/dicom-web", "dicomweb", "a.csv"])
def test_what_is_no_dicomweb_address(source: str) -> None:
    assert not is_dicomweb(source)


@pytest.mark.parametrize(
    "source",
    [
        "dicomweb+https:///d",
        "dicomweb+https://h:port/d",
        "dicomweb+https://[::1/d",
        "dicomweb+https://h/#x",
    ],
)
def test_an_address_that_is_none(source: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_address(source)
    assert "dicomweb+https://" in caught.value.hint


@pytest.mark.parametrize(
    "source",
    [
        "dicomweb+https://jane:hush@pacs/d",
        "dicomweb+https://hush@pacs/d",
        "dicomweb+https://pacs/d?access_token=hush",
        "dicomweb+https://pacs/d?Token=hush",
    ],
)
def test_credentials_in_an_address_are_refused_and_not_repeated(source: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_address(source)
    assert "RADALIKE_DICOMWEB_TOKEN" in caught.value.hint
    assert "hush" not in str(caught.value) + caught.value.hint


SAFE = parse_address("dicomweb+https://pacs/d")
OPEN = parse_address("dicomweb+http://pacs/d")


def test_credentials_come_from_the_environment() -> None:
    assert read_credentials({}, SAFE) is None
    assert read_credentials({"RADALIKE_DICOMWEB_TOKEN": "t"}, SAFE) == Credentials(token="t")
    both = {"RADALIKE_DICOMWEB_USER": "u", "RADALIKE_DICOMWEB_PASSWORD": "p"}
    assert read_credentials(both, SAFE) == Credentials(user="u", password="p")
    assert "p" not in repr(read_credentials(both, SAFE)).removeprefix("Credentials")


@pytest.mark.parametrize(
    "given",
    [
        {"USER": "u"},
        {"PASSWORD": "p"},
        {"TOKEN": "t", "USER": "u", "PASSWORD": "p"},
        {"TOKEN": "t\n"},
        {"TOKEN": "t\u00e4"},
        {"USER": "a:b", "PASSWORD": "p"},
        {"USER": "u", "PASSWORD": "p\r\nX: y"},
    ],
)
def test_half_or_broken_credentials_are_an_error(given: dict[str, str]) -> None:
    environment = {f"RADALIKE_DICOMWEB_{name}": value for name, value in given.items()}
    with pytest.raises(InvalidSetting):
        read_credentials(environment, SAFE)


def test_credentials_are_not_sent_in_the_clear() -> None:
    with pytest.raises(UsageError, match="plain http") as caught:
        read_credentials({"RADALIKE_DICOMWEB_TOKEN": "hush"}, OPEN)
    assert "hush" not in str(caught.value) + caught.value.hint
    assert read_credentials({}, OPEN) is None
