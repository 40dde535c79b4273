"""From the published lists to the manifest: which rows are kept, and an account of the others."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from eval.datasets.dataset import SPLITS, Dataset, ListedImage, Reason
from eval.datasets.manifest_file import written_manifest
from eval.datasets.survey import Survey, survey
from radalike.errors import UsageError

_NAMED = 5
"""As many missing images are named."""


class Labels(StrEnum):
    """Which images are kept: those with exactly one positive label, as in the study, or all that
    have any."""

    ONE = "one"
    MANY = "many"


@dataclass(frozen=True, slots=True)
class Choices:
    """How a manifest is made.

    root: the folder that its paths are relative to; the data set's own when None.
    check: leave out, and count, images that are not on disk.
    ignore: paths, as the manifest names them, that are left out.
    """

    labels: Labels = Labels.ONE
    root: Path | None = None
    check: bool = True
    ignore: frozenset[str] = frozenset()
    force: bool = False


@dataclass(slots=True)
class Account:
    """What became of every row: rows = images + the sum of left_out."""

    rows: int = 0
    images: int = 0
    splits: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)
    """The first paths that are not on disk."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """A manifest that was written, and how."""

    dataset: Dataset
    manifest: Path
    root: Path
    labels: tuple[str, ...]
    unknown_regions: tuple[str, ...]
    """Values of anatomic_region that Radalike's vocabulary does not know."""
    account: Account


def prepare(
    dataset: Dataset,
    manifest: Path,
    choices: Choices,
    progress: Callable[[int, int], None],
) -> Preparation:
    """Write `manifest` from the lists of `dataset`; the same lists and choices, the same bytes.

    The manifest appears as a whole or not at all. Raises UsageError when it exists already and
    `force` is not set, when the lists are not as published, when no image is left.
    """
    if manifest.exists() and not choices.force:
        raise UsageError(f"{manifest} exists already", hint="--force writes it anew")
    if not manifest.absolute().parent.is_dir():
        raise UsageError(
            f"there is no folder {manifest.parent} to write to", hint="make it, or name another"
        )
    root = Path(os.path.abspath(choices.root or dataset.root))
    if not dataset.base.is_relative_to(root):
        raise UsageError(
            f"the images are not below {root}", hint=f"--root is {dataset.base} or above it"
        )
    dataset.extract(progress, force=choices.force)
    found = survey(dataset)
    prefix = dataset.base.relative_to(root).as_posix()
    prefix = "" if prefix == "." else f"{prefix}/"
    account = Account()
    with written_manifest(manifest, dataset.identity, found.labels) as write:
        for image in _kept(dataset, found, prefix, choices, account, progress):
            write(prefix + image.path, image)
            account.images += 1
            account.splits[image.split] += 1
            account.labels.update(image.labels)
        if not account.images:
            raise UsageError(f"no image is left of {account.rows:,} rows", hint=_why(account))
    return Preparation(
        dataset, manifest, root, found.labels, _unknown_regions(found.regions), account
    )


def as_json(preparation: Preparation) -> dict[str, object]:
    account = preparation.account
    return {
        "dataset": preparation.dataset.name,
        "manifest": str(preparation.manifest),
        "root": str(preparation.root),
        "tables": [path.name for path in preparation.dataset.tables],
        "rows": account.rows,
        "images": account.images,
        "splits": {split: account.splits[split] for split in SPLITS},
        "left_out": {each.value: n for each in Reason if (n := account.left_out[each])},
        "missing": account.missing,
        "labels": {label: account.labels[label] for label in preparation.labels},
        "unknown_regions": list(preparation.unknown_regions),
    }


def _kept(
    dataset: Dataset,
    found: Survey,
    prefix: str,
    choices: Choices,
    account: Account,
    progress: Callable[[int, int], None],
) -> Iterator[ListedImage]:
    """The images that enter the manifest; the others are counted in `account`."""
    base = str(dataset.base)
    before: dict[str, ListedImage] = {}  # only of paths that come again
    for image in dataset.images():
        account.rows += 1
        if account.rows % 1000 == 0:
            progress(account.rows, found.rows)
        if isinstance(image, Reason):
            account.left_out[image] += 1
            continue
        if found.maybe_repeated(image.path):
            first = before.setdefault(image.path, image)
            if first is not image:
                same = first == image
                account.left_out[Reason.REPEATED if same else Reason.CONTRADICTED] += 1
                continue
        filepath = prefix + image.path
        reason = _refused(image, filepath, choices)
        if reason is None and choices.check and not os.path.isfile(f"{base}/{image.path}"):
            reason = Reason.MISSING
            if len(account.missing) < _NAMED:
                account.missing.append(filepath)
        if reason is None:
            yield image
        else:
            account.left_out[reason] += 1


def _refused(image: ListedImage, filepath: str, choices: Choices) -> Reason | None:
    if filepath in choices.ignore:
        return Reason.IGNORED
    if not image.labels:
        return Reason.NO_LABEL
    if choices.labels is Labels.ONE:
        if len(image.labels) > 1:
            return Reason.SEVERAL_LABELS
        if image.uncertain:
            return Reason.UNCERTAIN
    return None


def _why(account: Account) -> str:
    reasons = ", ".join(f"{n:,} {reason}" for reason, n in account.left_out.most_common())
    first = f"; first: {account.missing[0]}" if account.missing else ""
    way_out = "; --no-check lists images that are elsewhere" if account.missing else ""
    return (reasons or "the lists are empty") + first + way_out


def _unknown_regions(regions: tuple[str, ...]) -> tuple[str, ...]:
    from radalike.vocabulary import anatomy_term

    terms = {region: anatomy_term([(region, "manifest", 1.0)])[0] for region in regions}
    return tuple(region for region, term in terms.items() if not term.confidence)
