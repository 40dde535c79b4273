"""Ingest: from a source of files, through a pool of decoders, into a library."""
