"""A spec comes back from the catalog as it was."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from radalike.encoders.catalogue import ENCODERS
from radalike.encoders.spec import EncoderSpec, fingerprint
from radalike.library.encoders.remembered import spec_of
from tests.ingest.small_encoder import CELLS
from tests.radalike.library.two_encoders import BANDS


@pytest.mark.parametrize("spec", [*ENCODERS.values(), replace(CELLS, adapts=BANDS, tiles="2x2")])
def test_a_spec_comes_back_from_the_catalog_as_it_was(spec: EncoderSpec) -> None:
    said = json.loads(json.dumps(asdict(spec)))
    assert spec_of(said) == spec
    newer = said | {"a field of tomorrow": 1}
    assert fingerprint(spec_of(newer)) == fingerprint(spec)


def test_a_spec_of_an_older_version_has_the_defaults_of_what_came_later() -> None:
    said = json.loads(json.dumps(asdict(CELLS)))
    for name in ("citation", "study", "access", "adapts", "tiles"):
        del said[name]
    for name in ("file", "text"):
        del said["weights"][name]
    assert spec_of(said) == CELLS
