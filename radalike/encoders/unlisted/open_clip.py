"""OpenCLIP models by name and tag."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from radalike.encoders.loaders.open_clip import QUICK_GELU
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.encoders.store import Store
from radalike.encoders.unlisted.open_clip_folder import open_clip_preprocessing
from radalike.errors import UnknownName


def described(name: str, store: Store | None) -> EncoderSpec:
    """`open_clip:MODEL:TAG`. Raises UnknownName with open_clip's nearest, UsageError for a
    preprocessing that cannot be done here."""
    import open_clip

    model, _, tag = name.partition(":")
    tag = tag.lower().replace("-", "_")  # as open_clip reads it
    tags = open_clip.list_pretrained_tags_by_model(model)
    if not tags:
        models = {each for each, _ in open_clip.list_pretrained()}
        raise UnknownName("open_clip model", model, models)
    said: dict[str, Any] = open_clip.get_pretrained_cfg(model, tag)
    if not said:
        raise UnknownName(f"weights of open_clip's {model}", tag, tags, hint=_tags(model, tags))
    config = open_clip.get_model_config(model)
    quick = said.get("quick_gelu", False) and not config.get("quick_gelu", False)
    return EncoderSpec(
        id=f"open_clip:{model}:{tag}",
        family="open_clip",
        architecture=f"{model}{QUICK_GELU}" if quick else model,
        weights=_weights(said, config["text_cfg"]),
        dimension=config["embed_dim"],
        preprocessing=open_clip_preprocessing(config, said, f"open_clip:{name}"),
        pooling="projected",
        licence="not stated; see where its weights are",
        source=f"open_clip's {model}, weights {tag}",
        has_text_tower=True,
    )


def _tags(model: str, tags: list[str]) -> str:
    return "name one of them: " + ", ".join(f"open_clip:{model}:{tag}" for tag in tags[:6])


def _weights(said: dict[str, Any], text: dict[str, Any]) -> Weights:
    """Where open_clip would take them from. Which of a repository's files it is (open_clip has its
    own order) is only known there."""
    hub: str = said.get("hf_hub") or ""
    if hub:
        owner, repository, *rest = hub.strip("/").split("/")
        place = f"{owner}/{repository}"
        tokenizer: str = text.get("hf_tokenizer_name") or text.get("hf_model_name") or ""
        elsewhere = tokenizer if tokenizer != place else ""
        return Weights(f"hub:{place}", None, "", "/".join(rest), elsewhere)
    path = PurePosixPath(urlsplit(said["url"]).path)
    sums = [part for part in path.parts if re.fullmatch("[0-9a-f]{64}", part)]  # as OpenAI does
    return Weights(said["url"], sums[0] if sums else None, "", path.name)
