"""open_clip models through the registry are what open_clip itself makes of the same folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from radalike.encoders.catalogue import encoder_spec
from radalike.encoders.loaders import load_module, load_text_tower
from radalike.encoders.loaders.open_clip import configuration
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.encoders.torch_encoder import load_encoder
from radalike.encoders.unlisted.open_clip_folder import described_by_folder
from radalike.errors import WeightsMismatch, WeightsMissing
from radalike.vectors import normalised
from tests.contracts.encoder_contract import IMAGES
from tests.radalike.encoders.checkpoints.open_clip import (
    OWN,
    Saved,
    own_towers,
    towers_of_others,
)

MAKERS: dict[str, Callable[[Path], Saved]] = {"own": own_towers, "of others": towers_of_others}
TEXTS = ("left pleural effusion", "normal lung", "fracture of the left lung")


@pytest.fixture(scope="module", params=MAKERS)
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Saved:
    return MAKERS[request.param](tmp_path_factory.mktemp("open-clip"))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    return own_towers(tmp_path_factory.mktemp("own"))


def spec_of(saved: Saved) -> EncoderSpec:
    return described_by_folder(saved.folder, name="tiny")


def other_file(spec: EncoderSpec, state: object, path: Path) -> EncoderSpec:
    """The encoder with another file of weights, beside the same configuration."""
    folder = copytree(spec.weights.location, path / "other")
    torch.save(state, folder / "weights.pt")
    return replace(spec, weights=Weights(str(folder), None, "1", "weights.pt"))


def test_image_and_text_vectors_are_open_clip_s_own(saved: Saved) -> None:
    encoder = load_encoder(encoder_spec(str(saved.folder)), device="cpu")
    said = json.loads((saved.folder / "open_clip_config.json").read_text())
    transform = open_clip.transform.image_transform_v2(
        open_clip.transform.PreprocessCfg(
            size=said["model_cfg"]["vision_cfg"]["image_size"], **said["preprocess_cfg"]
        ),
        is_train=False,
    )
    pictures = [Image.fromarray(image).convert("RGB") for image in IMAGES]
    with torch.inference_mode():
        images = saved.model.encode_image(torch.stack([transform(each) for each in pictures]))
        texts = saved.model.encode_text(saved.tokenizer(list(TEXTS)))
    assert images.shape == (len(IMAGES), encoder.spec.dimension)
    np.testing.assert_allclose(encoder.encode(IMAGES), normalised(images.numpy()), atol=1e-5)
    np.testing.assert_allclose(encoder.encode_text(TEXTS), normalised(texts.numpy()), atol=1e-5)


def test_texts_alone_or_together(saved: Saved) -> None:
    encoder = load_encoder(spec_of(saved), device="cpu")
    together = encoder.encode_text(TEXTS)
    np.testing.assert_array_equal(together, encoder.encode_text(TEXTS))
    for row, text in enumerate(TEXTS):
        np.testing.assert_allclose(encoder.encode_text([text])[0], together[row], atol=1e-4)
    assert len(np.unique(together.round(4), axis=0)) == len(TEXTS)
    assert encoder.encode_text(["lung " * 500]).shape == (1, 16)


def test_only_the_tower_that_is_asked_for_is_kept(saved: Saved) -> None:
    image = load_module(spec_of(saved)).state_dict()
    assert image
    assert all(name.startswith("visual.") for name in image)
    text = load_text_tower(spec_of(saved))
    assert isinstance(text, torch.nn.Module)
    assert all(name.startswith("text.") for name in text.state_dict())


def test_images_need_no_text_tower(saved: Saved, tmp_path: Path) -> None:
    state = {
        name: tensor
        for name, tensor in saved.model.state_dict().items()
        if name.startswith("visual.")
    }
    spec = other_file(spec_of(saved), state, tmp_path)
    load_module(spec)
    with pytest.raises(WeightsMismatch, match=r"tensor text\..* is not in the checkpoint"):
        load_text_tower(spec)


def test_half_precision_weights_are_read_as_float32(own: Saved, tmp_path: Path) -> None:
    """As the hubs have OpenAI's."""
    state = {name: tensor.half() for name, tensor in own.model.state_dict().items()}
    module = load_module(other_file(spec_of(own), state, tmp_path))
    assert {parameter.dtype for parameter in module.parameters()} == {torch.float32}


def test_training_checkpoints_and_buffers_of_other_versions(own: Saved, tmp_path: Path) -> None:
    state = {
        **own.model.state_dict(),
        "logit_bias": torch.zeros(1),
        "attn_mask": torch.zeros(12, 12),
        "input_resolution": torch.tensor(32),
    }
    nested = {"epoch": 1, "state_dict": {f"module.{name}": state[name] for name in state}}
    spec = other_file(spec_of(own), nested, tmp_path)
    load_module(spec)
    load_text_tower(spec)


def test_counted_positions_of_older_transformers(tmp_path: Path) -> None:
    saved = towers_of_others(tmp_path / "saved")
    state = {
        **saved.model.state_dict(),
        "text.transformer.embeddings.position_ids": torch.arange(16)[None],
    }
    load_text_tower(other_file(spec_of(saved), state, tmp_path))


def test_position_embeddings_of_another_size_are_not_stretched(own: Saved, tmp_path: Path) -> None:
    state = own.model.state_dict() | {"visual.positional_embedding": torch.zeros(26, 32)}
    with pytest.raises(WeightsMismatch, match=r"visual\.positional_embedding has shape \(26, 32\)"):
        load_module(other_file(spec_of(own), state, tmp_path))
    state = own.model.state_dict() | {"positional_embedding": torch.zeros(20, 16)}
    with pytest.raises(WeightsMismatch, match=r"tensor positional_embedding has shape \(20, 16\)"):
        load_text_tower(other_file(spec_of(own), state, tmp_path / "text"))


def test_a_tensor_of_neither_tower_is_refused(own: Saved, tmp_path: Path) -> None:
    state = own.model.state_dict() | {"adapter.weight": torch.zeros(2)}
    with pytest.raises(WeightsMismatch, match=r"tensor adapter\.weight is in the checkpoint, and"):
        load_module(other_file(spec_of(own), state, tmp_path))


def test_a_torchscript_archive_is_code(own: Saved, tmp_path: Path) -> None:
    """As OpenAI published CLIP."""
    spec = other_file(spec_of(own), {}, tmp_path)
    path = Path(spec.weights.location) / "weights.pt"
    with pytest.warns(FutureWarning, match="deprecated"):
        torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), path)
    with pytest.raises(WeightsMismatch, match="TorchScript archive, which is code") as caught:
        load_module(spec)
    assert "safetensors" in caught.value.hint


def test_a_cut_file(own: Saved, tmp_path: Path) -> None:
    spec = other_file(spec_of(own), own.model.state_dict(), tmp_path)
    path = Path(spec.weights.location) / "weights.pt"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(WeightsMismatch):
        load_module(spec)


def test_a_text_tower_without_its_tokenizer(tmp_path: Path) -> None:
    folder = towers_of_others(tmp_path).folder
    for path in (folder / "text").glob("*token*"):
        path.unlink()
    spec = described_by_folder(folder, name="tiny")
    with pytest.raises(WeightsMissing, match=r"no tokenizer\.json beside its weights") as caught:
        load_text_tower(spec)
    assert "folder text" in caught.value.hint
    load_module(spec)


def test_a_text_tower_without_its_configuration(tmp_path: Path) -> None:
    folder = towers_of_others(tmp_path).folder
    (folder / "text" / "config.json").unlink()
    with pytest.raises(WeightsMissing, match=r"no config\.json beside its weights"):
        load_text_tower(described_by_folder(folder, name="tiny"))


def test_a_folder_without_a_configuration(own: Saved, tmp_path: Path) -> None:
    spec = other_file(spec_of(own), own.model.state_dict(), tmp_path)
    (Path(spec.weights.location) / "open_clip_config.json").unlink()
    with pytest.raises(WeightsMismatch, match="open_clip has no model config:"):
        load_module(spec)


def reconfigured(saved: Saved, part: str, **changed: object) -> EncoderSpec:
    path = saved.folder / "open_clip_config.json"
    said = json.loads(path.read_text())
    said["model_cfg"][part] |= changed
    path.write_text(json.dumps(said))
    return described_by_folder(saved.folder, name="tiny")


def test_an_image_tower_that_would_be_fetched(tmp_path: Path) -> None:
    name = "hf-hub:someone/model"
    spec = reconfigured(towers_of_others(tmp_path), "vision_cfg", timm_model_name=name)
    with pytest.raises(WeightsMismatch, match="timm has no model hf-hub:someone/model"):
        load_module(spec)


def test_a_field_that_open_clip_does_not_know(tmp_path: Path) -> None:
    spec = reconfigured(own_towers(tmp_path), "vision_cfg", no_such_field=1)
    with pytest.raises(WeightsMismatch, match="no_such_field"):
        load_module(spec)


@pytest.mark.parametrize("arguments", [{"reduction_mask": "syntax"}, {"trust_remote_code": True}])
def test_a_tokenizer_that_wants_what_is_not_known(
    arguments: dict[str, object], tmp_path: Path
) -> None:
    spec = reconfigured(own_towers(tmp_path), "text_cfg", tokenizer_kwargs=arguments)
    with pytest.raises(WeightsMismatch, match=f"its tokenizer wants {next(iter(arguments))}"):
        load_text_tower(spec)


def test_a_text_tower_whose_configuration_is_code(tmp_path: Path) -> None:
    folder = towers_of_others(tmp_path).folder
    said = {"model_type": "mine", "auto_map": {"AutoConfig": "code.Config"}}
    (folder / "text" / "config.json").write_text(json.dumps(said))
    with pytest.raises(WeightsMismatch):
        load_text_tower(described_by_folder(folder, name="tiny"))


def test_a_repository_s_folder_of_weights(own: Saved, tmp_path: Path) -> None:
    """A row that leaves it to the repository which file it is."""
    spec = replace(spec_of(own), weights=Weights(str(own.folder), None, "1"))
    load_module(spec)
    (tmp_path / "open_clip_config.json").write_text("{}")
    with pytest.raises(WeightsMissing, match="the folder holds no weights"):
        load_module(replace(spec, weights=Weights(str(tmp_path), None, "1")))


def test_the_activation_that_the_name_says(tmp_path: Path) -> None:
    assert configuration("ViT-L-14-quickgelu", tmp_path)["quick_gelu"] is True
    assert not configuration("ViT-L-14", tmp_path).get("quick_gelu", False)
    assert configuration("ViT-B-32-256-quickgelu", tmp_path)["quick_gelu"] is True


def test_quick_gelu_changes_the_vector(own: Saved, tmp_path: Path) -> None:
    """Both activations fit the same tensors: only the configuration tells them apart."""
    folder = Path(copytree(own.folder, tmp_path / "other"))
    said = {"model_cfg": {**OWN, "quick_gelu": False}}
    (folder / "open_clip_config.json").write_text(json.dumps(said))
    other = described_by_folder(folder, name="tiny")
    inputs = torch.linspace(-1, 1, 3 * 32 * 32).reshape(1, 3, 32, 32)
    with torch.inference_mode():
        assert not torch.allclose(load_module(other)(inputs), load_module(spec_of(own))(inputs))
