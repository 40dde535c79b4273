"""What a row says, in words: for the command line and the documentation."""

from __future__ import annotations

from collections.abc import Mapping

from radalike.encoders.spec import EncoderSpec, Weights
from radalike.encoders.store import is_remote
from radalike.imaging.preprocessing import Preprocessing

POOLINGS: Mapping[str, str] = {
    "average": "its features, averaged over space",
    "cls": "the class token of the last layer",
    "mean": "the mean of the last layer's tokens",
    "pooler": "the model's own pooled output",
    "logits": "the logits of its classes",
    "spatial": "its features, averaged over space",
    "projected": "projected into the space it shares with texts",
}

_SHORT_COMMIT = 12


def embedding(spec: EncoderSpec) -> str:
    """How many numbers, and how they are taken."""
    return f"{spec.dimension} numbers: {POOLINGS.get(spec.pooling, spec.pooling)}"


def fitting(preprocessing: Preprocessing) -> str:
    """How an image of any shape becomes a square."""
    side = preprocessing.size
    before = int(side / preprocessing.crop_fraction)
    ways = {
        "squash": f"squashed to {before} x {before}, whatever its shape"
        + (f", the centre {side} x {side} cut out" if before != side else ""),
        "crop": f"shorter side to {before}, the centre {side} x {side} cut out",
        "pad": f"longer side to {side}, black around it up to a square",
        "corner": f"longer side to {side}, in the top left corner of a square of zeros",
    }
    return f"{ways[preprocessing.fit]}; {preprocessing.interpolation}"


def scaling(preprocessing: Preprocessing) -> str:
    """How grey or colour levels become what the model sees."""
    ways = {
        "unit": "levels divided by 255",
        "min-max": "levels stretched from each image's least (0) to its greatest (1)",
    }
    mean, std = (_numbers(values) for values in (preprocessing.mean, preprocessing.std))
    if (mean, std) == ("0", "1"):
        return ways[preprocessing.scaling]
    return f"{ways[preprocessing.scaling]}, normalised with mean {mean}, deviation {std}"


def place(weights: Weights) -> str:
    """Where the weights come from, and which."""
    revision = f" at {weights.revision}" if weights.revision else ""
    file = "" if weights.location.endswith(weights.file) else f", {weights.file}"
    return f"{weights.location}{revision}{file}"


def version(weights: Weights) -> str:
    """Which version is fetched where the row names none; empty where it does."""
    if weights.revision or weights.sha256 or not is_remote(weights.location):
        return ""
    return (
        "No version is pinned here: the first `radalike encoders fetch` takes the newest, and "
        "keeps its commit and SHA-256, which the fingerprint holds from then on; `--revision "
        "COMMIT` takes the one you trust, and a bundle carries what was fetched."
    )


def short_revision(weights: Weights) -> str:
    """A commit's first digits, another version as it is."""
    revision = weights.revision
    return revision[:_SHORT_COMMIT] if len(revision) == 40 else revision


def terms(licence: str) -> str:
    """A licence without what is said about it."""
    return licence.partition(" (")[0].partition(";")[0]


def _numbers(values: tuple[float, float, float]) -> str:
    """Of the three channels, or of all when they are equal."""
    different = values if len(set(values)) > 1 else values[:1]
    return ", ".join(f"{value:.4g}" for value in different)
