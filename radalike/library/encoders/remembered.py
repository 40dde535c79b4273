"""Encoders as the catalog remembers them: by the specs that were theirs when they were used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from radalike.catalog.coverage import UsedEncoder, used_encoders
from radalike.catalog.store import Catalog
from radalike.encoders.spec import EncoderSpec, Weights, fingerprint, is_imported
from radalike.imaging.preprocessing import preprocessing_of


def remembered(catalog: Catalog | None, name: str, rendering: str) -> EncoderSpec | None:
    """The one whose vectors the catalog got last under `name`, None where there is none."""
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
