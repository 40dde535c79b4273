"""Encoder rows from checkpoint folders of transformers, and from repositories in the store."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from radalike.encoders.catalogue import encoder_spec
from radalike.encoders.loaders import load_module
from radalike.encoders.spec import EncoderSpec, fingerprint
from radalike.encoders.store import Manifest, Store, StoredFile
from radalike.errors import WeightsMismatch, WeightsMissing
from tests.radalike.encoders.checkpoints.transformers import MEMBERS, SIZE

WEIGHTS = "model.safetensors"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("saved")
    return {name: MEMBERS[name].save(root / f"my-{name}") for name in ("vit", "clip", "resnet")}


@pytest.fixture
def vit(saved: dict[str, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved["vit"], tmp_path / "my-vit"))


def described(folder: Path) -> EncoderSpec:
    return encoder_spec(str(folder))


def change(path: Path, **fields: Any) -> None:
    """Fields of a JSON file; None takes one away."""
    found = json.loads(path.read_text()) | fields
    path.write_text(json.dumps({key: value for key, value in found.items() if value is not None}))


def test_the_path_stays_out_of_the_id_and_of_the_fingerprint(vit: Path, tmp_path: Path) -> None:
    spec = described(vit)
    assert spec.id == "checkpoint:my-vit"
    assert spec.weights.location == str(vit)
    assert str(tmp_path) not in spec.id + spec.source + spec.licence
    moved = vit.rename(tmp_path / "elsewhere")
    assert fingerprint(described(moved)) == fingerprint(spec)
    assert described(moved).id == "checkpoint:elsewhere"


def test_a_relative_path(vit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(vit)
    assert described(Path(".")) == described(vit)
    monkeypatch.chdir(vit.parent)
    assert described(Path("my-vit")) == described(vit)


def test_the_pin_is_what_the_weights_hold(vit: Path, saved: dict[str, Path]) -> None:
    content = (vit / WEIGHTS).read_bytes()
    assert described(vit).weights.sha256 == hashlib.sha256(content).hexdigest()
    torch.manual_seed(1)
    transformers.ViTModel(MEMBERS["vit"].config()).save_pretrained(vit)
    assert fingerprint(described(vit)) != fingerprint(described(saved["vit"]))


def test_the_pin_of_shards_is_of_all_of_them(vit: Path) -> None:
    model = transformers.ViTModel.from_pretrained(vit)
    (vit / WEIGHTS).unlink()
    model.save_pretrained(vit, max_shard_size="20KB")
    shards = sorted(vit.glob("model-*.safetensors"))
    lines = "".join(
        f"{hashlib.sha256(shard.read_bytes()).hexdigest()}  {shard.name}\n" for shard in shards
    )
    assert described(vit).weights.sha256 == hashlib.sha256(lines.encode()).hexdigest()


def test_what_a_row_says(saved: dict[str, Path]) -> None:
    clip, resnet = described(saved["clip"]), described(saved["resnet"])
    assert (clip.architecture, clip.pooling, clip.dimension) == ("CLIPModel", "projected", 24)
    assert clip.has_text_tower
    assert clip.preprocessing.size == SIZE
    assert (resnet.architecture, resnet.pooling) == ("ResNetModel", "pooler")
    assert not resnet.has_text_tower
    assert resnet.licence == "not stated"


def test_the_licence_is_the_model_card_s(vit: Path) -> None:
    (vit / "README.md").write_text("---\ntags:\n- x\nlicense: mit\n---\n# A model\n")
    assert described(vit).licence == "mit"


# -- what cannot be described ------------------------------------------------------------------


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="no checkpoint folder 'none'") as caught:
        described(tmp_path / "none")
    assert "hf:OWNER/NAME" in caught.value.hint
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("config", [None, "{", "[]", "{}", '{"architecture": "vit"}'])
def test_a_folder_that_is_no_checkpoint(config: str | None, tmp_path: Path) -> None:
    if config is not None:
        (tmp_path / "config.json").write_text(config)
    with pytest.raises(WeightsMismatch, match="no checkpoint that Radalike knows") as caught:
        described(tmp_path)
    assert "open_clip_config.json" in caught.value.hint


def test_a_model_type_that_is_not_known(vit: Path) -> None:
    change(vit / "config.json", model_type="bert")
    with pytest.raises(WeightsMismatch, match="from a bert model"):
        described(vit)


def test_weights_that_are_not_there(vit: Path) -> None:
    (vit / WEIGHTS).unlink()
    with pytest.raises(WeightsMismatch, match="has no weights"):
        described(vit)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hidden_size", "32"),
        ("hidden_size", [32]),
        ("image_size", "32"),
        ("layer_norm_eps", "1e-06"),
        ("patch_size", 0),
        ("num_attention_heads", 0),
    ],
)
def test_a_configuration_that_cannot_be_is_no_fault_of_ours(
    field: str, value: object, vit: Path
) -> None:
    config = json.loads((vit / "config.json").read_text())
    (vit / "config.json").write_text(json.dumps(config | {field: value}))
    with pytest.raises(WeightsMismatch):
        load_module(encoder_spec(str(vit)))


@pytest.mark.parametrize(
    ("file", "content", "way_out"),
    [
        ("adapter_config.json", '{"peft_type": "LORA"}', "merge it into its model"),
        ("config.json", "version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    ],
)
def test_what_looks_like_a_checkpoint_is_told(
    file: str, content: str, way_out: str, tmp_path: Path
) -> None:
    (tmp_path / file).write_text(content)
    with pytest.raises(WeightsMismatch, match="no checkpoint that Radalike knows") as caught:
        encoder_spec(str(tmp_path))
    assert way_out in caught.value.hint


@pytest.mark.parametrize("index", ["{", '{"weight_map": {"a": "../../secret"}}', "{}", "[]"])
def test_an_index_that_is_broken_or_leads_outside(index: str, vit: Path) -> None:
    (vit / WEIGHTS).unlink()
    (vit / f"{WEIGHTS}.index.json").write_text(index)
    with pytest.raises(WeightsMismatch, match="lists files that are not here"):
        described(vit)


def test_a_size_that_the_model_does_not_take(vit: Path) -> None:
    change(vit / "preprocessor_config.json", size={"height": 64, "width": 64})
    with pytest.raises(WeightsMismatch, match=r"images of 64 pixels, and the model takes 32"):
        described(vit)


def test_a_model_without_the_head_that_pools(tmp_path: Path) -> None:
    folder = MEMBERS["siglip"].save(tmp_path / "my-siglip")
    said = json.loads((folder / "config.json").read_text())
    change(folder / "config.json", vision_config=said["vision_config"] | {"vision_use_head": False})
    with pytest.raises(WeightsMismatch, match="it pools nothing"):
        described(folder)


# -- repositories of the hub -------------------------------------------------------------------


def kept(store: Store, folder: Path, name: str) -> None:
    files = store.folder(name) / "files"
    shutil.copytree(folder, files)
    listed = tuple(
        StoredFile(each.name, each.stat().st_size, hashlib.sha256(each.read_bytes()).hexdigest())
        for each in sorted(files.iterdir())
    )
    store.keep(Manifest(name, "hub:owner/model", "abc123", "mit", listed))


def test_a_repository_that_is_in_the_store(saved: dict[str, Path], tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    kept(store, saved["vit"], "hf:owner/model")
    spec = encoder_spec("hf:owner/model", store=store)
    assert spec.id == "hf:owner/model"
    assert (spec.weights.location, spec.weights.revision) == ("hub:owner/model", "abc123")
    assert spec.licence == "mit"
    assert fingerprint(spec) == fingerprint(described(saved["vit"]))
    inputs = torch.zeros(1, 3, SIZE, SIZE)
    with torch.inference_mode():
        expected = load_module(described(saved["vit"]))(inputs)
        torch.testing.assert_close(load_module(spec, store)(inputs), expected)


@pytest.mark.parametrize("with_store", [True, False])
def test_a_repository_that_is_not_here(with_store: bool, tmp_path: Path) -> None:
    store = Store(tmp_path) if with_store else None
    with pytest.raises(WeightsMissing, match="the repository owner/model is not here") as caught:
        encoder_spec("hf:owner/model", store=store)
    assert "radalike encoders bundle hf:owner/model -o FILE" in caught.value.hint
    assert "radalike encoders install FILE" in caught.value.hint


def test_what_the_configuration_says_of_the_model_is_in_the_fingerprint(vit: Path) -> None:
    spec = described(vit)
    change(vit / "config.json", hidden_act="relu")
    other = described(vit)
    assert other.weights.sha256 == spec.weights.sha256
    assert fingerprint(other) != fingerprint(spec)
    with pytest.raises(WeightsMismatch, match=r"config\.json is another one than its vectors"):
        load_module(spec)


def test_what_it_says_of_the_file_is_not(vit: Path) -> None:
    before = fingerprint(described(vit))
    change(vit / "config.json", transformers_version="9.9", _name_or_path="/somewhere", dtype=None)
    assert fingerprint(described(vit)) == before


def test_a_checkpoint_with_more_layers_than_its_configuration_is_refused(vit: Path) -> None:
    layers = json.loads((vit / "config.json").read_text())["num_hidden_layers"]
    change(vit / "config.json", num_hidden_layers=layers - 1)
    with pytest.raises(WeightsMismatch, match=rf"tensor .*\b{layers - 1}\..* not in the model"):
        load_module(described(vit))


def test_so_is_one_with_more_layers_in_a_stage(saved: dict[str, Path], tmp_path: Path) -> None:
    resnet = Path(shutil.copytree(saved["resnet"], tmp_path / "my-resnet"))
    config = MEMBERS["resnet"].config()
    config.depths = [depth + 1 for depth in config.depths]
    torch.manual_seed(0)
    transformers.ResNetModel(config).save_pretrained(resnet)
    assert load_module(described(resnet)) is not None
    change(resnet / "config.json", depths=MEMBERS["resnet"].config().depths)
    with pytest.raises(WeightsMismatch, match="is in the checkpoint, and not in the model"):
        load_module(described(resnet))


def test_a_checkpoint_with_a_bias_that_its_configuration_lacks_is_refused(vit: Path) -> None:
    change(vit / "config.json", qkv_bias=False)
    with pytest.raises(WeightsMismatch, match=r"tensor .*bias is in the checkpoint, and not in"):
        load_module(described(vit))


def test_a_head_is_passed_over(vit: Path) -> None:
    config = MEMBERS["vit"].config()
    torch.manual_seed(0)
    transformers.ViTForImageClassification(config).save_pretrained(vit)
    assert load_module(described(vit)) is not None
