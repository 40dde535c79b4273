from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from search_ui.jobs.job import JobProgress, JobState
from search_ui.jobs.process import Ended, JobProcess, ended


def follow(program: str) -> tuple[Ended, list[JobProgress]]:
    told: list[JobProgress] = []
    process = JobProcess([sys.executable, "-c", program], os.environ)
    return process.follow(told.append, ()), told


def test_progress_is_picked_out_of_standard_error() -> None:
    line = '{"progress": {"label": "files", "done": 1, "total": null, "listed": 3, "other": "x"}}'
    done, told = follow(
        "import sys\n"
        "for line in ('MUELLER', '{\"progress\"', '{\"progress\": 3}', "
        f"{line!r}, 'x' * 10**6): print(line, file=sys.stderr)\n"
        "print('{\"added\": 3}')"
    )
    assert done == Ended(JobState.DONE, {"added": 3})
    assert told == [JobProgress("files", 1, None, {"listed": 3})]


def test_output_without_end_is_not_kept() -> None:
    done, _ = follow("import sys\nfor _ in range(20): sys.stdout.write('1' * 2**20)")
    assert done == Ended(JobState.DONE, None)


def test_a_process_that_is_killed_has_failed() -> None:
    done, _ = follow("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert (done.state, done.message) == (JobState.FAILED, "its process ended by signal 9")
    assert done.hint


def test_standard_error_that_is_held_open_holds_up_nothing() -> None:
    started = time.monotonic()
    done, _ = follow(
        "import subprocess, sys\n"
        "subprocess.Popen(['sleep', '20'], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)"
    )
    assert done.state is JobState.DONE
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (0, JobState.DONE),
        (1, JobState.DONE),
        (2, JobState.FAILED),
        (3, JobState.FAILED),
        (130, JobState.CANCELLED),
        (-signal.SIGINT, JobState.CANCELLED),
    ],
)
def test_what_an_exit_code_says(code: int, state: JobState) -> None:
    assert ended(code, {"left": 3}).state is state


def test_exit_1_without_a_result_is_no_finding() -> None:
    assert ended(1, None).state is JobState.FAILED


def test_an_error_is_told_without_the_folder() -> None:
    private = ("/srv/exports/MUELLER/CT", "MUELLER", "CT")
    told = ended(2, {"error": "the source /srv/exports/MUELLER/CT cannot be read"}, private)
    assert told.message == "the source the folder cannot be read"
    busy = {"error": "another process holds it (process 3)", "kind": "LibraryBusy", "hint": "wait"}
    assert ended(3, busy, private) == Ended(JobState.FAILED, None, busy["error"], "wait")
    quoted = {"error": "'MUELLER' is not known", "kind": "UsageError", "hint": "/MUELLER"}
    assert ended(2, quoted, private).message == "the folder could not be ingested (UsageError)"
    assert ended(2, quoted, private).hint == ""


_SERVER = """
import os, sys, time
from search_ui.jobs.process import JobProcess
child = [sys.executable, "-c", '''
import sys, threading, time
import radalike.cli.main
def run():
    try:
        print("ready", file=sys.stderr, flush=True)
        time.sleep(60)
    finally:
        open(sys.argv[1], "w").write("in order")
radalike.cli.main.run = run
from search_ui.jobs.child import main
main()
''', sys.argv[1]]
process = JobProcess(child, os.environ)
process._process.stderr.readline()
print(process._process.pid, flush=True)
time.sleep(60)
"""


def test_a_job_ends_in_order_when_its_server_is_killed(tmp_path: Path) -> None:
    ending = tmp_path / "ending"
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(ending)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        job = int(server.stdout.readline())
        server.kill()
    ends = time.monotonic() + 20
    while Path(f"/proc/{job}").exists() and _state_of(job) != "Z":
        assert time.monotonic() < ends
        time.sleep(0.05)
    assert ending.read_text() == "in order"


def _state_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"
