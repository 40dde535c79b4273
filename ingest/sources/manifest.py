"""A manifest CSV in the study's format: filepath, dataset, split, modality, anatomic_region, and a
column of 0/1 per label, named modality/region/pathology (Denner et al. 2024, published splits)."""

from __future__ import annotations

import csv
import stat
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from ingest.sources.source import Problem, Source, SourceItem
from radalike.errors import InvalidManifest, RejectCode
from radalike.records import Metadata
from radalike.vocabulary import anatomy_term, modality_term

REQUIRED = ("filepath", "dataset", "split", "modality", "anatomic_region")
OPTIONAL = ("patient", "study", "series")
"""Columns beyond the study's, which some data sets can give; stored as pseudonyms."""
SPLITS = ("train", "val", "test", "")

_REGIONS: Mapping[str, str] = {
    "af": "ankle_foot",
    "fibroid": "uterus",
    "ivc": "abdomen_pelvis",
    "portal_vein": "abdomen_pelvis",
}
"""Regions of RadImageNet that are too short, or too particular, to be looked for in any text."""

_TRUE = frozenset({"1", "1.0", "true", "True"})
_FALSE = frozenset({"0", "0.0", "", "false", "False", "nan", "NaN"})


class ManifestSource(Source):
    """The rows of `path`; file paths are relative to `root`, and must stay below it."""

    name = "manifest"

    def __init__(self, path: Path, root: Path, *, several_labels: bool = False) -> None:
        """several_labels: an image may have more than one, which the study does not keep."""
        self._path = path
        self._root = root.absolute()
        self._several_labels = several_labels

    def items(self) -> Iterator[SourceItem]:
        """Raises InvalidManifest when the file cannot be read or lacks the study's columns."""
        try:
            with self._path.open(newline="", encoding="utf-8-sig") as file:
                rows = csv.DictReader(file, strict=True)
                labels = _label_columns(rows.fieldnames or (), self._path.name)
                for row in rows:
                    yield self._item(row, labels, rows.line_num)
        except OSError as exc:
            raise InvalidManifest(
                f"the manifest {self._path} cannot be read: {exc.strerror}", hint="check the path"
            ) from exc
        except (csv.Error, UnicodeDecodeError) as exc:
            raise InvalidManifest(
                f"{self._path.name} is no CSV in UTF-8", hint="export it again as UTF-8 CSV"
            ) from exc

    def _item(self, row: Mapping[str, str], labels: list[str], line: int) -> SourceItem:
        if None in row or None in row.values():
            raise InvalidManifest(
                f"{self._path.name}, line {line}: not as many values as columns",
                hint="quote values that hold commas",
                line=line,
            )
        filepath, dataset = row["filepath"], row["dataset"]
        path = self._root / filepath
        chosen, problem = _labels(row, labels, several=self._several_labels)
        if not filepath or ".." in PurePosixPath(filepath).parts or filepath.startswith("/"):
            problem = Problem(RejectCode.PATH_ESCAPE, "the path leads out of the root")
        elif row["split"] not in SPLITS:
            problem = Problem(RejectCode.INVALID_ATTRIBUTES, "split is not train, val or test")
        size = modified = 0
        if problem is None:
            try:
                status = path.stat()
                size, modified = status.st_size, status.st_mtime_ns
                if not stat.S_ISREG(status.st_mode):
                    problem = Problem(RejectCode.UNREADABLE, "not a regular file")
            except (OSError, ValueError):  # ValueError: a name that no file can have
                problem = Problem(RejectCode.MISSING_FILE, "not found below the root; check --root")
        region = _REGIONS.get(row["anatomic_region"], row["anatomic_region"])
        anatomy, organ = anatomy_term([(region, "manifest", 1.0)])
        metadata = Metadata(
            dataset=dataset,
            modality=modality_term(row["modality"], "manifest"),
            anatomy=anatomy,
            organ=organ,
            split=row["split"] or None,
            labels=chosen,
            patient=row.get("patient") or None,
            study=row.get("study") or None,
            series=row.get("series") or None,
        )
        return SourceItem(
            uri=f"manifest:{dataset}\0{filepath}",
            content=path,
            size=size,
            modified_ns=modified,
            dataset=dataset,
            filepath=filepath,
            metadata=metadata,
            claims_image=True,
            problem=problem,
        )


def _label_columns(columns: object, name: str) -> list[str]:
    """The label columns of a header. Raises InvalidManifest for what it lacks or has too much."""
    header = [str(column) for column in columns]  # type: ignore[attr-defined]
    missing = [column for column in REQUIRED if column not in header]
    others = [column for column in header if column not in REQUIRED + OPTIONAL]
    if missing:
        near = [match for column in missing for match in get_close_matches(column, others, n=1)]
        meant = f"; is {', '.join(map(repr, near))} meant for it?" if near else ""
        raise InvalidManifest(
            f"{name} has no column {', '.join(missing)}{meant}",
            hint=f"the first columns are {', '.join(REQUIRED)}; then one 0/1 column a label",
            missing=missing,
        )
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        raise InvalidManifest(
            f"{name} has the column {twice[0]!r} twice", hint="keep one of them", columns=twice
        )
    strange = [column for column in others if "/" not in column]
    if strange:
        raise InvalidManifest(
            f"{name} has a column {strange[0]!r} that is no label",
            hint="label columns are named modality/region/pathology, for example CT/chest/nodule",
            columns=strange,
        )
    return others


def _labels(
    row: Mapping[str, str], columns: list[str], *, several: bool
) -> tuple[tuple[str, ...], Problem | None]:
    """The row's labels (at most one, unless `several` are wanted), or why they cannot be told."""
    chosen = []
    for column in columns:
        value = row[column].strip()
        if value in _TRUE:
            chosen.append(column)
        elif value not in _FALSE:
            return (), Problem(RejectCode.INVALID_LABELS, f"{column} is neither 0 nor 1")
    if len(chosen) > 1 and not several:
        reason = (
            f"{len(chosen)} labels ({', '.join(chosen[:3])}); the study keeps exactly one; "
            "`--labels many` takes them all"
        )
        return (), Problem(RejectCode.INVALID_LABELS, reason)
    return tuple(chosen), None
