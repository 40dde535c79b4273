"""The address of a DICOMweb server as it stands on the command line, and who asks there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, urlsplit

from radalike.errors import InvalidSetting, UsageError

_SCHEMES = {"dicomweb+https": "https", "dicomweb+http": "http"}
_PORTS = {"https": 443, "http": 80}
_SECRETS = frozenset({"access_token", "api_key", "apikey", "password", "token"})
_VARIABLES = "RADALIKE_DICOMWEB_TOKEN, or RADALIKE_DICOMWEB_USER and RADALIKE_DICOMWEB_PASSWORD"
_EXAMPLE = "dicomweb+https://host/dicom-web?StudyDate=20240101-20241231&ModalitiesInStudy=CT"


@dataclass(frozen=True, slots=True)
class Address:
    """`base`: URL of the service without its query or a slash at its end. `query`: what studies
    must match, in the order given. `private`: nobody else hears what is said to it."""

    base: str
    query: tuple[tuple[str, str], ...]
    private: bool


@dataclass(frozen=True, slots=True)
class Credentials:
    """A bearer token (RFC 6750), or a user and password (RFC 7617)."""

    token: str = field(default="", repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def is_dicomweb(source: str) -> bool:
    return source.lower().startswith(tuple(f"{scheme}:" for scheme in _SCHEMES))


def parse_address(source: str) -> Address:
    """Raises UsageError, which never repeats what may be a secret."""
    try:
        url = urlsplit(source)
        host, port = (url.hostname or "").lower(), url.port
    except ValueError as exc:
        raise UsageError("the DICOMweb address is no URL", hint=f"write {_EXAMPLE}") from exc
    if url.scheme not in _SCHEMES or not host or url.fragment:
        raise UsageError("the DICOMweb address is incomplete", hint=f"write {_EXAMPLE}")
    query = tuple(parse_qsl(url.query, keep_blank_values=True))
    if "@" in url.netloc or any(name.lower() in _SECRETS for name, _ in query):
        raise UsageError(
            "credentials do not belong into a source's address, where others can read them",
            hint=f"set {_VARIABLES} in the environment",
        )
    scheme = _SCHEMES[url.scheme]
    return Address(
        base=f"{scheme}://{_authority(host, port, scheme)}{_path(url)}",
        query=query,
        private=scheme == "https" or _is_loopback(host),
    )


def read_credentials(environ: Mapping[str, str], address: Address) -> Credentials | None:
    """What the environment has; None: nothing. Raises InvalidSetting for half of it, UsageError
    when it would be sent in the clear."""
    token = environ.get("RADALIKE_DICOMWEB_TOKEN", "")
    user = environ.get("RADALIKE_DICOMWEB_USER", "")
    password = environ.get("RADALIKE_DICOMWEB_PASSWORD", "")
    if not (token or user or password):
        return None
    if (token and (user or password)) or bool(user) != bool(password):
        raise InvalidSetting("the DICOMweb credentials are ambiguous", hint=f"set {_VARIABLES}")
    # RFC 6750 §2.1, RFC 7617 §2
    if not (token.isascii() and (token + user + password).isprintable()) or ":" in user:
        raise InvalidSetting(
            "the DICOMweb credentials hold a sign that HTTP cannot carry",
            hint="mind line ends at the end of a token; a user's name has no colon",
        )
    if not address.private:
        raise UsageError(
            "credentials are not sent over plain http, where others can read them",
            hint="use dicomweb+https://",
        )
    return Credentials(token, user, password)


def _authority(host: str, port: int | None, scheme: str) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port in (None, _PORTS[scheme]) else f"{name}:{port}"


def _path(url: SplitResult) -> str:
    return url.path.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
