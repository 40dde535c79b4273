"""The encoder that a library is searched with unless another one is named."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from radalike.errors import LibraryBusy, UsageError
from radalike.library import Library
from radalike.library.encoders.default_encoder import make_default
from radalike.library.layout import open_layout
from radalike.library.write_lock import write_lock
from tests.radalike.library.encoders.conftest import IMAGES
from tests.radalike.library.two_encoders import BANDS, add_vectors, library_of
from tests.radalike.pictures import image_inputs


def test_the_default_is_switched_once_it_covers_all(root: Path, library: Library) -> None:
    with library_of(root, BANDS) as second:
        with pytest.raises(UsageError, match="2 of 6 images have no vector of bands") as caught:
            make_default(second)
        assert "`radalike encode --encoder bands --make-default`" in caught.value.hint
        assert open_layout(root)[1] != "bands"
        add_vectors(second, BANDS, list(image_inputs(IMAGES))[4:])
        make_default(second)
        assert open_layout(root)[1] == "bands"
        assert [each.default for each in second.coverage()] == [True, False, False]
    assert tomllib.loads((root / "library.toml").read_text()) == {
        "format": 1,
        "default_encoder": "bands",
    }
    assert library.encoder_id == "cells"  # what is open goes on
    assert not list(root.glob("*.tmp"))


def test_not_while_somebody_writes(root: Path, library: Library) -> None:
    with write_lock(library.layout, way_out=""), pytest.raises(LibraryBusy):
        make_default(library)
