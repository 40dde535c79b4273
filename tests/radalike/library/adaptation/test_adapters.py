"""Adapters in a library: learnt, kept, found by name, and their vectors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from radalike.adaptation.files import read_adapter, write_adapter
from radalike.adaptation.maps import apply
from radalike.encoders.adapted_encoder import adapted_encoder
from radalike.encoders.base import Encoder
from radalike.encoders.spec import fingerprint
from radalike.errors import DuplicateName, UnknownName, UsageError, WeightsMismatch
from radalike.imaging.renderings import RENDERINGS
from radalike.library import Library
from radalike.library.adaptation.adapted_vectors import adapt_stored
from radalike.library.adaptation.adapters import adapted_spec, adapter_path
from radalike.settings import load_settings
from tests.conftest import LibraryOpener
from tests.radalike.encoders.checkpoints.transformers import MEMBERS
from tests.radalike.pictures import image_input, image_inputs, picture


def _vectors(library: Library, encoder: str | None = None) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    return {
        image: vector
        for chunk in library.embeddings(encoder=encoder)
        for image, vector in zip(chunk.ids, chunk.vectors, strict=True)
    }


@pytest.fixture
def library(library_copy: Path, open_library: LibraryOpener) -> Library:
    """Searched exactly: building an index takes a process, and one test of that is enough."""
    return open_library(library_copy, backend="exact")


def _adapted(library: Library, name: str, encoder: Encoder) -> Library:
    """The library with the adapter's encoder over the base that is loaded already."""
    adapted = library.using(name)
    vars(adapted)["encoder"] = adapted_encoder(adapted.spec, encoder)
    return adapted


def test_an_adapter_is_an_encoder_of_the_library(
    library_copy: Path, open_library: LibraryOpener, encoder: Encoder
) -> None:
    library = open_library(library_copy)
    report = library.adapt("ours", labels="modality", method="lda")
    assert (report.classes, report.stored, report.indexed) == (3, 60, 60)
    assert report.method == "lda"
    with _adapted(library, "ours", encoder) as adapted:
        assert adapted.spec.adapts == library.spec
        assert adapted.fingerprint == report.fingerprint != library.fingerprint
        assert not adapted.spec.has_text_tower
        map_ = read_adapter(adapter_path(library.layout, "ours")).map
        own, base = _vectors(adapted), _vectors(library)
        assert own.keys() == base.keys()
        for image, vector in own.items():
            assert vector == pytest.approx(apply(map_, base[image][None])[0], abs=1e-5)
        # A picture that is asked with finds what its stored vector finds.
        asked = adapted.search(picture("US", 40), 5, exact=True)
        stored = next(image for image in own if asked.hits[0].id == image)
        assert asked.hits[0].score == pytest.approx(1, abs=1e-4)
        found = [hit.id for hit in adapted.search(stored, 4, exact=True).hits]
        assert found == [hit.id for hit in asked.hits[1:]]
        assert asked.encoder == "ours"
        built = adapted.search(picture("US", 40), 1)
        assert (built.backend, built.hits[0].id) == ("edge", stored)


def test_the_same_again_is_the_same_to_the_bit_and_maps_nothing(library: Library) -> None:
    first = library.adapt("ours", labels="modality", method="linear", seed=3)
    before = adapter_path(library.layout, "ours").read_bytes()
    again = library.adapt("ours", labels="modality", method="linear", seed=3)
    assert adapter_path(library.layout, "ours").read_bytes() == before
    assert (again.fingerprint, again.stored) == (first.fingerprint, 0)


def test_images_that_come_later_are_mapped_from_their_stored_vectors(library: Library) -> None:
    library.adapt("ours", labels="modality", method="whiten")
    spec = adapted_spec(library.layout, "ours", "stored-window", library.store)
    assert spec is not None
    assert adapt_stored(library, spec) == 0
    library.add(image_inputs(5, start=60))
    assert adapt_stored(library, spec) == 5
    assert adapt_stored(library, spec) == 0
    assert _vectors(library, "ours").keys() == _vectors(library).keys()
    assert len(_vectors(library)) == 65


def test_what_was_killed_between_two_parts_is_finished(library: Library) -> None:
    def killed(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    library.adapt("ours", labels="modality", method="whiten")
    adapter = read_adapter(adapter_path(library.layout, "ours"))
    adapter_path(library.layout, "ours").rename(adapter_path(library.layout, "later"))
    spec = adapted_spec(library.layout, "later", "stored-window", library.store)
    assert spec is not None
    moved = replace(adapter, provenance=replace(adapter.provenance, date="2020-01-01"))
    write_adapter(adapter_path(library.layout, "later"), moved)
    spec = adapted_spec(library.layout, "later", "stored-window", library.store)
    assert spec is not None
    with pytest.raises(KeyboardInterrupt):
        adapt_stored(library, spec, killed)
    (library.layout.embeddings(fingerprint(spec)) / "part-orphan.parquet").write_bytes(b"half")
    assert adapt_stored(library, spec) == 30
    assert len(_vectors(library, "later")) == 60
    assert not (library.layout.embeddings(fingerprint(spec)) / "part-orphan.parquet").exists()


def test_an_erased_patient_is_gone_from_the_adapted_space(library: Library) -> None:
    library.adapt("ours", labels="modality", method="lda")
    gone = {image for image, each in library.metadata().items() if each.patient == "patient-1"}
    assert gone <= _vectors(library, "ours").keys()
    report = library.erase_patient("patient-1")
    assert report.found == 0
    assert not gone & _vectors(library, "ours").keys()
    assert len(_vectors(library, "ours")) == 60 - len(gone)
    with library.using("ours") as adapted:
        assert not gone & {hit.id for hit in adapted.search(next(iter(_vectors(adapted))), 60).hits}


def test_nothing_in_the_file_names_a_label_an_image_or_a_person(library: Library) -> None:
    report = library.adapt("ours", method="linear")
    data = Path(report.file).read_bytes()
    words = {"normal", "lesion", "effusion", "phantoms", str(library.layout.root)}
    for image, each in library.metadata().items():
        words |= {image, str(each.patient), str(each.study), str(each.series), *each.labels}
    assert [word for word in words - {"None"} if word.encode() in data] == []


def test_images_with_several_labels_are_left_out_and_counted(library: Library) -> None:
    report = library.adapt("ours", method="whiten")
    several = [
        each
        for each in library.metadata().values()
        if each.split == "train" and len(each.labels) > 1
    ]
    assert report.left_out == {"with several labels": len(several)}
    assert report.images == 45 - len(several)


def test_a_changed_or_foreign_adapter_is_refused(library: Library) -> None:
    report = library.adapt("ours", labels="modality", method="whiten")
    path = Path(report.file)
    whole, adapter = path.read_bytes(), read_adapter(path)
    changed = (whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1]), b"")
    for data in (*changed, whole.replace(b'"seed', b'"need')):
        path.write_bytes(data)
        with pytest.raises(WeightsMismatch, match="whole adapter"):
            adapted_spec(library.layout, "ours", "stored-window", library.store)
    for other in (
        replace(adapter.provenance, base_fingerprint="0" * 16),
        replace(adapter.provenance, base="no-such-encoder"),
    ):
        write_adapter(path, replace(adapter, provenance=other))
        with pytest.raises((WeightsMismatch, UnknownName)):
            adapted_spec(library.layout, "ours", "stored-window", library.store)


def test_a_file_that_was_exchanged_after_its_spec_was_read_is_refused(
    library: Library, encoder: Encoder
) -> None:
    library.adapt("one", labels="modality", method="whiten")
    other = library.adapt("two", labels="modality", method="lda")
    with library.using("one") as adapted:
        adapter_path(library.layout, "one").write_bytes(Path(other.file).read_bytes())
        with pytest.raises(WeightsMismatch, match="pinned"):
            adapted_encoder(adapted.spec, encoder)


def test_names(library: Library, tmp_path: Path) -> None:
    library.adapt("ours", labels="modality", method="whiten")
    with pytest.raises(DuplicateName, match="another adapter"):
        library.adapt("ours", labels="modality", method="lda")
    with pytest.raises(DuplicateName, match="an encoder already"):
        library.adapt(library.encoder_id)
    with pytest.raises(UsageError, match="named"):
        library.adapt("-x y")
    outside = tmp_path / "elsewhere" / "copied.safetensors"
    report = library.adapt(str(outside), labels="modality", method="lda")
    assert (report.encoder, report.file) == ("copied", str(outside))
    assert outside.read_bytes() == adapter_path(library.layout, "copied").read_bytes()
    with library.using("copied") as adapted, pytest.raises(UsageError, match="adapter itself"):
        adapted.adapt("second")


def test_when_there_is_nothing_to_learn_from(
    library: Library, tmp_path: Path, open_library: LibraryOpener
) -> None:
    with pytest.raises(UsageError, match="'val'") as caught:
        library.adapt("ours", split="val")
    assert "test, train" in caught.value.hint
    with pytest.raises(UnknownName, match="label"):
        library.adapt("ours", labels="lable")
    with pytest.raises(UnknownName, match="whiten"):
        library.adapt("ours", method="whitten")
    few = open_library(tmp_path / "few")
    few.add([image_input(number) for number in (1, 2, 3, 7)])
    with pytest.raises(UsageError, match="have 4 images or more"):
        few.adapt("ours")
    one = open_library(tmp_path / "one")
    one.add([image_input(number) for number in range(1, 22, 2)])
    with pytest.raises(UsageError, match="classes"):
        one.adapt("ours")
    assert not adapter_path(one.layout, "ours").exists()


def test_a_base_without_vectors(library: Library) -> None:
    name = next(each for each in RENDERINGS if each != "stored-window")
    settings = library.settings.model_copy(update={"rendering": name})
    with Library(library.layout.root, settings) as bare:
        with pytest.raises(UsageError, match="no vectors of efficientnet-lite0") as caught:
            bare.adapt("ours", labels="modality")
        assert "radalike encode --encoder efficientnet-lite0" in caught.value.hint


def test_a_checkpoint_by_its_path_is_adapted_and_found_again(tmp_path: Path) -> None:
    folder = MEMBERS["vit"].save(tmp_path / "my-vit")

    def opened(encoder: str) -> Library:
        settings = load_settings(library=tmp_path / "library", encoder=encoder, backend="exact")
        return Library.open(create=True, settings=settings)

    images = list(image_inputs(40))
    with opened(str(folder)) as library:
        with pytest.raises(UsageError, match="no vectors of checkpoint:my-vit") as caught:
            library.adapt("ours", labels="modality", method="lda")
        assert str(folder) in caught.value.hint
        library.add(images)
        report = library.adapt("ours", labels="modality", method="lda")
        assert (report.base, report.stored) == ("checkpoint:my-vit", 40)
    with opened("ours") as adapted:
        assert adapted.spec.adapts is not None
        assert adapted.spec.adapts.weights.location == str(folder)
        (hit,) = adapted.search(images[7].pixels, 1, exact=True).hits
        assert hit.score == pytest.approx(1, abs=1e-4)
        assert adapted.get(hit.id).filepath == images[7].name
