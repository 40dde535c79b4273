"""The server's process: Streamlit's own command, ended well by Ctrl-C and by whoever stops it.

The server raises a signal that ended it once more when it has closed, which would make an error of
what was asked for.
"""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from types import FrameType


def main() -> None:
    """Run `streamlit` with this process's arguments."""
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, _end)
    import_module("streamlit.web.cli").main(prog_name="streamlit")


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
