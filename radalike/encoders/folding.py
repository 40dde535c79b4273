"""Folding of batch normalisation into the convolution before it: same function, fewer passes.

W' = W · γ / sqrt(σ² + ε), b' = β + (b - μ) · γ / sqrt(σ² + ε)   (Jacob et al. 2018, section 3.2)
"""

from __future__ import annotations

from collections import Counter
from typing import TypeGuard

import torch
from torch import fx, nn

from radalike.encoders.tracing import TURNS

# What tracing raises for a model whose path depends on its values, or that looks into them.
_UNTRACEABLE = (
    fx.proxy.TraceError,
    AssertionError,
    AttributeError,
    RuntimeError,
    TypeError,
    ValueError,
)


class _Tracer(fx.Tracer):
    """Looks into no convolution or norm, whatever a library has made of it (timm's pad by the
    input's size and carry activations)."""

    def is_leaf_module(self, module: nn.Module, name: str) -> bool:
        return isinstance(module, nn.Conv2d | nn.BatchNorm2d) or super().is_leaf_module(
            module, name
        )


def fold_batch_norm(model: nn.Module) -> nn.Module:
    """`model`, which is taken over, with every batch norm that follows a convolution folded into
    it. One that has none, or cannot be traced symbolically, is returned as it is."""
    if not any(map(_foldable, model.modules())):
        return model
    try:
        with TURNS.tracing():
            graph = _Tracer().trace(model)
    except _UNTRACEABLE:
        return model
    traced = fx.GraphModule(model, graph)
    modules = dict(traced.named_modules(remove_duplicate=False))
    calls = [node for node in traced.graph.nodes if node.op == "call_module"]
    times = Counter(id(modules[node.target]) for node in calls)
    for node in calls:
        norm, before = modules[node.target], next(iter(node.args), None)
        if not _foldable(norm) or not isinstance(before, fx.Node):
            continue
        if before.op != "call_module" or len(before.users) > 1:
            continue
        convolution = modules[before.target]
        # A module that is called twice has two neighbours, and can be folded for one only.
        once = times[id(norm)] == times[id(convolution)] == 1
        if isinstance(convolution, nn.Conv2d) and once:
            traced.set_submodule(node.target, _folded(convolution, norm))
    traced.recompile()
    return traced.eval()


def _foldable(module: nn.Module) -> TypeGuard[nn.BatchNorm2d]:
    return isinstance(module, nn.BatchNorm2d) and module.running_var is not None


def _folded(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Module:
    """Fold `norm` into `convolution` in place; what is left of it (timm's norms carry an
    activation)."""
    assert norm.running_var is not None
    assert norm.running_mean is not None
    with torch.no_grad():
        scale = torch.rsqrt(norm.running_var + norm.eps)
        if norm.affine:
            scale = scale * norm.weight
        bias = (
            -norm.running_mean if convolution.bias is None else convolution.bias - norm.running_mean
        )
        shift = norm.bias if norm.affine else torch.zeros_like(norm.running_mean)
        convolution.weight = nn.Parameter(convolution.weight * scale.view(-1, 1, 1, 1))
        convolution.bias = nn.Parameter(bias * scale + shift)
    activation = getattr(norm, "act", None)
    return activation if isinstance(activation, nn.Module) else nn.Identity()
