"""Poolings of transformers models, and checkpoints that are not as they should be."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from radalike.encoders.catalogue import encoder_spec
from radalike.encoders.loaders import load_module, load_text_tower
from radalike.encoders.spec import EncoderSpec
from radalike.errors import WeightsMismatch
from tests.radalike.encoders.checkpoints.transformers import MEMBERS, SIZE

INPUTS = torch.linspace(-1, 1, 2 * 3 * SIZE * SIZE).reshape(2, 3, SIZE, SIZE)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A checkpoint of each member; those that break one take a copy."""
    return {name: each.save(tmp_path_factory.mktemp(name)) for name, each in MEMBERS.items()}


def described(folder: Path) -> EncoderSpec:
    return encoder_spec(str(folder))


def test_the_logits_that_the_study_took(folders: dict[str, Path]) -> None:
    spec = replace(
        described(folders["resnet"]), architecture="ResNetForImageClassification", pooling="logits"
    )
    model = transformers.ResNetForImageClassification.from_pretrained(folders["resnet"]).eval()
    with torch.inference_mode():
        torch.testing.assert_close(load_module(spec)(INPUTS), model(INPUTS).logits)


def test_the_mean_over_space_of_a_convolutional_network(folders: dict[str, Path]) -> None:
    spec = described(folders["resnet"])
    with torch.inference_mode():
        pooled = load_module(spec)(INPUTS)
        for pooling in ("spatial", "mean"):
            found = load_module(replace(spec, pooling=pooling))(INPUTS)
            torch.testing.assert_close(found, pooled)


def test_the_tower_before_projection(folders: dict[str, Path]) -> None:
    spec = replace(described(folders["clip"]), pooling="pooler")
    model = transformers.CLIPModel.from_pretrained(folders["clip"]).eval()
    with torch.inference_mode():
        expected = model.vision_model(INPUTS).pooler_output
        torch.testing.assert_close(load_module(spec)(INPUTS), expected)


@pytest.mark.parametrize(
    ("name", "pooling", "lacks"),
    [("vit", "logits", "logits"), ("vit", "projected", "image_embeds")],
)
def test_a_pooling_that_the_model_does_not_have(
    name: str, pooling: str, lacks: str, folders: dict[str, Path]
) -> None:
    spec = replace(described(folders[name]), pooling=pooling)
    with pytest.raises(WeightsMismatch, match=f"gives no {lacks}"):
        load_module(spec)(INPUTS)


@pytest.mark.parametrize(
    ("name", "architecture", "message"),
    [
        ("vit", "Dinov2Model", "is of a vit model, and Dinov2Model is dinov2"),
        ("swin", "ViTModel", "is of a swin model"),
        ("vit", "NoSuchModel", "has no model NoSuchModel"),
        ("vit", "logging", "has no model logging"),
    ],
)
def test_another_architecture_than_the_checkpoint_s(
    name: str, architecture: str, message: str, folders: dict[str, Path]
) -> None:
    with pytest.raises(WeightsMismatch, match=message):
        load_module(replace(described(folders[name]), architecture=architecture))


def test_the_vision_model_of_a_whole_one(folders: dict[str, Path]) -> None:
    """The study's SAM: the checkpoint is of all of it, and the class of its image encoder."""
    spec = described(folders["sam"])
    with torch.inference_mode():
        whole = load_module(spec)(INPUTS)
        torch.testing.assert_close(
            load_module(replace(spec, architecture="SamVisionModel"))(INPUTS), whole
        )


# -- files -------------------------------------------------------------------------------------


def copied(folder: Path, parent: Path) -> Path:
    return Path(shutil.copytree(folder, parent / "copy"))


def same(one: EncoderSpec, other: EncoderSpec) -> None:
    with torch.inference_mode():
        torch.testing.assert_close(load_module(one)(INPUTS), load_module(other)(INPUTS))


def test_weights_in_shards(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = copied(folders["vit"], tmp_path)
    (folder / "model.safetensors").unlink()
    model = transformers.ViTModel.from_pretrained(folders["vit"])
    model.save_pretrained(folder, max_shard_size="20KB")
    shards = sorted(folder.glob("model-*.safetensors"))
    assert len(shards) > 2
    spec = described(folder)
    same(spec, described(folders["vit"]))
    shards[1].unlink()
    with pytest.raises(WeightsMismatch, match="lists files that are not here"):
        described(folder)
    with pytest.raises(WeightsMismatch):
        load_module(spec)


def test_a_state_dict_of_torch(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = copied(folders["vit"], tmp_path)
    state = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(state, folder / "pytorch_model.bin")
    same(described(folder), described(folders["vit"]))


class Shell:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, ...]]:
        return Path.write_text, (Path("ran"), "code")  # type: ignore[return-value]


def test_a_pickle_with_code_is_refused(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = copied(folders["vit"], tmp_path)
    (folder / "model.safetensors").unlink()
    for saved in (lambda path: torch.save({"a": Shell()}, path), pickled):
        saved(folder / "pytorch_model.bin")
        with pytest.raises(WeightsMismatch, match="holds code: reading it would call"):
            load_module(described(folder))
    assert not (tmp_path / "ran").exists()


def pickled(path: Path) -> None:
    path.write_bytes(pickle.dumps({"a": Shell()}, protocol=2))


def test_half_precision_weights_are_computed_in_single(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    folder = copied(folders["vit"], tmp_path)
    transformers.ViTModel.from_pretrained(folder).half().save_pretrained(folder)
    module = load_module(described(folder))
    assert {tensor.dtype for tensor in module.parameters()} == {torch.float32}


@pytest.mark.parametrize(
    ("name", "tensor", "change"),
    [
        ("vit", "encoder.layer.1.attention.attention.query.weight", "missing"),
        ("vit", "encoder.layer.1.attention.attention.query.weight", "shape"),
        ("clip", "vision_model.post_layernorm.weight", "missing"),
        ("clip", "visual_projection.weight", "shape"),
        ("sam", "vision_encoder.neck.conv1.weight", "missing"),
    ],
)
def test_the_first_tensor_that_differs_is_named(
    name: str, tensor: str, change: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    folder = copied(folders[name], tmp_path)
    state = load_file(folder / "model.safetensors")
    assert tensor in state
    if change == "shape":
        state[tensor] = torch.zeros(3, 5)
    else:
        del state[tensor]
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(WeightsMismatch, match="tensor") as caught:
        load_module(described(folder))
    assert caught.value.data["tensor"] == tensor
    assert f"tensor {tensor} " in str(caught.value)
    assert ("has shape (3, 5) in the checkpoint" in str(caught.value)) == (change == "shape")


@pytest.mark.parametrize("name", sorted(MEMBERS))
@pytest.mark.parametrize("change", ["missing", "shape"])
def test_it_has_the_name_that_the_file_gives_it(
    name: str, change: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    """Which can be another than the library gives it now."""
    folder = copied(folders[name], tmp_path)
    spec, file = described(folder), folder / "model.safetensors"
    state = load_file(file)
    named = {}
    for tensor in list(state)[:: max(1, len(state) // 12)]:
        other = {each: value for each, value in state.items() if each != tensor}
        if change == "shape":
            other[tensor] = torch.zeros(3, 5, 7)
        save_file(other, file, metadata={"format": "pt"})
        try:
            load_module(spec)
        except WeightsMismatch as exc:
            named[tensor] = exc.data["tensor"]
    assert len(named) > 1  # not all are needed for an image
    assert list(named) == list(named.values())


def test_what_an_image_does_not_need_may_be_missing(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    folder = copied(folders["clip"], tmp_path)
    state = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in state.items() if not name.startswith("text_model.")}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    same(described(folder), described(folders["clip"]))
    with pytest.raises(WeightsMismatch, match=r"tensor text_model\..* is not in the checkpoint"):
        load_text_tower(described(folder))


@pytest.mark.parametrize("field", ["auto_map", "quantization_config"])
def test_a_configuration_that_is_refused(
    field: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    folder = copied(folders["vit"], tmp_path)
    spec = described(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {field: {"AutoModel": "model.Model"}}))
    for load in (lambda: described(folder), lambda: load_module(spec)):
        with pytest.raises(WeightsMismatch, match=field):
            load()


def test_nothing_is_printed(folders: dict[str, Path], capfd: pytest.CaptureFixture[str]) -> None:
    load_module(described(folders["vit-classifier"]))
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""
