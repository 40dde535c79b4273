"""Bodies: what one person looks like inside, drawn at any level or from any side."""
