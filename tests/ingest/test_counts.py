"""Whatever a source holds: every file ends as one thing, and a second run repeats nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from radalike.library import Library
from radalike.settings import load_settings
from tests.ingest.files import picture, write_dicom, write_png
from tests.ingest.runs import adds_up, assert_sound, ingest_folder, rejected
from tests.ingest.small_encoder import CELLS


def _cut(path: Path) -> None:
    write_png(path, 1)
    path.write_bytes(path.read_bytes()[:80])


_KINDS: dict[str, tuple[str, Callable[[Path, int], object]]] = {
    "picture": ("{}.png", lambda path, number: write_png(path, number, 32)),
    "same picture": ("{}.png", lambda path, _: write_png(path, 7, 32)),
    "instance": ("IM{}", lambda path, number: write_dicom(path, picture(number, 32))),
    "same instance": (
        "IM{}",
        lambda path, _: write_dicom(path, picture(5, 32), SOPInstanceUID="1.2.3"),
    ),
    "frames": (
        "IM{}",
        lambda path, _: write_dicom(path, np.stack([picture(seed, 32) for seed in range(3)])),
    ),
    "cut": ("{}.png", lambda path, _: _cut(path)),
    "empty": ("{}.png", lambda path, _: path.write_bytes(b"")),
    "text": ("{}.txt", lambda path, _: path.write_text("text")),
    "text as picture": ("{}.dcm", lambda path, _: path.write_text("text")),
    "link out": ("{}.png", lambda path, _: path.symlink_to("/etc/hostname")),
    "report": ("SR{}", lambda path, _: write_dicom(path, picture(1, 32), Modality="SR")),
}
_SKIPPED = {"text", "report"}
_REJECTED = {"cut", "empty", "text as picture", "link out"}


@settings(max_examples=8, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(sorted(_KINDS)), min_size=1, max_size=25),
    part_rows=st.sampled_from([1, 4, 4096]),
)
def test_the_counts_of_any_mixture_add_up(kinds: list[str], part_rows: int) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder) / "export"
        root.mkdir()
        for number, kind in enumerate(kinds):
            name, write = _KINDS[kind]
            write(root / name.format(number), number)
        chosen = load_settings(
            library=Path(folder) / "library",
            workers=1,
            backend="exact",
            precision="float32",
            part_rows=part_rows,
        )
        with Library.open(chosen.library, create=True, spec=CELLS, settings=chosen) as library:
            first = ingest_folder(library, root)
            listed = library.catalog.totals()
            second = ingest_folder(library, root)
            assert adds_up(first)
            assert adds_up(second)
            twice = max(0, kinds.count("same instance") - 1)
            assert first.discovered == second.discovered == len(kinds)
            assert first.added + twice == len(kinds) - first.skipped - first.rejected
            assert first.known == twice
            assert first.skipped == second.skipped == sum(kind in _SKIPPED for kind in kinds)
            assert first.rejected == second.rejected == sum(kind in _REJECTED for kind in kinds)
            assert second.added == second.images == second.encoded == 0
            assert first.rejects == rejected(library)
            assert library.catalog.totals() == listed
            assert first.encoded == first.images - listed["duplicates"]
            assert_sound(library)
