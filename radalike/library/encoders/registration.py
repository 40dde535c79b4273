"""Entering an encoder into a library, before its first vector."""

from __future__ import annotations

from dataclasses import asdict, replace

from radalike.catalog.coverage import used_encoders
from radalike.catalog.store import Catalog
from radalike.encoders.spec import OWN_CHECKPOINT, EncoderSpec, fingerprint
from radalike.errors import DuplicateName
from radalike.library.encoders.named_encoder import spec_of_used


def register_encoder(catalog: Catalog, spec: EncoderSpec) -> str:
    """The fingerprint of `spec`, under which the catalog knows it from now on.

    Raises DuplicateName for a checkpoint whose name has the vectors of another one: the name alone
    would mean the newer from then on, and a search by default would change without being told.
    """
    if spec.id.startswith(OWN_CHECKPOINT):
        _check_name(catalog, spec)
    own = fingerprint(spec)
    catalog.add_encoder(own, spec.id, spec.dimension, asdict(spec))
    return own


def _check_name(catalog: Catalog, spec: EncoderSpec) -> None:
    for used in used_encoders(catalog.engine):
        other = spec_of_used(used) if used.id == spec.id and used.last_part else None
        if other is None:
            continue
        # Of one checkpoint there can be tiles, and another rendering, beside it.
        same = replace(other, tiles=spec.tiles, rendering=spec.rendering)
        if fingerprint(same) != fingerprint(spec):
            name = spec.id.removeprefix(OWN_CHECKPOINT)
            raise DuplicateName(
                f"this library has vectors of another checkpoint that is called {name}",
                hint="rename the folder: a checkpoint goes by its folder's name, and so does each "
                "new state of one",
                name=name,
            )
