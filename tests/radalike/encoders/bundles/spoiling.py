"""Bundles that are not as they should be."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.radalike.encoders.bundles.packed import CONTENTS

Members = list[tuple[zipfile.ZipInfo, bytes]]
Spoil = Callable[[Members, dict[str, Any]], None]


def spoilt(path: Path, spoil: Spoil) -> Path:
    """The bundle, taken apart, changed by `spoil` (its members, what the list says), and put
    together again."""
    with zipfile.ZipFile(path) as archive:
        members = [(entry, archive.read(entry)) for entry in archive.infolist()]
    said = json.loads(members[0][1])
    before = json.dumps(said)
    spoil(members, said)
    target = path.with_name("spoilt.zip")
    with zipfile.ZipFile(target, "w") as archive:
        for entry, inside in members:
            changed = entry.filename == CONTENTS and json.dumps(said) != before
            archive.writestr(entry, json.dumps(said).encode() if changed else inside)
    return target


def other_content(members: Members, _said: Any) -> None:
    members[1] = (members[1][0], members[1][1][::-1])


def shorter(members: Members, _said: Any) -> None:
    members[1] = (members[1][0], members[1][1][:-1])


def missing(members: Members, _said: Any) -> None:
    del members[-1]


def one_more(members: Members, _said: Any) -> None:
    members.append((zipfile.ZipInfo("0/more.json"), b"{}"))


def outside(members: Members, _said: Any) -> None:
    members.append((zipfile.ZipInfo("../../outside"), b"{}"))


def listed_outside(members: Members, said: Any) -> None:
    said["encoders"][0]["files"][1]["name"] = "../../outside"
    members[2] = (zipfile.ZipInfo("0/../../outside"), members[2][1])


def a_program(members: Members, said: Any) -> None:
    said["encoders"][0]["files"][1]["name"] = "run.py"
    members[2] = (zipfile.ZipInfo("0/run.py"), members[2][1])


def link(members: Members, _said: Any) -> None:
    members[2][0].external_attr = (stat.S_IFLNK | 0o777) << 16


def folder(members: Members, _said: Any) -> None:
    members.append((zipfile.ZipInfo("0/folder/"), b""))


def compressed(members: Members, _said: Any) -> None:
    members[1][0].compress_type = zipfile.ZIP_DEFLATED


def no_list(members: Members, _said: Any) -> None:
    del members[0]


def list_last(members: Members, _said: Any) -> None:
    members.append(members.pop(0))


def list_is_no_json(members: Members, _said: Any) -> None:
    members[0] = (members[0][0], b"{")


def list_is_a_number(members: Members, _said: Any) -> None:
    members[0] = (members[0][0], b"3")


def deep_list(members: Members, _said: Any) -> None:
    members[0] = (members[0][0], b"[" * 100_000)


def newer(_members: Members, said: Any) -> None:
    said["format"] = 2


def nobody(_members: Members, said: Any) -> None:
    said["encoders"] = []


def twice(_members: Members, said: Any) -> None:
    said["encoders"] *= 2


def no_hash(_members: Members, said: Any) -> None:
    said["encoders"][0]["files"][0]["sha256"] = ""


def negative(_members: Members, said: Any) -> None:
    said["encoders"][0]["files"][0]["size"] = -1


def no_size(_members: Members, said: Any) -> None:
    said["encoders"][0]["files"][0]["size"] = True


def endless(_members: Members, said: Any) -> None:
    said["encoders"][0]["files"][0]["size"] = 1 << 60


def unknown_field(_members: Members, said: Any) -> None:
    said["encoders"][0]["run"] = "rm"


def hostile_id(_members: Members, said: Any) -> None:
    said["encoders"][0]["id"] = "../../outside"


def hostile_folder(_members: Members, said: Any) -> None:
    said["encoders"][0]["folder"] = "../.."
