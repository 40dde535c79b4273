"""From a checkpoint in open_clip's own format to ranked images, by its path alone: words and images
meet in the space that open_clip itself gives."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from radalike.library import Library
from radalike.settings import load_settings
from radalike.vectors import normalised
from tests.radalike.cli.conftest import Radalike
from tests.radalike.encoders.checkpoints.open_clip import Saved, own_towers
from tests.radalike.pictures import KINDS, picture

PICTURES = 12


@pytest.fixture(scope="module")
def towers(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    return own_towers(tmp_path_factory.mktemp("towers"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    for number in range(PICTURES):
        drawn = picture(list(KINDS)[number % len(KINDS)], number)
        Image.fromarray(drawn).save(folder / f"{number:02}.png")
    return folder


def nearest(towers: Saved, files: Path, text: str) -> dict[str, float]:
    """Name and cosine of every file, as open_clip has it."""
    said = json.loads((towers.folder / "open_clip_config.json").read_text())
    size = said["model_cfg"]["vision_cfg"]["image_size"]
    transform = open_clip.transform.image_transform_v2(
        open_clip.transform.PreprocessCfg(size=size, **said["preprocess_cfg"]), is_train=False
    )
    paths = sorted(files.iterdir())
    pictures = torch.stack([transform(Image.open(path).convert("RGB")) for path in paths])
    with torch.inference_mode():
        images = normalised(towers.model.encode_image(pictures).numpy())
        words = normalised(towers.model.encode_text(towers.tokenizer([text])).numpy())
    return dict(zip([path.name for path in paths], (images @ words[0]).tolist(), strict=True))


def test_words_find_images(radalike: Radalike, towers: Saved, files: Path, tmp_path: Path) -> None:
    library = ("--library", tmp_path / "library")
    encoder = ("--encoder", towers.folder)
    assert radalike("ingest", files, *encoder, *library, "--precision", "float32").code == 0
    for text in ("left pleural effusion", "normal lung"):
        answer = radalike("search", "--text", text, "-n", PICTURES, *encoder, *library, "--json")
        assert answer.code == 0, answer.err
        expected = nearest(towers, files, text)
        hits = json.loads(answer.out)["hits"]
        with Library.open(
            tmp_path / "library",
            settings=load_settings(library=tmp_path / "library", encoder=str(towers.folder)),
        ) as opened:
            names = [Path(str(opened.locate(opened.get(hit["id"])))).name for hit in hits]
        assert sorted(names) == sorted(expected)
        np.testing.assert_allclose(
            [hit["score"] for hit in hits], [expected[name] for name in names], atol=1e-3
        )
        scores = [expected[name] for name in names]
        assert all(one >= other - 1e-3 for one, other in pairwise(scores))
