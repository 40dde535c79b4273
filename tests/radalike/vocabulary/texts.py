"""Texts as scanners and hospitals write them into BodyPartExamined, ProtocolName and descriptions,
and what each names: `texts.csv`, by body parts of the standard, by language, and `nameless`."""

from __future__ import annotations

import csv
from pathlib import Path

with Path(__file__).with_name("texts.csv").open(newline="", encoding="utf-8") as file:
    _ROWS = [
        (row["group"], row["text"], row["region"], row["organ"]) for row in csv.DictReader(file)
    ]

GROUPS = {group for group, *_ in _ROWS}
NAMED = [(text, region, organ or None) for _, text, region, organ in _ROWS if region]
"""(text, region, organ)"""
NAMELESS = [text for _, text, region, _ in _ROWS if not region]
