"""The machine's store of weights: one folder an encoder, what was fetched and a manifest of it.

```
<home>/encoders/<id>/manifest.json     where it came from, and size and SHA-256 of each file
<home>/encoders/<id>/files/…           weights, configuration, tokenizer, licence
```
A folder counts once it has its manifest, which is written last.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from radalike.encoders.spec import EncoderSpec
from radalike.errors import WeightsMismatch
from radalike.storage import replace_text, storage_errors

_FETCHED = ("hub:", "https://", "http://")


def fetched(location: str) -> bool:
    """Whether weights of that location have to be fetched, and are then in the store."""
    return location.startswith(_FETCHED)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """name: relative to the encoder's files, with `/`. size: bytes. sha256: hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the store has of one encoder. revision: the commit (or version) that was fetched."""

    id: str
    location: str
    revision: str
    licence: str
    files: tuple[StoredFile, ...]


@dataclass(frozen=True, slots=True)
class Store:
    root: Path

    def folder(self, encoder: str) -> Path:
        """Of that encoder: its id, with what no file system objects to."""
        return self.root / re.sub(r"[^A-Za-z0-9._-]", "+", encoder)

    def files(self, encoder: str) -> Path | None:
        """The folder of its files, None when it is not here as a whole."""
        folder = self.folder(encoder)
        return folder / "files" if (folder / "manifest.json").is_file() else None

    def manifest(self, encoder: str) -> Manifest | None:
        """Raises WeightsMismatch when it is damaged."""
        try:
            said = json.loads((self.folder(encoder) / "manifest.json").read_text())
            files = tuple(StoredFile(**each) for each in said.pop("files"))
            return Manifest(**said, files=files)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as exc:
            raise WeightsMismatch(
                f"what the store says of {encoder} cannot be read",
                hint=f"fetch or install it again: `radalike encoders fetch {encoder}`",
                encoder=encoder,
            ) from exc

    def keep(self, manifest: Manifest) -> None:
        """Note that all files of an encoder are in their place. Raises StorageFull."""
        folder = self.folder(manifest.id)
        with storage_errors():
            folder.mkdir(parents=True, exist_ok=True)
            replace_text(folder / "manifest.json", json.dumps(asdict(manifest), indent=1))

    def pinned(self, spec: EncoderSpec) -> EncoderSpec:
        """`spec` with the revision and SHA-256 that were fetched, where it pins none itself."""
        weights = spec.weights
        if not fetched(weights.location) or (weights.revision and weights.sha256):
            return spec
        manifest = self.manifest(spec.id)
        if manifest is None:
            return spec
        sha256 = weights.sha256
        if sha256 is None and weights.file:
            found = {file.name: file.sha256 for file in manifest.files}
            sha256 = found.get(weights.file)
        revision = weights.revision or manifest.revision
        return replace(spec, weights=replace(weights, sha256=sha256, revision=revision))
