"""A visit to a served page, and what the browser noticed on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page


@dataclass(frozen=True)
class Server:
    url: str
    log: Path


@dataclass
class Traffic:
    """Hosts that a page asked, and what it complained of."""

    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


@contextmanager
def new_page(browser: Browser, server: Server, traffic: Traffic) -> Iterator[Page]:
    """An empty page on a screen of 1400 by 900, of a browser that knows nothing yet. The system
    prefers a light theme: what is dark is so by us."""
    context = browser.new_context(
        base_url=server.url, viewport={"width": 1400, "height": 900}, color_scheme="light"
    )
    context.set_default_timeout(60_000)
    opened = context.new_page()
    traffic.watch(opened)
    yield opened
    context.close()
