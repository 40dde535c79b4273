"""`python -m tests.ingest.hostile.measured_ingest LIBRARY FOLDER…`: ingests folder after folder in
a process of its own, and prints what each came to and cost, as JSON lines."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ingest.command_line import environment

_MODULE = "tests.ingest.hostile.measured_ingest"


@dataclass(frozen=True)
class Measured:
    """report: of the ingest. own_mib, children_mib: the most memory that the ingest, and any one
    decoding process, has had in RAM so far. children: decoding processes that were started."""

    report: dict[str, Any]
    own_mib: float
    children_mib: float
    children: int

    @property
    def adds_up(self) -> bool:
        ends = ("added", "known", "skipped", "rejected")
        return self.report["left"] == 0 and self.report["discovered"] == sum(
            int(self.report[end]) for end in ends
        )


def measured_ingest(
    library: Path, folders: Sequence[Path], *, within: float, **settings: Any
) -> list[Measured]:
    """Fails when it has not ended `within` seconds, or not well."""
    done = subprocess.run(
        [sys.executable, "-m", _MODULE, json.dumps(settings), library, *folders],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=within,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return [Measured(**json.loads(line)) for line in done.stdout.splitlines()]


def _main(settings: dict[str, Any], root: Path, folders: list[Path]) -> None:
    from ingest.pipeline import ingest
    from ingest.sources.folder import FolderSource
    from radalike.library import Library
    from radalike.sandbox.fork_server import Fork, ForkServer
    from radalike.settings import load_settings
    from tests.ingest.small_encoder import CELLS

    started: Counter[str] = Counter()

    plain = ForkServer.fork

    def counted(*arguments: Any) -> Fork:
        started["children"] += 1
        return plain(*arguments)

    ForkServer.fork = counted  # type: ignore[method-assign]
    chosen = {"library": root, "backend": "exact", "precision": "float32"} | settings
    with Library.open(root, create=True, spec=CELLS, settings=load_settings(**chosen)) as library:
        for folder in folders:
            report = ingest(library, [FolderSource(folder, "local")])
            measured = {
                "report": report.as_json(),
                "own_mib": _peak_mib(resource.RUSAGE_SELF),
                "children_mib": _peak_mib(resource.RUSAGE_CHILDREN),
                "children": started["children"],
            }
            sys.stdout.write(json.dumps(measured) + "\n")


def _peak_mib(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


if __name__ == "__main__":
    os.environ.pop("RADALIKE_WORKERS", None)
    _main(json.loads(sys.argv[1]), Path(sys.argv[2]), [Path(each) for each in sys.argv[3:]])
