"""Every encoder keeps the contract: the default one, and a tiny one of each family."""

from __future__ import annotations

import pytest

from radalike.encoders.base import Encoder
from radalike.encoders.torch_encoder import load_encoder
from tests.contracts.encoder_contract import EncoderContract
from tests.radalike.encoders.tiny import CHECKPOINTS


@pytest.fixture(scope="session", params=["default", *CHECKPOINTS])
def encoder(
    request: pytest.FixtureRequest, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory
) -> Encoder:
    if request.param == "default":
        return encoder
    spec = CHECKPOINTS[request.param](tmp_path_factory.mktemp(request.param))
    return load_encoder(spec, device="cpu")


class TestEncoder(EncoderContract):
    pass
