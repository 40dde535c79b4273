"""What is to be seen of a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class JobKind(StrEnum):
    INGEST = "ingest"
    EVALUATION = "evaluation"
    INDEX_BUILD = "index build"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def finished(self) -> bool:
        return self not in (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class JobProgress:
    """`done` of `total`, which is None as long as nobody knows; `label` says of what. counts: more
    numbers; of an ingest the files `listed` and the `images` encoded and `committed`."""

    label: str
    done: int
    total: int | None
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it was when it was asked for; it does not change.

    about: what is worked on, in words that name no folder: "a folder below exports", "knn". who:
    the name of whoever started it. started_at: when it was asked for; seconds: that it has run,
    without the time it was queued. cancelling: it has been told to end, and has not yet.
    result: what the command printed, None when it printed nothing, or too much to be kept.
    message, hint: why it failed and the way out, empty when it did not.
    """

    id: str
    kind: JobKind
    about: str
    who: str
    started_at: datetime
    state: JobState
    cancelling: bool
    progress: JobProgress | None
    seconds: float
    result: Any
    message: str
    hint: str
