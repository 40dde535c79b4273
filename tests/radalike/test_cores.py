from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from radalike.cores import on_one_core, one_core_each, one_core_environment


def test_each_thread_has_one_core_and_the_caller_keeps_its_own() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(5)
    with one_core_each(3, "test") as pool:
        inside = list(pool.map(lambda _: torch.get_num_threads(), range(9)))
        assert torch.get_num_threads() == 5
    torch.set_num_threads(before)
    assert inside == [1] * 9


def test_on_one_core_the_setting_of_before_comes_back_whatever_happens() -> None:
    def fail() -> None:
        raise ValueError(f"with {torch.get_num_threads()}")

    before = torch.get_num_threads()
    torch.set_num_threads(3)
    with pytest.raises(ValueError, match="with 1"), on_one_core():
        fail()
    assert torch.get_num_threads() == 3
    torch.set_num_threads(before)


def test_numpy_starts_no_threads_in_a_child_that_has_one_core() -> None:
    # A product large enough for OpenBLAS to share it out among threads, if it had any.
    code = """
import os
import numpy
square = numpy.ones((600, 600))
square @ square
print(len(os.listdir("/proc/self/task")))
"""
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env=one_core_environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    assert answer.stdout == "1\n"
