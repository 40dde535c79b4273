"""Which encoder a name means in a library: one of its own adapters, one that is known to all, or
one that its catalog remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from radalike.catalog.coverage import UsedEncoder, used_encoders
from radalike.catalog.store import Catalog
from radalike.encoders.catalogue import encoder_spec
from radalike.encoders.spec import EncoderSpec, Weights, fingerprint, is_imported
from radalike.encoders.store import Store, is_remote
from radalike.encoders.weights import weights_path
from radalike.errors import EncoderError, MissingExtra, UnknownName, WeightsMismatch
from radalike.imaging.preprocessing import preprocessing_of
from radalike.library.adaptation.adapters import adapted_spec
from radalike.library.layout import Layout


def library_encoder(
    layout: Layout, name: str, rendering: str, store: Store, catalog: Catalog | None = None
) -> EncoderSpec:
    """The encoder `name` of the library: an adapter that was learnt in it, or what `encoder_spec`
    gives. Where that cannot tell which weights are meant, since they are not on this machine, it is
    the one whose vectors the catalog got last under that name.

    Raises what `encoder_spec` raises, when the catalog has no such encoder either.
    """
    try:
        spec = adapted_spec(layout, name, rendering, store) or encoder_spec(name, rendering, store)
    except WeightsMismatch:  # they are here, and damaged: not to be passed over
        raise
    except (EncoderError, MissingExtra, UnknownName):
        remembered = _remembered(catalog, name, rendering)
        if remembered is None:
            raise
        return remembered
    return spec if _is_certain(spec, store) else _remembered(catalog, name, rendering) or spec


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


def spec_of(said: Mapping[str, Any]) -> EncoderSpec:
    """From `dataclasses.asdict`, also when it has been through JSON or is of an older version.

    Raises ValueError, TypeError or KeyError for what is no spec.
    """
    known = {field.name for field in fields(EncoderSpec)}
    given = {name: value for name, value in said.items() if name in known}
    given["weights"] = Weights(**said["weights"])
    given["preprocessing"] = preprocessing_of(said["preprocessing"])
    if said.get("adapts") is not None:
        given["adapts"] = spec_of(said["adapts"])
    return EncoderSpec(**given)


def _is_certain(spec: EncoderSpec, store: Store) -> bool:
    """Whether `spec` pins its weights, or the store has them and so says which they are."""
    pinned = spec.weights.sha256 is not None or not is_remote(spec.weights.location)
    return pinned or store.manifest(spec.id) is not None


def _remembered(catalog: Catalog | None, name: str, rendering: str) -> EncoderSpec | None:
    used = used_encoders(catalog.engine) if catalog is not None else []
    specs = (spec_of_used(each) for each in used if each.id == name and each.last_part)
    return next(
        (
            spec
            for spec in specs
            if spec and not spec.tiles and (is_imported(spec) or spec.rendering == rendering)
        ),
        None,
    )


def spec_of_used(used: UsedEncoder) -> EncoderSpec | None:
    """None for one that this version of Radalike understands in another way."""
    try:
        spec = spec_of(used.spec)
    except (ValueError, TypeError, KeyError):
        return None
    return spec if fingerprint(spec) == used.fingerprint else None
