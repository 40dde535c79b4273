"""Progress for machines: JSON lines on standard error, for a program that started this one.

`RADALIKE_PROGRESS=json` in the environment asks for them in place of bars:
`{"progress": {"label": "indexing", "done": 30, "total": 60}}`. It says how a process is run and
not what it does, and so is no setting.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO

from radalike.errors import InvalidSetting

VARIABLE = "RADALIKE_PROGRESS"
_JSON = "json"
_SECONDS = 0.25  # between two lines


def lines_wanted(environment: Mapping[str, str] | None = None) -> bool:
    """Raises InvalidSetting for a value that is not known."""
    value = (os.environ if environment is None else environment).get(VARIABLE, "")
    if value not in ("", _JSON):
        raise InvalidSetting(
            f"{VARIABLE}={value} is not known",
            hint=f"{VARIABLE}={_JSON} for JSON lines; leave it unset for bars",
            setting=VARIABLE,
        )
    return value == _JSON


class ProgressLines:
    """Writes a line when something has changed, at most four a second; `end` writes the last
    change, which may follow sooner."""

    def __init__(
        self, label: str, out: TextIO, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._label = label
        self._out = out
        self._clock = clock
        self._told = float("-inf")
        self._last: dict[str, Any] = {}
        self._waiting: dict[str, Any] = {}

    def tell(self, done: int, total: int | None, **counts: int) -> None:
        """`total` is None as long as it is not known; `counts` are more numbers of the same."""
        change = {"label": self._label, "done": done, "total": total, **counts}
        self._waiting = {} if change == self._last else change
        if self._waiting and self._clock() - self._told >= _SECONDS:
            self.end()

    def end(self) -> None:
        if not self._waiting:
            return
        self._out.write(json.dumps({"progress": self._waiting}) + "\n")
        self._out.flush()
        self._last, self._waiting = self._waiting, {}
        self._told = self._clock()


@contextmanager
def progress_lines(label: str) -> Iterator[ProgressLines]:
    lines = ProgressLines(label, sys.stderr)
    lines.tell(0, None)  # what is being done is known before how much of it there is
    try:
        yield lines
    finally:
        lines.end()
