"""An encoder whose embeddings are those of another, mapped: its base runs, then a few matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from radalike.adaptation.files import read_adapter
from radalike.adaptation.maps import Map, apply
from radalike.encoders.base import Chunk, Encoder, Result
from radalike.encoders.spec import EncoderSpec, fingerprint
from radalike.encoders.store import Store
from radalike.encoders.weights import weights_path
from radalike.errors import WeightsMismatch
from radalike.vectors import normalised

if TYPE_CHECKING:
    from torch import Tensor


class AdaptedEncoder(Encoder):
    """Computes as `base` does (device, precision, chunks); the map is float32 on the CPU, the same
    for a query as for the vectors that are stored."""

    def __init__(self, spec: EncoderSpec, base: Encoder, map_: Map) -> None:
        super().__init__(
            spec, device=base.device, precision=base.precision, batch_size=base.batch_size
        )
        self._base = base
        self._map = map_

    @property
    def chunks_at_once(self) -> int:
        return self._base.chunks_at_once

    def map_chunks(
        self, function: Callable[[Chunk], Result], chunks: Sequence[Chunk]
    ) -> list[Result]:
        return self._base.map_chunks(function, chunks)

    def embed(self, inputs: Tensor) -> Tensor:
        import torch

        features = self._base.embed(inputs).float().cpu().numpy()
        return torch.from_numpy(apply(self._map, normalised(features)))


def adapted_encoder(spec: EncoderSpec, base: Encoder, store: Store | None = None) -> AdaptedEncoder:
    """The encoder of `spec`, whose adapter is read and verified, over `base`, which is loaded.

    Raises WeightsMissing, WeightsMismatch (an adapter of another encoder, or that was changed).
    """
    adapter = read_adapter(weights_path(spec, store))
    if adapter.provenance.base_fingerprint != fingerprint(base.spec):
        raise foreign(spec.id, adapter.provenance.base)
    if adapter.map.inputs != base.spec.dimension or adapter.map.dimension != spec.dimension:
        raise foreign(spec.id, adapter.provenance.base)
    return AdaptedEncoder(spec, base, adapter.map)


def foreign(name: str, base: str) -> WeightsMismatch:
    """An adapter that was learnt on other embeddings than those there are."""
    return WeightsMismatch(
        f"adapter {name} was learnt on other embeddings than {base} gives here",
        hint="other weights or another rendering of the images; learn it again: `radalike adapt "
        f"--encoder {base} -o NAME`",
        encoder=name,
    )
