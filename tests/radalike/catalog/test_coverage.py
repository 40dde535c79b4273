"""Which images have vectors of which encoder, on every database."""

from __future__ import annotations

import pytest

from radalike.catalog.coverage import images_with_vectors, images_without, used_encoders
from radalike.catalog.store import Catalog, Part, PartRow, VectorPlace
from radalike.errors import LibraryError
from radalike.records import ImageRecord, Metadata, tile_id

FIRST, SECOND, TILED = "1" * 16, "2" * 16, "3" * 16


def image(number: int) -> str:
    return f"{number:08}-0000-5000-8000-000000000000"


def record(number: int, content: str = "") -> ImageRecord:
    return ImageRecord(
        id=image(number),
        content=content or f"c{number}",
        metadata=Metadata(dataset="set"),
        width=4,
        height=4,
    )


def part(name: str, fingerprint: str, rows: int) -> Part:
    return Part(name, fingerprint, rows, "0" * 64, "float32")


@pytest.fixture
def filled(catalog: Catalog) -> Catalog:
    """Five images with the first encoder; 3 and 1, in this order, with the second."""
    for fingerprint, name in ((FIRST, "first"), (SECOND, "second"), (TILED, "first")):
        catalog.add_encoder(fingerprint, name, 4, {"id": name})
    records = [record(0), record(1), record(2, "c1"), record(3), record(4)]
    catalog.commit(part=part("one", FIRST, 5), records=records)
    catalog.commit(part=part("two", SECOND, 2), rows=[PartRow(image(3)), PartRow(image(1))])
    return catalog


def without(catalog: Catalog, fingerprint: str) -> list[str]:
    return [each.id for page in images_without(catalog.engine, fingerprint) for each in page]


def test_images_that_are_there_get_vectors_of_another_encoder(filled: Catalog) -> None:
    assert [point.id for point in filled.part_points("two")] == [image(3), image(1)]
    assert [name for name, _ in filled.part_metadata("two")] == [image(3), image(1)]
    assert filled.vector_place(SECOND, image(1)) == VectorPlace(image(1), "two", 1)
    assert filled.vector_place(FIRST, image(1)) == VectorPlace(image(1), "one", 1)
    assert filled.vectors_of_contents(SECOND, ["c1", "c0"]) == {
        "c1": VectorPlace(image(1), "two", 1)
    }
    assert filled.totals()["images"] == 5


def test_what_an_encoder_lacks(filled: Catalog) -> None:
    assert without(filled, FIRST) == []
    assert without(filled, SECOND) == [image(0), image(2), image(4)]
    assert without(filled, TILED) == [image(number) for number in range(5)]
    counted = [
        images_with_vectors(filled.engine, each) for each in (FIRST, SECOND, TILED, "4" * 16)
    ]
    assert counted == [5, 2, 0, 0]


def test_pages_go_on_while_vectors_are_committed(
    filled: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("radalike.catalog.coverage._PAGE", 2)
    met = []
    for number, page in enumerate(images_without(filled.engine, TILED)):
        met += [each.id for each in page]
        rows = [PartRow(each.id, "0,0,2,2") for each in page]
        filled.commit(part=part(f"tiles {number}", TILED, len(rows)), rows=rows)
    assert met == [image(number) for number in range(5)]
    assert without(filled, TILED) == []


def test_an_image_can_have_several_rows_by_region(filled: Catalog) -> None:
    regions = ["0,0,2,2", "2,0,2,2"]
    rows = [PartRow(image(number), region) for number in (4, 1) for region in regions]
    filled.commit(part=part("tiles", TILED, 4), rows=rows)
    points = filled.part_points("tiles")
    assert [point.id for point in points] == [tile_id(row.image, str(row.region)) for row in rows]
    assert [(point.image, point.region) for point in points] == [
        (row.image, row.region) for row in rows
    ]
    assert images_with_vectors(filled.engine, TILED) == 2
    assert filled.vectors_of_contents(TILED, ["c1"]) == {}
    assert filled.regions_of_contents(TILED, ["c1", "c0"]) == {
        ("c1", regions[0]): VectorPlace(image(1), "tiles", 2, regions[0]),
        ("c1", regions[1]): VectorPlace(image(1), "tiles", 3, regions[1]),
    }


def test_a_row_of_an_image_that_is_not_there_is_refused(filled: Catalog) -> None:
    rows = [PartRow(image(0)), PartRow(image(9))]
    with pytest.raises(LibraryError, match="the catalog does not have"):
        filled.commit(part=part("three", SECOND, 2), rows=rows)
    assert [each.name for each in filled.parts()] == ["one", "two"]


def test_encoders_are_known_by_their_newest_part(filled: Catalog) -> None:
    used = [
        (each.fingerprint, each.id, each.spec, each.last_part)
        for each in used_encoders(filled.engine)
    ]
    assert used == [
        (SECOND, "second", {"id": "second"}, 2),
        (FIRST, "first", {"id": "first"}, 1),
        (TILED, "first", {"id": "first"}, 0),
    ]
