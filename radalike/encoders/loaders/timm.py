"""timm models: pooled features before the classifier.

`spec.architecture` is timm's name of the model, with or without a tag, and after a space, where
the model was made with other arguments than timm's own, these as JSON:
`swin_base_patch4_window7_224 {"window_size": 8}`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import timm

from radalike.encoders.spec import EncoderSpec
from radalike.encoders.states import (
    fill,
    match_by_position,
    names_in,
    other_shape,
    read_state,
    uninitialised,
)
from radalike.errors import WeightsMismatch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor, nn

# Published checkpoints of more than an encoder: what all names of the encoder begin with, what
# tells it, and what is left out.
_SEGMENT_ANYTHING = "image_encoder."
_SEGMENTATION = ("prompt_encoder.", "mask_decoder.", "pixel_mean", "pixel_std")
_ARK_HEADS = "omni_heads."
_ARK = (_ARK_HEADS, "projector.", "head.")

# Tensors that follow the input's size: timm would stretch those of another.
_OF_A_SIZE = ("pos_embed", "rel_pos", "relative_position_bias_table")


def load(spec: EncoderSpec, weights: Path) -> nn.Module:
    """`spec.architecture` without its classifier, each tensor from the file of weights.

    Weights that share no name with the model are matched by position, classifier included.
    """
    found = read_state(weights)
    names = names_in(found)
    found = _encoder_of(found)
    architecture, size = spec.architecture, spec.preprocessing.size
    with uninitialised():
        whole = model_of(architecture, size)
    if found.keys().isdisjoint(whole.state_dict()):
        by_position = _by_position(spec, whole, found)
        if by_position is not None:
            return by_position
    with uninitialised():
        model = model_of(architecture, size, num_classes=0)
    named = _as_timm_names(spec, model, found, names)
    fill(spec, model, _without_classifier(whole, model, named), names)
    return model


def model_of(architecture: str, size: int, **arguments: Any) -> nn.Module:
    """The model with weights of no meaning, for inputs of `size` where it is made for one size."""
    name, own = architecture_of(architecture)
    defaults = timm.get_pretrained_cfg(name, allow_unregistered=True)
    fixed = defaults is not None and defaults.fixed_input_size
    if fixed and "img_size" not in own and tuple(defaults.input_size[1:]) != (size, size):
        own = {**own, "img_size": size}
    module: nn.Module = timm.create_model(name, pretrained=False, **{**own, **arguments})
    return module


def architecture_of(architecture: str) -> tuple[str, dict[str, Any]]:
    """timm's name, and the arguments that are not timm's own."""
    name, _, arguments = architecture.partition(" ")
    return name, json.loads(arguments) if arguments else {}


def architecture_with(name: str, arguments: dict[str, Any]) -> str:
    """The inverse of `architecture_of`."""
    return f"{name} {json.dumps(arguments, sort_keys=True)}" if arguments else name


def features_of(architecture: str, size: int) -> tuple[int, str]:
    """Dimension and kind of the pooled features, without computing any.

    Raises WeightsMismatch for a model that does not pool.
    """
    import torch

    with torch.device("meta"), torch.inference_mode():
        model = model_of(architecture, size, num_classes=0).eval()
        features = model(torch.empty(1, 3, size, size))
    if features.ndim != 2:
        raise WeightsMismatch(
            f"timm's {architecture} gives {tuple(features.shape)} an image, and not one vector",
            hint="take a model with a pooling, such as global_pool avg",
            architecture=architecture,
        )
    said = getattr(model, "global_pool", "")
    pooling = said if isinstance(said, str) else getattr(said, "pool_type", "")
    return features.shape[1], {"avg": "average", "token": "cls"}.get(pooling, pooling or "own")


def _encoder_of(found: dict[str, Tensor]) -> dict[str, Tensor]:
    """Without what a published checkpoint holds beside its encoder: the prompt encoder and mask
    decoder of Segment Anything (and MedSAM), the heads and the projector of Ark."""
    if any(name.startswith(_SEGMENT_ANYTHING) for name in found):
        return {
            name.removeprefix(_SEGMENT_ANYTHING).replace(".mlp.lin", ".mlp.fc"): tensor
            for name, tensor in found.items()
            if not name.startswith(_SEGMENTATION)
        }
    if any(name.startswith(_ARK_HEADS) for name in found):
        return {name: tensor for name, tensor in found.items() if not name.startswith(_ARK)}
    return found


def _by_position(spec: EncoderSpec, whole: nn.Module, found: dict[str, Tensor]) -> nn.Module | None:
    if len(found) != len(whole.state_dict()):
        return None
    whole.load_state_dict(match_by_position(spec, whole.state_dict(), found))
    whole.reset_classifier(0)  # type: ignore[operator]
    return whole


def _as_timm_names(
    spec: EncoderSpec, model: nn.Module, found: dict[str, Tensor], names: Mapping[Tensor, str]
) -> dict[str, Tensor]:
    """`found` under timm's names, by timm's own rules for weights that were published elsewhere.

    Raises WeightsMismatch where a rule stretched a tensor to another size of the input.
    """
    needed = model.state_dict()
    if all(name in found and found[name].shape == tensor.shape for name, tensor in needed.items()):
        return found
    name, _ = architecture_of(spec.architecture)
    made_by = sys.modules[timm.model_entrypoint(name).__module__]
    rules: Callable[..., dict[str, Tensor]] | None = getattr(made_by, "checkpoint_filter_fn", None)
    if rules is None:
        return found
    named = rules(dict(found), model)
    for name, tensor in named.items():
        if any(part in name for part in _OF_A_SIZE):
            sources = [other for key, other in found.items() if key.endswith(name)]
            if sources and all(other.numel() != tensor.numel() for other in sources):
                raise other_shape(spec, names.get(sources[0], name), sources[0], tensor)
    return named


def _without_classifier(
    whole: nn.Module, model: nn.Module, found: dict[str, Tensor]
) -> dict[str, Tensor]:
    """`found` without what `whole` has on top of `model`, and classifiers of other classes."""
    said: Any = model.pretrained_cfg.get("classifier") or ()  # type: ignore[union-attr, operator]
    classifiers = tuple(f"{each}." for each in ((said,) if isinstance(said, str) else said))
    left_out = whole.state_dict().keys() - model.state_dict().keys()
    left_out |= {name for name in found if name.startswith(classifiers)} - model.state_dict().keys()
    return {name: tensor for name, tensor in found.items() if name not in left_out}
