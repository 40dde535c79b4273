"""Writing a bundle: what is not here is fetched first."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from radalike.encoders.bundles.contents import CONTENTS, member, written
from radalike.encoders.catalogue import ENCODERS
from radalike.encoders.fetching import fetch
from radalike.encoders.fetching.from_network import Progress
from radalike.encoders.file_hashes import sha256_of
from radalike.encoders.spec import EncoderSpec
from radalike.encoders.store import Manifest, Store, StoredFile, weight_file
from radalike.encoders.weights import package_file, packaged, weights_path
from radalike.errors import StorageFull, UsageError, WeightsMismatch
from radalike.storage import replacing, storage_errors

_CHUNK = 1 << 20
_DATE = (1980, 1, 1, 0, 0, 0)  # the same bundle has the same bytes, whenever it is made
_MODE = 0o100644 << 16
_LICENCE = re.compile("(licen[cs]e|copying|notice)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Packed:
    """An encoder's manifest, and where each of its files is now, in the same order."""

    manifest: Manifest
    paths: tuple[Path, ...]


def bundle(
    names: Sequence[str],
    target: Path,
    store: Store,
    *,
    fetching: Progress = lambda _here, _total: None,
    packing: Progress = lambda _here, _total: None,
    pause: float = 1.0,
) -> tuple[Manifest, ...]:
    """Write the file `target` with all that encoders `names` need, fetching what is not in
    `store`. A file that is there already is replaced, once the new one is whole.

    Raises what `fetch` raises, and UsageError where `target` cannot be written.
    """
    if len(set(names)) != len(names):
        raise UsageError("an encoder is named twice", hint="name each once")
    if target.is_dir() or not target.parent.is_dir():
        raise UsageError(
            f"{target} cannot be written", hint="give the path of a file in a folder that exists"
        )
    packed = [_packed(name, store, fetching, pause) for name in names]
    manifests = tuple(each.manifest for each in packed)
    _check_room(target, sum(manifest.size for manifest in manifests))
    with (
        storage_errors(),
        replacing(target) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
    ):
        archive.writestr(_member(CONTENTS), written(manifests))
        _pack(archive, packed, packing)
    return manifests


def _packed(name: str, store: Store, fetching: Progress, pause: float) -> _Packed:
    spec = ENCODERS.get(name)
    if spec is not None and packaged(spec.weights.location):
        return _from_package(spec, store)
    manifest = fetch(name, store, progress=fetching, pause=pause).manifest
    folder = store.folder(manifest.id) / manifest.folder
    return _Packed(manifest, tuple(folder / file.name for file in manifest.files))


def _from_package(spec: EncoderSpec, store: Store) -> _Packed:
    """Weights that are in a Python package, with the licence that came with it."""
    package, _ = package_file(spec.weights.location)
    weights = weights_path(spec, store)
    paths = {weight_file(spec.weights): weights}
    try:
        files = distribution(package.replace("_", "-")).files or []
    except PackageNotFoundError:
        files = []
    paths |= {path.name: Path(str(path.locate())) for path in files if _LICENCE.match(path.name)}
    source = f"{spec.weights.location} {spec.weights.revision}"
    stored = tuple(
        StoredFile(name, path.stat().st_size, sha256_of(path), source)
        for name, path in paths.items()
    )
    manifest = Manifest(spec.id, spec.weights.location, spec.weights.revision, spec.licence, stored)
    return _Packed(manifest, tuple(paths.values()))


def _pack(archive: zipfile.ZipFile, packed: Sequence[_Packed], progress: Progress) -> None:
    done, total = 0, sum(each.manifest.size for each in packed)
    for number, each in enumerate(packed):
        for stored, path in zip(each.manifest.files, each.paths, strict=True):
            digest = hashlib.sha256()
            entry = _member(member(number, stored.name))
            entry.file_size = stored.size
            with path.open("rb") as source, archive.open(entry, "w") as sink:
                while piece := source.read(_CHUNK):
                    digest.update(piece)
                    sink.write(piece)
                    done += len(piece)
                    progress(done, total)
            if digest.hexdigest() != stored.sha256:
                raise WeightsMismatch(
                    f"{each.manifest.id}: its file {stored.name} is not what was fetched",
                    hint=f"`radalike encoders check {each.manifest.id}` says more",
                    encoder=each.manifest.id,
                )


def _member(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.external_attr = _MODE
    return entry


def _check_room(target: Path, size: int) -> None:
    import shutil

    free = shutil.disk_usage(target.parent).free
    if size > free:
        raise StorageFull(
            f"the bundle will have {size / 1e6:,.0f} MB, and {free / 1e6:,.0f} MB are free",
            hint="write it to another disk with -o",
        )
