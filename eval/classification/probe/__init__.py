"""Linear probes: how well a linear layer on the embeddings tells the classes apart."""
