"""Marks: they refine the results at once, and are kept as judgements for evaluation."""

from __future__ import annotations

from search_ui.access.visitor import Visitor
from search_ui.searching.audit_trail import tell_mark
from search_ui.searching.visit import Visit, marked
from search_ui.served import Served


def mark(served: Served, visitor: Visitor, visit: Visit, image: str, *, relevant: bool) -> Visit:
    """The visit with image `image` marked, or with the mark taken back; kept in the library with
    the query it belongs to. Raises LibraryError."""
    state = visit.state
    now = marked(visit, image, relevant=relevant)
    taken_back = image not in (*now.marks.relevant, *now.marks.not_relevant)
    word = "taken back" if taken_back else "relevant" if relevant else "not relevant"
    tell_mark(served, visitor, state.like, image, word)
    judgements, key = served.library.judgements, _key(served, visit)
    if taken_back:
        judgements.take_back(image, who=visitor.name, query=state.like, key=key)
    else:
        encoder = state.encoder or served.library.encoder_id
        judgements.mark(
            image, relevant, who=visitor.name, encoder=encoder, query=state.like, key=key
        )
    return now


def _key(served: Served, visit: Visit) -> str | None:
    """What a query from outside is judged under: of a picture, as it is shown."""
    judgements = served.library.judgements
    if visit.state.text:
        return judgements.text_key(visit.state.text)
    if visit.asks_with_upload and visit.uploaded is not None:
        return judgements.picture_key(visit.uploaded.content)
    return None
