"""Models of no family: an image tower by name, and a text tower beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from radalike.encoders.loaders import load_text_tower
from radalike.encoders.spec import EncoderSpec
from radalike.errors import NoTextTower
from tests.radalike.encoders.checkpoints.medclip import medclip_checkpoint
from tests.radalike.encoders.tiny import custom_checkpoint


def test_the_text_tower_is_the_module_s_load_text(tmp_path: Path) -> None:
    spec = medclip_checkpoint(tmp_path)
    assert load_text_tower(spec)(["left lesion"]).shape == (1, spec.dimension)


def test_a_module_without_one(tmp_path: Path) -> None:
    spec: EncoderSpec = replace(custom_checkpoint(tmp_path), has_text_tower=True)
    with pytest.raises(NoTextTower, match="knows images only"):
        load_text_tower(spec)
