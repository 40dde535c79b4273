"""Embedding parts: Parquet files that are the truth of every vector."""
