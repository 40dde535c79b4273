from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from radalike.adaptation.files import Adapter, Provenance, read_adapter, same_map, write_adapter
from radalike.adaptation.maps import Branch, Map, apply, layer, single
from radalike.errors import WeightsMismatch
from tests.radalike.adaptation.clouds import clouds

_MAP = Map(
    (
        Branch((layer(np.eye(8)[:, :3], [0, 1, 0], "tanh"), layer(np.ones((3, 2)), [1, 2]))),
        Branch((layer(np.eye(8), np.zeros(8), "softmax"),), 0.3),
    ),
    0.5,
)
_PROVENANCE = Provenance(
    base="efficientnet-lite0",
    base_fingerprint="0123456789abcdef",
    method="lda",
    settings={"shrinkage": 0.3},
    labels="label",
    split="train",
    classes=3,
    images=60,
    seed=0,
    version="0.1.0",
    date="2026-01-01",
    validation={"P@1": 0.5},
)


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "ours.safetensors"
    write_adapter(path, Adapter(_MAP, _PROVENANCE))
    read = read_adapter(path)
    assert read.provenance == _PROVENANCE
    assert same_map(read.map, _MAP)
    assert np.array_equal(apply(read.map, clouds().vectors), apply(_MAP, clouds().vectors))
    once = path.read_bytes()
    write_adapter(path, read)
    assert path.read_bytes() == once
    assert [each.name for each in path.parent.iterdir()] == ["ours.safetensors"]


def test_maps_that_differ_are_told_apart() -> None:
    for other in (replace(_MAP, power=1.0), Map(_MAP.branches[:1], 0.5), single(layer([[1]], [0]))):
        assert not same_map(_MAP, other)


def test_any_changed_byte_is_found(tmp_path: Path) -> None:
    path = tmp_path / "ours.safetensors"
    write_adapter(path, Adapter(_MAP, _PROVENANCE))
    whole = path.read_bytes()
    for place in range(0, len(whole), 13):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(WeightsMismatch, match="not a whole adapter"):
            read_adapter(path)


def test_other_safetensors_files_are_no_adapters(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file({"weight": np.ones((2, 2), dtype=np.float32)}, path)
    with pytest.raises(WeightsMismatch, match="not a whole adapter"):
        read_adapter(path)


@pytest.mark.parametrize(
    "wrong",
    [
        single(layer(np.eye(3), np.zeros(2))),
        single(layer(np.eye(3), np.zeros(3)), layer(np.eye(2), np.zeros(2))),
        single(layer([[np.nan]], [0])),
        single(layer([[1]], [0], "relu")),  # type: ignore[arg-type]
        Map(()),
    ],
)
def test_a_map_that_cannot_be_applied_is_refused(tmp_path: Path, wrong: Map) -> None:
    path = tmp_path / "wrong.safetensors"
    write_adapter(path, Adapter(wrong, _PROVENANCE))
    with pytest.raises(WeightsMismatch, match="not a whole adapter"):
        read_adapter(path)
