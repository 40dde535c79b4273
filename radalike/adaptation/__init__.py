"""Small learnt maps of embeddings: a site's own labels change the space, no network is trained."""
