"""What an encoding of a library did: counts that add up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ingest.encoding.originals import WAYS_OUT, Missing
from ingest.report import index_sentence


@dataclass(frozen=True, slots=True)
class EncodeReport:
    """Images of the library by what became of them.

    images = already + encoded + missing + changed + rejected + left; `left` is what an interrupted
    run has not come to, and 0 otherwise.
    computed: vectors that went through the encoder; the others were those of equal images.
    missing_by_reason, rejects: by code. indexed: vectors in the built index afterwards;
    index_problem: why it does not hold all, when it could not be built. tiles: the grid; empty:
    whole images.
    """

    encoder: str
    fingerprint: str
    tiles: str
    images: int
    already: int
    encoded: int
    missing: int
    changed: int
    rejected: int
    left: int
    missing_by_reason: dict[str, int]
    rejects: dict[str, int]
    computed: int
    parts: int
    indexed: int
    index_problem: str | None
    precision: str | None
    device: str | None
    seconds: float
    interrupted: bool

    @property
    def is_whole(self) -> bool:
        """Whether every image has its vectors now."""
        return self.already + self.encoded == self.images

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def sentences(self) -> list[str]:
        """The report in words."""
        of_what = f"{self.encoder}, tiles {self.tiles}" if self.tiles else self.encoder
        model = f"{self.precision} on {self.device}" if self.device else "no model needed"
        counts = (
            f"{self.images:,} images for {of_what}: {self.already:,} had their vectors, "
            f"{self.encoded:,} encoded, {self.missing:,} missing, {self.changed:,} changed, "
            f"{self.rejected:,} rejected."
        )
        work = (
            f"{self.computed:,} vectors computed ({model}), {self.parts:,} new parts; "
            f"{self.seconds:.1f} s."
        )
        lines = [counts, work]
        lines += [
            f"Missing: {count:,} {WAYS_OUT[Missing(reason)]}."
            for reason, count in self.missing_by_reason.items()
        ]
        if self.changed:
            lines.append(
                f"Changed: {self.changed:,} whose file does not hold the catalogued picture any "
                "more; their vectors would be of another one."
            )
        if self.rejects:
            codes = ", ".join(f"{code} {count:,}" for code, count in self.rejects.items())
            lines.append(f"Rejected: {codes}.")
        if self.index_problem:
            lines.append(index_sentence(self.index_problem))
        if self.interrupted:
            lines.append(
                f"Interrupted with {self.left:,} images left. Nothing is lost: run the same "
                "command again and it goes on from here."
            )
        return lines
