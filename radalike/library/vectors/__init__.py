"""Stored embeddings: as parts that are written, and as vectors that are read again."""
