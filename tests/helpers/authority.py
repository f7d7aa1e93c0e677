"""A certificate authority of the tests' own, and what it gives out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

CLIENT, SERVER, CODE = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CODE_SIGNING


class CertificateAuthority:
    """Vouches for names; `root` is the PEM file that others are told to believe."""

    def __init__(self, folder: Path, name: str = "Test authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self._begun(self._name, self._key.public_key(), 1, 365).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.root = folder / f"{name}.pem"
        self.root.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def certificate(self, *names: str, uses: tuple[ObjectIdentifier, ...] = (CLIENT,), days: int = 30, rsa_bits: int = 0) -> Path:
        """A PEM file of a certificate and its key; `names`: DNS names, IPv4 addresses, URIs where they have a scheme; negative `days`: it ran out.

        `rsa_bits`: of an RSA key in the place of P-256.
        """
        key = rsa.generate_private_key(65537, rsa_bits) if rsa_bits else ec.generate_private_key(ec.SECP256R1())
        serial = x509.random_serial_number()
        said = [_general(each) for each in names]
        built = self._begun(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "anybody")]), key.public_key(), serial, days)
        if said:
            built = built.add_extension(x509.SubjectAlternativeName(said), critical=False)
        if uses:
            built = built.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        file = self._folder / f"{serial}.pem"
        secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file.write_bytes(secret + built.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return file

    def _begun(self, subject: x509.Name, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, serial: int, days: int) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        begun = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key).serial_number(serial)
        return begun.not_valid_before(now - timedelta(days=60)).not_valid_after(now + timedelta(days=days))


def _general(name: str) -> x509.GeneralName:
    if name.replace(".", "").isdigit():
        return x509.IPAddress(IPv4Address(name))
    return x509.UniformResourceIdentifier(name) if ":" in name else x509.DNSName(name)
