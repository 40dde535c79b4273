"""The encoder that vectors from elsewhere belong to: it has vectors, and no model.

Its fingerprint is over its name, the vectors' length and what was said of how they were made, so
that they never meet those of our own encoder of that name, whose pipeline is another one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NoReturn

from radalike.encoders.catalogue import ENCODERS
from radalike.encoders.spec import IMPORTED, EncoderSpec, Weights
from radalike.errors import UsageError
from radalike.imaging.preprocessing import Preprocessing

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NO_PIXELS = Preprocessing(size=224, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
"""Nothing is ever prepared for it; a spec says something nevertheless."""


def imported_spec(name: str, dimension: int, description: str = "") -> EncoderSpec:
    """The encoder `imported:NAME` of vectors of `dimension` numbers, made as `description` says.

    `name` is that of the model, with or without the prefix. Raises UsageError for one that cannot
    be a name.
    """
    plain = name.removeprefix(IMPORTED)
    if not _NAME.fullmatch(plain):
        raise UsageError(
            f"imported vectors cannot be named {plain!r}",
            hint="letters, digits, dot, dash and underscore, for example --encoder biomedclip",
        )
    known = ENCODERS.get(plain)
    return EncoderSpec(
        id=IMPORTED + plain,
        family="custom",
        architecture=f"{__name__}:no_model",
        weights=Weights(location="none", sha256=None, revision=IMPORTED + plain),
        dimension=dimension,
        preprocessing=_NO_PIXELS,
        pooling=f"as imported: {description}" if description else "as imported",
        licence="that of whoever published the embeddings",
        source=f"imported embeddings{f' of {known.source}' if known else ''}",
        citation=known.citation if known else "",
    )


def no_model(spec: EncoderSpec, _weights: Path) -> NoReturn:
    """What is called to load it. Raises UsageError, always."""
    raise UsageError(
        f"the vectors of {spec.id} were imported: there is no model that could embed an image",
        hint="search by an image of the library, with its id; or use another encoder: --encoder ID",
        encoder=spec.id,
    )
