"""A library in numbers: images, encoders and room on disk, as rows of tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from radalike.imaging.renderings import STORED_WINDOW
from radalike.library.status import Status
from search_ui.library_view.watch import Looked
from search_ui.words import bytes_title, count_title, field_title, share_title, title

ENCODER_COLUMNS = (
    "Encoder",
    "Images",
    "Share",
    "Vectors",
    "In the index",
    "Precision",
    "Weights",
)
ENCODER_NUMBERS = ENCODER_COLUMNS[1:5]

DISK_COLUMNS = ("Part", "Size", "What it is")
_SHOWN = 20
_PARTS = {
    "catalog": ("Catalog", "what each image is, ingests, evaluations, the audit"),
    "embeddings": ("Embeddings", "the vectors, from which the index can be built anew"),
    "index": ("Index", "what searches ask; made from catalog and embeddings"),
    "thumbnails": ("Thumbnails", "small pictures of the images"),
}


def totals_in_words(status: Status) -> str:
    """`1,420 images, 11 of them duplicates; 3 files rejected.`"""
    images = count_title(status.images, "image")
    duplicates = f", {status.duplicates:,} of them duplicates" if status.duplicates else ""
    return f"{images}{duplicates}; {count_title(status.rejected, 'file')} rejected."


def counts_of(status: Status) -> dict[str, Mapping[str, int]]:
    """Number of images by value, by field."""
    return {
        "modality": status.by_modality,
        "anatomy": status.by_anatomy,
        "dataset": status.by_dataset,
    }


def count_rows(field: str, counts: Mapping[str, int]) -> list[tuple[str, str, str]]:
    """Value, images and share, most frequent first; what is beyond the twentieth in one row."""
    total = sum(counts.values())
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    rows = [(title(field, value), count) for value, count in ranked[:_SHOWN]]
    rest = ranked[_SHOWN:]
    if rest:
        rows.append((f"{len(rest):,} more", sum(count for _, count in rest)))
    return [(name, f"{count:,}", share_title(count / total)) for name, count in rows]


def count_columns(field: str) -> tuple[str, str, str]:
    return (field_title(field), "Images", "Share")


def encoder_rows(status: Status) -> list[tuple[str, ...]]:
    """Under ENCODER_COLUMNS."""
    return [_encoder_row(each) for each in status.encoders]


def _encoder_row(each: Mapping[str, Any]) -> tuple[str, ...]:
    name = each["id"]
    if each["tiles"]:
        name += f", tiles {each['tiles']}"
    if each["rendering"] != STORED_WINDOW:
        name += f", rendering {each['rendering']}"
    if each["default"]:
        name += " (default)"
    whole = each["covered"] >= each["images"]
    # Rounded down: 100 % is said of what is whole.
    share = "100 %" if whole else f"{int(each['share'] * 1000) / 10:g} %"
    return (
        name,
        f"{each['covered']:,}",
        share,
        f"{each['vectors']:,}",
        f"{each['indexed']:,}",
        ", ".join(each["precision"]),
        "on this machine" if each["weights_here"] else "not here: no uploads, no new images",
    )


def disk_rows(looked: Looked) -> list[tuple[str, ...]]:
    """Under DISK_COLUMNS: each part, all of them, and what is free."""
    sizes = looked.status.bytes
    rows: list[tuple[str, ...]] = [
        (name, bytes_title(size), what)
        for part, size in sizes.items()
        for name, what in [_PARTS.get(part, (part.capitalize(), ""))]
    ]
    rows.append(("All of it", bytes_title(sum(sizes.values())), ""))
    if looked.free is not None:
        rows.append(("Free", bytes_title(looked.free), "on the device that the library is on"))
    return rows


def room_in_words(looked: Looked) -> str:
    """A warning where the room gets short; empty where there is enough: as much again as the index
    takes, because it is built beside the one that is searched, and a gigabyte."""
    needed = looked.status.bytes.get("index", 0) + 10**9
    if looked.free is None or looked.free >= needed:
        return ""
    return (
        f"{bytes_title(looked.free)} are free. An ingest, or an index that is built anew, may not "
        f"find the room it needs; {bytes_title(needed)} would do."
    )
