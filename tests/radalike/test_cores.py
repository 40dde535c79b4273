from __future__ import annotations

import torch

from radalike.cores import one_core_each


def test_each_thread_has_one_core_and_the_caller_keeps_its_own() -> None:
    before = torch.get_num_threads()
    with one_core_each(3, "test") as pool:
        inside = list(pool.map(lambda _: torch.get_num_threads(), range(9)))
        assert torch.get_num_threads() == 3
    torch.set_num_threads(before)
    assert inside == [1] * 9
