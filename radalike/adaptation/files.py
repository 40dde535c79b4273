"""The file of an adapter: safetensors, with its form and provenance in the metadata.

```
branch.B.layer.L.weight / .bias      float32
metadata["adapter"]                  JSON: format, power, branches (share, activations),
                                     provenance, digest
```
The digest is SHA-256 over all of that but itself, so that a change to any of it is found. Nothing
in it names a label, an image or a person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from radalike.adaptation.maps import ACTIVATIONS, Branch, Layer, Map
from radalike.errors import WeightsMismatch
from radalike.records import Vectors
from radalike.storage import replacing, storage_errors

FORMAT = 1
_KEY = "adapter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """How a map came to be. base, base_fingerprint: the encoder whose embeddings it maps.

    settings: of the method. labels: what the classes were (`label`, `modality`, `anatomy`).
    validation: macro P@1 and P@10 on held-out parts, of the map and of the embeddings as they are.
    """

    base: str
    base_fingerprint: str
    method: str
    settings: Mapping[str, Any]
    labels: str
    split: str
    classes: int
    images: int
    seed: int
    version: str
    date: str
    validation: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Adapter:
    map: Map
    provenance: Provenance


def write_adapter(path: Path, adapter: Adapter) -> None:
    """Durable when this returns. Raises StorageFull."""
    from safetensors.numpy import save

    tensors, said = _tensors(adapter.map), _said(adapter)
    said["digest"] = _digest(tensors, said)
    data = save(tensors, {_KEY: json.dumps(said, sort_keys=True)})
    with storage_errors():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(data)


def read_adapter(path: Path) -> Adapter:
    """Raises WeightsMismatch for a file that is no adapter, or is not as it was written."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            said = json.loads((file.metadata() or {})[_KEY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if said["format"] != FORMAT:
            raise ValueError(f"it has format {said['format']!s:.20}, known is {FORMAT}")
        if said.pop("digest") != _digest(tensors, said):
            raise ValueError("it has been changed since it was written")
        return Adapter(_map(tensors, said), Provenance(**said["provenance"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, IndexError) as exc:
        raise WeightsMismatch(
            f"{path.name} is not a whole adapter ({exc!s:.120})",
            hint="learn it again with `radalike adapt`, or copy it again from where it is whole",
            file=path.name,
        ) from exc


def same_map(one: Map, other: Map) -> bool:
    """Whether both do the same, to the bit."""
    return _digest(_tensors(one), _form(one)) == _digest(_tensors(other), _form(other))


def _tensors(map_: Map) -> dict[str, Vectors]:
    return {
        f"branch.{place}.layer.{depth}.{name}": getattr(layer, name)
        for place, branch in enumerate(map_.branches)
        for depth, layer in enumerate(branch.layers)
        for name in ("weight", "bias")
    }


def _form(map_: Map) -> dict[str, Any]:
    branches = [
        {"share": branch.share, "activations": [layer.activation for layer in branch.layers]}
        for branch in map_.branches
    ]
    return {"power": map_.power, "branches": branches}


def _said(adapter: Adapter) -> dict[str, Any]:
    provenance = asdict(adapter.provenance)
    return {"format": FORMAT, "provenance": provenance, **_form(adapter.map)}


def _digest(tensors: Mapping[str, Vectors], said: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    for name, values in sorted(tensors.items()):
        digest.update(f"{name} {values.dtype} {values.shape}".encode())
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def _map(tensors: Mapping[str, Vectors], said: Mapping[str, Any]) -> Map:
    branches = []
    for place, branch in enumerate(said["branches"]):
        layers = tuple(
            _layer(tensors, f"branch.{place}.layer.{depth}", activation)
            for depth, activation in enumerate(branch["activations"])
        )
        branches.append(Branch(layers, float(branch["share"])))
    if not branches:
        raise ValueError("it has no branch")
    map_ = Map(tuple(branches), float(said["power"]))
    for each in map_.branches:
        widths = [map_.inputs, *(len(layer.bias) for layer in each.layers)]
        shapes = [layer.weight.shape for layer in each.layers]
        if shapes != list(pairwise(widths)):
            raise ValueError("its layers do not fit each other")
    return map_


def _layer(tensors: Mapping[str, Vectors], name: str, activation: str) -> Layer:
    weight, bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
    if activation not in ACTIVATIONS or weight.ndim != 2 or bias.ndim != 1:
        raise ValueError(f"{name} is no layer")
    for values in (weight, bias):
        if values.dtype != np.float32 or not np.isfinite(values).all():
            raise ValueError(f"{name} is not float32, or not finite")
    return Layer(weight, bias, activation)  # type: ignore[arg-type]
