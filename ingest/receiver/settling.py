"""What has become of a file of the spool, from the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ingest.sources.spool import Settled

if TYPE_CHECKING:
    from radalike.library import Library


def settled_in(library: Library) -> Settled:
    """A function that gives the outcome of those uris that `library` has settled."""

    def settled(uris: Sequence[str]) -> Mapping[str, str]:
        uri_of = {library.privacy.pseudonym("item", uri): uri for uri in uris}
        done = library.catalog.known_items(list(uri_of))
        outcomes = {uri_of[key]: item.outcome for key, item in done.items()}
        if len(outcomes) < len(uri_of):
            rejected = library.catalog.rejected_keys(list(uri_of))
            outcomes |= {uri_of[key]: "rejected" for key in rejected}
        return outcomes

    return settled
