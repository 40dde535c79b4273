from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from ingest.sources.manifest import REQUIRED, ManifestSource
from ingest.sources.source import SourceItem
from radalike.errors import InvalidManifest, RejectCode
from radalike.records import UNKNOWN

HEADER = ",".join((*REQUIRED, "CT/chest/nodule", "CT/chest/effusion"))
ROW = "a.png,study,train,CT,chest,1,0"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    for name in ("a.png", "b.png", "with, comma.png"):
        (tmp_path / "images" / name).write_bytes(b"x")
    return tmp_path / "images"


def items(root: Path, text: str | bytes) -> list[SourceItem]:
    path = root.parent / "manifest.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(ManifestSource(path, root).items())


def problem(root: Path, row: str, header: str = HEADER) -> str | None:
    """The code of the problem of `row`, between two rows that are right."""
    first, item, last = items(root, "\n".join((header, ROW, row, ROW.replace("a.png", "b.png"))))
    assert first.problem is None
    assert last.problem is None
    return str(item.problem.code) if item.problem else None


def test_a_row_of_the_study_s_format(root: Path) -> None:
    (item,) = items(root, f"{HEADER}\n{ROW}\n")
    assert item.content == root / "a.png"
    assert (item.filepath, item.dataset, item.size) == ("a.png", "study", 1)
    assert item.claims_image
    assert item.metadata is not None
    assert item.metadata.modality.value == "CT"
    assert item.metadata.anatomy.value == "chest"
    assert item.metadata.split == "train"
    assert item.metadata.labels == ("CT/chest/nodule",)


@pytest.mark.parametrize("written", ["0,0", "0.0,", ",", "False,nan"])
def test_a_row_may_have_no_label(root: Path, written: str) -> None:
    (item,) = items(root, f"{HEADER}\na.png,study,test,CT,chest,{written}\n")
    assert item.problem is None
    assert item.metadata is not None
    assert item.metadata.labels == ()


def test_words_that_are_not_in_the_vocabulary_are_unknown(root: Path) -> None:
    (item,) = items(root, f"{HEADER}\na.png,study,,XYZ,somewhere,0,0\n")
    assert item.problem is None
    assert item.metadata is not None
    assert item.metadata.modality.value == UNKNOWN
    assert item.metadata.anatomy.value == UNKNOWN
    assert item.metadata.split is None


@pytest.mark.parametrize(
    ("word", "region", "organ"),
    [
        ("af", "ankle_foot", None),
        ("fibroid", "abdomen_pelvis", "uterus"),
        ("ivc", "abdomen_pelvis", None),
    ],
)
def test_regions_of_radimagenet(root: Path, word: str, region: str, organ: str | None) -> None:
    (item,) = items(root, f"{HEADER}\na.png,radiology_ai,train,MR,{word},1,0\n")
    assert item.metadata is not None
    assert (item.metadata.anatomy.value, item.metadata.organ) == (region, organ)


def test_several_labels_are_taken_on_request(root: Path) -> None:
    path = root.parent / "manifest.csv"
    path.write_text(f"{HEADER}\na.png,study,train,CT,chest,1,1\n")
    (item,) = ManifestSource(path, root, several_labels=True).items()
    assert item.problem is None
    assert item.metadata is not None
    assert len(item.metadata.labels) == 2
    (refused,) = ManifestSource(path, root).items()
    assert refused.problem is not None
    assert "--labels many" in refused.problem.reason


def test_patient_study_and_series_columns_are_read(root: Path) -> None:
    header = HEADER + ",patient,study,series"
    (item,) = items(root, f"{header}\n{ROW},P1,S1,\n")
    assert item.metadata is not None
    assert (item.metadata.patient, item.metadata.study) == ("P1", "S1")
    assert item.metadata.series is None


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_byte_order_marks_and_line_endings_are_no_matter(root: Path, ending: str) -> None:
    text = ending.join((HEADER, ROW, "", ""))
    (item,) = items(root, b"\xef\xbb\xbf" + text.encode())
    assert item.problem is None
    assert item.filepath == "a.png"


def test_quoted_commas_quotes_and_line_ends_are_part_of_the_value(root: Path) -> None:
    names = ["with, comma.png", 'with "quotes".png', "with\nline end.png"]
    for name in names:
        (root / name).write_bytes(b"x")
    path = root.parent / "manifest.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER.split(","))
        writer.writerows([name, "study", "val", "CT", "chest", 0, 0] for name in names)
    listed = list(ManifestSource(path, root).items())
    assert [item.filepath for item in listed] == names
    assert not any(item.problem for item in listed)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("gone.png,study,train,CT,chest,1,0", RejectCode.MISSING_FILE),
        ("a.png,study,train,CT,chest,1,1", RejectCode.INVALID_LABELS),
        ("a.png,study,train,CT,chest,2,0", RejectCode.INVALID_LABELS),
        ("a.png,study,train,CT,chest,yes,0", RejectCode.INVALID_LABELS),
        ("a.png,study,train,CT,chest,-1,0", RejectCode.INVALID_LABELS),
        ("a.png,study,training,CT,chest,1,0", RejectCode.INVALID_ATTRIBUTES),
        ("../images/a.png,study,train,CT,chest,1,0", RejectCode.PATH_ESCAPE),
        ("sub/../../images/a.png,study,train,CT,chest,1,0", RejectCode.PATH_ESCAPE),
        ("/etc/hostname,study,train,CT,chest,1,0", RejectCode.PATH_ESCAPE),
        (",study,train,CT,chest,1,0", RejectCode.PATH_ESCAPE),
    ],
)
def test_a_row_that_is_wrong_is_rejected_and_the_others_are_not(
    root: Path, row: str, code: RejectCode
) -> None:
    assert problem(root, row) == code


def test_a_path_that_no_file_can_have_is_rejected(root: Path) -> None:
    assert problem(root, "a\0b.png,study,train,CT,chest,1,0") is not None
    assert problem(root, f"{'x' * 5000}.png,study,train,CT,chest,1,0") == RejectCode.MISSING_FILE


def test_a_pipe_is_rejected_and_not_opened(root: Path) -> None:
    os.mkfifo(root / "pipe.png")
    assert problem(root, "pipe.png,study,train,CT,chest,1,0") is not None


def test_no_reason_holds_a_path(root: Path) -> None:
    for row in ("gone.png", "../secret.png", "/secret.png"):
        (item,) = items(root, f"{HEADER}\n{row},study,train,CT,chest,1,0\n")
        assert item.problem is not None
        assert "png" not in item.problem.reason
        assert "/" not in item.problem.reason


@pytest.mark.parametrize("column", REQUIRED)
def test_a_column_that_is_missing_is_named(root: Path, column: str) -> None:
    header = HEADER.replace(column, "")
    with pytest.raises(InvalidManifest, match=column):
        items(root, f"{header}\n{ROW}\n")


def test_the_column_that_is_meant_is_guessed(root: Path) -> None:
    with pytest.raises(InvalidManifest, match="anatomic_region; is 'anatomical_region' meant"):
        items(root, HEADER.replace("anatomic_region", "anatomical_region"))


def test_a_column_that_is_no_label_is_named(root: Path) -> None:
    with pytest.raises(InvalidManifest, match="'comment'"):
        items(root, f"{HEADER},comment\n{ROW},x\n")


def test_two_columns_of_one_name_are_refused(root: Path) -> None:
    """Else one of the two labels would be dropped without a word."""
    header = ",".join((*REQUIRED, "CT/chest/nodule", "CT/chest/nodule"))
    with pytest.raises(InvalidManifest, match="CT/chest/nodule"):
        items(root, f"{header}\n{ROW}\n")


@pytest.mark.parametrize("row", ["a.png,study", f"{ROW},1", "with, comma.png,study,train,CT,chest"])
def test_a_row_of_another_length_names_its_line(root: Path, row: str) -> None:
    with pytest.raises(InvalidManifest, match="line 3") as caught:
        items(root, f"{HEADER}\n{ROW}\n{row}\n")
    assert "quote" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_no_manifest(root: Path, content: bytes) -> None:
    with pytest.raises(InvalidManifest, match="filepath"):
        items(root, content)


def test_a_header_alone_is_an_empty_manifest(root: Path) -> None:
    assert items(root, HEADER) == []


@pytest.mark.parametrize(
    "content",
    [
        HEADER.encode("utf-16"),
        f"{HEADER}\nM\xfcller.png,study,train,CT,chest,1,0\n".encode("latin-1"),
        f'{HEADER}\n"never closed,study,train,CT,chest,1,0\n'.encode(),
    ],
    ids=["utf-16", "latin-1", "open quote"],
)
def test_what_is_no_csv_in_utf_8_is_refused(root: Path, content: bytes) -> None:
    with pytest.raises(InvalidManifest, match="no CSV in UTF-8") as caught:
        items(root, content)
    assert "UTF-8" in caught.value.hint


def test_names_that_run_into_each_other_stay_apart(root: Path) -> None:
    (root / "b:c.png").write_bytes(b"x")
    (root / "c.png").write_bytes(b"x")
    rows = ("b:c.png,a,train,CT,chest,1,0", "c.png,a:b,train,CT,chest,1,0")
    first, second = items(root, "\n".join((HEADER, *rows)))
    assert first.uri != second.uri
