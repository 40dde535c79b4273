"""Encoders that are PyTorch modules, of any family, on a device and in a precision."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from radalike.allocator import keep_freed_memory
from radalike.cores import on_one_core, one_core_each
from radalike.encoders.base import Chunk, Encoder, Result
from radalike.encoders.batch_size import fitting, most_at_once, needs_measuring, unmeasured
from radalike.encoders.devices import device_here
from radalike.encoders.memory import free_bytes, peak_bytes
from radalike.encoders.spec import EncoderSpec, fingerprint
from radalike.encoders.store import Store
from radalike.encoders.tracing import TURNS
from radalike.errors import WeightsMismatch

if TYPE_CHECKING:
    from torch import Tensor, nn

    from radalike.encoders.loaders import TextTower


class TorchEncoder(Encoder):
    """Takes over `module`, and changes it to its precision.

    text_tower: gives the tower, loaded by its first text; it computes in float32 on the CPU.
    """

    def __init__(
        self,
        spec: EncoderSpec,
        module: nn.Module,
        *,
        device: str,
        precision: str,
        batch_size: int,
        compiled: bool = False,
        text_tower: Callable[[], TextTower] | None = None,
    ) -> None:
        import torch

        super().__init__(spec, device=device, precision=precision, batch_size=batch_size)
        self._text_tower = text_tower
        self._dtype = getattr(torch, precision)
        self._pool: ThreadPoolExecutor | None = None
        self._pool_lock = Lock()
        self._module = module.to(device=device, dtype=self._dtype)
        if all(tensor.ndim <= 4 for tensor in self._module.parameters()):  # else torch refuses
            self._module = self._module.to(memory_format=torch.channels_last)
        if compiled:  # `dynamic`: the last batch is smaller, and is no reason to compile again
            self._module = torch.compile(self._module, dynamic=True)  # type: ignore[assignment]

    @property
    def chunks_at_once(self) -> int:
        import torch

        return torch.get_num_threads() if self.device == "cpu" else 1

    def map_chunks(
        self, function: Callable[[Chunk], Result], chunks: Sequence[Chunk]
    ) -> list[Result]:
        """On a CPU, several chunks at a time, each on one core: no core waits for another after
        every layer, which also leaves room for the decoders beside it."""
        threads = self.chunks_at_once
        if threads == 1 or len(chunks) < threads:
            return super().map_chunks(function, chunks)
        with self._pool_lock:
            if self._pool is None:
                self._pool = one_core_each(threads, "encoder")
        return list(self._pool.map(function, chunks))

    def embed_text(self, texts: Sequence[str]) -> Tensor:
        import torch

        if self._text_tower is None:
            return super().embed_text(texts)
        tower = self._text_tower()
        with torch.inference_mode(), TURNS.computing():
            return tower(texts)

    def embed(self, inputs: Tensor) -> Tensor:
        with TURNS.computing():
            features: Tensor = self._module(inputs.to(self._dtype))
        if features.ndim != 2 or features.shape[1] != self.spec.dimension:
            raise WeightsMismatch(
                f"{self.spec.id} gives features of shape {tuple(features.shape)}",
                hint=f"its spec says (n, {self.spec.dimension})",
                encoder=self.spec.id,
            )
        return features


def load_encoder(
    spec: EncoderSpec,
    *,
    device: str = "auto",
    precision: str = "float32",
    batch_size: int = 0,
    bulk: bool = False,
    compiled: bool = False,
    verdicts: Path | None = None,
    store: Store | None = None,
) -> Encoder:
    """The encoder of `spec`, ready to use; `store` holds the weights that were fetched.

    precision `auto` takes the fastest that agrees with float32 (see `precision`), batch_size 0
    what suits the device; with `bulk`, for many images, it is measured what fits into its memory,
    and `compiled` has PyTorch compile the model. Where the file `verdicts` has what was found
    before, it is not looked for again.
    Raises DeviceUnavailable, MissingExtra, WeightsMissing, WeightsMismatch.
    """
    if spec.adapts is not None:
        from radalike.encoders.adapted_encoder import adapted_encoder

        base = load_encoder(
            spec.adapts,
            device=device,
            precision=precision,
            batch_size=batch_size,
            bulk=bulk,
            compiled=compiled,
            verdicts=verdicts,
            store=store,
        )
        return adapted_encoder(spec, base, store)
    import torch

    from radalike.encoders.folding import fold_batch_norm
    from radalike.encoders.loaders import load_module, load_text_tower
    from radalike.encoders.precision import candidates, fastest_agreeing
    from radalike.encoders.verdicts import Verdict, Verdicts, situation

    chosen = device_here(device)
    if chosen == "cpu":
        keep_freed_memory(torch.get_num_threads())
    size = spec.preprocessing.size
    with on_one_core():
        module = fold_batch_norm(load_module(spec, store))
    text_tower = cache(lambda: load_text_tower(spec, store)) if spec.has_text_tower else None

    def build(name: str, batch: int, *, finished: bool = False) -> TorchEncoder:
        with on_one_core():
            return TorchEncoder(
                spec,
                module if finished else copy.deepcopy(module),
                device=chosen,
                precision=name,
                batch_size=batch,
                compiled=compiled and bulk and finished,
                text_tower=text_tower,
            )

    measured = bulk and not batch_size and needs_measuring(chosen, size)
    batch = batch_size or unmeasured(chosen, size)
    if precision != "auto" and not measured:
        return build(precision, batch, finished=True)
    kept = Verdicts(verdicts)
    how_many = "measured" if measured else batch_size or "usual"
    here = situation(fingerprint(spec), chosen, f"{precision}, batch {how_many}")
    found = kept.get(here)
    if precision == "auto" and found is not None:  # what was fast can be another machine's
        found = found if found.precision in ("float32", *candidates(chosen)) else None
    if found is None:
        if measured:
            batch = _fitting_batch(build("float32", 1)) or batch
        if precision == "auto":
            fastest = fastest_agreeing(lambda name: build(name, batch), candidates(chosen), size)
            precision = fastest.precision
        found = Verdict(precision, batch)
        kept.keep(here, found)
    return build(found.precision, found.batch_size, finished=True)


def _fitting_batch(encoder: TorchEncoder) -> int | None:
    """The largest batch that fits into the memory of its device, None where nobody counts it."""
    import torch

    size = encoder.spec.preprocessing.size

    def bytes_of(count: int) -> int | None:
        inputs = torch.zeros(count, 3, size, size, device=encoder.device)
        with torch.inference_mode():
            return peak_bytes(encoder.device, lambda: encoder.embed(inputs))

    most, batches = most_at_once(encoder.device), encoder.chunks_at_once
    return fitting(bytes_of, free_bytes(encoder.device), most=most, batches=batches)
