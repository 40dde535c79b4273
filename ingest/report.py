"""What an ingest did: counts that add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import Any

_COUNTS = (
    "discovered",
    "added",
    "known",
    "skipped",
    "rejected",
    "left",
    "images",
    "encoded",
    "parts",
)


@dataclass(frozen=True, slots=True)
class IngestReport:
    """Files by what became of them, and the images that came of them.

    discovered = added + known + skipped + rejected + left; `left` is what an interrupted run has
    listed and not finished, and 0 otherwise. device, precision: of the model, None where none was
    needed.
    encoded: images whose vector was computed; the others of `images` were duplicates of those.
    indexed: images in the built index afterwards; index_problem: why it does not hold all, when it
    could not be built (searches read the rest exactly). `rejects` counts by code.
    """

    discovered: int
    added: int
    known: int
    skipped: int
    rejected: int
    left: int
    images: int
    encoded: int
    parts: int
    indexed: int
    index_problem: str | None
    device: str | None
    precision: str | None
    seconds: float
    interrupted: bool
    rejects: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def since(self, before: IngestReport | None, seconds: float) -> IngestReport:
        """What came after `before`, an earlier report of the same ingest; it took `seconds`. That
        nothing more is waited for is no interruption of it, unless files are left."""
        cut_short = self.interrupted and self.left > 0
        timed = replace(self, seconds=round(seconds, 3), interrupted=cut_short)
        if before is None:
            return timed
        more = {name: getattr(self, name) - getattr(before, name) for name in _COUNTS}
        rejects = dict((Counter(self.rejects) - Counter(before.rejects)).most_common())
        return replace(timed, **more, rejects=rejects)

    def sentences(self) -> list[str]:
        """The report in words."""
        files = (
            f"{self.discovered:,} files: {self.added:,} added, {self.known:,} known, "
            f"{self.skipped:,} skipped (no images), {self.rejected:,} rejected."
        )
        model = f"{self.device}, {self.precision}" if self.precision else "no model needed"
        images = (
            f"{self.images:,} images, {self.encoded:,} encoded ({model}), "
            f"{self.parts:,} new parts; {self.seconds:.1f} s."
        )
        lines = [files, images]
        if self.rejects:
            codes = ", ".join(f"{code} {count:,}" for code, count in self.rejects.items())
            lines.append(f"Rejected: {codes}. `radalike rejects` lists them.")
        if self.index_problem:
            lines.append(index_sentence(self.index_problem))
        if self.interrupted:
            lines.append(
                f"Interrupted with {self.left:,} listed files left. Nothing is lost: run the same "
                "command again and it goes on from here."
            )
        return lines


def index_sentence(problem: str) -> str:
    """What is said where the index could not be built."""
    return (
        f"The index is not up to date: {problem}. Searches read the rest exactly; "
        "`radalike index build` tries again."
    )
