"""The exact nearest neighbours of many queries, over an index that is read a chunk at a time.

A matrix product only proposes: its scores are rounded, and depend in their last bits on how the
rows are blocked. What could be among the best, given how far such a score can be from the true
one, is scored again in float64, one pair at a time, and ranked by that score, then by row. The
answer is so a function of the vectors alone, while nearly all the work is the matrix product.

`search` holds the result and shares the queries among the cores; `proposals` says in which numbers
is multiplied, and how far off that can be; each core `scan`s the rows for a block of queries, by
`products` that stay in its cache; `candidates` are what a scan keeps; `rescoring` brings them into
the result.
"""

from eval.exact_neighbours.neighbours import Exclusion, Neighbours
from eval.exact_neighbours.search import ExactSearch

__all__ = ["ExactSearch", "Exclusion", "Neighbours"]
