"""Free memory, what a piece of work takes, and running out of it for real."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from radalike.encoders import memory
from radalike.encoders.memory import free_bytes, is_exhausted, peak_bytes

MIB = 1024**2
_ROOT = Path(__file__).parents[3]

needs_linux = pytest.mark.skipif(
    not memory._PROCESS.exists(), reason="memory is counted through /proc"
)


@needs_linux
def test_what_a_piece_of_work_takes() -> None:
    def work() -> None:
        np.ones(200 * MIB, np.uint8)

    taken = peak_bytes("cpu", work)
    assert taken is not None
    assert 195 * MIB <= taken <= 260 * MIB


@needs_linux
def test_what_is_free_is_no_more_than_the_machine_has() -> None:
    free = free_bytes("cpu")
    whole = memory._kibibytes(memory._MACHINE, "MemTotal")
    assert free is not None
    assert whole is not None
    assert 0 < free <= whole * 1024


def test_where_nobody_counts() -> None:
    assert peak_bytes("mps", lambda: None) is None


@pytest.mark.parametrize(
    ("error", "exhausted"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("no"), False),
    ],
)
def test_which_errors_say_so(error: Exception, exhausted: bool) -> None:
    assert is_exhausted(error) is exhausted


_GREEDY = """
import resource, sys
from pathlib import Path
import numpy as np, torch
from radalike.encoders.base import Encoder
from radalike.errors import OutOfMemory
from tests.radalike.encoders.tiny import tiny_spec

class Greedy(Encoder):
    '''Takes 128 MiB for each image of a batch.'''
    def embed(self, inputs):
        torch.zeros(len(inputs), 128 * 1024**2 // 4)
        return inputs.flatten(1)[:, :12] + 2

encoder = Greedy(tiny_spec("custom", "none", Path(), 12), device="cpu", precision="float32",
                 batch_size=int(sys.argv[1]))
images = [np.full((32, 32), level, np.uint8) for level in range(32)]
def address_space():
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if "VmSize" in line) * 1024
limit = address_space() + int(sys.argv[2]) * 1024**2
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    print(encoder.encode(images).shape, encoder.batch_size)
except OutOfMemory as exc:
    print(exc, "|", exc.hint)
"""


def _greedy(batch: int, mebibytes: int) -> str:
    command = [sys.executable, "-c", _GREEDY, str(batch), str(mebibytes)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=_ROOT)
    assert done.returncode == 0, done.stderr
    assert batch == 1 or "out of memory with" in done.stderr
    return done.stdout.strip()


@needs_linux
def test_a_batch_that_does_not_fit_is_halved_until_it_does() -> None:
    assert _greedy(32, 1000) == "(32, 12) 4"


@needs_linux
def test_one_image_that_does_not_fit_is_an_error_with_the_way_out() -> None:
    said = _greedy(1, 110)
    assert "tiny-custom does not fit into the memory of cpu, not even for one image" in said
    assert "a smaller encoder" in said
