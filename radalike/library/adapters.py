"""Adapters of a library: small learnt maps of an encoder's embeddings, each an encoder of its own."""

from __future__ import annotations

from radalike.encoders.spec import EncoderSpec
from radalike.encoders.store import Store
from radalike.library.layout import Layout


def adapted_spec(layout: Layout, name: str, rendering: str, store: Store) -> EncoderSpec | None:
    """The adapted encoder of that name, None when the library has no such adapter."""
    return None
