"""The published lists: CSV, plain or gzipped, read row by row; every fault names file and line."""

from __future__ import annotations

import csv
import gzip
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from radalike.errors import UsageError


def folder(directory: Path) -> Path:
    """`directory`, absolute. Raises UsageError when it is no folder."""
    path = Path(os.path.abspath(directory))
    if not path.is_dir():
        raise UsageError(f"{directory} is no folder", hint="name the data set's folder")
    return path


def table(places: Iterable[Path], names: Sequence[str], layout: str) -> Path:
    """The first of `names` that is in one of `places`. Raises UsageError, naming what is missing
    and the layout."""
    places = tuple(places)
    for place in places:
        for name in names:
            if (place / name).is_file():
                return place / name
    raise UsageError(
        f"there is no {' or '.join(names)} in {places[0]}", hint=f"the folder holds {layout}"
    )


def rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """(line, the values of `columns`, stripped) of each row; `path` may be gzipped.

    Raises UsageError for a file that cannot be read or is cut short, a column that is missing or
    there twice, a row that has not as many values as there are columns.
    """
    try:
        with _opened(path) as file:
            reader = csv.reader(file, strict=True)
            header = _trimmed(next(reader, []))
            places = _places(header, columns, path.name)
            for row in reader:
                # NIH's table ends its lines with a comma.
                if len(row) != len(header) and len(_trimmed(row, len(header))) != len(header):
                    if not any(row):
                        continue
                    raise UsageError(
                        f"{path.name}, line {reader.line_num}: {len(row)} values for "
                        f"{len(header)} columns",
                        hint="download the table again; spreadsheets break it",
                    )
                yield reader.line_num, [row[place].strip() for place in places]
    except UnicodeDecodeError as exc:
        raise UsageError(
            f"{path.name} is not in UTF-8", hint="download the table again, as it is published"
        ) from exc
    except (csv.Error, EOFError, zlib.error, gzip.BadGzipFile) as exc:
        raise UsageError(
            f"{path.name} is damaged or cut short", hint="download the table again"
        ) from exc
    except OSError as exc:
        raise UsageError(
            f"{path.name} cannot be read: {exc.strerror}", hint="check its permissions"
        ) from exc


def names(path: Path) -> Iterator[str]:
    """The lines of a list of names, without empty ones. Raises UsageError."""
    try:
        with _opened(path) as file:
            for line in file:
                if stripped := line.strip():
                    yield stripped
    except UnicodeDecodeError as exc:
        raise UsageError(
            f"{path.name} is not in UTF-8", hint="download the list again, as it is published"
        ) from exc
    except OSError as exc:
        raise UsageError(
            f"{path.name} cannot be read: {exc.strerror}", hint="check the path"
        ) from exc


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _trimmed(row: list[str], least: int = 0) -> list[str]:
    """`row` without empty values at its end, but of at least `least` values where it has them."""
    end = len(row)
    while end > least and not row[end - 1].strip():
        end -= 1
    return row[:end]


def _places(header: list[str], columns: Sequence[str], name: str) -> list[int]:
    header = [column.strip() for column in header]
    missing = [column for column in columns if column not in header]
    if missing:
        raise UsageError(
            f"{name} has no column {', '.join(missing)}",
            hint="download the table again, as it is published",
            missing=missing,
        )
    twice = [column for column in columns if header.count(column) > 1]
    if twice:
        raise UsageError(f"{name} has the column {twice[0]!r} twice", hint="keep one of them")
    return [header.index(column) for column in columns]
