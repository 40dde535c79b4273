"""`radalike ui`: the search page, from the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from radalike.cli.options import LibraryOption

PortOption = Annotated[
    int | None,
    typer.Option("--port", min=1, max=65535, help="Port of the page.", show_default="8501"),
]
HostOption = Annotated[
    str | None,
    typer.Option(
        "--host",
        help="Address it listens on; 0.0.0.0 lets the network in, and people sign in then.",
        show_default="127.0.0.1",
    ),
]
HeadlessOption = Annotated[bool, typer.Option("--headless", help="Open no browser.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this package to Radalike's."""
    app.command("ui")(ui)


def ui(
    port: PortOption = None,
    host: HostOption = None,
    headless: HeadlessOption = False,
    library: LibraryOption = None,
) -> None:
    """Search in the browser, with filters; Ctrl-C ends it.

    Example: radalike ui --library my-library --port 8600
    """
    from radalike.cli.session import open_library
    from search_ui.server import serve

    # Opened to see that it is there and can be read; the page's own process opens it again.
    with open_library(library, port=port, host=host) as opened:
        root, settings = opened.layout.root.absolute(), opened.settings
    serve(root, settings, headless=headless)
