"""The interpreter's own work, where a long computation has to share processors with it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def what_is_loaded_stays() -> Iterator[None]:
    """The garbage collector leaves out all objects that exist now: with PyTorch there are half a
    million, and it would look at all of them again and again."""
    if gc.get_freeze_count():  # somebody else's choice, which is kept
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
