"""Fixtures of the encoders' tests."""

from tests.radalike.encoders.hubs import hub, rows

__all__ = ["hub", "rows"]
