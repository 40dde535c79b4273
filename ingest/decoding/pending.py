"""An item on its way to a decoding process: what is somewhere else is fetched first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ingest.decoding.archive_reader import Stamp
from ingest.decoding.contents import Local
from ingest.decoding.messages import Rejected, Request
from ingest.sources.source import ArchiveMember, Fetched, SourceItem
from radalike.errors import ImageRejected, RejectCode


@dataclass(frozen=True, slots=True)
class Pending:
    """An item, the request that is made of it, and what is to be let go once it is answered."""

    item: SourceItem
    request: Request
    fetched: Fetched | None = None

    def release(self) -> None:
        if self.fetched is not None:
            self.fetched.release()


def prepared(item: SourceItem) -> Pending | Rejected:
    """`item` ready to be sent, or why it cannot be had."""
    content = item.content
    stamp = None
    if isinstance(content, ArchiveMember):
        stamp = Stamp(item.size, item.modified_ns)
    elif not isinstance(content, Path | bytes):
        try:
            path = content.fetch()
        except ImageRejected as exc:
            return Rejected(exc.code, str(exc))
        except OSError:
            return Rejected(RejectCode.UNREADABLE, "it could not be fetched")
        return Pending(item, _request(item, path), content)
    return Pending(item, _request(item, content, stamp))


def _request(item: SourceItem, content: Local, stamp: Stamp | None = None) -> Request:
    return Request(content, item.dataset, item.claims_image, stamp, item.frames)
