"""The map is exact principal components of a sample in which every modality appears."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA

from radalike.embeddings.parts import read_rows
from radalike.errors import CorruptPart, UsageError
from radalike.filters import eq
from radalike.library import Library
from radalike.library.browsing.embedding_map import principal_axes
from radalike.library.vectors import stored_vectors
from radalike.records import Vectors
from tests.radalike.library import erasures
from tests.radalike.library.described import MODALITIES, add_tiles, filled, image, vector

IMAGES = 60


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    yield from filled(tmp_path_factory.mktemp("map") / "library", [range(25), range(25, IMAGES)])


def cloud(rows: int, dimension: int, rank: int) -> Vectors:
    generator = np.random.default_rng(rows)
    spread = generator.standard_normal((rows, rank)) * np.arange(rank, 0, -1)
    drawn: Vectors = (spread @ generator.standard_normal((rank, dimension)) + 3).astype(np.float32)
    return drawn


@pytest.mark.parametrize(("rows", "dimension"), [(50, 8), (8, 50), (2, 5), (5, 2)])
def test_axes_are_the_principal_ones(rows: int, dimension: int) -> None:
    vectors = cloud(rows, dimension, min(rows, dimension))
    points, shares = principal_axes(vectors)
    peer = PCA(2, svd_solver="full").fit(vectors.astype(np.float64))
    signs = [np.sign(axis[np.abs(axis).argmax()]) for axis in peer.components_]
    scale = np.abs(points).max()
    expected = peer.transform(vectors.astype(np.float64)) * signs
    kept = 1 if rows == 2 else 2  # two points have one axis
    np.testing.assert_allclose(points[:, :kept], expected[:, :kept], atol=1e-9 * scale)
    np.testing.assert_allclose(points[:, kept:], 0, atol=1e-6 * scale)
    np.testing.assert_allclose(shares, peer.explained_variance_ratio_, atol=1e-9)


@pytest.mark.parametrize(
    "vectors", [np.full((4, 3), 1.0), np.full((7, 3), 0.1), np.ones((1, 3)), np.empty((0, 3))]
)
def test_without_variance_all_are_in_the_middle(vectors: Vectors) -> None:
    points, shares = principal_axes(vectors.astype(np.float32))
    assert points.shape == (len(vectors), 2)
    assert not points.any()
    assert shares == (0.0, 0.0)


def test_one_dimension_has_one_axis() -> None:
    points, shares = principal_axes(np.array([[1.0], [3.0]], dtype=np.float32))
    np.testing.assert_allclose(points, [[-1, 0], [1, 0]])
    np.testing.assert_allclose(shares, [1, 0])


def test_all_images_of_a_small_library(library: Library) -> None:
    found = library.embedding_map()
    assert found.ids == tuple(image(number) for number in range(IMAGES))
    assert found.passing == IMAGES
    assert found.encoder == library.encoder_id
    assert [library.get(each).metadata for each in found.ids] == list(found.metadata)
    vectors = np.stack([vector(number, library.spec.dimension) for number in range(IMAGES)])
    points, shares = principal_axes(vectors)
    np.testing.assert_array_equal(found.points, points)
    assert found.shares == shares


def test_a_sample_has_every_modality_and_is_the_seed_s(library: Library) -> None:
    for seed in range(20):
        found = library.embedding_map(3, seed)
        assert len(set(found.ids)) == 3
        assert {each.modality.value for each in found.metadata} == set(MODALITIES)
        assert library.embedding_map(3, seed).ids == found.ids
    assert len({library.embedding_map(10, seed).ids for seed in range(9)}) > 1


def test_a_sample_is_drawn_evenly(library: Library) -> None:
    drawn = Counter(each for seed in range(30) for each in library.embedding_map(30, seed).ids)
    assert set(drawn) == {image(number) for number in range(IMAGES)}
    assert 3 < min(drawn.values()) <= max(drawn.values()) < 28  # of 15, a deviation of 3


def test_of_what_passes(library: Library) -> None:
    condition = eq("modality", "CT")
    found = library.embedding_map(condition=condition)
    assert found.ids == tuple(each.id for each in library.records(condition))
    none = library.embedding_map(condition=eq("modality", "no such"))
    assert (none.ids, none.points.shape, none.passing) == ((), (0, 2), 0)


def test_a_map_has_an_image_or_more(library: Library) -> None:
    with pytest.raises(UsageError, match="a map of 0 images"):
        library.embedding_map(0)


def test_only_the_rows_of_the_sample_are_read(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def noted(path: Path, rows: list[int]) -> Vectors:
        asked.extend(rows)
        return read_rows(path, rows)

    monkeypatch.setattr(stored_vectors, "read_rows", noted)
    library.embedding_map(7)
    assert len(asked) == 7


def test_of_tiles_each_image_is_one_point(tmp_path: Path) -> None:
    for library in filled(tmp_path / "library", [range(9)]):
        tiles = library.beside(tiles="1x2")
        add_tiles(tiles, [1, 2, 5], "0,0,2,4", "2,0,2,4")
        found = tiles.embedding_map()
        assert found.ids == (image(1), image(2), image(5))
        first = [vector(place, library.spec.dimension) for place in (0, 2, 4)]
        np.testing.assert_array_equal(found.points, principal_axes(np.stack(first))[0])


def test_an_erasure_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with erasures.open_small(tmp_path / "library") as library:
        _, other = erasures.fill(library)
        left = {each.id for each in library.records(eq("patient", other))}
        erased: list[bool] = []

        def meanwhile(path: Path, rows: list[int]) -> Vectors:
            if not erased:
                erased.append(True)
                library.erase_patient(erasures.A)
            return read_rows(path, rows)

        monkeypatch.setattr(stored_vectors, "read_rows", meanwhile)
        found = library.embedding_map()
        assert set(found.ids) == left
        assert len(found.points) == len(found.metadata) == len(left)


def test_a_part_that_is_lost_is_said(tmp_path: Path) -> None:
    for library in filled(tmp_path / "library", [range(9)]):
        (part,) = library.catalog.parts(library.fingerprint)
        (library.layout.embeddings(library.fingerprint) / part.name).unlink()
        with pytest.raises(CorruptPart):
            library.embedding_map()
