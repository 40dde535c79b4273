from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ingest.receiver.access import (
    TlsFiles,
    allowed_titles,
    check_access,
    is_loopback,
    title,
    tls_context,
)
from radalike.errors import UsageError
from tests.ingest.receiver.conftest import Listen
from tests.ingest.receiver.peers import dcmtk

Certify = Callable[[str], TlsFiles]


@pytest.mark.parametrize("text", ["A", " PACS ", "CT 1", "SIXTEENLETTERS16"])
def test_titles(text: str) -> None:
    assert title(text) == text.strip()


@pytest.mark.parametrize("text", ["", "   ", "SEVENTEENLETTERS1", "A\\B", "Ä", "A\nB"])
def test_what_is_no_title(text: str) -> None:
    with pytest.raises(UsageError):
        title(text)


def test_lists_come_together_from_options_and_a_file(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("# ours\nMR1\n\nCT 1  # the new one\nPACS\n")
    given = allowed_titles(["PACS,US", "CT 1"], tmp_path / "list")
    assert given == ("PACS", "US", "CT 1", "MR1")


def test_a_list_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="allow-aet-file"):
        allowed_titles([], tmp_path / "nothing")


@pytest.mark.parametrize(
    ("host", "loopback"), [("127.0.0.1", True), ("::1", True), ("0.0.0.0", False)]
)
def test_addresses(host: str, *, loopback: bool) -> None:
    assert is_loopback(host) == loopback


def test_the_network_needs_a_list() -> None:
    check_access("127.0.0.1", (), named=False)
    check_access("0.0.0.0", ("PACS",), named=True)
    with pytest.raises(UsageError, match="everybody"):
        check_access("0.0.0.0", (), named=False)
    with pytest.raises(UsageError, match="empty"):
        check_access("127.0.0.1", (), named=True)
    with pytest.raises(UsageError, match="address"):
        check_access("no.such.host.invalid", (), named=False)


@pytest.fixture
def certify(tmp_path: Path) -> Certify:
    """Makes a certificate with a key and an authority of its own."""

    def make(name: str) -> TlsFiles:
        keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
        names = [_name(f"{name} authority"), _name("127.0.0.1")]
        paths = []
        for number, (kind, holder) in enumerate(zip(("ca", "own"), names, strict=True)):
            now = datetime.datetime.now(datetime.UTC)
            certificate = (
                x509.CertificateBuilder()
                .subject_name(holder)
                .issuer_name(names[0])
                .public_key(keys[number].public_key())
                .serial_number(x509.random_serial_number())
                .not_valid_before(now - datetime.timedelta(days=1))
                .not_valid_after(now + datetime.timedelta(days=1))
                .add_extension(x509.BasicConstraints(ca=number == 0, path_length=None), True)
                .sign(keys[0], hashes.SHA256())
            )
            paths.append(tmp_path / f"{name}-{kind}.pem")
            paths[-1].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        key = tmp_path / f"{name}-key.pem"
        key.write_bytes(
            keys[1].private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return TlsFiles(paths[1], key, paths[0])

    return make


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _options(files: TlsFiles, trusted: TlsFiles) -> list[str]:
    return ["+tls", str(files.key), str(files.certificate), "+cf", str(trusted.authority)]


def test_tls_asks_for_a_certificate_of_the_authority(listen: Listen, certify: Certify) -> None:
    ours, stranger = certify("ours"), certify("stranger")
    receiver = listen(tls=ours)
    assert dcmtk("echoscu", receiver.port, *_options(ours, ours)).returncode == 0
    assert dcmtk("echoscu", receiver.port, *_options(stranger, ours)).returncode != 0
    assert dcmtk("echoscu", receiver.port).returncode != 0
    assert receiver.counts["echoes"] == 1
    assert dcmtk("echoscu", receiver.port, *_options(ours, ours)).returncode == 0


def test_tls_without_an_authority_takes_every_sender(listen: Listen, certify: Certify) -> None:
    ours, stranger = certify("ours"), certify("stranger")
    receiver = listen(tls=TlsFiles(ours.certificate, ours.key))
    assert dcmtk("echoscu", receiver.port, *_options(stranger, ours)).returncode == 0


def test_files_that_are_no_certificates_are_named(certify: Certify, tmp_path: Path) -> None:
    ours, stranger = certify("ours"), certify("stranger")
    (tmp_path / "text").write_text("no certificate")
    for files in (
        TlsFiles(tmp_path / "nothing", ours.key),
        TlsFiles(tmp_path / "text", ours.key),
        TlsFiles(ours.certificate, stranger.key),
        TlsFiles(ours.certificate, ours.key, tmp_path / "text"),
    ):
        with pytest.raises(UsageError, match="--tls-cert"):
            tls_context(files)
