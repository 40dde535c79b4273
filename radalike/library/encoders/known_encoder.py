"""Encoders by a name that is known to all, or that the catalog remembers; and whether they can
compute here."""

from __future__ import annotations

from dataclasses import replace

from radalike.catalog.store import Catalog
from radalike.encoders.catalogue import encoder_spec
from radalike.encoders.spec import EncoderSpec, is_imported
from radalike.encoders.store import Store, is_remote
from radalike.encoders.weights import weights_path
from radalike.errors import EncoderError, MissingExtra, UnknownName, WeightsMismatch
from radalike.library.encoders.remembered import remembered


def known_encoder(
    name: str, rendering: str, store: Store, catalog: Catalog | None = None
) -> EncoderSpec:
    """What `encoder_spec` gives. Where that cannot tell which weights are meant, since they are not
    on this machine, it is the one whose vectors the catalog got last under that name.

    Raises what `encoder_spec` raises, when the catalog has no such encoder either.
    """
    try:
        spec = encoder_spec(name, rendering, store)
    except WeightsMismatch:  # they are here, and damaged: not to be passed over
        raise
    except (EncoderError, MissingExtra, UnknownName):
        found = remembered(catalog, name, rendering)
        if found is None:
            raise
        return found
    return spec if _is_certain(spec, store) else remembered(catalog, name, rendering) or spec


def weights_are_here(spec: EncoderSpec, store: Store) -> bool:
    """Whether this machine has the weights, so that new images and queries can be embedded. They
    are not read, so not verified."""
    if is_imported(spec):
        return False
    try:
        require_weights(spec, store)
    except (EncoderError, MissingExtra):
        return False
    return spec.adapts is None or weights_are_here(spec.adapts, store)


def require_weights(spec: EncoderSpec, store: Store) -> None:
    """Raises WeightsMissing, which says how to get them, where this machine has no weights of
    `spec`. A pinned file's SHA-256 is not compared here: loading does that."""
    weights_path(replace(spec, weights=replace(spec.weights, sha256=None)), store)


def _is_certain(spec: EncoderSpec, store: Store) -> bool:
    """Whether `spec` pins its weights, or the store has them and so says which they are."""
    pinned = spec.weights.sha256 is not None or not is_remote(spec.weights.location)
    return pinned or store.manifest(spec.id) is not None
