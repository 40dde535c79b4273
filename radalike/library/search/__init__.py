"""Asking a library: from a query to its hits. `searching` is the way in."""
