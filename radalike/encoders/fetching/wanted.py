"""What has to be fetched for an encoder, and from where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from shlex import quote
from urllib.parse import urlsplit

from radalike.encoders.catalogue import ENCODERS, encoder_spec
from radalike.encoders.fetching.choice import describing, needed
from radalike.encoders.fetching.download import Remote
from radalike.encoders.fetching.hub import Repository, repository
from radalike.encoders.spec import Weights
from radalike.encoders.store import is_remote, weight_file
from radalike.encoders.weights import packaged
from radalike.errors import UsageError

HUB = "hub:"
TEXT = "text"
_REPOSITORY_NAME = "hf:"
_ARCHIVE = ".zip"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What fetching has to know of an encoder, also of one that cannot be described yet."""

    id: str
    weights: Weights
    licence: str = ""
    access: str = ""

    @property
    def repository(self) -> str:
        """OWNER/NAME, or the address of a file."""
        return self.weights.location.removeprefix(HUB)

    @property
    def archive(self) -> str:
        """The name of the ZIP file that the weight file is inside of, empty where in none."""
        name = PurePosixPath(urlsplit(self.weights.location).path).name
        inside = name.endswith(_ARCHIVE) and not weight_file(self.weights).endswith(_ARCHIVE)
        return name if inside else ""


def wanted_of(name: str) -> Wanted:
    """Raises UnknownName, and UsageError for an encoder that has nothing to fetch."""
    if name.startswith(_REPOSITORY_NAME) and name not in ENCODERS:
        return Wanted(name, Weights(HUB + name.removeprefix(_REPOSITORY_NAME), None, ""))
    spec = encoder_spec(name)
    if not is_remote(spec.weights.location):
        raise _nothing_to_fetch(spec.id, spec.weights.location, spec.access)
    return Wanted(spec.id, spec.weights, spec.licence, spec.access)


def check_address(wanted: Wanted) -> None:
    """Raises UsageError when the location is a page to ask at, and not the file itself."""
    weights = wanted.weights
    address = PurePosixPath(urlsplit(weights.location).path)
    direct = weights.location.startswith(HUB) or wanted.archive or not weights.file
    if not direct and address.name != PurePosixPath(weights.file).name:
        raise UsageError(
            f"the weights of {wanted.id} are not to be had for the asking: {weights.location} is "
            "where to ask",
            hint=wanted.access or f"then `radalike encoders fetch {wanted.id} --from FILE`",
        )


def _nothing_to_fetch(encoder: str, location: str, access: str) -> UsageError:
    if access:
        return UsageError(f"the weights of {encoder} cannot be fetched from anywhere", hint=access)
    whose, tried = "in a Python package", encoder
    if not packaged(location):
        whose, tried = "files of your own", quote(location)
    return UsageError(
        f"{encoder} needs nothing to be fetched: its weights are {whose}",
        hint=f"`radalike encoders check {tried}` tries whether they are whole",
    )


@dataclass(frozen=True, slots=True)
class Found:
    """What a server has of what is wanted. revision: the commit, where it is a repository."""

    revision: str
    licence: str
    remotes: tuple[Remote, ...]


def look_up(wanted: Wanted, revision: str) -> Found:
    """Ask where the files are, at `revision`, else at the one that is pinned, else at the latest.

    Raises UsageError when the row pins another revision, and what `repository` raises.
    """
    weights = wanted.weights
    text = _text_files(weights.text)
    if not weights.location.startswith(HUB):
        if revision:
            raise UsageError(
                f"{wanted.id} is one file, not a repository: it has no revisions",
                hint="leave --revision out",
            )
        name = wanted.archive or weight_file(weights)
        sha256 = None if wanted.archive else weights.sha256
        file = Remote(name, weights.location, weights.location, sha256=sha256)
        return Found(weights.revision, wanted.licence, (file, *text))
    found = repository(wanted.repository, revision or weights.revision)
    _check_revision(wanted, found)
    files = (found.files[name] for name in needed(found.sizes, weights))
    return Found(found.commit, wanted.licence or found.licence, (*files, *text))


def _text_files(text: str) -> Sequence[Remote]:
    """Tokenizer and configuration of the text tower, from `OWNER/NAME` or `OWNER/NAME@COMMIT`."""
    if not text:
        return ()
    name, _, revision = text.partition("@")
    found = repository(name, revision)
    names = describing(found.sizes)
    return [replace(found.files[each], name=f"{TEXT}/{each}") for each in names]


def _check_revision(wanted: Wanted, found: Repository) -> None:
    pinned = wanted.weights.revision
    if pinned and found.commit != pinned:
        raise UsageError(
            f"{wanted.id} is pinned to revision {pinned}, and this is {found.commit}",
            hint=f"`radalike encoders fetch hf:{wanted.repository} --revision REV` takes any: it "
            "is then an encoder of its own, of that name",
        )
