"""The catalog: the truth of what each image is, where it came from, and what was rejected."""
