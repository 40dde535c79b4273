"""The catalog's answers, and its one commit point."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from radalike.catalog.store import Catalog, Item, Part, Reject, VectorPlace
from radalike.errors import LibraryError
from radalike.records import ImageRecord, Metadata, Term

FINGERPRINT = "f" * 16


def record(number: int, *, content: str | None = None, modality: str = "CT") -> ImageRecord:
    return ImageRecord(
        id=f"00000000-0000-0000-0000-{number:012}",
        content=content or f"{number:064}",
        metadata=Metadata(
            dataset="set",
            modality=Term(modality, "Modality", 1.0),
            labels=("mass", "größer"),
            patient=f"p{number % 2}",
            age=0,
        ),
        width=30,
        height=40,
        filepath=f"{number}.png",
        warnings=("percentile-window",),
    )


FULL = ImageRecord(
    id="00000000-0000-0000-0000-00000000ffff",
    content="c" * 64,
    metadata=Metadata(
        dataset="set",
        modality=Term("CT", "Modality", 1.0),
        anatomy=Term("chest", "BodyPartExamined", 0.85),
        organ="lung",
        split="train",
        labels=("mass", "effusion"),
        view="axial",
        laterality="L",
        sex="F",
        age=60,
        year=2024,
        patient="p",
        study="s",
        series="t",
    ),
    width=3,
    height=4,
    frame=7,
    filepath="a/b.png",
    locator=b"\0sealed",
    thumbnail=True,
    duplicate_of="00000000-0000-0000-0000-000000000001",
    warnings=("irregular-header", "percentile-window"),
)


def part(name: str, rows: int, fingerprint: str = FINGERPRINT) -> Part:
    return Part(name, fingerprint, rows, "a" * 64, "float32")


def item(key: str, outcome: str = "added") -> Item:
    return Item(key, 2**40, 1_700_000_000_000_000_000, outcome, 1)


def reject(key: str, code: str = "Truncated") -> Reject:
    return Reject(key, code, "it ends early", "set", None, b"sealed")


@pytest.fixture
def filled(catalog: Catalog) -> Catalog:
    """Two parts: images 0 to 2, then 3 (with the content of 0) and 4."""
    catalog.add_encoder(FINGERPRINT, "enc", 8, {"id": "enc"})
    catalog.commit(part=part("one", 3), records=[record(number) for number in range(3)])
    copy = replace(record(3, content=record(0).content), duplicate_of=record(0).id)
    catalog.commit(part=part("two", 2), records=[copy, record(4, modality="MR")])
    return catalog


def test_a_record_comes_back_as_it_was(catalog: Catalog) -> None:
    catalog.add_encoder(FINGERPRINT, "enc", 8, {})
    bare = ImageRecord(
        id="00000000-0000-0000-0000-00000000eeee",
        content="e" * 64,
        metadata=Metadata(dataset="set"),
        width=1,
        height=1,
    )
    catalog.commit(part=part("one", 2), records=[FULL, bare])
    assert catalog.record(FULL.id) == FULL
    assert catalog.record(bare.id) == bare
    assert catalog.record("none") is None
    assert catalog.records([FULL.id, "none", bare.id]) == {FULL.id: FULL, bare.id: bare}


def test_rows_are_in_the_part_s_order(filled: Catalog) -> None:
    ids = [image for image, _ in filled.part_metadata("one")]
    assert ids == [record(number).id for number in range(3)]
    assert filled.part_metadata("two")[1][1] == record(4, modality="MR").metadata
    assert filled.part_metadata("none") == []
    assert [image for image, _ in filled.metadata()] == [record(number).id for number in range(5)]


def test_a_part_of_many_rows_keeps_their_order(catalog: Catalog) -> None:
    """Databases number inserted rows as they like; the catalog must ask for the order given."""
    catalog.add_encoder(FINGERPRINT, "enc", 8, {})
    numbers = [(7919 * number) % 3001 for number in range(3001)]
    catalog.commit(part=part("big", 3001), records=[record(number) for number in numbers])
    assert [image for image, _ in catalog.part_metadata("big")] == [
        record(number).id for number in numbers
    ]
    contents = [record(number).content for number in numbers]
    places = catalog.vectors_of_contents(FINGERPRINT, contents)
    assert len(places) == 3001
    assert places[contents[1234]].row == 1234


def test_parts_are_in_the_order_they_were_committed(filled: Catalog) -> None:
    assert filled.parts() == [part("one", 3), part("two", 2)]
    assert filled.parts(FINGERPRINT) == filled.parts()
    assert filled.parts("0" * 16) == []


def test_a_commit_is_all_or_nothing(filled: Catalog) -> None:
    before = filled.totals(), filled.parts()
    clash = record(1)
    with pytest.raises(LibraryError):
        filled.commit(
            part=part("three", 2),
            records=[record(9), clash],
            done=[item("i")],
            rejected=[reject("r")],
        )
    assert (filled.totals(), filled.parts()) == before
    assert filled.record(record(9).id) is None
    assert filled.known_items(["i"]) == {}
    assert filled.rejects() == []


def test_a_commit_that_fails_at_its_end_leaves_nothing(filled: Catalog) -> None:
    with pytest.raises(LibraryError):
        filled.commit(
            part=part("three", 1), records=[record(9)], rejected=[reject("r"), reject("r")]
        )
    assert [each.name for each in filled.parts()] == ["one", "two"]
    assert filled.record(record(9).id) is None


def test_a_part_of_an_encoder_that_is_not_there_is_refused(catalog: Catalog) -> None:
    with pytest.raises(LibraryError):
        catalog.commit(part=part("one", 1), records=[record(1)])
    assert catalog.totals()["images"] == 0


def test_items_and_rejects_replace_what_was_said_before(catalog: Catalog) -> None:
    catalog.commit(done=[item("a"), item("b", "skipped")], rejected=[reject("c")])
    assert catalog.known_items(["a", "b", "c", "d"]) == {
        "a": item("a"),
        "b": item("b", "skipped"),
    }
    catalog.commit(done=[item("c")], rejected=[reject("a", "Empty")])
    assert set(catalog.known_items(["a", "b", "c"])) == {"b", "c"}
    assert catalog.rejects() == [reject("a", "Empty")]
    catalog.commit(rejected=[reject("a", "Empty"), reject("z")])
    assert catalog.totals()["rejected"] == 2
    assert len(catalog.rejects(limit=1)) == 1


def test_many_keys_are_asked_for_at_once(catalog: Catalog) -> None:
    keys = [f"{number:064}" for number in range(2100)]
    catalog.commit(done=[item(key) for key in keys])
    assert len(catalog.known_items(keys)) == 2100
    catalog.commit(done=[item(key, "skipped") for key in keys])
    assert {each.outcome for each in catalog.known_items(keys).values()} == {"skipped"}


def test_the_first_image_of_a_content_has_the_vector(filled: Catalog) -> None:
    content = record(0).content
    assert filled.vectors_of_contents(FINGERPRINT, [content, record(4).content, "x"]) == {
        content: VectorPlace(record(0).id, "one", 0),
        record(4).content: VectorPlace(record(4).id, "two", 1),
    }
    assert filled.vectors_of_contents("0" * 16, [content]) == {}
    assert filled.vector_place(FINGERPRINT, record(3).id) == VectorPlace(record(3).id, "two", 0)
    assert filled.vector_place("0" * 16, record(3).id) is None
    assert filled.vector_place(FINGERPRINT, "none") is None


def test_contents(filled: Catalog) -> None:
    ids = [record(0).id, record(3).id, "none"]
    assert filled.contents(ids) == dict.fromkeys(ids[:2], record(0).content)


def test_counts_and_totals(filled: Catalog) -> None:
    assert filled.counts("modality") == {"CT": 4, "MR": 1}
    assert list(filled.counts("modality")) == ["CT", "MR"]
    assert filled.counts("patient") == {"p0": 3, "p1": 2}
    assert filled.totals() == {"images": 5, "duplicates": 1, "rejected": 0}


def test_an_encoder_is_added_once(catalog: Catalog) -> None:
    for name in ("enc", "other"):
        catalog.add_encoder(FINGERPRINT, name, 8, {})
    assert catalog.encoders() == {FINGERPRINT: "enc"}
    assert catalog.dimension(FINGERPRINT) == 8


def test_what_an_index_holds(catalog: Catalog) -> None:
    assert catalog.projected("server:a") == set()
    catalog.set_projected("server:a", ["one", "two"])
    catalog.set_projected("server:b", ["one"])
    assert catalog.projected("server:a") == {"one", "two"}
    catalog.set_projected("server:a", ["three"], reset=True)
    assert catalog.projected("server:a") == {"three"}
    catalog.set_projected("server:a", [], reset=True)
    assert catalog.projected("server:a") == set()
    assert catalog.projected("server:b") == {"one"}


def test_reading_goes_on_in_other_threads_while_one_writes(filled: Catalog) -> None:
    def read() -> list[int]:
        return [filled.totals()["images"] for _ in range(20)]

    with ThreadPoolExecutor(3) as threads:
        readings = [threads.submit(read) for _ in range(3)]
        for number in range(10):
            filled.commit(part=part(f"more{number}", 1), records=[record(100 + number)])
        for reading in readings:
            counts = reading.result()
            assert counts == sorted(counts)
    assert filled.totals()["images"] == 15
