"""`radalike remap`."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import update

from radalike.catalog.schema import images
from radalike.library import Library
from radalike.vocabulary import Evidence
from tests.conftest import LibraryOpener
from tests.radalike.cli.conftest import Radalike


def with_evidence(library: Library, modality: str, **evidence: str) -> None:
    """The images of a modality, as if they had come from files that say this of themselves."""
    sealed = library.privacy.seal(Evidence(modality=modality, **evidence).as_json())
    with library.catalog.engine.begin() as connection:
        rows = update(images).where(images.c.modality == modality)
        connection.execute(rows.values(evidence=sealed, filepath=None))


def test_remapping(radalike: Radalike, library_copy: Path, open_library: LibraryOpener) -> None:
    with open_library(library_copy) as library:
        with_evidence(library, "CT", body_part="KNEE", side="L")
        with_evidence(library, "XR", body_part="CHEST")
    dry = radalike("remap", "--dry-run", "--library", library_copy, "--json")
    assert dry.code == 0
    assert dry.json == {
        "changed": 20,
        "unchanged": 20,
        "given": 20,
        "without_evidence": 0,
        "images": 60,
        "changes": [
            {"field": "anatomy", "before": "abdomen_pelvis", "after": "knee", "images": 20},
            {"field": "laterality", "before": "none", "after": "L", "images": 20},
        ],
        "indexed": 0,
        "dry_run": True,
    }
    words = radalike("remap", "--dry-run", "--library", library_copy).words
    assert "20 of 60 images would change; 20 say the same as before, 20 were given" in words
    answer = radalike("remap", "--library", library_copy)
    assert answer.code == 0
    assert "20 of 60 images changed" in answer.words
    assert "The index holds 60 images by the new words." in answer.words
    assert "abdomen_pelvis" in answer.words
    again = radalike("remap", "--library", library_copy, "--json").json
    assert (again["changed"], again["changes"], again["indexed"]) == (0, [], 0)
    with open_library(library_copy) as library:
        assert library.facet("anatomy") == {"chest": 20, "knee": 20, "thyroid": 20}


def test_no_library(radalike: Radalike, tmp_path: Path) -> None:
    assert radalike("remap", "--library", tmp_path / "none").code == 2
