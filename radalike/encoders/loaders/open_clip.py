"""OpenCLIP models: the projected embeddings of the image tower and of the text tower.

`spec.architecture` is open_clip's name of the model (with `-quickgelu` for the activation that
OpenAI trained with); any other name means the model that `open_clip_config.json`, beside the
weights, describes. Only the tower that is asked for is made and kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import open_clip
import timm
from open_clip.model import _build_text_tower, _build_vision_tower
from torch import nn
from transformers import AutoConfig

from radalike.encoders.spec import EncoderSpec
from radalike.encoders.states import differs, fill, names_in, read_state, uninitialised
from radalike.errors import WeightsMismatch, WeightsMissing

if TYPE_CHECKING:
    from torch import Tensor

CONFIGURATION = "open_clip_config.json"
WEIGHT_FILES = (
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
    "open_clip_pytorch_model.pth",
    "model.safetensors",
    "pytorch_model.bin",
    "pytorch_model.pth",
    "model.pth",
)
"""In a folder, in the order in which open_clip looks for them."""
_TEXT = "text"  # where the store has the tokenizer and configuration of another repository
_TOKENIZERS = ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "sentencepiece.bpe.model")
_TOKENIZING = frozenset({"clean", "strip_sep_token"})  # `tokenizer_kwargs` that are known
QUICK_GELU = "-quickgelu"

# Names in a state dict. Models of OpenAI's form have the text tower's tensors at the top level.
_IMAGE_TOWER, _TEXT_TOWER = "visual.", "text."
_UNPREFIXED_TEXT = (
    "text_projection",
    "positional_embedding",
    "token_embedding.",
    "transformer.",
    "ln_final.",
    "cls_emb",
)
_NEITHER = (
    "logit_scale",
    "logit_bias",
    "text_decoder.",  # of CoCa, which writes captions with it
    "attn_mask",
    "input_resolution",
    "context_length",
    "vocab_size",
)
_COUNTED = ".position_ids"  # 0, 1, 2 …: kept by older versions of transformers only


class ImageTower(nn.Module):
    def __init__(self, visual: nn.Module) -> None:
        super().__init__()
        self.visual = visual

    def forward(self, inputs: Tensor) -> Tensor:
        return _embedding(self.visual(inputs))


class TextTower(nn.Module):
    def __init__(self, text: nn.Module, tokenizer: Callable[[list[str]], Tensor]) -> None:
        super().__init__()
        self.text = text
        self._tokenizer = tokenizer

    def forward(self, texts: Sequence[str]) -> Tensor:
        return _embedding(self.text(self._tokenizer(list(texts))))


def _embedding(output: Tensor | tuple[Tensor, ...]) -> Tensor:
    """Models that also caption (CoCa) give the tokens beside the embedding."""
    return output[0] if isinstance(output, tuple) else output


def load(spec: EncoderSpec, weights: Path) -> nn.Module:
    found = read_state(_file(spec, weights))
    names = names_in(found)
    found = _tower(spec, found, _IMAGE_TOWER)
    config = configuration(spec.architecture, _folder(spec, weights))
    vision = _of_this_machine(spec, config["vision_cfg"])
    with uninitialised():
        visual = _build_vision_tower(config["embed_dim"], vision, config.get("quick_gelu", False))
    tower = ImageTower(visual)
    fill(spec, tower, found, names)
    return tower


def load_text(spec: EncoderSpec, weights: Path) -> TextTower:
    """Raises WeightsMissing where the tokenizer is not beside the weights."""
    folder = _folder(spec, weights)
    config = configuration(spec.architecture, folder)
    text = dict(config["text_cfg"])
    tokenizer = _tokenizer(spec, text, folder)
    if text.get("hf_model_name"):
        # Its name would be looked up on the hub; only its configuration is needed.
        described = str(_needed(spec, folder / _TEXT, ("config.json",)))
        AutoConfig.from_pretrained(described, local_files_only=True, trust_remote_code=False)
        text |= {"hf_model_name": described, "hf_model_pretrained": False}
    found = read_state(_file(spec, weights))
    names = names_in(found)
    found = _tower(spec, found, _TEXT_TOWER)
    with uninitialised():
        made = _build_text_tower(config["embed_dim"], text, config.get("quick_gelu", False))
    tower = TextTower(made, tokenizer)
    expected = tower.state_dict()
    fill(
        spec,
        tower,
        {key: found[key] for key in found if key in expected or not key.endswith(_COUNTED)},
        names,
    )
    return tower.eval()


def configuration(architecture: str, folder: Path) -> dict[str, Any]:
    """What open_clip calls `model_cfg`. Raises WeightsMismatch when there is none."""
    known: dict[str, Any] | None = open_clip.get_model_config(architecture)
    if known is None and architecture.endswith(QUICK_GELU):
        known = open_clip.get_model_config(architecture.removesuffix(QUICK_GELU))
        if known is not None:
            known["quick_gelu"] = True
    if known is not None:
        return known
    path = folder / CONFIGURATION
    if not path.is_file():
        raise WeightsMismatch(
            f"open_clip has no model {architecture}",
            hint=f"put the {CONFIGURATION} that describes it beside its weights",
            architecture=architecture,
        )
    said = json.loads(path.read_text(encoding="utf-8"))
    config: dict[str, Any] = said.get("model_cfg", said)
    return config


def weight_file(folder: Path, encoder: str) -> Path:
    """The file of weights in a folder of open_clip's. Raises WeightsMissing."""
    for name in WEIGHT_FILES:
        if (folder / name).is_file():
            return folder / name
    raise WeightsMissing(
        f"{encoder}: the folder holds no weights", hint=f"put {WEIGHT_FILES[0]} there"
    )


def _file(spec: EncoderSpec, weights: Path) -> Path:
    return weight_file(weights, spec.id) if weights.is_dir() else weights


def _of_this_machine(spec: EncoderSpec, vision: dict[str, Any]) -> dict[str, Any]:
    """`vision_cfg` without any weights of its own. Raises WeightsMismatch for a timm model that
    timm does not have: it could be one that is to be fetched."""
    name = vision.get("timm_model_name")
    if name and not timm.is_model(name):
        raise WeightsMismatch(
            f"{spec.id}: timm has no model {name}",
            hint="its image tower is of another version of timm, or not of timm",
            encoder=spec.id,
        )
    return {**vision, "timm_model_pretrained": False}


def _folder(spec: EncoderSpec, weights: Path) -> Path:
    """Where the weights are, and what belongs to them."""
    if weights.is_dir():
        return weights
    return weights.parents[max(len(Path(spec.weights.file).parts) - 1, 0)]


def _tower(spec: EncoderSpec, state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors of the tower of that prefix. Raises WeightsMismatch for one of neither tower."""
    found = {}
    for name, tensor in state.items():
        if name.startswith(_NEITHER):
            continue
        full = f"{_TEXT_TOWER}{name}" if name.startswith(_UNPREFIXED_TEXT) else name
        if not full.startswith((_IMAGE_TOWER, _TEXT_TOWER)):
            raise differs(spec, name, "is in the checkpoint, and in neither tower of the model")
        if full.startswith(prefix):
            found[full] = tensor
    return found


def _tokenizer(
    spec: EncoderSpec, text: dict[str, Any], folder: Path
) -> Callable[[list[str]], Tensor]:
    """open_clip's own for the model, from its package or from the disk."""
    length = text.get("context_length", open_clip.tokenizer.DEFAULT_CONTEXT_LENGTH)
    arguments = text.get("tokenizer_kwargs") or {}
    others = sorted(arguments.keys() - _TOKENIZING)
    if others:  # one of them shortens texts at random, another fetches what it needs
        raise WeightsMismatch(
            f"{spec.id}: its tokenizer wants {others[0]}, which is not known here",
            hint=f"known are {', '.join(sorted(_TOKENIZING))}; images can be searched with images",
            encoder=spec.id,
        )
    made: Callable[[list[str]], Tensor]
    if not text.get("hf_tokenizer_name"):
        made = open_clip.SimpleTokenizer(context_length=length, **arguments)
        return made
    inside = any((folder / _TEXT / name).is_file() for name in _TOKENIZERS)
    made = open_clip.tokenizer.HFTokenizer(
        str(_needed(spec, folder / _TEXT if inside else folder, _TOKENIZERS)),
        context_length=length,
        tokenizer_mode=text.get("tokenizer_mode"),
        local_files_only=True,
        trust_remote_code=False,
        **arguments,
    )
    return made


def _needed(spec: EncoderSpec, folder: Path, names: tuple[str, ...]) -> Path:
    """`folder`, which has one of `names`."""
    if not any((folder / name).is_file() for name in names):
        raise WeightsMissing(
            f"the text tower of {spec.id} has no {names[0]} beside its weights",
            hint=f"fetch or install {spec.id} again, or put the tokenizer's files and config.json "
            f"into the folder {_TEXT} beside the weights",
            encoder=spec.id,
        )
    return folder
