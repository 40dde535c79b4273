"""The catalog's part of an erasure, on every database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from radalike.catalog import erasing
from radalike.catalog.erasing import RewrittenPart
from radalike.catalog.identities import kept_identities, kept_identity
from radalike.catalog.store import Catalog, Item, Part, Reject
from radalike.records import ImageRecord, Metadata

PRINT = "f" * 16
A, B, C = "a" * 32, "b" * 32, "c" * 32


def image(number: int, patient: str, content: str, original: int | None = None) -> ImageRecord:
    return ImageRecord(
        id=_id(number),
        content=content,
        metadata=Metadata(dataset="set", patient=patient, study=f"study of {patient}"),
        width=1,
        height=1,
        identity=patient.encode(),
        thumbnail=number != 5,
        duplicate_of=None if original is None else _id(original),
    )


def _id(number: int) -> str:
    return f"{number:08}-0000-5000-8000-000000000000"


IMAGES = [
    image(0, A, "one"),
    image(1, B, "two"),
    image(2, A, "three"),
    image(3, B, "one", original=0),
    image(4, C, "one", original=0),
    image(5, B, "three", original=2),
    image(6, A, "four"),
]
PARTS = {"part-1": IMAGES[:3], "part-2": IMAGES[3:6], "part-3": IMAGES[6:]}


@pytest.fixture
def filled(catalog: Catalog) -> Catalog:
    catalog.add_encoder(PRINT, "none", 4, {})
    for name, records in PARTS.items():
        part = Part(name, PRINT, len(records), "0" * 64, "float32")
        catalog.commit(
            part=part,
            records=records,
            done=[Item(f"item of {each.id}", 1, 1, "added", 1) for each in records],
        )
    owned = [Item(f"own {who}", 1, 1, "added", 1, who) for who in (A, B)]
    rejected = [Reject(f"bad {who}", "Empty", "", "set", None, None, who) for who in (A, B)]
    catalog.commit(done=owned, rejected=rejected)
    catalog.set_projected("server:x:y", PARTS)
    return catalog


def test_what_is_found_of_a_patient(filled: Catalog) -> None:
    engine = filled.engine
    assert erasing.known_patients(engine, {A, C, "nobody"}) == {A, C}
    traces = erasing.images_of(engine, {A})
    assert {each.id for each in traces} == {_id(0), _id(2), _id(6)}
    assert {each.groups for each in traces} == {(f"study of {A}",)}
    assert erasing.keys_of(engine, {A}) == {f"own {A}", f"bad {A}"}
    assert erasing.rejects_among(engine, {f"own {A}", f"bad {A}"}) == {f"bad {A}"}
    ids = [each.id for each in traces]
    assert erasing.rows_in_parts(engine, ids) == {"part-1": [0, 2], "part-3": [0]}
    contents = {"one", "three", "four"}
    assert erasing.values_of_others(engine, "content", contents, ids) == {"one", "three"}
    assert erasing.thumbnails_in_use(engine, {*contents, "five"}) == contents
    assert erasing.targets(engine) == {"server:x:y": set(PARTS)}


def test_all_of_it_is_removed_at_once(filled: Catalog) -> None:
    ids, keys = [_id(0), _id(2), _id(6)], {f"own {A}", f"bad {A}", f"item of {_id(0)}"}
    before = filled.records([each.id for each in IMAGES])
    assert erasing.remaining(filled.engine, {A}, ids, keys) > 0
    rewritten = [RewrittenPart("part-1", "part-4", 1, "1" * 64), RewrittenPart("part-3", None)]
    erasing.erase_rows(filled.engine, ids, keys, rewritten)
    erasing.scrub(filled.engine)
    assert erasing.remaining(filled.engine, {A}, ids, keys) == 0
    assert [(part.name, part.rows) for part in filled.parts()] == [("part-4", 1), ("part-2", 3)]
    assert [name for name, _ in filled.part_metadata("part-4")] == [_id(1)]
    place = filled.vector_place(PRINT, _id(1))
    assert place is not None
    assert (place.part, place.row) == ("part-4", 0)
    after = filled.records([each.id for each in IMAGES])
    assert after == {
        _id(1): before[_id(1)],
        _id(3): replace(before[_id(3)], duplicate_of=None),
        _id(4): replace(before[_id(4)], duplicate_of=_id(3)),
        _id(5): replace(before[_id(5)], duplicate_of=None),
    }
    assert dict(kept_identities(filled.engine)).keys() == after.keys()
    assert kept_identity(filled.engine, _id(0)) is None
    assert kept_identity(filled.engine, _id(1)) == B.encode()
    assert [each.key for each in filled.rejects()] == [f"bad {B}"]
    assert filled.projected("server:x:y") == {"part-4", "part-2"}
    assert erasing.known_patients(filled.engine, {A, B, C}) == {B, C}


def test_what_is_left_is_noticed_column_by_column(filled: Catalog) -> None:
    assert erasing.remaining(filled.engine, {C}, [], []) == 1
    assert erasing.remaining(filled.engine, [], [_id(6)], []) == 2  # the image, its identity
    assert erasing.remaining(filled.engine, [], [_id(0)], []) == 4  # and two duplicates of it
    assert erasing.remaining(filled.engine, [], [], [f"bad {A}", f"own {A}", "no"]) == 2
