"""A loopback hub for tests of fetching, and encoders that are in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from radalike.encoders import catalogue
from radalike.encoders.spec import EncoderSpec, Weights
from tests.peers.hub import Hub, Repository, running_hub
from tests.radalike.encoders.tiny import tiny_spec, transformers_checkpoint


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """An empty hub; huggingface_hub has no token of whoever runs the tests."""
    from huggingface_hub import constants

    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_OIDC_RESOURCE", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    with running_hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> dict[str, EncoderSpec]:
    """The catalogue, to which a test can add."""
    known = dict(catalogue.ENCODERS)
    for module in ("catalogue", "fetching.wanted", "bundles.writing", "bundles.installing"):
        monkeypatch.setattr(f"radalike.encoders.{module}.ENCODERS", known)
    return known


def row(name: str, weights: Weights, **fields: object) -> EncoderSpec:
    spec = tiny_spec("timm", "test_resnet", Path(), 3)
    return replace(spec, id=name, weights=weights, licence="MIT", **fields)  # type: ignore[arg-type]


def vit_repository(folder: Path) -> Repository:
    """A small ViT as transformers writes it, with what else a repository has."""
    from transformers import ViTImageProcessorPil

    transformers_checkpoint(folder)
    ViTImageProcessorPil(
        size={"height": 32, "width": 32}, image_mean=[0.5, 0.4, 0.3], image_std=[0.5, 0.6, 0.7]
    ).save_pretrained(folder)
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    others = {
        "README.md": b"a model",
        "LICENSE": b"do what you like",
        "modeling_vit.py": b"raise SystemExit",
        "pytorch_model.bin": b"pickle" * 1000,
        "tf_model.h5": b"other" * 1000,
        "onnx/model.onnx": b"other" * 1000,
        ".gitattributes": b"",
    }
    return Repository({**files, **others}, commit="c0ffee" + "0" * 34, licence="mit")
