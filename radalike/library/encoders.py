"""Which encoder a name means in a library: one of its own adapters, or one that is known to all."""

from __future__ import annotations

from radalike.encoders.catalogue import encoder_spec
from radalike.encoders.spec import EncoderSpec
from radalike.encoders.store import Store
from radalike.library.adapters import adapted_spec
from radalike.library.layout import Layout


def library_encoder(layout: Layout, name: str, rendering: str, store: Store) -> EncoderSpec:
    """The encoder `name` of the library: an adapter that was learnt in it, or what `encoder_spec`
    gives. Raises what that raises."""
    return adapted_spec(layout, name, rendering, store) or encoder_spec(name, rendering, store)
