from __future__ import annotations

import json
from dataclasses import asdict

from radalike.imaging.preprocessing import Preprocessing, preprocessing_of


def test_it_goes_through_json_and_back() -> None:
    said = Preprocessing(size=16, mean=(0.5, 0.4, 0.3), std=(0.5, 0.5, 0.5), fit="crop")
    fields = json.loads(json.dumps(asdict(said)))
    assert preprocessing_of(fields) == said
    assert hash(preprocessing_of(fields)) == hash(said)
