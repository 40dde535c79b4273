from __future__ import annotations

import gc

import pytest

from radalike.interpreter import what_is_loaded_stays


def fail_inside() -> None:
    with what_is_loaded_stays():
        assert gc.get_freeze_count() > 1000
        raise ValueError("inside")


def test_the_collector_passes_over_what_is_there_and_looks_at_it_again_afterwards() -> None:
    assert gc.get_freeze_count() == 0
    with pytest.raises(ValueError, match="inside"):
        fail_inside()
    assert gc.get_freeze_count() == 0


def test_what_somebody_else_has_frozen_stays_so() -> None:
    gc.freeze()
    try:
        with what_is_loaded_stays():
            pass
        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()
