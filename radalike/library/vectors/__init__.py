"""What a library stores of embeddings: written as parts, and read again."""
