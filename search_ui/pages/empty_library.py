"""An empty library: what to do next."""

from __future__ import annotations

from radalike.access import Action
from search_ui.access.visitor import Visitor
from search_ui.components.layout import rerun_when
from search_ui.components.messages import show_notice
from search_ui.served import Served


def empty_library(served: Served, visitor: Visitor) -> None:
    """In place of a page that shows images; it comes back on its own when there are some."""
    way_in = (
        "The page Ingest starts one; so does "
        if visitor.may(Action.INGEST) and served.library.settings.ingest_roots
        else "Images come in by "
    )
    show_notice(
        "There are no images in this library yet",
        f"{way_in}`radalike ingest SOURCE`, where SOURCE is a folder of images or DICOM files, or "
        "a ZIP of them. This page shows them as soon as they are in.",
    )
    rerun_when(lambda: served.image_count() > 0)
