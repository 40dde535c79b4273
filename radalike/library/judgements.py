"""What people marked as relevant, or not, to a query: kept for evaluation.

A query that is an image of the library is named by its id. One from outside is named by a key under
the library's own: nobody can tell the picture or the words from it, and the same query has the same
key whoever asks it.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable

from sqlalchemy import Engine

from radalike.catalog.judgements import (
    Judgement,
    put_judgement,
    remove_judgement,
    stored_judgements,
)
from radalike.errors import UsageError
from radalike.library.privacy.pseudonyms import Privacy
from radalike.library.spreadsheets import defused

__all__ = ["Judgement", "Judgements", "as_csv", "as_qrels", "picture_key"]

_CSV_COLUMNS = ("query", "query_key", "image", "relevant", "who", "encoder", "at")


class Judgements:
    """Safe to use from several threads and processes."""

    def __init__(self, engine: Engine, privacy: Privacy) -> None:
        self._engine = engine
        self._privacy = privacy

    def picture_key(self, content: str) -> str:
        """The key of a picture from outside, by its content hash (`imaging.thumbnails`)."""
        return picture_key(self._privacy, content)

    def text_key(self, words: str) -> str:
        """The key of a query by text; case, and how the words are set apart, do not count."""
        folded = " ".join(unicodedata.normalize("NFKC", words).casefold().split())
        return self._privacy.pseudonym("judged-text", folded)

    def mark(
        self,
        image: str,
        relevant: bool,
        *,
        who: str,
        encoder: str,
        query: str | None = None,
        key: str | None = None,
    ) -> None:
        """Keep a mark, in place of the one that the same person made before. query: the id of an
        image; key: of a query from outside; one of both.

        Raises UsageError, RecordNotFound for an image that is not in the library, LibraryError.
        """
        _check_query(query, key)
        put_judgement(
            self._engine,
            Judgement(
                query=query and query.lower(),
                query_key=key,
                image=image.lower(),
                relevant=relevant,
                who=who,
                encoder=encoder,
            ),
        )

    def take_back(
        self, image: str, *, who: str, query: str | None = None, key: str | None = None
    ) -> bool:
        """Remove a mark; whether there was one. Raises UsageError, LibraryError."""
        _check_query(query, key)
        return remove_judgement(
            self._engine,
            query=query and query.lower(),
            query_key=key,
            image=image.lower(),
            who=who,
        )

    def of(
        self, *, query: str | None = None, key: str | None = None, who: str | None = None
    ) -> list[Judgement]:
        """The marks of a query, the oldest first; `who`: of one person only. Raises UsageError."""
        _check_query(query, key)
        return stored_judgements(
            self._engine, query=query and query.lower(), query_key=key, who=who
        )

    def all(self, *, who: str | None = None) -> list[Judgement]:
        """The oldest first."""
        return stored_judgements(self._engine, who=who)


def picture_key(privacy: Privacy, content: str) -> str:
    """32 hex digits for the content hash of a picture from outside."""
    return privacy.pseudonym("judged-picture", content)


def as_qrels(judgements: Iterable[Judgement]) -> str:
    """Lines `query 0 image 0|1`, as trec_eval reads relevance. Where people differ about a pair,
    the last mark counts."""
    marks: dict[tuple[str, str], bool] = {}
    for each in judgements:
        marks[each.query or each.query_key or "", each.image] = each.relevant
    return "".join(f"{query} 0 {image} {mark:d}\n" for (query, image), mark in marks.items())


def as_csv(judgements: Iterable[Judgement]) -> str:
    """Everybody's marks, one a line under a header."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_CSV_COLUMNS)
    for each in judgements:
        at = each.at.isoformat(timespec="milliseconds")
        cells = (each.query, each.query_key, each.image, int(each.relevant), each.who, each.encoder)
        writer.writerow([defused(cell) for cell in (*cells, at)])
    return file.getvalue()


def _check_query(query: str | None, key: str | None) -> None:
    if (query is None) == (key is None):
        raise UsageError(
            "a judgement is of one query", hint="give the id of an image, or a key, not both"
        )
