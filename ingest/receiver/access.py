"""Who may send: application entity titles, the address that is listened on, TLS."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from radalike.errors import UsageError

_LONGEST_TITLE = 16


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: our certificate and its key; with `authority`, peers must show one of its."""

    certificate: Path
    key: Path
    authority: Path | None = None


def title(text: str) -> str:
    """An application entity title (PS3.5 6.2: 1 to 16 characters, no backslash, no control
    characters). Raises UsageError."""
    stripped = text.strip(" ")
    if not 0 < len(stripped) <= _LONGEST_TITLE or "\\" in stripped or not _printable(stripped):
        raise UsageError(
            "an AE title is not valid", hint="1 to 16 letters, digits and signs: --aet RADALIKE"
        )
    return stripped


def allowed_titles(given: Iterable[str], file: Path | None) -> tuple[str, ...]:
    """The AE titles of `given` (several in one text are separated by commas) and of `file` (one a
    line, `#` begins a comment). Raises UsageError."""
    texts = [text for each in given for text in each.split(",") if text.strip()]
    if file is not None:
        try:
            lines = file.read_text(encoding="ascii").splitlines()
        except (OSError, UnicodeDecodeError) as exc:
            raise UsageError(
                "the file of --allow-aet-file cannot be read",
                hint="a text file with one AE title a line",
            ) from exc
        texts += [line.split("#")[0] for line in lines if line.split("#")[0].strip()]
    return tuple(dict.fromkeys(title(text) for text in texts))


def check_access(host: str, titles: tuple[str, ...], *, named: bool) -> None:
    """Raises UsageError when anybody on the network could send, or when a list of AE titles was
    `named` and lets in nobody."""
    if titles:
        return
    if named:
        raise UsageError("the list of AE titles is empty", hint="name at least one sender in it")
    if not is_loopback(host):
        raise UsageError(
            "everybody on the network could send to this address",
            hint="name who may: --allow-aet TITLE, once for each sender",
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`. Raises UsageError when it is no address."""
    try:
        places = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as exc:
        raise UsageError(
            f"{host!r} is no address of this machine", hint="--host 127.0.0.1, or 0.0.0.0"
        ) from exc
    return all(ipaddress.ip_address(str(place[4][0])).is_loopback for place in places)


def tls_context(files: TlsFiles) -> ssl.SSLContext:
    """TLS 1.2 or newer (PS3.15 B.9). Raises UsageError when a file does not fit."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(files.certificate, files.key)
        if files.authority is not None:
            context.load_verify_locations(files.authority)
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError as exc:  # ssl.SSLError is one
        raise UsageError(
            "a file of --tls-cert, --tls-key or --tls-ca cannot be used",
            hint="PEM files: the certificate, its unencrypted key, the authority of the senders",
        ) from exc
    return context


def _printable(text: str) -> bool:
    return text.isascii() and text.isprintable()
