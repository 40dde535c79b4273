"""Which part of the examples is held out: never half a patient, every class in each part."""

from __future__ import annotations

import numpy as np

from radalike.adaptation.examples import Codes, Examples


def folds(examples: Examples, number: int, seed: int) -> Codes:
    """The fold (0 to `number` - 1) of each example. Groups stay whole; large ones first, each goes
    to the fold that has the fewest images of the group's commonest class."""
    groups, of_row = np.unique(examples.groups, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(groups))
    sizes = np.bincount(of_row)
    order = order[np.argsort(-sizes[order], kind="stable")]
    tally = np.zeros((len(groups), examples.number), dtype=np.int64)
    np.add.at(tally, (of_row, examples.classes), 1)
    held = np.zeros((number, examples.number), dtype=np.int64)
    fold_of_group = np.empty(len(groups), dtype=np.int64)
    for group in order:
        own = int(tally[group].argmax())
        fold = min(range(number), key=lambda each: (held[each, own], int(held[each].sum())))
        held[fold] += tally[group]
        fold_of_group[group] = fold
    return fold_of_group[of_row]
