"""What the finished steps of a long evaluation have found, kept on disk until all are."""

from __future__ import annotations

import json
import logging
from typing import Any

from eval.saved_state import KeptWork, Parts, digest
from eval.versions import versions

_log = logging.getLogger(__name__)


class FinishedSteps:
    """JSON values (NaN allowed) by the names of steps.

    The file is named by what was `asked`, which may not change with the library; it is taken over
    only if the library, as far as it was `found_in`, and all versions are the same still. Else, and
    when it cannot be read, it is ignored, and that is logged. Without kept work, nothing is kept.
    """

    def __init__(self, kept: KeptWork | None, kind: str, asked: Parts, found_in: Parts) -> None:
        self._kept = kept
        self._name = self._found_in = ""
        self._steps: dict[str, Any] = {}
        if kept is None:
            return
        self._name = f"{kind}-{digest(asked)[:32]}.json"
        self._found_in = digest((*found_in, repr(versions()).encode()))
        self._steps = self._loaded(kept, kind)

    def _loaded(self, kept: KeptWork, kind: str) -> dict[str, Any]:
        try:
            written = json.loads((kept.folder / self._name).read_bytes())
            steps = written["steps"] if written["found_in"] == self._found_in else None
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError):
            _log.warning("what an interrupted %s had done cannot be read: it begins anew", kind)
            return {}
        if not isinstance(steps, dict):
            _log.warning(
                "the library or its software is not as an interrupted %s found it: it begins anew",
                kind,
            )
            return {}
        return steps

    def take(self, step: str) -> Any:
        """What a step has found that need not be done again, None if it must be."""
        found = self._steps.get(step)
        if found is not None and self._kept is not None:
            self._kept.count(self._name)
        return found

    def keep(self, step: str, found: Any) -> None:
        """Raises StorageFull."""
        if self._kept is None:
            return
        self._steps[step] = found
        written = json.dumps({"found_in": self._found_in, "steps": self._steps}).encode()
        self._kept.write(self._name, written)

    def finish(self) -> None:
        """All are: at the end of the command they are removed."""
        if self._kept is not None:
            self._kept.remove_in_the_end(self._name)
