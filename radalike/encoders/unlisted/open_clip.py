"""OpenCLIP models by name and tag."""

from __future__ import annotations

from radalike.encoders.spec import EncoderSpec
from radalike.encoders.store import Store


def described(name: str, store: Store | None) -> EncoderSpec:
    raise NotImplementedError
