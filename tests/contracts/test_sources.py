from __future__ import annotations

import csv
import os
import re
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from ingest.decoding.decode import decode
from ingest.decoding.messages import Decoded
from ingest.sources.archive import ArchiveSource
from ingest.sources.folder import FolderSource
from ingest.sources.manifest import REQUIRED, ManifestSource
from ingest.sources.source import ArchiveMember, Source, SourceItem
from radalike.errors import InvalidManifest
from radalike.imaging.preprocessing import Preprocessing
from tests.contracts.source_contract import SourceContract
from tests.ingest.files import write_dicom


def _write(root: Path, names: Sequence[str]) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


class TestFolder(SourceContract):
    def source(self, root: Path, names: Sequence[str]) -> Source:
        _write(root, names)
        return FolderSource(root, "local")

    def missing(self, root: Path) -> Source:
        return FolderSource(root / "nothing", "local")

    def test_folders_are_entered_one_after_another(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _write(tmp_path, [f"{folder:02}.d/{file}.png" for folder in range(20) for file in range(3)])
        entered: list[str] = []
        plain = os.listdir

        def noted(folder: Path) -> list[str]:
            entered.append(str(folder))
            return plain(folder)

        monkeypatch.setattr(os, "listdir", noted)
        items = FolderSource(tmp_path, "local").items()
        next(items)
        assert len(set(entered)) == 2  # the root and its first folder
        assert len(list(items)) == 59
        assert len(set(entered)) == 21

    def test_order_is_depth_first_and_by_name(self, tmp_path: Path) -> None:
        names = ["b.png", "a.d/z.png", "a.d/a.d/y.png", "c.d/x.png"]
        listed = self.names_of(tmp_path, self.listed(tmp_path, names))
        assert listed == ["a.d/a.d/y.png", "a.d/z.png", "b.png", "c.d/x.png"]


class TestDicomTree(SourceContract):
    """A PACS export: patient, study and series folders, files without a suffix."""

    def source(self, root: Path, names: Sequence[str]) -> Source:
        for name in names:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"\0" * 128 + b"DICM" + name.encode())
        return FolderSource(root, "local")

    def missing(self, root: Path) -> Source:
        return FolderSource(root / "DICOM", "local")

    def test_every_instance_is_a_picture(self, tmp_path: Path) -> None:
        names = [f"PAT{p}/ST{s}/IM{i}" for p in range(2) for s in range(2) for i in range(3)]
        for seed, name in enumerate(names):
            write_dicom(tmp_path / name, seed)
        items = list(FolderSource(tmp_path, "local").items())
        assert self.names_of(tmp_path, items) == names
        preprocessing = Preprocessing(size=32, mean=(0, 0, 0), std=(1, 1, 1))
        for item in items:
            outcome = decode(
                item.content,
                dataset=item.dataset,
                claims_image=item.claims_image,
                preprocessing=preprocessing,
                frames=1,
            )
            assert isinstance(outcome, Decoded)


class TestArchive(SourceContract):
    """A ZIP beside nothing else, with an entry for each folder, as most programs write it."""

    def source(self, root: Path, names: Sequence[str]) -> Source:
        with zipfile.ZipFile(root / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for folder in sorted({os.path.dirname(name) for name in names} - {""}):
                archive.writestr(f"{folder}/", b"")
            for name in names:
                archive.writestr(name, name.encode())
        return ArchiveSource(root / "export.zip", "local")

    def missing(self, root: Path) -> Source:
        return ArchiveSource(root / "nothing.zip", "local")

    def allowed(self, name: str) -> bool:
        return "\\" not in name and not re.match("[A-Za-z]:", name)  # which Windows would follow

    def name_of(self, root: Path, item: SourceItem) -> str:
        return item.uri.removeprefix(f"zip:{os.path.realpath(root)}/export.zip!")

    def stamp_of(self, item: SourceItem) -> tuple[int, int]:
        assert isinstance(item.content, ArchiveMember)
        with zipfile.ZipFile(item.content.archive) as archive:
            member = archive.infolist()[item.content.index]
        return member.file_size, member.CRC

    def test_nothing_is_inflated_while_it_is_listed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = self.source(tmp_path, ["a.png", "b.d/c.png"])
        monkeypatch.delattr(zlib, "decompressobj")
        assert len(list(source.items())) == 2


class TestFolderOfArchives(TestArchive):
    """The same in a tree of folders: what the archive holds is what the folder holds."""

    def source(self, root: Path, names: Sequence[str]) -> Source:
        super().source(root, names)
        return FolderSource(root, "local")

    def missing(self, root: Path) -> Source:
        return FolderSource(root / "nothing", "local")


class TestManifest(SourceContract):
    def source(self, root: Path, names: Sequence[str]) -> Source:
        _write(root, names)
        manifest = root / "manifest.csv"
        with manifest.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([*REQUIRED, "CT/chest/nodule"])
            writer.writerows([name, "ds", "train", "CT", "chest", "1"] for name in names)
        return ManifestSource(manifest, root)

    def missing(self, root: Path) -> Source:
        return ManifestSource(root / "nothing.csv", root)

    def test_rows_come_before_the_rest_is_read(self, tmp_path: Path) -> None:
        source = self.source(tmp_path, [f"{number}.png" for number in range(2000)])
        with (tmp_path / "manifest.csv").open("a") as file:
            file.write("a row that is cut")
        items = source.items()
        assert next(items).filepath == "0.png"
        with pytest.raises(InvalidManifest, match="line 2002"):
            list(items)

    def test_order_is_that_of_the_rows(self, tmp_path: Path) -> None:
        names = ["z.png", "a.png", "m.png"]
        assert self.names_of(tmp_path, self.listed(tmp_path, names)) == names
