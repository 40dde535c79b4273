"""Every encoder keeps the contract: the default one, and a tiny one of each family."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from radalike.encoders.base import Encoder
from radalike.encoders.torch_encoder import load_encoder
from tests.contracts.encoder_contract import EncoderContract
from tests.radalike.encoders.checkpoints.medclip import medclip_checkpoint
from tests.radalike.encoders.checkpoints.open_clip import SPECS as OPEN_CLIP
from tests.radalike.encoders.checkpoints.timm import SPECS as TIMM
from tests.radalike.encoders.checkpoints.transformers import CHECKPOINTS as TRANSFORMERS
from tests.radalike.encoders.tiny import CHECKPOINTS as FAMILIES

CHECKPOINTS = {**FAMILIES, **TRANSFORMERS, **TIMM, **OPEN_CLIP, "medclip": medclip_checkpoint}


@pytest.fixture(scope="session")
def loaded(
    default_encoder: Encoder, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Encoder]:
    """The encoder of a name, loaded once, in whatever order the tests come."""

    @cache
    def load(name: str) -> Encoder:
        if name == "default":
            return default_encoder
        return load_encoder(CHECKPOINTS[name](tmp_path_factory.mktemp(name)), device="cpu")

    return load


@pytest.fixture(params=["default", *CHECKPOINTS])
def encoder(request: pytest.FixtureRequest, loaded: Callable[[str], Encoder]) -> Encoder:
    return loaded(request.param)


class TestEncoder(EncoderContract):
    pass
