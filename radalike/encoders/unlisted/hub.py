"""Repositories of the Hugging Face hub, once they are in the store."""

from __future__ import annotations

from dataclasses import replace

from radalike.encoders.spec import EncoderSpec
from radalike.encoders.store import Store
from radalike.encoders.unlisted.checkpoint import described_by_folder
from radalike.errors import WeightsMissing


def described(name: str, store: Store | None) -> EncoderSpec:
    """The encoder in the repository `name` (OWNER/NAME), which the store has under `hf:` and that.

    Raises WeightsMissing when it is not there, and what `described_by_folder` raises.
    """
    encoder = f"hf:{name}"
    manifest = store.manifest(encoder) if store is not None else None
    folder = store.files(encoder) if store is not None else None
    if manifest is None or folder is None:
        raise WeightsMissing(
            f"the repository {name} is not here",
            hint=f"on a connected machine: `radalike encoders bundle {encoder} -o FILE`; "
            "here: `radalike encoders install FILE`",
            encoder=encoder,
        )
    spec = described_by_folder(folder, name=encoder)
    weights = replace(spec.weights, location=f"hub:{name}", revision=manifest.revision)
    return replace(spec, weights=weights, licence=manifest.licence or spec.licence)
