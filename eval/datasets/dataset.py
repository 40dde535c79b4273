"""What every data set gives, whatever its published layout."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

SPLITS = ("train", "val", "test")


class Reason(StrEnum):
    """Why a row of a published list is not in the manifest."""

    NO_LABEL = "no positive label"
    SEVERAL_LABELS = "several positive labels"
    UNCERTAIN = "an uncertain label beside the positive one"
    NOT_IN_A_SPLIT = "in none of the published splits"
    NOT_IN_LABELS = "in a published split, but without labels"
    REPEATED = "listed before"
    CONTRADICTED = "listed before, with another split or label"
    IGNORED = "in the list to ignore"
    MISSING = "no such image on disk"


@dataclass(frozen=True, slots=True)
class ListedImage:
    """An image as the published lists name it.

    path: relative to the data set's `base`, with forward slashes, never leading out of it.
    labels: the positive ones, as modality/region/pathology, in the order of the label columns.
    uncertain: another label of it is uncertain, and the study leaves such an image out.
    patient, study: the data set's own public numbers, empty where it gives none.
    """

    path: str
    dataset: str
    split: str
    modality: str
    region: str
    labels: tuple[str, ...]
    patient: str = ""
    study: str = ""
    uncertain: bool = False


class Dataset(ABC):
    """A data set in its published layout.

    `images` can be walked again and again, in the order of the published lists and never in that
    of a folder, so that the same files give the same manifest. It reads the lists and, at most, the
    names in folders, but no image. What does not look as published raises UsageError, which names
    the file or column and the line, and no patient.
    """

    name: ClassVar[str]
    """The word on the command line."""
    title: ClassVar[str]
    layout: ClassVar[str]
    """What the folder must hold."""
    split_rule: ClassVar[str]
    identity: ClassVar[tuple[str, ...]] = ()
    """Which of patient and study it gives."""

    base: Path
    """The folder that the images' paths are relative to; absolute."""
    root: Path
    """The folder that the manifest's paths are relative to unless the user says otherwise."""
    tables: tuple[Path, ...]
    """The published lists that are read."""
    labels: tuple[str, ...] | None = None
    """The label columns, where the data set fixes them; else those that occur, sorted."""

    @abstractmethod
    def images(self) -> Iterator[ListedImage | Reason]: ...

    def extract(self, progress: Callable[[int, int], None], *, force: bool) -> None:
        """Write the images, where they are published inside of other files."""
        del progress, force
