"""Certificates for tests of mutual TLS: an authority, and who it vouches for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """A certificate and its private key."""

    certificate: Path
    private_key: Path


class Authority:
    """Issues certificates into a folder."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._key = generate_private_key(SECP256R1())
        self._name = _named(name)
        self.certificate = folder / f"{name}.pem"
        unsigned = _unsigned(self._name, self._name, self._key)
        basic = x509.BasicConstraints(ca=True, path_length=0)
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        signed = (
            unsigned.add_extension(basic, critical=True)
            .add_extension(usage, critical=True)
            .add_extension(self._own_id, critical=False)
            .sign(self._key, SHA256())
        )
        self.certificate.write_bytes(signed.public_bytes(Encoding.PEM))

    @property
    def _own_id(self) -> x509.SubjectKeyIdentifier:
        return x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())

    def issue(self, name: str, address: str | None = None) -> Files:
        """A certificate for a DNS name, and perhaps an address."""
        key = generate_private_key(SECP256R1())
        known: list[x509.GeneralName] = [x509.DNSName(name)]
        if address is not None:
            known.append(x509.IPAddress(IPv4Address(address)))
        signed = (
            _unsigned(_named(name), self._name, key)
            .add_extension(x509.SubjectAlternativeName(known), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self._own_id),
                critical=False,
            )
            .sign(self._key, SHA256())
        )
        made = Files(
            certificate=self._folder / f"{name}.pem", private_key=self._folder / f"{name}.key"
        )
        made.certificate.write_bytes(signed.public_bytes(Encoding.PEM))
        made.private_key.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        return made


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _unsigned(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)  # noqa: TID251 - the libraries that judge it look at the wall clock
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
    )
