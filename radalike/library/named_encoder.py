"""Which encoder a name means in a library: an adapter of its own, or an encoder by its own name."""

from __future__ import annotations

from radalike.catalog.store import Catalog
from radalike.encoders.spec import EncoderSpec
from radalike.encoders.store import Store
from radalike.errors import EncoderError, MissingExtra, UnknownName, WeightsMismatch
from radalike.library.adaptation.adapters import adapted_spec
from radalike.library.encoders.known_encoder import known_encoder
from radalike.library.encoders.remembered import remembered
from radalike.library.layout import Layout


def library_encoder(
    layout: Layout, name: str, rendering: str, store: Store, catalog: Catalog | None = None
) -> EncoderSpec:
    """The encoder `name` of the library: an adapter that was learnt in it, as the catalog remembers
    it where what it adapts is not known here; else what `known_encoder` gives.

    Raises what `known_encoder` raises.
    """
    try:
        adapted = adapted_spec(layout, name, rendering, store, catalog)
    except WeightsMismatch:  # it is here, and damaged
        raise
    except (EncoderError, MissingExtra, UnknownName):
        found = remembered(catalog, name, rendering)
        if found is None:
            raise
        return found
    return adapted or known_encoder(name, rendering, store, catalog)
