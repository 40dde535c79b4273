"""Checkpoints that transformers saved, by path: what transformers itself makes of them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sentencepiece
import torch
import transformers

from radalike.encoders.catalogue import ENCODERS, encoder_spec
from radalike.encoders.loaders import load_module, load_text_tower
from radalike.encoders.loaders.transformers import text as text_module
from radalike.encoders.spec import EncoderSpec
from radalike.encoders.torch_encoder import load_encoder
from radalike.errors import MissingExtra, NoTextTower, WeightsMismatch
from radalike.imaging.preparation import prepare
from radalike.vectors import check_unit, normalised
from tests.contracts.encoder_contract import IMAGES
from tests.radalike.encoders.checkpoints.transformers import (
    CONTEXT,
    MEMBERS,
    SIZE,
    WORDS,
    tokenizer,
)

INPUTS = torch.linspace(-1, 1, 2 * 3 * SIZE * SIZE).reshape(2, 3, SIZE, SIZE)
TEXTS = ["left pleural effusion", "No lesion", "normal chest of the right lesion " * 9]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A checkpoint of each member; those that break one take a copy."""
    return {name: each.save(tmp_path_factory.mktemp(name)) for name, each in MEMBERS.items()}


def described(folder: Path) -> EncoderSpec:
    return encoder_spec(str(folder))


@pytest.mark.parametrize("name", MEMBERS)
def test_it_is_the_library_s_own_vector(name: str, folders: dict[str, Path]) -> None:
    """With the processor that resizes with Pillow; DINOv3 has none, and resizes fractions where
    everyone else resizes whole levels."""
    member, folder = MEMBERS[name], folders[name]
    expected = member.features(folder, IMAGES).numpy()
    found = load_encoder(described(folder), device="cpu").encode(IMAGES)
    tolerance = 5e-3 if name == "dinov3" else 1e-5
    np.testing.assert_allclose(found, normalised(expected), atol=tolerance)


@pytest.mark.parametrize("name", ["vit", "resnet", "sam", "dinov2", "clip", "siglip"])
def test_the_processor_that_resizes_with_torchvision_is_near(
    name: str, folders: dict[str, Path]
) -> None:
    member, folder = MEMBERS[name], folders[name]
    expected = member.features(folder, IMAGES, "torchvision").numpy()
    found = load_encoder(described(folder), device="cpu").encode(IMAGES)
    np.testing.assert_allclose(found, normalised(expected), atol=2e-3)


@pytest.mark.parametrize("name", ["clip", "siglip"])
def test_texts_are_the_library_s_own_vectors(name: str, folders: dict[str, Path]) -> None:
    spec = described(folders[name])
    found = load_encoder(spec, device="cpu").encode_text(TEXTS)
    assert found.shape == (len(TEXTS), spec.dimension)
    model = transformers.AutoModel.from_pretrained(folders[name]).eval()
    siglip = name == "siglip"  # trained on lower case, padded, without a mask
    inputs = tokenizer()(
        [text.lower() for text in TEXTS] if siglip else TEXTS,
        padding="max_length" if siglip else True,
        truncation=True,
        max_length=CONTEXT,
        return_tensors="pt",
    )
    with torch.inference_mode():
        given = {"input_ids": inputs["input_ids"]}
        if not siglip:
            given["attention_mask"] = inputs["attention_mask"]
        expected = model.get_text_features(**given).pooler_output.numpy()
    np.testing.assert_allclose(found, normalised(expected), atol=1e-5)


@pytest.mark.parametrize("name", ["clip", "siglip"])
def test_image_and_text_are_compared_as_the_library_does(
    name: str, folders: dict[str, Path]
) -> None:
    encoder = load_encoder(described(folders[name]), device="cpu")
    text = "left effusion"
    model = transformers.AutoModel.from_pretrained(folders[name]).eval()
    tokens = tokenizer()(text, padding="max_length", max_length=CONTEXT, return_tensors="pt")
    with torch.inference_mode():
        output = model(
            input_ids=tokens["input_ids"],
            attention_mask=tokens["attention_mask"] if name == "clip" else None,
            pixel_values=MEMBERS[name].inputs(folders[name], IMAGES[:1]),
        )
    expected = float((output.image_embeds @ output.text_embeds.T).item())
    found = float((encoder.encode(IMAGES[:1]) @ encoder.encode_text([text]).T).item())
    assert found == pytest.approx(expected, abs=1e-5)


def test_a_text_is_the_same_in_any_company(folders: dict[str, Path]) -> None:
    for name in ("clip", "siglip"):
        encoder = load_encoder(described(folders[name]), device="cpu")
        together = encoder.encode_text(TEXTS)
        for text, vector in zip(TEXTS, together, strict=True):
            np.testing.assert_allclose(encoder.encode_text([text])[0], vector, atol=1e-4)


ODD = [(1, 1), (1, 2000), (2000, 3), (3, 5, 3), (7, 2)]


@pytest.mark.parametrize("name", ["vit", "resnet", "sam", "dinov2", "clip"])
def test_images_that_are_smaller_than_a_patch_or_very_long(
    name: str, folders: dict[str, Path]
) -> None:
    encoder = load_encoder(described(folders[name]), device="cpu")
    images = [np.random.default_rng(0).integers(0, 256, shape, np.uint8) for shape in ODD]
    vectors = encoder.encode(images)
    check_unit(vectors)
    for image, vector in zip(images, vectors, strict=True):
        np.testing.assert_allclose(encoder.encode([image])[0], vector, atol=1e-4)


# -- what is kept ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "part"), [("clip", "text"), ("siglip", "text"), ("sam", "mask_decoder")]
)
def test_only_the_image_side_is_kept(name: str, part: str, folders: dict[str, Path]) -> None:
    module = load_module(described(folders[name]))
    names = [key for key, _ in module.named_parameters()]
    assert names
    assert not any(part in key for key in names)


def test_only_the_text_side_is_kept(folders: dict[str, Path]) -> None:
    tower = load_text_tower(described(folders["clip"]))
    assert isinstance(tower, torch.nn.Module)
    assert not tower.training
    assert not any("vis" in key for key, _ in tower.named_parameters())


def test_a_model_without_texts(folders: dict[str, Path]) -> None:
    with pytest.raises(NoTextTower, match="images only"):
        load_encoder(described(folders["vit"]), device="cpu").encode_text(["left"])
    (folders["vit"] / "tokenizer.json").write_text("{}")
    with pytest.raises((NoTextTower, WeightsMismatch)):
        load_text_tower(described(folders["vit"]))
    (folders["vit"] / "tokenizer.json").unlink()


def test_the_pieces_of_sentencepiece(folders: dict[str, Path], tmp_path: Path) -> None:
    """As SigLIP's authors publish their tokenizer: a file of SentencePiece's own."""
    folder = Path(shutil.copytree(folders["siglip"], tmp_path / "siglip"))
    (folder / "tokenizer.json").unlink()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([" ".join(WORDS)] * 20),
        model_prefix=str(tmp_path / "spiece"),
        vocab_size=16,
        model_type="char",
        hard_vocab_limit=False,
        unk_id=0,
        eos_id=1,
        bos_id=-1,
        minloglevel=2,
    )
    own = transformers.SiglipTokenizer(str(tmp_path / "spiece.model"), model_max_length=CONTEXT)
    own.save_pretrained(folder)
    found = load_encoder(described(folder), device="cpu").encode_text(TEXTS)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    tokens = own(
        [text.lower() for text in TEXTS],
        padding="max_length",
        truncation=True,
        max_length=CONTEXT,
        return_tensors="pt",
    )
    with torch.inference_mode():
        expected = model.get_text_features(input_ids=tokens["input_ids"]).pooler_output.numpy()
    np.testing.assert_allclose(found, normalised(expected), atol=1e-5)


def test_a_tokenizer_s_library_that_is_not_here_is_named(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(*_: object, **__: object) -> None:
        raise ImportError("SiglipTokenizer requires the SentencePiece library")

    monkeypatch.setattr(text_module.AutoTokenizer, "from_pretrained", lacking)
    with pytest.raises(MissingExtra, match="SentencePiece") as caught:
        load_text_tower(described(folders["siglip"]))
    assert "pip install" in caught.value.hint


def test_a_text_tower_without_a_tokenizer(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(folders["clip"], tmp_path / "copy"))
    spec = described(folder)
    for path in folder.glob("tokenizer*"):
        path.unlink()
    assert not described(folder).has_text_tower
    with pytest.raises(WeightsMismatch, match="there is no tokenizer"):
        load_text_tower(spec)
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(WeightsMismatch, match="cannot be read"):
        load_text_tower(spec)


def test_a_masked_autoencoder_hides_nothing(folders: dict[str, Path]) -> None:
    """The class as it is gives another vector on every call."""
    module = load_module(described(folders["vit-mae"]))
    stock = transformers.ViTMAEModel.from_pretrained(folders["vit-mae"]).eval()
    with torch.inference_mode():
        np.testing.assert_array_equal(module(INPUTS).numpy(), module(INPUTS).numpy())
        first, second = (stock(INPUTS).last_hidden_state[:, 0] for _ in range(2))
    assert not torch.allclose(first, second)


def encoder_of(folder: Path) -> EncoderSpec:
    from tests.radalike.encoders.tiny import tiny_spec

    return tiny_spec("transformers", "AutoModel", folder, 32, "cls")


def test_siglip_2_of_free_aspect_ratio(tmp_path: Path) -> None:
    """Its patches are those that its own processor makes of a square."""
    sizes = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
    }
    config = transformers.Siglip2Config(
        text_config={**sizes, "vocab_size": 16, "max_position_embeddings": CONTEXT},
        vision_config={**sizes, "patch_size": 8, "num_patches": 16},
    )
    torch.manual_seed(0)
    model = transformers.Siglip2Model(config).eval()
    model.save_pretrained(tmp_path)
    processor = transformers.Siglip2ImageProcessorPil(patch_size=8, max_num_patches=16)
    image = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    given = processor(images=image, return_tensors="pt")
    with torch.inference_mode():
        expected = model.get_image_features(**given).pooler_output
        inputs = torch.from_numpy(image).permute(2, 0, 1)[None] / 127.5 - 1
        spec = replace(encoder_of(tmp_path), architecture="Siglip2Model", pooling="projected")
        found = load_module(spec)(inputs)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_dino_as_its_authors_saved_it(tmp_path: Path) -> None:
    """Through its row: no pooler, and no safetensors."""
    config = transformers.ViTConfig(num_hidden_layers=1, architectures=["ViTModel"])
    model = transformers.ViTModel(config, add_pooling_layer=False).eval()
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    config.save_pretrained(tmp_path)
    row = ENCODERS["dino-vit-b16"]
    encoder = load_encoder(
        replace(row, weights=replace(row.weights, location=str(tmp_path))), device="cpu"
    )
    inputs = encoder.inputs([prepare(image, row.preprocessing) for image in IMAGES])
    with torch.inference_mode():
        expected = model(inputs).last_hidden_state[:, 0].numpy()
    np.testing.assert_allclose(encoder.encode(IMAGES), normalised(expected), atol=1e-5)
