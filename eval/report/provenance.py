"""What was measured, with what, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from eval.ranking import Progress
from eval.report.markup import facts, heading, join
from eval.report.measured import Measured
from eval.report.numbers import count
from eval.report.page import Section
from eval.versions import versions
from radalike.encoders.spec import EncoderSpec, Weights, fingerprint
from radalike.library.status import Status


def section(measured: Measured, _progress: Progress) -> Section:
    library, request = measured.library, measured.request
    status = library.status()
    asked = {
        **request.asked,
        "draws of the bootstrap": request.draws,
        "seed": request.seed,
        "quick": request.quick,
    }
    encoders = [
        part
        for name in request.encoders
        for part in (heading(f"Encoder {name}"), facts(_encoder(library.beside(name).spec, status)))
    ]
    body = join(
        [
            facts(_library_facts(library.layout.root.resolve().name, status)),
            *encoders,
            heading("What was asked"),
            facts(asked_facts(asked)),
            heading("Versions"),
            facts(version_facts()),
        ]
    )
    found = {"images": status.images, "encoders": list(request.encoders), "versions": versions()}
    return Section("provenance", "What was measured, and with what", body, found)


def _encoder(spec: EncoderSpec, status: Status) -> Iterator[tuple[str, str]]:
    own = fingerprint(spec)
    parts = [each for each in status.encoders if each["fingerprint"] == own]
    precision = sorted({name for each in parts for name in each["precision"]})
    yield "fingerprint", own
    yield "vectors", f"{count(sum(each['vectors'] for each in parts))}, {' and '.join(precision)}"
    yield "dimension", count(spec.dimension)
    yield "weights", weights_in_words(spec.weights)
    yield "licence", spec.licence
    yield "source", spec.source if spec.adapts is None else f"adapts {spec.adapts.id}"


def weights_in_words(weights: Weights) -> str:
    """What pins the weights. A path on this machine is not said."""
    if weights.sha256:
        return f"SHA-256 {weights.sha256}"
    if weights.location.startswith(("hub:", "https://", "package:")):
        return f"{weights.location}, revision {weights.revision or 'not pinned'}"
    return "none" if weights.location == "none" else "a file of this machine, not pinned"


def _library_facts(name: str, status: Status) -> Iterator[tuple[str, str]]:
    def counts(of: Mapping[str, int]) -> str:
        return ", ".join(f"{value} {count(number)}" for value, number in of.items())

    yield "library", name
    yield "measured", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    yield "images", f"{count(status.images)}, {count(status.duplicates)} of them duplicates"
    yield "modalities", counts(status.by_modality)
    yield "regions", counts(status.by_anatomy)
    yield "data sets", counts(status.by_dataset)


def asked_facts(asked: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What was asked for, in the words it was asked in."""
    for name, value in asked.items():
        listed = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        said = {"True": "yes", "False": "no"}.get(listed, listed)
        yield name, said or "nothing"


def version_facts() -> Iterator[tuple[str, str]]:
    yield from versions().items()
