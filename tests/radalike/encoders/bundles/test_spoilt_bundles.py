"""A bundle that is not as it should be is refused, and changes nothing."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from radalike.encoders.bundles import install
from radalike.encoders.spec import Weights
from radalike.encoders.store import Store
from radalike.errors import (
    UsageError,
    WeightsMismatch,
)
from tests.radalike.encoders.bundles.packed import CONTENTS, FILES, Rows, whole
from tests.radalike.encoders.bundles.spoiling import (
    Spoil,
    a_program,
    compressed,
    deep_list,
    endless,
    folder,
    hostile_folder,
    hostile_id,
    link,
    list_is_a_number,
    list_is_no_json,
    list_last,
    listed_outside,
    missing,
    negative,
    newer,
    no_hash,
    no_list,
    no_size,
    nobody,
    one_more,
    other_content,
    outside,
    shorter,
    spoilt,
    twice,
    unknown_field,
)
from tests.radalike.encoders.hubs import row


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (other_content, "SHA-256 is another"),
        (shorter, "has 307,199 bytes, and should have 307,200"),
        (missing, "'0/config.json' is missing"),
        (one_more, "'0/more.json' is in it, and not in its list"),
        (outside, "'../../outside' is in it, and not in its list"),
        (listed_outside, "outside its folder"),
        (a_program, "is a program"),
        (link, "a link or a folder"),
        (folder, "a link or a folder"),
        (compressed, "is compressed"),
        (no_list, "does not begin with its list"),
        (list_last, "does not begin with its list"),
        (list_is_no_json, "cannot be read"),
        (list_is_a_number, "cannot be read"),
        (deep_list, "cannot be read"),
        (newer, "it is of format 2"),
        (nobody, "lists no encoder"),
        (twice, "or one twice"),
        (no_hash, "without its SHA-256"),
        (negative, "cannot be read"),
        (no_size, "cannot be read"),
        (endless, "and should have"),
        (unknown_field, "cannot be read"),
        (hostile_id, "no name of an encoder"),
        (hostile_folder, "could be elsewhere"),
    ],
)
def test_it_is_refused_and_nothing_changes(
    spoil: Spoil, why: str, packed: Path, there: Store, tmp_path: Path
) -> None:
    bad = spoilt(packed, spoil)
    states = (False,) if spoil is other_content else (False, True)  # what is here is not unpacked
    for installed in states:
        if installed:
            install(packed, there)
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(WeightsMismatch) as caught:
            install(bad, there)
        assert why in str(caught.value)
        assert caught.value.hint
        assert whole(there) is installed
        made = {each.name for each in set(tmp_path.rglob("*")) - set(before)}
        assert made <= {"there", ".locks", "hf+o+n", "hf+o+n.holder"}


def test_a_bundle_that_was_cut_anywhere(packed: Path, there: Store) -> None:
    data = packed.read_bytes()
    for kept in (0, 1, 30, 1000, len(data) // 2, len(data) - 30, len(data) - 1):
        packed.write_bytes(data[:kept])
        with pytest.raises(WeightsMismatch, match="cannot be installed"):
            install(packed, there)
    assert there.installed() == ()


def test_a_bundle_with_a_bit_turned_anywhere(packed: Path, there: Store) -> None:
    """It is refused, or installs the same: of the ZIP format, not every bit matters."""
    data = packed.read_bytes()
    for place in range(0, len(data), len(data) // 97):
        packed.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
        try:
            install(packed, there)
        except WeightsMismatch:
            assert there.installed() == ()
        else:
            assert whole(there)
            shutil.rmtree(there.root)


def test_members_that_share_their_bytes(packed: Path, there: Store) -> None:
    """A ZIP whose directory lists the same bytes many times unpacks to more than itself."""
    with zipfile.ZipFile(packed) as archive:
        said = json.loads(archive.read(CONTENTS))
        listed = said["encoders"][0]["files"]
        large = listed[0]
        listed += [{**large, "name": f"{i}.bin"} for i in range(50)]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(CONTENTS, json.dumps(said))
        for file in listed[:3]:
            archive.writestr(f"0/{file['name']}", FILES[file["name"]])
        entry = archive.getinfo("0/model.safetensors")
        for i in range(50):
            again = zipfile.ZipInfo(f"0/{i}.bin")
            again.header_offset, again.CRC = entry.header_offset, entry.CRC
            again.file_size = again.compress_size = entry.file_size
            archive.filelist.append(again)
            archive.NameToInfo[again.filename] = again
    packed.write_bytes(buffer.getvalue())
    with pytest.raises(WeightsMismatch, match="larger than itself"):
        install(packed, there)


def test_what_is_no_bundle(there: Store, tmp_path: Path) -> None:
    (tmp_path / "junk").write_bytes(b"junk" * 1000)
    with pytest.raises(WeightsMismatch, match="no bundle"):
        install(tmp_path / "junk", there)
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError, match="there is no file"):
            install(path, there)


def test_other_weights_than_a_row_pins(packed: Path, there: Store, rows: Rows) -> None:
    for weights in (
        Weights("hub:o/n", "0" * 64, "", "model.safetensors"),
        Weights("hub:o/n", None, "b" * 40),
        Weights("hub:other/n", None, ""),
    ):
        rows["hf:o/n"] = row("hf:o/n", weights)
        with pytest.raises(WeightsMismatch, match="not the pinned ones"):
            install(packed, there)
    assert there.installed() == ()
