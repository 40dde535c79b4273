"""The encoders that Radalike knows by name, one row each, and those that a name describes.

Rows are data, in `default`, `study` and `further`. A name that is none of theirs can still say
which model is meant: `timm:MODEL`, `open_clip:MODEL:TAG`, `hf:OWNER/NAME`, or the path of a
checkpoint folder; `radalike.encoders.unlisted` makes the row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from radalike.encoders.catalogue.default import EFFICIENTNET_LITE0
from radalike.encoders.catalogue.further import FURTHER
from radalike.encoders.catalogue.study import STUDY
from radalike.encoders.spec import EncoderSpec
from radalike.encoders.store import Store
from radalike.encoders.unlisted import unlisted
from radalike.errors import DuplicateName, UnknownName
from radalike.imaging.renderings import RENDERINGS

__all__ = ["DEFAULT_ENCODER", "EFFICIENTNET_LITE0", "ENCODERS", "catalogue", "encoder_spec"]

DEFAULT_ENCODER = EFFICIENTNET_LITE0.id


def catalogue(*specs: EncoderSpec) -> Mapping[str, EncoderSpec]:
    """`specs` by id. Raises DuplicateName when two share one."""
    by_id: dict[str, EncoderSpec] = {}
    for spec in specs:
        if spec.id in by_id:
            raise DuplicateName(f"two encoders are named {spec.id!r}", hint="rename one of them")
        by_id[spec.id] = spec
    return by_id


ENCODERS: Mapping[str, EncoderSpec] = catalogue(EFFICIENTNET_LITE0, *STUDY, *FURTHER)


def encoder_spec(
    name: str, rendering: str = "stored-window", store: Store | None = None
) -> EncoderSpec:
    """The encoder of that name, on images that are rendered so; pinned to what `store` has of it,
    where its row pins nothing.

    Raises UnknownName with the nearest ids or renderings, and what `unlisted` raises.
    """
    spec = ENCODERS.get(name) or unlisted(name, store)
    if spec is None:
        raise UnknownName("encoder", name, ENCODERS, hint="`radalike encoders list` shows them all")
    if rendering not in RENDERINGS:
        raise UnknownName("rendering", rendering, RENDERINGS)
    rendered = replace(spec, rendering=rendering)
    return store.pinned(rendered) if store is not None else rendered
