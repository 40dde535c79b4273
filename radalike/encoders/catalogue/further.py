"""Encoders that the study did not have."""

from __future__ import annotations

from radalike.encoders.spec import EncoderSpec

FURTHER: tuple[EncoderSpec, ...] = ()
