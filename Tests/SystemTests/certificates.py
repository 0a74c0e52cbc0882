# SPDX-License-Identifier: Apache-2.0
"""Certificates of every kind, good and bad, made without Cove: what `cove certs` would not make is made here."""

import datetime
import ipaddress
import itertools
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)


class Authority:
    """A CA of its own. `path` is its certificate; `issue(…)` gives the paths of a certificate and its key."""

    def __init__(self, folder, name="test CA"):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self._numbers = folder, itertools.count(1)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._certificate = (
            _builder(self._name, self._name, self._key, _days(-30), _days(30))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self.path = self._write("ca.pem", self._certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name, names=(), uris=(), server=False, expired=False, key=None):
        """A certificate for host names and addresses, and URIs; 20 days old and valid, or expired yesterday."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        alternatives = [_alternative(each) for each in names] + [x509.UniformResourceIdentifier(each) for each in uris]
        builder = (
            _builder(subject, self._name, key, _days(-20), _days(-1 if expired else 20))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if alternatives:
            builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        file = f"{name}-{next(self._numbers)}"
        encoded = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return (
            self._write(f"{file}.pem", certificate.public_bytes(serialization.Encoding.PEM)),
            self._write(f"{file}.key", encoded),
        )

    def server(self, *names, **options):
        return self.issue("coordinator", names or ("localhost", "127.0.0.1", "::1"), server=True, **options)

    def client(self, *rights, name="worker", **options):
        """A client's certificate that names rights: `join`, `submit`, `read`."""
        return self.issue(name, uris=[f"cove:{right}" for right in rights], **options)

    def _write(self, name, content):
        path = self.folder / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        return str(path)


def _days(count):
    return datetime.datetime.now(datetime.timezone.utc) + count * DAY


def _alternative(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(subject, issuer, key, begin, end):
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
