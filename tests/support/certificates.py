"""Certificates of the tests' own: an authority, and servers' certificates that are right or wrong in one thing."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

DAY = timedelta(days=1)


class Authority:
    """Issues certificates into *folder*; a client that trusts *file* (``SSL_CERT_FILE``) trusts all of them.

    Trust in one includes those *under* it: its servers send its certificate along with their own. Keys
    are of elliptic curves, or of *rsa_bits*.
    """

    def __init__(
        self, folder: Path, name: str = "authority", *, under: "Authority | None" = None, rsa_bits: int = 0
    ) -> None:
        self._rsa_bits, self._folder, self._name = rsa_bits, folder, name
        self._key, self._subject, issuer = _key(rsa_bits), _named(name), under or self
        certificate = (
            _certificate(self._subject, issuer._subject, self._key.public_key(), datetime.now(UTC) + DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0 if under else 1), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .add_extension(_issued_by(issuer), critical=False)
            .sign(issuer._key, hashes.SHA256())
        )
        encoded = certificate.public_bytes(serialization.Encoding.PEM)
        self._chain: bytes = encoded + under._chain if under else b""
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(encoded)

    def server(self, *names: str, until: datetime | None = None) -> ssl.SSLContext:
        """What a server of *names*, hosts or IP addresses, shakes hands with; its certificate is valid *until* then."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server_file(*names, until=until))
        return context

    def old_server(self, host: str) -> ssl.SSLContext:
        """What a server shakes hands with as old authorities of companies write it: *host* as the subject, no more."""
        key, subject = _key(self._rsa_bits), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        certificate = _certificate(subject, self._subject, key.public_key(), datetime.now(UTC) + DAY)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._file(key, certificate.sign(self._key, hashes.SHA256())))
        return context

    def server_file(self, *names: str, until: datetime | None = None) -> Path:
        """The same, as a file of its key and its certificates."""
        key = _key(self._rsa_bits)
        alternatives = [x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names]
        certificate = (
            _certificate(_named("a server"), self._subject, key.public_key(), until or datetime.now(UTC) + DAY)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_issued_by(self), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return self._file(key, certificate)

    def _file(self, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, certificate: x509.Certificate) -> Path:
        file = self._folder / f"{self._name}-{certificate.serial_number}.pem"
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        private = key.private_bytes(encoding, form, serialization.NoEncryption())
        file.write_bytes(private + certificate.public_bytes(encoding) + self._chain)
        return file


def _key(rsa_bits: int) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, rsa_bits) if rsa_bits else ec.generate_private_key(ec.SECP256R1())


def _issued_by(authority: Authority) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(authority._key.public_key())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"{name} of the tests")])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, until: datetime
) -> x509.CertificateBuilder:
    serial = x509.random_serial_number()
    return x509.CertificateBuilder(issuer, subject, key, serial, until - 30 * DAY, until)


def _usage(*, signs: bool) -> x509.KeyUsage:
    """To sign certificates, or handshakes."""
    others = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only")
    unused = dict.fromkeys((*others, "decipher_only"), False)
    return x509.KeyUsage(digital_signature=not signs, key_cert_sign=signs, crl_sign=signs, **unused)
