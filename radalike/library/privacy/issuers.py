"""The issuers of patient ids that a library has met, sealed: so that a patient is found by the id
alone, without the site having to know which issuer its files name."""

from __future__ import annotations

import base64
import os
from functools import cached_property
from pathlib import Path

from radalike.library.privacy.pseudonyms import Privacy
from radalike.storage import storage_errors

_LONGEST = 256  # characters; DICOM allows 64
_MOST = 1024  # issuers; an export that names more is no hospital's


class Issuers:
    """One sealed issuer a line of `file`, which is readable by its owner only."""

    def __init__(self, file: Path, privacy: Privacy) -> None:
        self._file = file
        self._privacy = privacy

    @cached_property
    def _known(self) -> set[str]:
        try:
            lines = self._file.read_bytes().splitlines()
        except FileNotFoundError:
            return set()
        # A line that a kill cut short is of an ingest that committed nothing with it.
        whole = (line for line in lines if line.endswith(b"."))
        return {self._privacy.unseal(base64.b64decode(line[:-1]), "an issuer") for line in whole}

    def known(self) -> frozenset[str]:
        """Raises LibraryError when they were sealed under another key."""
        return frozenset(self._known)

    def note(self, issuer: str) -> None:
        """Remember `issuer`, durably: before anything of its patients is committed."""
        if not issuer or issuer in self._known:
            return
        if len(issuer) > _LONGEST or len(self._known) >= _MOST:
            return
        line = base64.b64encode(self._privacy.seal(issuer)) + b".\n"
        with storage_errors():
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(b"\n" + line)
                file.flush()
                os.fsync(file.fileno())
        self._known.add(issuer)
