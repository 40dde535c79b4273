"""Decoding in child processes: hostile files and broken decoders stay there."""
