"""Entering an encoder into a library, before its first vector."""

from __future__ import annotations

from dataclasses import asdict, replace

from radalike.catalog.coverage import used_encoders
from radalike.catalog.store import Catalog
from radalike.encoders.spec import OWN_CHECKPOINT, EncoderSpec, fingerprint
from radalike.errors import DuplicateName
from radalike.library.encoders.remembered import spec_of_used


def register_encoder(catalog: Catalog, spec: EncoderSpec) -> str:
    """The fingerprint of `spec`, under which the catalog knows it from now on. Raises what
    `check_name` does."""
    check_name(catalog, spec)
    own = fingerprint(spec)
    catalog.add_encoder(own, spec.id, spec.dimension, asdict(spec))
    return own


def check_name(catalog: Catalog, spec: EncoderSpec) -> None:
    """Raises DuplicateName for a checkpoint by its path whose name has the vectors of another one
    here: the name would mean the newer from then on, and searches by default change in silence.

    One that has vectors already goes on, with tiles and in another rendering too. What an older
    Radalike wrote and this one does not understand is no reason to refuse.
    """
    if not spec.id.startswith(OWN_CHECKPOINT):
        return
    used = (each for each in used_encoders(catalog.engine) if each.last_part)
    others = [other for each in used if each.id == spec.id and (other := spec_of_used(each))]
    alike = (replace(each, tiles=spec.tiles, rendering=spec.rendering) for each in others)
    if others and fingerprint(spec) not in map(fingerprint, alike):
        name = spec.id.removeprefix(OWN_CHECKPOINT)
        raise DuplicateName(
            f"this library has vectors of another checkpoint that is called {name}",
            hint=f"give its folder another name, such as {name}-2: a library knows a checkpoint by "
            "the name of its folder",
            name=name,
        )
