"""Thousands of mutated files through a whole ingest: whatever they are, it ends, nothing is lost
from the books, and nothing of a file stands in the reason of its rejection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import data_store
import pydicom
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from ingest.phantoms import write_sample
from radalike.errors import RejectCode
from radalike.library import Library
from radalike.settings import load_settings
from tests.ingest.files import picture
from tests.ingest.hostile.cases import ADDED, SKIPPED
from tests.ingest.hostile.instances import whole
from tests.ingest.hostile.measured_ingest import Measured, measured_ingest
from tests.ingest.hostile.mutations import Original, corpus, mutants
from tests.ingest.hostile.outcomes import MISSING, Outcome, Outcomes
from tests.ingest.hostile.reasons import is_our_own
from tests.ingest.runs import assert_sound
from tests.ingest.small_encoder import CELLS

SEED = 3
FILE_SECONDS = 20.0
WHOLE = pytest.param((5000, 600.0), id="5000", marks=[pytest.mark.fuzz, pytest.mark.timeout(900)])
SAMPLE = pytest.param((250, 120.0), id="250")
RASTERS = (".png", ".jpg", ".webp", ".tif", ".bmp", ".gif")
MEMBERS = ("IM/0.dcm", "1.dcm", "2.dcm")
SYNTAXES = {
    "rle": RLELossless,
    "jls": JPEGLSLossless,
    "near": JPEGLSNearLossless,
    "j2k": JPEG2000Lossless,
}


@dataclass(frozen=True)
class Fuzzed:
    """files, outcomes, measured: of the mutants of single files. archives, packed: of those of
    archives, which are ingested after them."""

    files: list[Path]
    outcomes: dict[Path, Outcome]
    measured: Measured
    archives: list[Path]
    everything: Outcomes
    packed: Measured
    library: Library

    @property
    def counts(self) -> Counter[str]:
        return Counter(outcome.what for outcome in self.outcomes.values())


def _originals(folder: Path) -> list[Original]:
    """Test files of pydicom, phantoms as they are, and some of these in other syntaxes."""
    write_sample(folder / "phantoms", images=12, seed=2)
    for path in sorted((folder / "phantoms").rglob("IM0001")):
        dataset = dcmread(path)
        if dataset.file_meta.TransferSyntaxUID.is_compressed or dataset.get("NumberOfFrames"):
            continue
        number = f"{dataset.Modality}-{path.parent.parent.parent.name}"
        for name, syntax in SYNTAXES.items():
            other = dcmread(path)
            options = {"jls_error": 2} if name == "near" else {}
            other.compress(syntax, generate_instance_uid=False, **options)
            other.save_as(folder / f"{number}-{name}.dcm")
        dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
        dataset.save_as(folder / f"{number}-deflated.dcm")
    packages = (Path(pydicom.__file__).parent / "data", Path(data_store.__file__).parent / "data")
    for suffix in RASTERS:
        Image.fromarray(picture(5, 96)).save(folder / f"picture{suffix}")
    return corpus(folder, *packages)


def _archives(folder: Path) -> list[Original]:
    """Of a few files each, packed and not, with and without a folder."""
    for seed, kind in enumerate((ZIP_STORED, ZIP_DEFLATED, ZIP_DEFLATED)):
        with ZipFile(folder / f"{seed}.zip", "w", kind) as archive:
            for name in MEMBERS:
                archive.writestr(name, whole(f"archived {seed} {name}"))
    return corpus(folder)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[Original]:
    return _originals(tmp_path_factory.mktemp("originals"))


@pytest.fixture(scope="module", params=[SAMPLE, WHOLE])
def fuzzed(
    request: pytest.FixtureRequest,
    originals: list[Original],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Fuzzed]:
    count, seconds = request.param
    root = tmp_path_factory.mktemp("fuzz")
    library, originals_of_archives = root / "library", root / "archives"
    originals_of_archives.mkdir()
    files = _written(root / "files", originals, count)
    archives = _written(root / "packed", _archives(originals_of_archives), count // 10)
    measured, packed = measured_ingest(
        library,
        [root / "files", root / "packed"],
        within=seconds,
        workers=2,
        decode_seconds=FILE_SECONDS,
    )
    settings = load_settings(library=library, backend="exact", precision="float32")
    with Library.open(library, spec=CELLS, settings=settings) as opened:
        outcomes = Outcomes(opened)
        ended = {path: outcomes.of(path) for path in files}
        yield Fuzzed(files, ended, measured, archives, outcomes, packed, opened)


def _written(folder: Path, originals: list[Original], count: int) -> list[Path]:
    folder.mkdir()
    files = []
    for mutant in mutants(originals, count, SEED):
        files.append(folder / mutant.name)
        files[-1].write_bytes(mutant.data)
    return files


def test_the_corpus_has_every_transfer_syntax_that_is_decoded(originals: list[Original]) -> None:
    endings = " .1 .2 .5 .1.99 .4.50 .4.51 .4.70 .4.80 .4.81 .4.90 .4.91".split(" ")
    heads = b"".join(original.data[:1000] for original in originals)
    names = [f"1.2.840.10008.1.2{ending}" for ending in endings]
    padded = {name: name.encode() + b"\0" * (len(name) % 2) for name in names}
    headed = {name: b"UI" + bytes([len(value), 0]) + value for name, value in padded.items()}
    assert [name for name, value in headed.items() if value not in heads] == []


def test_mutants_are_the_same_each_time(originals: list[Original]) -> None:
    assert list(mutants(originals, 60, SEED)) == list(mutants(originals, 60, SEED))
    others = list(mutants(originals, 60, SEED + 1))
    assert others != list(mutants(originals, 60, SEED))


def test_every_file_is_accounted_for(fuzzed: Fuzzed) -> None:
    report = fuzzed.measured.report
    assert report["discovered"] == len(fuzzed.files)
    assert fuzzed.measured.adds_up, report
    known = {ADDED, SKIPPED, *RejectCode}
    assert [path.name for path, each in fuzzed.outcomes.items() if each.what not in known] == []
    assert sum(report["rejects"].values()) == report["rejected"]


def test_every_archive_is_accounted_for(fuzzed: Fuzzed) -> None:
    """Each of them holds something, or is rejected: none is passed over."""
    assert fuzzed.packed.adds_up, fuzzed.packed.report
    found = (*fuzzed.everything.records, *fuzzed.everything.rejects)
    seen = {uri.partition(":")[2].partition("!")[0] for uri in found}
    unseen = [path for path in fuzzed.archives if str(path) not in seen]
    assert [path.name for path in unseen if not _was_settled(fuzzed.everything, path)] == []


def _was_settled(everything: Outcomes, archive: Path) -> bool:
    """Whether it, or what it holds, was skipped or is known from another archive."""
    return any(everything.of(archive, member).what != MISSING for member in (None, *MEMBERS))


def test_many_are_images_still_and_many_are_not(fuzzed: Fuzzed) -> None:
    """Else the mutations would be too mild, or too wild, to find anything."""
    whole = fuzzed.counts[ADDED]
    assert 0.1 * len(fuzzed.files) < whole < 0.9 * len(fuzzed.files), fuzzed.counts


def test_no_decoder_crashes(fuzzed: Fuzzed) -> None:
    codes = {name: each.code for name, each in fuzzed.everything.rejects.items()}
    crashed = [name for name, code in codes.items() if code == RejectCode.WORKER_CRASH]
    assert [Path(name).name for name in crashed] == []


def test_no_file_hangs(fuzzed: Fuzzed) -> None:
    rejects = fuzzed.everything.rejects
    slow = [name for name, each in rejects.items() if "too long" in each.reason]
    assert [Path(name).name for name in slow] == []


def test_no_exception_is_unforeseen(fuzzed: Fuzzed) -> None:
    """What a decoding process catches as its last resort says nothing of the file."""
    rejects = fuzzed.everything.rejects
    found = [name for name, each in rejects.items() if each.reason == "its decoder failed"]
    assert [Path(name).name for name in found] == []


def test_a_reason_never_repeats_a_file(fuzzed: Fuzzed) -> None:
    reasons = {each.reason for each in fuzzed.everything.rejects.values()}
    assert [reason for reason in sorted(reasons) if not is_our_own(reason)] == []


@pytest.mark.parametrize(
    ("reason", "ours"),
    [
        ("the file is empty", True),
        ("the file is empty: IM0001", False),
        ("Doe^Jane", False),
        ("20040826x128 is over the limit", False),
    ],
)
def test_what_is_our_own_can_be_told(reason: str, ours: bool) -> None:
    assert is_our_own(reason) is ours


def test_the_library_is_sound(fuzzed: Fuzzed) -> None:
    assert_sound(fuzzed.library)


def test_memory_is_bounded(fuzzed: Fuzzed) -> None:
    assert fuzzed.measured.children_mib < 2048
