"""What an encoder is, as data. Adding one is adding a row; loading it is its family's loader."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from shlex import quote
from typing import Any, Literal, TypeAlias

from radalike.imaging.preprocessing import Preprocessing

Family: TypeAlias = Literal["timm", "open_clip", "transformers", "custom", "adapted"]


@dataclass(frozen=True, slots=True)
class Weights:
    """Where an encoder's weights are.

    location: `package:NAME/PATH` (a file inside an installed Python package), `hub:OWNER/NAME` (a
    repository of the Hugging Face hub), `https://…` (one file), a local path, or `none` for a
    custom model that has none; what has to be fetched is in the machine's store (see `store`).
    sha256: of the weight file (hex), None where nothing is pinned.
    revision: the version that is pinned (of a repository, its commit); empty where none is known:
    the store then keeps which one was fetched. Part of the fingerprint where no sha256 is.
    file: the weight file in a repository or checkpoint folder; empty where the folder as a whole
    is the checkpoint, as transformers writes them.
    text: repository of the text tower's tokenizer and configuration, where it is another one;
    it is stored in the sub-folder `text`.
    """

    location: str
    sha256: str | None
    revision: str
    file: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderSpec:
    """One encoder.

    architecture: the family's own name of the model (a timm model, an open_clip model, a
    transformers class, or `module:function` for a custom one). dimension: of the embedding.
    pooling: how the embedding is taken. rendering: how stored values became the 8-bit pixels.
    citation: of the paper. study: how the published study took the embedding, and what differs
    here; empty where the study did not have it. access: what a user must do before the weights
    can be fetched; empty where nothing. adapts: the encoder whose embeddings this one maps.
    tiles: `ROWSxCOLUMNS` where it embeds so many crops of each image in place of the image.
    configuration: a digest of the model's own configuration, where it lies beside the weights and
    nothing pins it; empty where `architecture`, or the pinned revision, says all.
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
    citation: str = ""
    study: str = ""
    access: str = ""
    adapts: EncoderSpec | None = None
    tiles: str = ""
    configuration: str = ""


OWN_CHECKPOINT = "checkpoint:"
"""What the id of a checkpoint by its path begins with."""

# What says where a model comes from, and not what its vectors are.
_DESCRIPTIVE = frozenset(
    {"id", "licence", "source", "has_text_tower", "citation", "study", "access", "adapts"}
)


def as_typed(spec: EncoderSpec) -> str:
    """What a command takes for it: its id, or the path of a checkpoint of one's own."""
    return quote(spec.weights.location) if spec.id.startswith(OWN_CHECKPOINT) else spec.id


def fingerprint(spec: EncoderSpec) -> str:
    """16 hex digits over all that changes the vector; vectors of two never meet.

    Precision is not among it: a faster one is used only where vectors agree with float32.
    """
    said = {key: value for key, value in asdict(spec).items() if key not in _DESCRIPTIVE}
    said["preprocessing"] = _preprocessing(spec.preprocessing)
    weights = spec.weights
    place = [weights.location, weights.revision, *([weights.file] if weights.file else [])]
    said["weights"] = weights.sha256 or place
    if spec.adapts is not None:
        said["adapts"] = fingerprint(spec.adapts)
    for later in ("tiles", "configuration"):  # a fingerprint, once given, stays
        if not said[later]:
            del said[later]
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return digest[:16]


def _preprocessing(preprocessing: Preprocessing) -> dict[str, Any]:
    """Its fields, but those that came later only where they are not at their default: a
    fingerprint, once given, stays."""
    later = {field.name: field.default for field in fields(Preprocessing) if field.metadata}
    found = asdict(preprocessing)
    return {name: value for name, value in found.items() if later.get(name, ...) != value}


IMPORTED = "imported:"
"""How the names of encoders begin whose vectors were computed elsewhere."""


def is_imported(spec: EncoderSpec) -> bool:
    """Whether its vectors were computed elsewhere, so that it has no model and no rendering."""
    return spec.id.startswith(IMPORTED)
