"""What a repository of the Hugging Face hub has, at one commit, and where each file is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from radalike.encoders.fetching.download import Remote
from radalike.encoders.hub_settings import no_telemetry
from radalike.errors import UnknownName, WeightsMissing

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

_TIMEOUT = 30.0  # seconds
_LATEST = "main"


@dataclass(frozen=True, slots=True)
class Repository:
    """name: OWNER/NAME. commit: 40 hex digits. files: by name, in the repository's own names.
    licence: what its card says, empty where nothing."""

    name: str
    commit: str
    files: Mapping[str, Remote]
    licence: str

    @property
    def sizes(self) -> dict[str, int]:
        return {name: remote.size or 0 for name, remote in self.files.items()}


def repository(name: str, revision: str = "") -> Repository:
    """The repository `name` at `revision` (a commit, tag or branch), the latest by default.

    The hub is the one that HF_ENDPOINT names; a token is taken from where huggingface_hub looks
    for one (HF_TOKEN). Raises WeightsMissing when it cannot be reached or gives no access,
    UnknownName for a revision that is not there.
    """
    from huggingface_hub import HfApi, get_token, hf_hub_url

    endpoint = os.environ.get("HF_ENDPOINT") or None
    token = get_token()
    api = HfApi(endpoint=endpoint, library_name="radalike")
    with _hub_errors(name, revision, api, token), no_telemetry():
        info = api.model_info(
            name, revision=revision or _LATEST, files_metadata=True, timeout=_TIMEOUT
        )
    commit = str(info.sha)
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    def remote(sibling: RepoSibling) -> Remote:
        lfs = sibling.lfs
        return Remote(
            name=sibling.rfilename,
            url=hf_hub_url(name, sibling.rfilename, revision=commit, endpoint=endpoint),
            source=f"hub:{name}@{commit}",
            size=lfs.size if lfs else sibling.size,
            sha256=lfs.sha256 if lfs else None,
            git=sibling.blob_id if not lfs else None,
            headers=headers,
        )

    files = {sibling.rfilename: remote(sibling) for sibling in info.siblings or ()}
    card: Any = info.card_data or {}
    return Repository(name, commit, files, str(card.get("license") or ""))


@contextmanager
def _hub_errors(name: str, revision: str, api: Any, token: str | None) -> Iterator[None]:
    """What the hub's library raises, as what it means for who wants the weights."""
    errors: Any = import_module("huggingface_hub.errors")
    try:
        yield
    except errors.OfflineModeIsEnabled as exc:
        raise WeightsMissing(
            "HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) is set: the hub is not asked",
            hint="unset it for `radalike encoders fetch`, which is the command that is told to",
        ) from exc
    except errors.GatedRepoError as exc:
        raise no_access(name) from exc
    except errors.RevisionNotFoundError as exc:
        raise UnknownName("revision", revision, _revisions(api, name)) from exc
    except errors.RepositoryNotFoundError as exc:
        known = "" if token else ", or it is private and needs a token (HF_TOKEN)"
        raise WeightsMissing(
            f"the hub knows no repository {name}{known}",
            hint="write it as the hub does: OWNER/NAME, capitals and all",
            repository=name,
        ) from exc
    except errors.HFValidationError as exc:
        raise WeightsMissing(
            f"{name!r} is no name of a repository", hint="write OWNER/NAME", repository=name
        ) from exc
    except errors.HfHubHTTPError as exc:
        status = exc.response.status_code
        if status in (401, 403):
            raise no_access(name) from exc
        raise WeightsMissing(
            f"the hub answers {status} for {name}", hint="try again later", repository=name
        ) from exc
    except errors.HTTPError as exc:  # the base of its transport's errors, whichever that is
        raise unreachable(api.endpoint) from exc


def no_access(name: str, access: str = "") -> WeightsMissing:
    """For a repository that is only for those who were granted access; `access`: what the row says
    of how to be."""
    from huggingface_hub import get_token

    used = "The token that was used (HF_TOKEN) does not have it." if get_token() else ""
    asking = access or f"Ask for access on the page of {name}."
    giving = "" if "HF_TOKEN" in access else "Then give a token of that account in HF_TOKEN."
    return WeightsMissing(
        f"{name} is only for those who were granted access",
        hint=" ".join(each for each in (used, asking, giving) if each),
        repository=name,
        refused=True,
    )


def unreachable(server: str, encoder: str = "ID") -> WeightsMissing:
    return WeightsMissing(
        f"{server} cannot be reached",
        hint="Is there a network here? It may want HTTPS_PROXY, or HF_ENDPOINT for another hub. "
        f"Without one, on a connected machine: `radalike encoders bundle {encoder} -o FILE`; "
        "here: `radalike encoders install FILE`.",
        server=server,
    )


def _revisions(api: Any, name: str) -> list[str]:
    """Branches and tags, for a suggestion; none where the hub does not say."""
    errors: Any = import_module("huggingface_hub.errors")
    try:
        refs = api.list_repo_refs(name)
    except (errors.HTTPError, OSError):
        return []
    return [each.name for each in (*refs.branches, *refs.tags)]
