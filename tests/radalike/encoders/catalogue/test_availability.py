"""Whether an encoder can be used here, and what to do where not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from radalike.encoders.catalogue import DEFAULT_ENCODER, ENCODERS
from radalike.encoders.catalogue.availability import (
    MEANINGS,
    Availability,
    availability,
    what_to_do,
)
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.encoders.store import Manifest, Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "encoders")


def kept(spec: EncoderSpec, store: Store) -> None:
    store.keep(Manifest(spec.id, spec.weights.location, "1", spec.licence, ()))


def at(location: str, file: str = "") -> EncoderSpec:
    return replace(ENCODERS["resnet50"], id="own", weights=Weights(location, None, "1", file))


def test_every_state_has_a_meaning() -> None:
    assert MEANINGS.keys() == set(Availability)


def test_in_a_package(store: Store) -> None:
    spec = ENCODERS[DEFAULT_ENCODER]
    assert availability(spec, store) is Availability.PACKAGE
    assert what_to_do(spec, Availability.PACKAGE) == ""


def test_in_a_package_that_is_not_installed(store: Store) -> None:
    spec = at("package:no_such_package/model.pth")
    assert availability(spec, store) is Availability.MISSING
    assert what_to_do(spec, Availability.MISSING) == "pip install no-such-package==1"


def test_to_be_fetched_and_then_here(store: Store) -> None:
    spec = ENCODERS["biomedclip"]
    assert availability(spec, store) is Availability.FETCH
    said = what_to_do(spec, Availability.FETCH)
    assert "radalike encoders fetch biomedclip" in said
    assert "radalike encoders install" in said
    assert "--revision" not in said
    assert "--revision" in what_to_do(ENCODERS["bmc-clip"], Availability.FETCH)
    kept(spec, store)
    assert availability(spec, store) is Availability.HERE
    assert what_to_do(spec, Availability.HERE) == ""


def test_on_request_and_then_here(store: Store) -> None:
    spec = ENCODERS["ark"]
    assert availability(spec, store) is Availability.ACCESS
    assert what_to_do(spec, Availability.ACCESS) == spec.access
    kept(spec, store)
    assert availability(spec, store) is Availability.HERE


def test_a_damaged_note_in_the_store(store: Store) -> None:
    spec = ENCODERS["biomedclip"]
    kept(spec, store)
    (store.folder(spec.id) / "manifest.json").write_text("{")
    assert availability(spec, store) is Availability.DAMAGED
    assert "fetch biomedclip" in what_to_do(spec, Availability.DAMAGED)


def test_a_checkpoint_of_one_s_own(store: Store, tmp_path: Path) -> None:
    spec = at(str(tmp_path), "model.safetensors")
    assert availability(spec, store) is Availability.MISSING
    assert what_to_do(spec, Availability.MISSING)
    (tmp_path / "model.safetensors").touch()
    assert availability(spec, store) is Availability.HERE


def test_a_model_without_weights(store: Store) -> None:
    assert availability(at("none"), store) is Availability.HERE
