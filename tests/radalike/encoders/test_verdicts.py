"""What was found best of an encoder on this machine is found again, and only there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from radalike.encoders import precision, torch_encoder
from radalike.encoders.torch_encoder import load_encoder
from radalike.encoders.verdicts import Verdict, Verdicts, situation
from tests.radalike.encoders.tiny import timm_checkpoint

HALF = Verdict("float16", 8)


def test_what_is_kept_is_found_under_its_situation_only(tmp_path: Path) -> None:
    verdicts = Verdicts(tmp_path / "home" / "precision.json")
    assert verdicts.get("here") is None
    verdicts.keep("here", HALF)
    verdicts.keep("there", Verdict("float32", 4))
    assert verdicts.get("here") == HALF
    assert verdicts.get("elsewhere") is None


def test_without_a_file_nothing_is_kept() -> None:
    Verdicts(None).keep("here", HALF)
    assert Verdicts(None).get("here") is None


@pytest.mark.parametrize("text", ["", "junk", "[]", '{"here": "float16"}', '{"here": {"a": 1}}'])
def test_a_file_that_says_nothing_of_use(text: str, tmp_path: Path) -> None:
    path = tmp_path / "precision.json"
    path.write_text(text)
    assert Verdicts(path).get("here") is None
    Verdicts(path).keep("here", HALF)
    assert Verdicts(path).get("here") == HALF


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    Verdicts(tmp_path / "file" / "precision.json").keep("here", HALF)


def test_a_situation_is_of_encoder_device_request_and_software() -> None:
    here = situation("f" * 16, "cpu", "auto, batch 8")
    assert "torch" in here
    others = [
        situation("e" * 16, "cpu", "auto, batch 8"),
        situation("f" * 16, "mps", "auto, batch 8"),
        situation("f" * 16, "cpu", "auto, batch 16"),
    ]
    assert len({here, *others}) == 4


def test_the_precision_is_looked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    real: Callable[..., Any] = precision.fastest_agreeing

    def noted(*arguments: Any) -> Any:
        looked.append("once")
        return real(*arguments)

    monkeypatch.setattr(precision, "fastest_agreeing", noted)
    spec, kept = timm_checkpoint(tmp_path), tmp_path / "precision.json"
    first = load_encoder(spec, device="cpu", precision="auto", verdicts=kept)
    second = load_encoder(spec, device="cpu", precision="auto", verdicts=kept)
    assert looked == ["once"]
    assert (second.precision, second.batch_size) == (first.precision, first.batch_size)
    load_encoder(spec, device="cpu", precision="auto", batch_size=3, verdicts=kept)
    assert looked == ["once", "once"]


def test_a_precision_that_is_asked_for_is_measured_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that this processor has no units for, and that would not be chosen."""
    measured: list[str] = []
    monkeypatch.setattr(precision, "candidates", lambda _device: ())
    monkeypatch.setattr(torch_encoder, "needs_measuring", lambda *_: True)
    monkeypatch.setattr(torch_encoder, "_fitting_batch", lambda _: measured.append("once") or 4)
    spec, kept = timm_checkpoint(tmp_path), tmp_path / "precision.json"
    for _ in range(2):
        loaded = load_encoder(spec, device="cpu", precision="bfloat16", bulk=True, verdicts=kept)
        assert (loaded.precision, loaded.batch_size) == ("bfloat16", 4)
    assert measured == ["once"]
