"""Memory that was freed is there again, without the system's help."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from radalike import allocator

_PASSES = """
import resource
import numpy as np
import torch
from radalike.encoders.catalogue import EFFICIENTNET_LITE0
from radalike.encoders.torch_encoder import load_encoder
torch.set_num_threads(2)
encoder = load_encoder(EFFICIENTNET_LITE0, device="cpu")
images = [np.full((224, 224), number, np.uint8) for number in range(64)]
def pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    encoder.encode_prepared(images)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print(pages(), pages())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library than glibc")
def test_a_second_pass_is_given_the_memory_of_the_first() -> None:
    """Without it, each image pages in some 3,000 pages."""
    command = [sys.executable, "-c", _PASSES]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    first, second = map(int, said.split())
    assert first > 20_000
    assert second < 20_000


def test_without_such_a_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda _name: object())
    assert not allocator.keep_freed_memory.__wrapped__(2)
    allocator.return_freed_memory()
