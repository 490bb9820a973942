"""Certificates of a throw-away authority."""
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@frozen
class Authority:
    """`ca`: the PEM file that trusts what `server` returns."""

    ca: Path
    _key: ec.EllipticCurvePrivateKey
    _name: x509.Name

    @classmethod
    def below(cls, folder: Path, name: str = "authority") -> "Authority":
        key, subject = ec.generate_private_key(ec.SECP256R1()), _subject(name)
        path = folder / f"{name}.pem"
        path.write_bytes(_signed(subject, key, subject, key, None).public_bytes(serialization.Encoding.PEM))
        return cls(path, key, subject)

    def server(self, host: str, most: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2) -> ssl.SSLContext:
        """The TLS side of a server that proves to be *host*. FreeTDS loses step with TLS 1.3 session tickets."""
        key = ec.generate_private_key(ec.SECP256R1())
        path = self.ca.with_name(f"{host}.server.pem")
        certificate = _signed(_subject(host), key, self._name, self._key, host)
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = most
        context.load_cert_chain(path)
        return context


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _signed(subject: x509.Name, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, by: ec.EllipticCurvePrivateKey,
            host: str | None) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
               .serial_number(x509.random_serial_number())
               .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
               .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True))
    if host is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return builder.sign(by, hashes.SHA256())
