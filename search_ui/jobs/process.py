"""One child process: its progress while it runs, and what came of it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from typing import IO, Any

from search_ui.jobs.job import JobProgress, JobState

COMMAND = (sys.executable, "-P", "-m", "search_ui.jobs.child")
"""-P: what lies in the current folder must not stand in for a module."""

_PRIORITY = 10  # of 19: searches go first
_LONGEST_LINE = 16 * 1024
_COUNTS = ("listed", "images", "committed")
_MOST_OUTPUT = 8 * 1024**2
_LAST_WORDS = 1.0  # seconds
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """state: done, failed or cancelled. The rest is what a Job says of it."""

    state: JobState
    result: Any = None
    message: str = ""
    hint: str = ""


class JobProcess:
    """A command with `--json`, in a session of its own; `follow` it to its end."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Raises OSError when no process can be started."""
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,  # closed by the system when this server ends, however it does
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the server, which ends its jobs in order
        )
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, _PRIORITY)

    def interrupt(self) -> None:
        """Ask it to end in order, as Ctrl-C does."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """It and the processes it started."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def follow(self, told: Callable[[JobProgress], None], private: Sequence[str]) -> Ended:
        """Wait for its end; `told` is called on a thread of its own. No error holds what is in
        `private`: a path, and names of it."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        with process.stdin, process.stdout:
            listening = Thread(target=_listen, args=(process.stderr, told), daemon=True)
            listening.start()
            output = _read(process.stdout)
            code = process.wait()
        listening.join(_LAST_WORDS)  # what it started may hold standard error open, and build on
        return ended(code, _parsed(output), private)


def ended(code: int, result: Any, private: Sequence[str] = ()) -> Ended:
    """What an exit code and printed JSON say. Exit 1 with a result is a finding; without one it is
    what an interpreter ends with that could not even begin."""
    if code != 0 and isinstance(result, dict) and "error" in result:
        return _failed(result, private)
    if code == 130 or code == -signal.SIGINT:
        return Ended(JobState.CANCELLED, result)
    if code == 0 or (code == 1 and result is not None):
        return Ended(JobState.DONE, result)
    how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
    hint = "start it again: what was committed is safe; if it ends so again, look at the memory"
    return Ended(JobState.FAILED, None, f"its process ended {how}", hint)


def _failed(error: Mapping[str, Any], private: Sequence[str]) -> Ended:
    message, hint = str(error["error"]), str(error.get("hint") or "")
    for path in private[:1]:
        message, hint = message.replace(path, "the folder"), hint.replace(path, "the folder")
    # Of one or two letters a name tells nobody, and would be met in any sentence.
    names = "|".join(re.escape(name) for name in private if len(name) > 2)
    if names and re.search(rf"(?<!\w)(?:{names})(?!\w)", f"{message} {hint}"):
        message, hint = f"the folder could not be ingested ({error.get('kind')})", ""
    return Ended(JobState.FAILED, None, message, hint)


def _listen(errors: IO[bytes], told: Callable[[JobProgress], None]) -> None:
    """Takes progress out of standard error. The rest is dropped: it can quote what is in files."""
    with errors:
        while line := errors.readline(_LONGEST_LINE):
            if line.startswith(b'{"progress"') and (progress := _progress(line)) is not None:
                told(progress)


def _progress(line: bytes) -> JobProgress | None:
    try:
        told = dict(json.loads(line)["progress"])
        counts = {name: int(told[name]) for name in _COUNTS if name in told}
        total = None if told["total"] is None else int(told["total"])
        return JobProgress(str(told["label"]), int(told["done"]), total, counts)
    except (ValueError, TypeError, KeyError):  # cut short by the end of its process
        return None


def _read(output: IO[bytes]) -> bytes:
    """All of it; nothing when it is too long to be kept."""
    kept, length = [], 0
    while chunk := output.read(_CHUNK):
        length += len(chunk)
        if length <= _MOST_OUTPUT:
            kept.append(chunk)
    return b"".join(kept) if length <= _MOST_OUTPUT else b""


def _parsed(output: bytes) -> Any:
    try:
        return json.loads(output) if output else None
    except ValueError:  # cut short by the end of its process
        return None
