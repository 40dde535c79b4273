"""Entering an encoder into a library, before its first vector."""

from __future__ import annotations

from dataclasses import asdict, replace

from radalike.catalog.coverage import UsedEncoder, used_encoders
from radalike.catalog.store import Catalog
from radalike.encoders.spec import OWN_CHECKPOINT, EncoderSpec, fingerprint, is_imported
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
    """Raises DuplicateName where the name of `spec`, a checkpoint by its path or imported vectors,
    has the vectors of another one here: it would mean the newer from then on, and searches by
    default change in silence. Every other name means one place, of which there are versions.

    One that has vectors already goes on, with tiles and in another rendering too.
    """
    own_checkpoint = spec.id.startswith(OWN_CHECKPOINT)
    if not (own_checkpoint or is_imported(spec)):
        return
    named = [
        each for each in used_encoders(catalog.engine) if each.id == spec.id and each.last_part
    ]
    if named and fingerprint(spec) not in {_beside(each, spec) for each in named}:
        way_out = (
            "give its folder another name: a library knows a checkpoint by the name of its folder"
            if own_checkpoint
            else "vectors of two kinds never meet: give these another name with --encoder NAME"
        )
        raise DuplicateName(
            f"this library has other vectors under the name {spec.id}", hint=way_out, name=spec.id
        )


def _beside(used: UsedEncoder, spec: EncoderSpec) -> str:
    """The fingerprint of `used` with the tiles and the rendering of `spec`; its own where this
    version of Radalike understands it in another way."""
    known = spec_of_used(used)
    if known is None:
        return used.fingerprint
    return fingerprint(replace(known, tiles=spec.tiles, rendering=spec.rendering))
