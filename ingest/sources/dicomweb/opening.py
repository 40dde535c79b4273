"""The DICOMweb source of a library: its spool, what it knows, credentials of the environment."""

from __future__ import annotations

import os
from collections.abc import Sequence
from threading import Event
from typing import TYPE_CHECKING

from ingest.sources.dicomweb.address import parse_address, read_credentials
from ingest.sources.dicomweb.source import DicomwebSource

if TYPE_CHECKING:
    from radalike.library import Library


def open_dicomweb(library: Library, source: str, dataset: str, stop: Event) -> DicomwebSource:
    """Raises UsageError, InvalidSetting."""

    def known(uris: Sequence[str]) -> set[str]:
        uri_of = {library.privacy.pseudonym("item", uri): uri for uri in uris}
        return {uri_of[key] for key in library.catalog.known_items(list(uri_of))}

    address = parse_address(source)
    return DicomwebSource(
        address,
        dataset,
        library.layout.fetched,
        credentials=read_credentials(os.environ, address),
        known=known,
        stop=stop,
    )
