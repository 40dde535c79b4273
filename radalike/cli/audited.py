"""Who runs a command, for the audit."""

from __future__ import annotations

import os
import pwd


def operator() -> str:
    """The account of the operating system that runs this process, marked as such."""
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:  # a container's user without an entry
        name = str(number)
    return f"command line: {name}"
