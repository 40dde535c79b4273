"""timm models by their own name, with or without the tag of their weights."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from radalike.encoders.loaders.timm import features_of
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.encoders.store import Store
from radalike.encoders.unlisted.timm_folder import timm_preprocessing
from radalike.errors import UnknownName, UsageError


def described(name: str, store: Store | None) -> EncoderSpec:
    """`timm:NAME`, of the tag that timm takes where `name` has none.

    Raises UnknownName with timm's nearest, UsageError for a model that has no weights, or wants a
    preprocessing that cannot be done here, WeightsMismatch for one that does not pool.
    """
    import timm

    model, _, tag = name.partition(".")
    if not timm.is_model(model):
        raise UnknownName("timm model", name, timm.list_models(), hint=_LISTING)
    tags = [each.partition(".")[2] for each in timm.list_pretrained(f"{model}.*")]
    if tag and tag not in tags:
        raise UnknownName(f"weights of timm's {model}", tag, tags)
    config = timm.get_pretrained_cfg(name)
    if config is None or not (config.hf_hub_id or config.url):
        raise UsageError(f"timm has no weights of {name}", hint=_LISTING, encoder=name)
    exact = f"{model}.{config.tag}" if config.tag else model
    preprocessing = timm_preprocessing(config.to_dict(), f"timm:{exact}")
    dimension, pooling = features_of(exact, preprocessing.size)
    return EncoderSpec(
        id=f"timm:{exact}",
        family="timm",
        architecture=exact,
        weights=_weights(exact, config.hf_hub_id, config.hf_hub_filename, config.url),
        dimension=dimension,
        preprocessing=preprocessing,
        pooling=pooling,
        licence=config.license or "not stated; see where its weights are",
        source=config.description or f"timm's {exact}",
        citation=_paper(config.paper_ids),
    )


_LISTING = "`python -c \"import timm; print(timm.list_pretrained('*vit*'))\"` lists those like it"


def _weights(name: str, hub: str | None, file: str | None, url: object) -> Weights:
    if hub:
        return Weights(f"hub:{hub}", None, "", file or "model.safetensors")
    address = str(url[0] if isinstance(url, tuple) else url)
    path = PurePosixPath(urlsplit(address).path)
    if path.suffix in (".npz", ".npy"):
        raise UsageError(
            f"the weights of timm's {name} are for another framework ({path.suffix})",
            hint=_LISTING,
            encoder=name,
        )
    return Weights(address, None, "", path.name)


def _paper(ids: object) -> str:
    listed = [ids] if isinstance(ids, str) else list(ids) if isinstance(ids, tuple | list) else []
    return ", ".join(str(each).replace("arXiv:", "arXiv ") for each in listed)
