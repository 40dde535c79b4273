"""What huggingface_hub may do in this process.

It keeps its settings in constants that are read from the environment once, when it is first
imported, and asked at each request: so they are set here, for as long as they have to hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

_LOCK = RLock()  # two that load at the same time would restore each other's value


@contextmanager
def no_network() -> Iterator[None]:
    """As with HF_HUB_OFFLINE=1: huggingface_hub, and transformers, timm and open_clip through it,
    reach for no network."""
    with _constant("HF_HUB_OFFLINE", value=True):
        yield


@contextmanager
def no_telemetry() -> Iterator[None]:
    """As with HF_HUB_DISABLE_TELEMETRY=1: what is asked for is asked for, and nothing else."""
    with _constant("HF_HUB_DISABLE_TELEMETRY", value=True):
        yield


@contextmanager
def _constant(name: str, *, value: bool) -> Iterator[None]:
    from huggingface_hub import constants

    with _LOCK:
        before = getattr(constants, name)
        setattr(constants, name, value)
        try:
            yield
        finally:
            setattr(constants, name, before)
