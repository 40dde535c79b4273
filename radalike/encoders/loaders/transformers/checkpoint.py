"""Reading a checkpoint folder into a transformers model: all of it, in float32, and no code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import transformers
from torch import Tensor, empty, float32, nn
from transformers import PreTrainedConfig, PreTrainedModel
from transformers.core_model_loading import revert_weight_conversion
from transformers.models.auto.modeling_auto import MODEL_MAPPING_NAMES
from transformers.utils import logging

from radalike.encoders.loaders.transformers.files import weight_files
from radalike.encoders.spec import EncoderSpec
from radalike.encoders.states import read_state
from radalike.errors import WeightsMismatch

_REFUSED = (
    (
        "auto_map",
        "asks to run code of its own",
        "only models that transformers itself has are loaded; convert it to one of them",
    ),
    (
        "quantization_config",
        "is quantised",
        "get the weights in float32, float16 or bfloat16",
    ),
)
"""Fields of a config.json, what they mean, and the way out."""

_OF_THE_FILE = frozenset({"_name_or_path", "transformers_version", "torch_dtype", "dtype"})


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model, and what is wrong with its tensors: how each differs, by name, in its order; and
    those of the checkpoint that a part of the model has no place for, with that part. `named`: of
    all of these, the name in the checkpoint, which can be of an older version of the library."""

    spec: EncoderSpec
    model: PreTrainedModel
    tensors: dict[str, Tensor]
    differing: dict[str, str]
    surplus: dict[str, nn.Module]
    named: dict[str, str]

    def check(self, part: nn.Module) -> None:
        """Raises WeightsMismatch, which names the first tensor of `part` that the checkpoint lacks
        or has in another shape: the library has filled it with random numbers; or the first that
        only the checkpoint has: the library has left it out."""
        used = {id(tensor) for tensor in part.state_dict(keep_vars=True).values()}
        for name, how in self.differing.items():
            if id(self.tensors[name]) in used:
                raise WeightsMismatch(
                    f"{self.spec.id}: tensor {self.named[name]} {how}",
                    hint=f"the weights belong to another architecture than "
                    f"{self.spec.architecture}, or lack what pooling {self.spec.pooling!r} needs",
                    encoder=self.spec.id,
                    tensor=self.named[name],
                )
        inside = set(part.modules())
        for name, owner in self.surplus.items():
            if owner in inside:
                raise WeightsMismatch(
                    f"{self.spec.id}: tensor {self.named[name]} is in the checkpoint, and not in "
                    "the model",
                    hint="its config.json describes another model than the one of its weights",
                    encoder=self.spec.id,
                    tensor=self.named[name],
                )


def checkpoint(spec: EncoderSpec, folder: Path) -> Checkpoint:
    """The model of `spec.architecture` from `folder`: safetensors or .bin, also in shards.

    The files are read here, so that they are those that `spec` pins, and plain tensors: the
    library has other ways to find weights, by a folder's content, which run code or take adapters.
    Raises WeightsMismatch: no such model, a checkpoint of another one, one that wants to run its
    own code or is quantised, a file that is damaged or is no plain tensors.
    """
    said = read_config(folder, spec.id)
    if spec.configuration and spec.configuration != config_digest(said):
        raise WeightsMismatch(
            f"{spec.id}: its config.json is another one than its vectors were made with",
            hint="put the former one back, or give the folder another name: it is another encoder",
            encoder=spec.id,
        )
    model_class = _model_class(spec, said)
    config = model_class.config_class.from_pretrained(folder, local_files_only=True)
    state: dict[str, Tensor] = {}
    for name in weight_files(folder, spec.id):
        state |= read_state(folder / name)
    return _matched(spec, model_class, config, state)


def filled(
    spec: EncoderSpec,
    model_class: type[PreTrainedModel],
    config: PreTrainedConfig,
    state: Mapping[str, Tensor],
) -> PreTrainedModel:
    """A model with the tensors of `state`, under the names of any version of the library.

    Raises WeightsMismatch, which names the first that is missing or of another shape.
    """
    found = _matched(spec, model_class, config, state)
    found.check(found.model)
    return found.model


def _matched(
    spec: EncoderSpec,
    model_class: type[PreTrainedModel],
    config: PreTrainedConfig,
    state: Mapping[str, Tensor],
) -> Checkpoint:
    with quietly():
        model, report = model_class.from_pretrained(
            None,
            config=config,
            state_dict=dict(state),
            dtype=float32,  # else the one that it was saved in
            ignore_mismatched_sizes=True,  # they are in the report
            output_loading_info=True,
        )
    tensors = dict(model.state_dict(keep_vars=True))
    differs = dict.fromkeys(report["missing_keys"], "is not in the checkpoint")
    for name, there, here in report["mismatched_keys"]:
        differs[name] = f"has shape {tuple(there)} in the checkpoint, {tuple(here)} here"
    ordered = {name: differs[name] for name in tensors if name in differs}
    surplus = _surplus(model, sorted(report["unexpected_keys"]))
    named = _names_in(state, model, [*ordered, *surplus])
    return Checkpoint(spec, model, tensors, ordered, surplus, named)


def _names_in(
    state: Mapping[str, Tensor], model: PreTrainedModel, names: Sequence[str]
) -> dict[str, str]:
    """What the model's tensors `names` are called in `state`, or would be if they were there. A
    checkpoint can have the library's former names, and those of a model that this one is a part of
    (or the other way round): the way of naming counts that most of the tensors have."""
    if not names:
        return {}
    own = {name: name for name in (*names, *model.state_dict())}
    former = {name: next(iter(revert_weight_conversion(model, {name: empty(0)}))) for name in own}
    part = f"{model.base_model_prefix}."
    ways = [
        {name: change(said) for name, said in way.items()}
        for way in (own, former)
        for change in (str, part.__add__, lambda said: said.removeprefix(part))
    ]
    found = max(ways, key=lambda way: sum(said in state for said in way.values()))
    return {name: found[name] for name in names}


def _surplus(model: nn.Module, names: Sequence[str]) -> dict[str, nn.Module]:
    """Those of `names`, tensors that the model did not take, that are of a part it has: one more
    of its layers, or a tensor more in one. The others are of heads, which are not wanted."""
    modules = dict(model.named_modules())
    found: dict[str, nn.Module] = {}
    for name in names:
        path, _, child = name.rpartition(".")
        in_its_place = path in modules
        while path and path not in modules:
            path, _, child = path.rpartition(".")
        if not path:
            continue
        owner = modules[path]
        if in_its_place:
            has = getattr(owner, child, None) is not None  # a buffer that is not loaded
            if not has and (child in ("weight", "bias") or not hasattr(owner, child)):
                found[name] = owner
        elif isinstance(owner, nn.ModuleList | nn.Sequential) and child.isdigit():
            found[name] = owner
    return found


def config_digest(config: Mapping[str, Any]) -> str:
    """16 hex digits over what a config.json says of its model, without what it says of the file."""
    said = {name: value for name, value in config.items() if name not in _OF_THE_FILE}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def read_config(folder: Path, name: str) -> dict[str, Any]:
    """config.json of `folder`, the checkpoint of encoder `name`.

    Raises WeightsMismatch when it is missing, damaged, or asks for what is refused.
    """
    try:
        config = json.loads((folder / "config.json").read_text())
        said = config.keys() & {field for field, _, _ in _REFUSED}
    except (OSError, ValueError, AttributeError) as exc:
        raise WeightsMismatch(
            f"{name}: the checkpoint has no config.json that can be read",
            hint="the folder is as `save_pretrained` of transformers writes it",
            encoder=name,
        ) from exc
    for field, what, hint in _REFUSED:
        if field in said:
            raise WeightsMismatch(
                f"{name}: the checkpoint {what} ({field} in its config.json)",
                hint=hint,
                encoder=name,
            )
    found: dict[str, Any] = config
    return found


def _model_class(spec: EncoderSpec, config: dict[str, Any]) -> Any:
    """The class of `spec.architecture`. Raises WeightsMismatch when there is none of that name, or
    the checkpoint is of another model."""
    found = str(config.get("model_type"))
    name = spec.architecture
    if name == "AutoModel":
        name = str(MODEL_MAPPING_NAMES.get(found, name))
    wanted: Any = getattr(transformers, name, None)
    if not hasattr(wanted, "from_pretrained") or not hasattr(wanted, "config_class"):
        raise WeightsMismatch(
            f"{spec.id}: transformers {transformers.__version__} has no model {name}",
            hint="a newer one may have it: pip install --upgrade transformers",
            encoder=spec.id,
        )
    configuration = wanted.config_class
    inner = config.get(getattr(configuration, "base_config_key", "") or "")
    if configuration.model_type != found and inner is None:
        raise WeightsMismatch(
            f"{spec.id}: the checkpoint is of a {found} model, and {name} is "
            f"{configuration.model_type}",
            hint="name the right architecture, or get the right checkpoint",
            encoder=spec.id,
        )
    return wanted


@contextmanager
def quietly() -> Iterator[None]:
    """Without the library's own report and progress bar: what matters in them is an error here."""
    verbosity, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bar:
            logging.enable_progress_bar()
