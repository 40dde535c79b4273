"""Adapters of a library: small learnt maps of an encoder's embeddings, each an encoder of its own.

They are in `<library>/adapters/NAME.safetensors`, so that a copy of the library has them too.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from radalike.catalog.store import Catalog
from radalike.encoders.catalogue import ENCODERS
from radalike.encoders.spec import EncoderSpec, Weights, as_typed, fingerprint
from radalike.encoders.store import Store
from radalike.errors import DuplicateName, UsageError
from radalike.library.encoders.known_encoder import known_encoder
from radalike.library.layout import Layout
from radalike.storage import storage_errors

if TYPE_CHECKING:
    from radalike.adaptation.files import Adapter
    from radalike.library.library import Library

SUFFIX = ".safetensors"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def adapter_path(layout: Layout, name: str) -> Path:
    return layout.root / "adapters" / f"{name}{SUFFIX}"


def has_adapter(layout: Layout, name: str) -> bool:
    """Whether the library has an adapter of that name; any text can be asked for."""
    return bool(_NAME.fullmatch(name)) and adapter_path(layout, name).is_file()


def adapter_name(output: str) -> str:
    """The name of the adapter that `output`, a name or the path of a file, means.

    Raises UsageError for one that cannot be a name, DuplicateName for that of a known encoder.
    """
    name = Path(output).name.removesuffix(SUFFIX)
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"an adapter cannot be named {name!r}",
            hint="letters, digits, dot, dash and underscore, for example -o our-labels",
        )
    if name in ENCODERS:
        raise DuplicateName(f"{name!r} is an encoder already", hint="give the adapter another name")
    return name


def learnable(library: Library) -> EncoderSpec:
    """The library's encoder, which is to be adapted.

    Raises UsageError for one that cannot be: an adapter itself, one without vectors here, or one
    that has no name by which it could be found again.
    """
    spec = library.spec
    if spec.adapts is not None:
        raise UsageError(
            f"{spec.id} is an adapter itself",
            hint=f"adapt what it adapts: --encoder {spec.adapts.id}",
        )
    if not library.catalog.parts(library.fingerprint):
        raise UsageError(
            f"this library has no vectors of {spec.id} to learn from",
            hint=f"`radalike encode --encoder {as_typed(spec)}` adds them",
        )
    known = known_encoder(spec.id, spec.rendering, library.store, library.catalog)
    if fingerprint(known) != library.fingerprint:
        raise UsageError(
            f"{spec.id} is not an encoder that is known by this name",
            hint="`radalike encoders list` shows those that are",
        )
    return spec


def keep_adapter(layout: Layout, name: str, output: str, adapter: Adapter) -> Path:
    """Keep it in the library; where `output` is the path of a file outside, there too. One that is
    there already and does the same to the bit stays as it is, with its date.

    Raises DuplicateName when one of that name does something else, StorageFull.
    """
    from radalike.adaptation.files import read_adapter, same_map, write_adapter

    path = adapter_path(layout, name)
    if not path.exists():
        write_adapter(path, adapter)
    else:
        there = read_adapter(path)
        same_base = there.provenance.base_fingerprint == adapter.provenance.base_fingerprint
        if not (same_base and same_map(there.map, adapter.map)):
            raise DuplicateName(
                f"the library has another adapter {name!r}",
                hint="vectors of two maps never meet, so give this one another name",
            )
    if output != name:
        outside = Path(output)
        outside = outside if outside.suffix == SUFFIX else outside.with_name(name + SUFFIX)
        if outside.resolve() != path.resolve():
            with storage_errors():
                outside.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, outside)
        return outside
    return path


def adapted_spec(
    layout: Layout, name: str, rendering: str, store: Store, catalog: Catalog | None = None
) -> EncoderSpec | None:
    """The adapted encoder of that name, None when the library has no such adapter.

    Raises WeightsMismatch when the adapter is damaged or was learnt on other embeddings, and what
    `known_encoder` raises for the encoder that it adapts.
    """
    if not has_adapter(layout, name):
        return None
    from radalike.adaptation.files import read_adapter
    from radalike.encoders.adapted_encoder import foreign

    path = adapter_path(layout, name)
    adapter = read_adapter(path)
    said = adapter.provenance
    base = known_encoder(said.base, rendering, store, catalog)
    if fingerprint(base) != said.base_fingerprint or base.dimension != adapter.map.inputs:
        raise foreign(name, said.base)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return replace(
        base,
        id=name,
        family="adapted",
        architecture=said.method,
        weights=Weights(str(path), sha256, said.version),
        dimension=adapter.map.dimension,
        source=f"learnt from {said.images:,} images of {said.classes:,} classes over {base.id}",
        has_text_tower=False,
        study="",
        access="",
        adapts=base,
    )
