"""Certificates of an authority of the test, for TLS and for nothing else.

The authority is one for this process; its names are of this machine.
"""

import datetime
import functools
import ipaddress
import ssl
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_NOW = datetime.datetime.now(datetime.UTC)
_DAY = datetime.timedelta(days=1)


class Pair(NamedTuple):
    """The files of a certificate and its key."""

    certificate: Path
    key: Path


class Authority:
    """Issues certificates.

    Args:
        folder: for their files.

    Attributes:
        certificate: its own, which others trust.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(f"authority of {folder.name}")
        self._own = x509.SubjectKeyIdentifier.from_public_key(
            self._key.public_key()
        )
        made = self._signed(
            self._name,
            self._key,
            x509.BasicConstraints(ca=True, path_length=0),
            _usage(key_cert_sign=True, crl_sign=True),
        )
        self.certificate = self._kept("ca.pem", made)

    def issue(self, host: str) -> Pair:
        """Return a certificate for a host's name or number."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._signed(
            _name(host),
            key,
            x509.BasicConstraints(ca=False, path_length=None),
            _usage(digital_signature=True),
            x509.SubjectAlternativeName([_host(host)]),
        )
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        kept = self._folder / f"{host}.key"
        kept.write_bytes(private)
        return Pair(self._kept(f"{host}.pem", made), kept)

    def context(self, client: Pair | None = None) -> ssl.SSLContext:
        """Return what a client trusts, and shows of itself."""
        context = ssl.create_default_context(cafile=self.certificate)
        if client is not None:
            context.load_cert_chain(*client)
        return context

    def server(self, pair: Pair, *, asks: bool = False) -> ssl.SSLContext:
        """Return what a server shows, and whether it asks clients for one."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*pair)
        if asks:
            context.load_verify_locations(self.certificate)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        *extensions: x509.ExtensionType,
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(_NOW - _DAY)
            .not_valid_after(_NOW + _DAY)
        )
        known = (
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
                self._own
            ),
        )
        for each in (*extensions, *known):
            critical = isinstance(each, x509.BasicConstraints | x509.KeyUsage)
            builder = builder.add_extension(each, critical)
        return builder.sign(self._key, hashes.SHA256())

    def _kept(self, name: str, made: x509.Certificate) -> Path:
        path = self._folder / name
        path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        return path


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _host(host: str) -> x509.GeneralName:
    if host[0].isdigit():
        return x509.IPAddress(ipaddress.ip_address(host))
    return x509.DNSName(host)


_usage = functools.partial(
    x509.KeyUsage,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
