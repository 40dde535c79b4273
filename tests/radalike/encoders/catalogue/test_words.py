"""Rows in words."""

from __future__ import annotations

import pytest

from radalike.encoders.catalogue import ENCODERS, words
from radalike.encoders.loaders.transformers.image import POOLINGS
from radalike.encoders.spec import Weights
from radalike.imaging.preprocessing import Preprocessing


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("vit-b16-in21k", "squashed to 224 x 224, whatever its shape; bilinear"),
        ("dinov2-vit-b14", "shorter side to 256, the centre 224 x 224 cut out; bicubic"),
        ("dino-vit-b16", "shorter side to 256, the centre 224 x 224 cut out; bicubic"),
        ("medclip-vit", "longer side to 224, black around it up to a square; bicubic"),
        ("sam-vit-b", "longer side to 1024, in the top left corner of a square of zeros; bilinear"),
    ],
)
def test_fitting(name: str, said: str) -> None:
    assert words.fitting(ENCODERS[name].preprocessing) == said


def test_scaling() -> None:
    equal = Preprocessing(size=8, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
    assert words.scaling(equal) == "levels divided by 255, normalised with mean 0.5, deviation 0.25"
    coloured = words.scaling(ENCODERS["resnet50"].preprocessing)
    assert "mean 0.485, 0.456, 0.406, deviation 0.229, 0.224, 0.225" in coloured
    medsam = words.scaling(ENCODERS["medsam-vit-b"].preprocessing)
    assert medsam == "levels stretched from each image's least (0) to its greatest (1)"


def test_every_pooling_has_words() -> None:
    for spec in ENCODERS.values():
        assert spec.pooling in words.POOLINGS
        assert words.embedding(spec).startswith(f"{spec.dimension} numbers: ")
    assert set(POOLINGS) <= words.POOLINGS.keys()


def test_place() -> None:
    assert words.place(Weights("hub:a/b", None, "c", "d")) == "hub:a/b at c, d"
    assert words.place(Weights("https://a/d.pth", None, "", "d.pth")) == "https://a/d.pth"
    assert words.place(Weights("hub:a/b", None, "")) == "hub:a/b"


def test_version_is_said_only_where_a_fetch_decides_it() -> None:
    assert "--revision COMMIT" in words.version(Weights("hub:a/b", None, ""))
    for pinned in (
        Weights("hub:a/b", None, "c"),
        Weights("https://a/d.pth", "0" * 64, ""),
        Weights("package:a/d.pth", None, ""),
    ):
        assert words.version(pinned) == ""


def test_short_revision() -> None:
    assert words.short_revision(Weights("hub:a/b", None, "0123456789abcdef" * 2 + "01234567")) == (
        "0123456789ab"
    )
    assert words.short_revision(Weights("hub:a/b", None, "ark6_teacher_ep200")) == (
        "ark6_teacher_ep200"
    )


def test_terms() -> None:
    assert words.terms("MIT") == "MIT"
    assert words.terms("Some License (non-commercial)") == "Some License"
    assert words.terms("none stated; see the card") == "none stated"
