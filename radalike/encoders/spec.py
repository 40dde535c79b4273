"""What an encoder is, as data. Adding one is adding a row; loading it is its family's loader."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from radalike.imaging.preprocessing import Preprocessing

Family: TypeAlias = Literal["timm", "open_clip", "transformers", "custom"]


@dataclass(frozen=True, slots=True)
class Weights:
    """Where an encoder's weights are.

    location: `package:NAME/PATH` (a file inside an installed Python package) or a local path.
    sha256: of that file (hex), None for a local checkpoint that pins nothing.
    revision: the version that is pinned; part of the fingerprint where no sha256 is.
    """

    location: str
    sha256: str | None
    revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderSpec:
    """One encoder.

    architecture: the family's own name of the model (a timm model, an open_clip model, a
    transformers class, or `module:function` for a custom one). dimension: of the embedding.
    pooling: how the embedding is taken. rendering: how stored values became the 8-bit pixels.
    """

    id: str
    family: Family
    architecture: str
    weights: Weights
    dimension: int
    preprocessing: Preprocessing
    pooling: str
    licence: str
    source: str
    has_text_tower: bool = False
    rendering: str = "stored-window"


# What says where a model comes from, and not what its vectors are.
_DESCRIPTIVE = ("id", "licence", "source", "has_text_tower")


def fingerprint(spec: EncoderSpec) -> str:
    """16 hex digits over all that changes the vector; vectors of two never meet.

    Precision is not among it: a faster one is used only where vectors agree with float32.
    """
    fields = {key: value for key, value in asdict(spec).items() if key not in _DESCRIPTIVE}
    weights = fields.pop("weights")
    fields["weights"] = weights["sha256"] or [weights["location"], weights["revision"]]
    digest = hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
    return digest[:16]
