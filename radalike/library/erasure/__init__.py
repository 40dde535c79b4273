"""Erasing a patient, and proving it. `erase` is the way in."""
