"""The process of a job with an encoder that needs no model, and takes its time for each image."""

from __future__ import annotations

from radalike.library import Library
from search_ui.jobs.child import main
from tests.ingest.light_radalike import LightEncoder


def _light(library: Library, precision: str = "") -> LightEncoder:
    return LightEncoder(library.spec, device="cpu", precision="float32", batch_size=32)


if __name__ == "__main__":
    Library.load_encoder = _light  # type: ignore[assignment, method-assign]
    main()
