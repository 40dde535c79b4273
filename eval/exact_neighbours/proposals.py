"""What proposes candidates: matrix products in float32, or in bfloat16 where that is far faster.

Either way the answer is the same: it is a proven bound on a proposed score's error that decides
what is scored again. A looser bound only means more candidates.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from eval.exact_neighbours.cores import Run
from eval.exact_neighbours.neighbours import Scores
from radalike.records import Vectors

if TYPE_CHECKING:
    import torch

HALF_PLACE = 2.0**-9
"""Half the distance of neighbouring bfloat16 numbers (8 bits of precision) from 1/2 to 1."""

CONVERTED = 1 << 8
"""Vectors that a core converts at once."""


@dataclass(frozen=True, slots=True)
class Proposals:
    """vectors: of the chunk, (n, d), float32 or bfloat16. tolerance: how far the score that
    they propose can be from the true one, float64, (queries,)."""

    vectors: torch.Tensor
    tolerance: Scores


def fast_bfloat16() -> bool:
    """Whether this processor multiplies matrices of bfloat16 by instructions of their own, which
    sum in float32: tiles (AMX), or pairs in 512 bits (VDPBF16PS, five times as fast as float32 on a
    processor of AMD's)."""
    import torch

    flags = torch.cpu.get_capabilities()
    return bool(flags.get("amx_bf16") or flags.get("avx512_bf16"))


def in_float32(lengths: Scores, longest: float, vectors: Vectors) -> Proposals:
    """lengths: of the queries, (queries,); longest: of the rows.

    |fl(x.y) - x.y| <= gamma_d |x| |y| with gamma_d = d u / (1 - d u), u = 2^-24, in any order of
    summation (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1), but for
    products too small for a normal float32, each less than 2^-126. A hundredth more leaves room
    for the lengths' own rounding, and for that of the float64 scores.
    """
    return Proposals(tensor(vectors), _summed(lengths, longest, vectors.shape[1]))


def lost_in_bfloat16(queries: Vectors) -> Scores:
    """The length that each query loses when it is rounded, float64, (queries,)."""
    given = tensor(queries)
    starts = range(0, len(given), CONVERTED)
    return np.concatenate([_rounded(given[each : each + CONVERTED])[1] for each in starts])


def in_bfloat16(
    lost: Scores, lengths: Scores, longest: float, vectors: Vectors, run: Run
) -> Proposals:
    """As `in_float32`, of rounded vectors; lost: of the queries, as `lost_in_bfloat16` gives it.

    With x and y rounded to x + e and y + f: |(x+e).(y+f) - x.y| <= |e| (|y| + |f|) + |x| |f|, by
    Cauchy and Schwarz; e and f are measured. Their products are exact in float32, and summed
    there as above; the sum is rounded to bfloat16 once, which moves it by half a place at most.
    Numbers too small for a normal float32 may be taken for 0.
    """
    converted, greatest = _converted(vectors, run)
    whole = longest + greatest
    most = (lengths + lost) * whole
    bound = lost * whole + lengths * greatest + _summed(lengths + lost, whole, vectors.shape[1])
    bound += (whole + lengths) * vectors.shape[1] * 2.0**-126
    # The greatest power of two that a score can be rounded to, or reach: its place decides.
    places = 2.0 ** np.ceil(np.log2(np.maximum(most + bound, 2.0**-100) / (1 + HALF_PLACE)))
    return Proposals(converted, np.asarray(bound + HALF_PLACE * places, dtype=np.float64))


def tensor(vectors: Vectors) -> torch.Tensor:
    import torch

    with warnings.catch_warnings():  # vectors from a file may be read-only; none is written to
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(vectors)


def _summed(lengths: Scores, longest: float, dimension: int) -> Scores:
    relative = dimension * 2.0**-24
    bound = relative / (1 - relative) * longest * lengths + dimension * 2.0**-125
    return np.asarray(1.01 * bound, dtype=np.float64)


def _converted(vectors: Vectors, run: Run) -> tuple[torch.Tensor, float]:
    """The vectors in bfloat16, and the greatest length that one has lost."""
    import torch

    given = tensor(vectors)
    converted = torch.empty(given.shape, dtype=torch.bfloat16)
    greatest = np.zeros(-(-len(given) // CONVERTED))

    def convert(number: int) -> None:
        some = slice(number * CONVERTED, (number + 1) * CONVERTED)
        converted[some], lost = _rounded(given[some])
        greatest[number] = lost.max()

    run(convert, len(greatest))
    return converted, float(greatest.max())


def _rounded(vectors: torch.Tensor) -> tuple[torch.Tensor, npt.NDArray[np.float64]]:
    """In bfloat16, and the length that each vector lost, with room for its own rounding."""
    import torch

    rounded = vectors.bfloat16()
    lost = torch.linalg.vector_norm(vectors - rounded, dim=1).double().numpy()
    return rounded, lost * 1.001
