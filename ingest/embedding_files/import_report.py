"""What an import did: counts that add up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ingest.embedding_files.problems import MEANINGS, Problem, Tally
from ingest.report import index_sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """Manifest rows by what became of them:
    rows = added + joined + known + left_out + left; `left` is what an interrupted or refused run
    did not import, and 0 otherwise.

    added: images that are new to the library. joined: images that it had, which have this vector
    now. vectors_apart: keys of the files that belong to no row. problems: counts by reason;
    they add up to left_out + vectors_apart. first: some names of each. listing: the file with all.
    renormalised: vectors of imported rows whose length was a little off.
    refused: there were problems and nobody allowed them, so nothing was committed.
    default: it is the library's default encoder now.
    """

    encoder: str
    fingerprint: str
    dimension: int
    rows: int
    added: int
    joined: int
    known: int
    left_out: int
    left: int
    vectors_apart: int
    renormalised: int
    problems: dict[str, int]
    first: dict[str, list[str]]
    listing: str | None
    parts: int
    indexed: int
    index_problem: str | None
    default: bool
    refused: bool
    interrupted: bool
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def sentences(self) -> list[str]:
        """The report in words."""
        rows = (
            f"{self.rows:,} rows: {self.added:,} images added, {self.joined:,} that were there "
            f"given a vector, {self.known:,} known, {self.left_out:,} left out."
        )
        vectors = (
            f"{self.encoder}: {self.dimension} numbers a vector, {self.renormalised:,} "
            f"renormalised, {self.parts:,} new parts; {self.seconds:.1f} s."
        )
        lines = [rows, vectors]
        for problem, count in self.problems.items():
            names = ", ".join(self.first[problem])
            more = ", …" if count > len(self.first[problem]) else ""
            lines.append(f"  {count:,} {MEANINGS[Problem(problem)]}: {names}{more}")
        if self.listing:
            lines.append(f"All of them are in {self.listing}.")
        if self.refused:
            lines.append(
                "Nothing was imported. Mend the files, or leave out what is not whole with "
                "--allow-missing; --left-out FILE lists all of it."
                if self.left_out < self.rows
                else "Nothing was imported: no row is whole. Do these files belong together?"
            )
        if self.index_problem:
            lines.append(index_sentence(self.index_problem))
        if self.default:
            lines.append(f"{self.encoder} is the library's default encoder now.")
        if self.interrupted:
            lines.append(
                f"Interrupted with {self.left:,} rows left. Nothing is lost: run the same command "
                "again and it goes on from here."
            )
        return lines


def told(tally: Tally) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Counts and first names as a report has them, the commonest problem first."""
    counts = {str(problem): count for problem, count in tally.counts.most_common()}
    return counts, {problem: tally.first[Problem(problem)] for problem in counts}
