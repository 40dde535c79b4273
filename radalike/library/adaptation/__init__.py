"""Adapters: small learnt maps of stored embeddings. `learning` is the way in."""
