"""The precision and batch size that were found best on this machine, kept so that they need not
be found again.

A verdict holds for one encoder, request, processor and version of the software: when any of them
changes, the choice is made anew.
"""

from __future__ import annotations

import json
import logging
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from radalike.storage import replace_text

_log = logging.getLogger(__name__)
_PROCESSORS = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class Verdict:
    precision: str
    batch_size: int


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Verdict by situation, in a JSON file; without `path` nothing is kept.

    A file that is missing or cannot be read holds no verdict, one that cannot be written is left
    as it is: the choice is made again next time.
    """

    path: Path | None

    def get(self, situation: str) -> Verdict | None:
        try:
            return Verdict(**self._all()[situation])
        except (KeyError, TypeError):
            return None

    def keep(self, situation: str, verdict: Verdict) -> None:
        if self.path is None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            replace_text(
                self.path, json.dumps(self._all() | {situation: asdict(verdict)}, indent=1)
            )
        except OSError as exc:
            _log.info("what was found of an encoder cannot be kept: %s", exc.strerror)

    def _all(self) -> dict[str, Any]:
        try:
            found = json.loads(self.path.read_text()) if self.path is not None else {}
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def situation(fingerprint: str, device: str, asked: str) -> str:
    """All that a verdict depends on, in one line; asked: the precision and batch size."""
    import torch

    if device.startswith("cuda"):
        processor = torch.cuda.get_device_name(device)
    else:
        processor = f"{_processor()} x{torch.get_num_threads()}"
    software = f"torch {torch.__version__}, radalike {version('radalike')}"
    return f"{fingerprint} {device} {asked}, {processor}, {software}"


def _processor() -> str:
    """The processor's name, and what it computes in hardware: a virtual one may hide some."""
    import torch

    try:
        lines = _PROCESSORS.read_text().splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    name = next(named, "") or platform.processor() or platform.machine()
    return f"{name} {torch.backends.cpu.get_cpu_capability()}"
