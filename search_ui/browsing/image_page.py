"""One page of the images that pass."""

from __future__ import annotations

from dataclasses import dataclass

from search_ui.browsing.browse_state import BrowseState
from search_ui.filtering.filter_state import condition_of
from search_ui.searching.cards import Card, card_of
from search_ui.served import Served
from search_ui.words import count_title

PAGE_SIZE = 60


@dataclass(frozen=True, slots=True)
class ImagePage:
    """cards: the newest first. total: images on all pages. after: what the next page begins after,
    None when there is none. number: of this page, from 1; None where it is not known."""

    cards: tuple[Card, ...]
    total: int
    after: int | None
    number: int | None

    @property
    def words(self) -> str:
        """`1,420 images, page 2 of 24`."""
        said, pages = count_title(self.total, "image"), -(-self.total // PAGE_SIZE)
        if self.number is None or pages < 2:
            return said
        # Images that come in meanwhile move the pages on.
        return f"{said}, page {self.number} of {max(pages, self.number):,}"


def image_page(served: Served, state: BrowseState) -> ImagePage:
    """Reads PAGE_SIZE records, wherever the page is. Raises LibraryError."""
    found = served.library.browse(condition_of(state.filters), state.after, PAGE_SIZE)
    cards = tuple(card_of(served, record, state.filters) for record in found.records)
    return ImagePage(cards, found.total, found.after, state.page)
