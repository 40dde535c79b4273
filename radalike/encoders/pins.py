"""What comes into the store, against what a row pins of it."""

from __future__ import annotations

from radalike.encoders.spec import Weights
from radalike.encoders.store import Manifest, weight_file
from radalike.errors import WeightsMismatch


def check_pins(manifest: Manifest, weights: Weights) -> None:
    """Raises WeightsMismatch when `manifest` is of another place, revision or weight file than
    the row's `weights` say."""
    said = (
        ("location", weights.location, manifest.location),
        ("revision", weights.revision, manifest.revision),
        ("SHA-256", weights.sha256 or "", _weight_file_sha256(manifest, weights)),
    )
    for what, pinned, found in said:
        if pinned and found != pinned:
            raise WeightsMismatch(
                f"the weights of {manifest.id} are not the pinned ones: {what} is "
                f"{found or 'not said'}, and should be {pinned}",
                hint="they were replaced where they came from, or belong to another version of "
                "Radalike: bring both machines to the same version and fetch them again",
                encoder=manifest.id,
            )


def _weight_file_sha256(manifest: Manifest, weights: Weights) -> str:
    found = {file.name: file.sha256 for file in manifest.files}
    name = weight_file(weights)
    if name:
        return found.get(name, "")
    holding = [sha256 for name, sha256 in found.items() if name.endswith((".safetensors", ".bin"))]
    return holding[0] if len(holding) == 1 else ""
