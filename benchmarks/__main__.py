"""`python -m benchmarks [NAME…]`: every benchmark, or those that are named, as one JSON object."""

from __future__ import annotations

import json
import sys
from importlib import import_module

NAMES = (
    "evaluation",
    "metrics",
    "exact_search",
    "search",
    "ingest",
    "pacs",
    "radiographs",
    "encoders",
    "statistics",
    "search_page",
)


def main() -> None:
    chosen = sys.argv[1:] or NAMES
    print(
        json.dumps({name: import_module(f"benchmarks.{name}").run() for name in chosen}, indent=2)
    )


if __name__ == "__main__":
    main()
