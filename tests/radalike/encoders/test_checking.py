"""`check`: a sound encoder passes, and each fault is found and said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from radalike.encoders.catalogue import EFFICIENTNET_LITE0, encoder_spec
from radalike.encoders.checking import Outcome, check_encoder
from radalike.encoders.fetching import fetch
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.encoders.store import Store
from radalike.errors import WeightsMissing
from tests.peers.hub import Hub
from tests.radalike.encoders.hubs import vit_repository
from tests.radalike.encoders.tiny import CHECKPOINTS, timm_checkpoint

NAME = "hf:owner/vit"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "encoders")


@pytest.fixture
def fetched(hub: Hub, store: Store, tmp_path: Path) -> Path:
    """A small ViT that was fetched: the folder of its files."""
    (tmp_path / "vit").mkdir()
    hub.repositories["owner/vit"] = vit_repository(tmp_path / "vit")
    fetch(NAME, store)
    folder = store.files(NAME)
    assert folder is not None
    return folder


def findings(outcomes: tuple[Outcome, ...]) -> dict[str, str]:
    return {outcome.question: outcome.said for outcome in outcomes if not outcome.well}


def test_one_that_was_fetched_is_well(fetched: Path, store: Store) -> None:
    moves: list[tuple[int, int]] = []
    spec = encoder_spec(NAME, store=store)
    outcomes = check_encoder(spec, store, progress=lambda *move: moves.append(move))
    assert findings(outcomes) == {}
    asked = {outcome.question for outcome in outcomes}
    assert {"files are whole", "the model loads", "pictures become vectors"} <= asked
    assert {"the same twice", "alone as in a batch", "preprocessing: mean"} <= asked
    assert moves[-1][0] == moves[-1][1]


def test_the_default_is_well(store: Store) -> None:
    assert findings(check_encoder(EFFICIENTNET_LITE0, store)) == {}


@pytest.mark.parametrize("family", ["timm", "transformers", "custom"])
def test_checkpoints_of_one_s_own(family: str, store: Store, tmp_path: Path) -> None:
    assert findings(check_encoder(CHECKPOINTS[family](tmp_path), store)) == {}


def test_weights_that_are_not_here(store: Store, tmp_path: Path) -> None:
    spec = timm_checkpoint(tmp_path)
    with pytest.raises(WeightsMissing):
        check_encoder(replace(spec, weights=Weights("hub:o/n", None, "")), store)


def tamper(folder: Path) -> None:
    path = folder / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def remove(folder: Path) -> None:
    (folder / "config.json").unlink()


def add(folder: Path) -> None:
    (folder / "run.py").write_text("raise SystemExit")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (tamper, "model.safetensors is not what was fetched"),
        (remove, "config.json is missing"),
        (add, "run.py does not belong to it"),
    ],
)
def test_files_that_were_changed(
    fault: Callable[[Path], None], said: str, fetched: Path, store: Store
) -> None:
    spec = encoder_spec(NAME, store=store)
    fault(fetched)
    wrong = findings(check_encoder(spec, store))
    assert said in wrong["files are whole"]
    assert f"radalike encoders fetch {NAME}" in wrong["files are whole"]


def test_files_are_read_whatever_is_remembered(
    fetched: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = encoder_spec(NAME, store=store)
    tamper(fetched)
    monkeypatch.setattr("radalike.encoders.file_hashes.FileHashes.sha256", lambda *_: "no")
    assert "is not what was fetched" in findings(check_encoder(spec, store))["files are whole"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("mean", (0.5, 0.5, 0.5), "0.5, 0.5, 0.5 here, 0.5, 0.4, 0.3 in preprocessor_config.json"),
        ("std", (1.0, 1.0, 1.0), "1, 1, 1 here, 0.5, 0.6, 0.7 in preprocessor_config.json"),
        ("interpolation", "lanczos", "lanczos here, bilinear in preprocessor_config.json"),
        ("fit", "crop", "crop here, squash in preprocessor_config.json"),
    ],
)
def test_another_preprocessing_than_came_with_the_weights(
    field: str, value: object, said: str, fetched: Path, store: Store
) -> None:
    spec = encoder_spec(NAME, store=store)
    changed = replace(spec.preprocessing, **{field: value})  # type: ignore[arg-type]
    wrong = findings(check_encoder(replace(spec, preprocessing=changed), store))
    assert wrong[f"preprocessing: {field}"] == said


def test_another_size_than_the_model_has(fetched: Path, store: Store) -> None:
    spec = encoder_spec(NAME, store=store)
    other = replace(spec, preprocessing=replace(spec.preprocessing, size=48))
    wrong = findings(check_encoder(other, store))
    assert wrong["preprocessing: size"] == "48 here, 32 in preprocessor_config.json"


def test_a_processor_that_is_none_of_ours_is_not_compared(fetched: Path, store: Store) -> None:
    spec = encoder_spec(NAME, store=store)
    (fetched / "preprocessor_config.json").write_text(json.dumps({"do_resize": False}))
    manifest = store.manifest(NAME)
    assert manifest is not None
    kept = tuple(file for file in manifest.files if file.name != "preprocessor_config.json")
    (fetched / "preprocessor_config.json").unlink()
    store.keep(replace(manifest, files=kept))
    outcomes = check_encoder(spec, store)
    assert findings(outcomes) == {}
    assert not any(outcome.question.startswith("preprocessing") for outcome in outcomes)


def test_another_dimension(tmp_path: Path, store: Store) -> None:
    spec = replace(timm_checkpoint(tmp_path), dimension=7)
    said = " ".join(findings(check_encoder(spec, store)).values())
    assert "(n, 7)" in said or "7" in said


def test_another_architecture(tmp_path: Path, store: Store) -> None:
    spec = replace(timm_checkpoint(tmp_path), architecture="test_vit")
    assert findings(check_encoder(spec, store))["the model loads"]


class Planted:
    """An object whose unpickling runs a command."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., None], tuple[Path]]:
        return Path.touch, (self.path,)


def test_a_checkpoint_with_code_is_refused_and_not_run(tmp_path: Path, store: Store) -> None:
    spec = timm_checkpoint(tmp_path)
    torch.save({"weight": Planted(tmp_path / "ran")}, tmp_path / "model.pth")
    wrong = findings(check_encoder(spec, store))
    assert "holds code" in wrong["the model loads"]
    assert not (tmp_path / "ran").exists()


def nan(spec: EncoderSpec) -> None:
    path = Path(spec.weights.location)
    state = torch.load(path, weights_only=True)
    first = next(name for name, tensor in state.items() if tensor.is_floating_point())
    state[first] = torch.full_like(state[first], float("nan"))
    torch.save(state, path)


def test_vectors_that_are_not_finite(tmp_path: Path, store: Store) -> None:
    spec = timm_checkpoint(tmp_path)
    nan(spec)
    assert "pictures become vectors" in findings(check_encoder(spec, store))


def test_a_text_tower_that_is_not_there(tmp_path: Path, store: Store) -> None:
    spec = replace(timm_checkpoint(tmp_path), has_text_tower=True)
    assert "texts become vectors in the same space" in findings(check_encoder(spec, store))
