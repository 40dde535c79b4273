"""The encoders of the published study (Denner et al. 2025) and of its later versions."""

from __future__ import annotations

from radalike.encoders.spec import EncoderSpec

STUDY: tuple[EncoderSpec, ...] = ()
