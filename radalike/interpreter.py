"""The interpreter's own work, where a long computation has to share processors with it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def what_is_loaded_stays() -> Iterator[None]:
    """The collector of cycles passes over what is there already: with PyTorch half a million
    objects, each time a quarter as many new ones have lasted."""
    if gc.get_freeze_count():  # somebody else's choice, which is kept
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
