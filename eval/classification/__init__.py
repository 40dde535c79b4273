"""What the embeddings say of an image's class: by its neighbours (knn), by a linear layer (probe).

A class that the index does not have cannot be found: its queries are reported apart. Micro counts
every query once, macro every class that has a query.
"""
