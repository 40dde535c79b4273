"""Fetching weights over a network: the one part of Radalike that does, and only when told to."""

from radalike.encoders.fetching.from_network import Fetched, fetch
from radalike.encoders.fetching.own_files import keep_own

__all__ = ["Fetched", "fetch", "keep_own"]
