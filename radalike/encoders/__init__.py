"""Encoders: frozen vision models that turn images into L2-normalised embeddings."""
