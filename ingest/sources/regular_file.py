"""Opening files that may have become something else since they were listed."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from radalike.errors import ImageRejected, RejectCode


def open_regular(path: Path) -> BinaryIO:
    """`path`, open for reading; a pipe that nobody writes to is never waited for.

    Raises ImageRejected (Unreadable) when it is no regular file, OSError.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ImageRejected(RejectCode.UNREADABLE, "not a regular file")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise
