"""`radalike encoders list` and `show`."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import ViTImageProcessor

from radalike.encoders.catalogue import ENCODERS
from radalike.encoders.catalogue.markdown import BEGIN, END, table_and_notes
from radalike.encoders.spec import fingerprint
from radalike.encoders.store import Manifest, Store, StoredFile
from tests.radalike.cli.conftest import Radalike
from tests.radalike.encoders.tiny import transformers_checkpoint

LOOSE = {"bmc-clip"}
"""Rows that pin no version."""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("RADALIKE_HOME", str(tmp_path / "home"))
    return Store(tmp_path / "home" / "encoders")


def kept(store: Store, name: str) -> None:
    """As if `name` had been fetched."""
    weights = ENCODERS[name].weights
    files = (StoredFile(weights.file or "model.safetensors", 3_000_000, "ab" * 32),)
    store.keep(Manifest(name, weights.location, weights.revision or "c0ffee", "MIT", files))


# -- list --------------------------------------------------------------------------------------


def test_the_list_as_json(radalike: Radalike, store: Store) -> None:
    answer = radalike("encoders", "list", "--json")
    assert answer.code == 0
    assert [each["id"] for each in answer.json] == list(ENCODERS)
    for each in answer.json:
        spec = ENCODERS[each["id"]]
        assert each["fingerprint"] == (None if spec.id in LOOSE else fingerprint(spec))
        assert {"family", "dimension", "licence", "source", "weights", "preprocessing"} <= set(each)
    assert [each["id"] for each in answer.json if each["default"]] == ["efficientnet-lite0"]


def test_the_list_says_what_is_here(radalike: Radalike, store: Store) -> None:
    kept(store, "bmc-clip")
    found = {each["id"]: each for each in radalike("encoders", "list", "--json").json}
    assert found["efficientnet-lite0"]["availability"] == "package"
    assert found["bmc-clip"]["availability"] == "here"
    assert found["bmc-clip"]["weights"]["revision"] == "c0ffee"
    assert found["bmc-clip"]["fingerprint"]
    assert found["biomedclip"]["availability"] == "fetch"
    assert found["ark"]["availability"] == "access"


@pytest.mark.parametrize("columns", [80, 100])
def test_the_list_fits_a_terminal(
    columns: int, radalike: Radalike, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    answer = radalike("encoders", "list")
    assert answer.code == 0
    assert max(len(line) for line in answer.out.splitlines() if line[0] in "┏┃│") <= columns
    for spec in ENCODERS.values():
        assert f" {spec.id} " in answer.out
    for text in ("efficientnet-lite0 is the default", "1280", "yes"):
        assert text in answer.out


def test_a_damaged_note_does_not_hide_the_others(radalike: Radalike, store: Store) -> None:
    kept(store, "bmc-clip")
    (store.folder("bmc-clip") / "manifest.json").write_text("{")
    answer = radalike("encoders", "list", "--json")
    assert answer.code == 0
    states = {each["id"]: each["availability"] for each in answer.json}
    assert states["bmc-clip"] == "damaged"
    assert states["biomedclip"] == "fetch"
    assert "fetch or install it again" in radalike("encoders", "show", "bmc-clip").words


def test_markdown(radalike: Radalike, tmp_path: Path) -> None:
    answer = radalike("encoders", "list", "--markdown")
    assert answer.code == 0
    assert answer.out == table_and_notes(ENCODERS.values()) + "\n"
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n{BEGIN}\n{END}\nend\n")
    assert radalike("encoders", "list", "--markdown", "--into", page).code == 0
    assert page.read_text() == f"# Title\n{BEGIN}\n{answer.out}{END}\nend\n"


def test_markdown_into_a_page_without_marks(radalike: Radalike, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("no place")
    answer = radalike("encoders", "list", "--markdown", "--into", page)
    assert answer.code == 2
    assert page.read_text() == "no place"


# -- show --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ENCODERS)
def test_everything_of_every_row(name: str, radalike: Radalike, store: Store) -> None:
    answer = radalike("encoders", "show", name)
    assert answer.code == 0
    spec = ENCODERS[name]
    said = (spec.source, spec.study, spec.access, spec.licence, spec.citation, spec.weights.text)
    for text in (*said, spec.weights.sha256 or "", spec.weights.revision, spec.architecture):
        assert text in answer.words
    assert f"{spec.dimension} numbers" in answer.words
    assert f"{spec.preprocessing.size}" in answer.words
    expected = "pins no version" if name in LOOSE else fingerprint(spec)
    assert expected in answer.words


def test_the_study_s_way_against_ours(radalike: Radalike, store: Store) -> None:
    said = radalike("encoders", "show", "resnet50").words
    assert "The study took the 1000 class logits" in said
    assert "Here: the 2048 features before the classifier" in said
    assert "shorter side to 256, the centre 224 x 224 cut out; bicubic" in said
    assert "text tower no" in said


def test_what_to_do_to_get_it(radalike: Radalike, store: Store) -> None:
    assert (
        "`radalike encoders fetch biomedclip`" in radalike("encoders", "show", "biomedclip").words
    )
    kept(store, "biomedclip")
    said = radalike("encoders", "show", "biomedclip").words
    assert "on this machine" in said
    assert f"1 file, 3.0 MB, {ENCODERS['biomedclip'].weights.revision}" in said
    assert "to get it" not in said


def test_what_has_to_be_done_first(radalike: Radalike, store: Store) -> None:
    said = radalike("encoders", "show", "medsiglip").words
    assert "available not yet" in said
    assert "encoders show" not in said
    assert "to get it Accept the terms" in said


def test_one_as_json(radalike: Radalike, store: Store) -> None:
    spec = ENCODERS["rad-dino"]
    answer = radalike("encoders", "show", "rad-dino", "--json")
    assert answer.code == 0
    assert answer.json["id"] == "rad-dino"
    assert answer.json["fingerprint"] == fingerprint(spec)
    assert answer.json["availability"] == "fetch"
    assert answer.json["stored"] is None
    assert "fetch rad-dino" in answer.json["what_to_do"]
    kept(store, "rad-dino")
    answer = radalike("encoders", "show", "rad-dino", "--json")
    assert answer.json["availability"] == "here"
    assert answer.json["stored"]["files"][0]["name"] == "model.safetensors"
    assert answer.json["what_to_do"] == ""


def test_a_rendering_of_one_s_own_is_another_space(
    radalike: Radalike, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = radalike("encoders", "show", "rad-dino", "--json").json
    monkeypatch.setenv("RADALIKE_RENDERING", "lung")
    lung = radalike("encoders", "show", "rad-dino", "--json").json
    assert lung["rendering"] == "lung"
    assert lung["fingerprint"] != plain["fingerprint"]


def test_an_unknown_id_comes_with_suggestions(radalike: Radalike, store: Store) -> None:
    answer = radalike("encoders", "show", "biomed-clip")
    assert answer.code == 2
    assert "biomedclip" in answer.err
    assert "radalike encoders list" in answer.err


def test_a_model_of_timm_that_has_no_row(radalike: Radalike, store: Store) -> None:
    answer = radalike("encoders", "show", "timm:test_vit.r160_in1k", "--json")
    assert answer.code == 0
    assert answer.json["family"] == "timm"
    assert answer.json["default"] is False
    said = radalike("encoders", "show", "timm:test_vit.r160_in1k").words
    assert "fetch timm:test_vit.r160_in1k" in said


def test_a_checkpoint_folder_of_one_s_own(radalike: Radalike, store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    transformers_checkpoint(folder)
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    answer = radalike("encoders", "show", folder)
    assert answer.code == 0
    assert "transformers" in answer.words
    assert "32 numbers" in answer.words
    assert "on this machine" in answer.words
