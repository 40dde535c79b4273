"""Index building in a process of its own.

The embedded engine holds the interpreter's lock while it optimises, which would freeze every
search of the process; so it runs here and reports on standard output, one JSON line per step.

A line of JSON tells it what to build, each line after that what to do next: to take in the parts
that are committed by now, or to finish. So an ingest has its index written as it goes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from radalike import errors
from radalike.cores import one_core_environment
from radalike.errors import IndexFault, RadalikeError
from radalike.library.indexing.projection import BuildReport

_LOWEST_PRIORITY = 19
_TAKE_IN, _FINISH, _FINISH_QUIETLY = "take in", "finish", "finish quietly"
_NEEDED = ("pyarrow.parquet", "radalike.index.edge")


class BuildProcess:
    """A process that builds the embedded index once: `build`, then `wait` for its report.

    In place of `build`: `prepare`, `take_in` after each part that is committed, and `finish`.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=one_core_environment(),
            start_new_session=True,  # Ctrl-C is for the parent; a build is let finish
        )

    def build(
        self, library: Path, fingerprint: str, catalog_url: str, *, full: bool = False
    ) -> None:
        """Begin, at the lowest priority."""
        self._request(library, fingerprint, catalog_url, full=full, ahead=False)
        self.finish(quietly=True)

    def prepare(self, library: Path, fingerprint: str, catalog_url: str) -> None:
        """Make the index that is to be filled, a copy of the current one where there is one."""
        self._request(library, fingerprint, catalog_url, full=False, ahead=True)

    def _request(
        self, library: Path, fingerprint: str, catalog_url: str, *, full: bool, ahead: bool
    ) -> None:
        request = {
            "library": str(library),
            "fingerprint": fingerprint,
            "catalog_url": catalog_url,
            "full": full,
            "ahead": ahead,
        }
        # Through the pipe and not the command line, where a password would be seen by everyone.
        self._tell(json.dumps(request))

    def take_in(self) -> None:
        """Write the parts that are committed by now into it."""
        self._tell(_TAKE_IN)

    def finish(self, *, quietly: bool = False) -> None:
        """Write what is left, build the graph, and put the index in the old one's place; with
        `quietly`, at the lowest priority."""
        assert self._process.stdin is not None
        self._tell(_FINISH_QUIETLY if quietly else _FINISH)
        with suppress(BrokenPipeError):
            self._process.stdin.close()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has died, which `wait` reports
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def running(self) -> bool:
        return self._process.poll() is None

    def wait(self, progress: Callable[[int, int], None] | None = None) -> BuildReport:
        """Raises the error that the build raised, IndexFault when it died."""
        assert self._process.stdout is not None
        last: dict[str, object] = {}
        for line in self._process.stdout:
            last = json.loads(line)
            if "done" in last and progress is not None:
                progress(int(str(last["done"])), int(str(last["total"])))
        self._process.stdout.close()
        code = self._process.wait()
        if "report" in last:
            return BuildReport(**last["report"])  # type: ignore[arg-type]
        if "error" in last:
            kind = getattr(errors, str(last["kind"]), IndexFault)
            raise kind(str(last["error"]), hint=str(last["hint"]))
        raise IndexFault(
            f"the process that builds the index died (exit {code})",
            hint="`radalike index build` starts it again; searches are exact until then",
        )

    def stop(self) -> None:
        """End it without waiting; what it was building is swept by the next build."""
        assert self._process.stdin is not None
        if self.running():
            self._process.kill()
        self._process.wait()
        with suppress(BrokenPipeError):  # closing writes what it was told and did not read
            self._process.stdin.close()
        if self._process.stdout is not None:
            self._process.stdout.close()


def _main() -> None:
    from radalike.index.backend import IndexSpec
    from radalike.library.catalogs import open_catalog
    from radalike.library.indexing.projection import EmbeddedBuild
    from radalike.library.layout import Layout

    for module in _NEEDED:
        import_module(module)
    given = sys.stdin.readline()
    if not given:  # it was started ahead, and is not needed
        return
    request = json.loads(given)
    try:
        layout = Layout(Path(request["library"]))
        catalog = open_catalog(layout, request["catalog_url"])
        fingerprint = request["fingerprint"]
        spec = IndexSpec(catalog.dimension(fingerprint), fingerprint)
        with EmbeddedBuild(layout, catalog, spec, full=request["full"]) as build:
            if request["ahead"]:
                build.prepare()
            while (told := sys.stdin.readline().strip()) == _TAKE_IN:
                build.take_in()
            if not told:  # the ingest has been ended
                return
            if told == _FINISH_QUIETLY:
                os.nice(_LOWEST_PRIORITY)
            report = build.finish(lambda done, total: _say({"done": done, "total": total}))
    except RadalikeError as exc:
        _say({"error": str(exc), "kind": type(exc).__name__, "hint": exc.hint})
        sys.exit(exc.exit_code)
    except Exception as exc:  # noqa: BLE001 - engine errors and their paths stay in this process
        hint = "`radalike index build` tries again; searches are exact until then"
        error = f"the index could not be built ({type(exc).__name__})"
        _say({"error": error, "kind": "IndexFault", "hint": hint})
        sys.exit(IndexFault.exit_code)
    fields = {name: getattr(report, name) for name in BuildReport.__slots__}
    _say({"report": fields})


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main()
