"""Certificates of the pages: which one a browser is shown for a host name, made by ourselves where there is none, read anew when a file changes.

In DIR/certificates: web.pem with web.key (or the files that the settings name), further ones as web/NAME.pem with web/NAME.key, those of an
authority as acme/HOST.pem with acme/HOST.key, and our own as web-own.pem with web-own.key, which is shown where no other fits.
"""

from __future__ import annotations

import datetime
import ipaddress
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from appliance.clock import Clock
from appliance.errors import EnvironmentFault

log = logging.getLogger("tollhouse.server")

OWN = "web-own"
NAMED = "web"
ACME = "acme"
VALID_DAYS = 3650
"""Our own: whoever compared its fingerprint should not have to do so again."""

CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20"
MOST_FILES = 1000


class Pair(NamedTuple):
    """A certificate with its chain, and its key, as files."""

    certificate: Path
    key: Path


class Loaded(NamedTuple):
    """A pair that was read: when the files were written, whom it is for, how long it is good (UTC milliseconds), its TLS context."""

    stamp: tuple[int, int]
    names: tuple[str, ...]
    from_at: int
    until_at: int
    context: Any


class Certificates:
    """`look` is called now and then; a file that cannot be read leaves what was read before."""

    def __init__(self, folder: Path, files: Callable[[], Pair | None], names: Callable[[], Sequence[str]], clock: Clock) -> None:
        """`files`: the pair that the settings name. EnvironmentFault certificate.unreadable, certificate.wrong for that one at the start."""
        self._folder = folder
        self._files = files
        self._clock = clock
        self._loaded: dict[Pair, Loaded] = {}
        self._by_name: dict[str, Loaded] = {}
        own = Pair(folder / f"{OWN}.pem", folder / f"{OWN}.key")
        if not own.certificate.exists() or not own.key.exists():
            write_pair(own, *self_made(names(), clock))
            log.info("a certificate for the pages was made: %s", own.certificate)
        self._own = self._main = read_pair(own, self._choose)
        named = files()
        if named is not None:
            self._loaded[named] = read_pair(named, self._choose)
        self.look()

    def getContext(self) -> Any:  # noqa: N802
        """As Twisted asks for each connection; the host name comes later and may choose another."""
        return self._main.context

    def look(self) -> None:
        """Read what is new or changed, forget what is gone."""
        found: dict[Pair, Loaded] = {}
        main = self._files() or Pair(self._folder / "web.pem", self._folder / "web.key")
        for pair in (main, *self._pairs(NAMED), *self._pairs(ACME)):
            known = self._loaded.get(pair)
            stamp = _stamp(pair)
            if stamp is None:
                continue
            if known is None or known.stamp != stamp:
                try:
                    known = read_pair(pair, self._choose)
                    log.info("a certificate was read: %s", pair.certificate)
                except EnvironmentFault as fault:
                    log.error("a certificate cannot be used: %s", fault)
            if known is not None:
                found[pair] = known
        self._loaded = found
        self._main = found.get(main, self._own)
        by_name: dict[str, Loaded] = {}
        for each in found.values():
            for name in each.names:
                before = by_name.get(name)
                # one that ran out gives way to one that did not: a forgotten file must not hide what the authority gave
                if before is None or (before.until_at <= self._clock.utcnow() < each.until_at):
                    by_name[name] = each
        self._by_name = by_name

    def of(self, name: str) -> Loaded | None:
        """The certificate for a host name, a wildcard's too; None where only our own is left."""
        plain = name.lower().rstrip(".")
        return self._by_name.get(plain) or self._by_name.get("*." + plain.partition(".")[2])

    def acme(self, host: str) -> Loaded | None:
        """What the authority gave for a host."""
        return self._loaded.get(acme_pair(self._folder, host))

    def _choose(self, connection: Any) -> None:
        name = connection.get_servername()
        found = self.of(name.decode("ascii", "replace")) if name else None
        if found is not None:
            connection.set_context(found.context)

    def _pairs(self, kind: str) -> Iterable[Pair]:
        try:
            files = sorted((self._folder / kind).glob("*.pem"))[:MOST_FILES]
        except OSError:
            return []
        return [Pair(each, each.with_suffix(".key")) for each in files]


def acme_pair(folder: Path, host: str) -> Pair:
    """Where the certificate of a host is kept."""
    return Pair(folder / ACME / f"{host}.pem", folder / ACME / f"{host}.key")


def read_pair(pair: Pair, choose: Callable[[Any], None]) -> Loaded:
    """`choose(connection)` is asked once the browser named a host. EnvironmentFault certificate.unreadable, certificate.wrong."""
    from cryptography import x509
    from OpenSSL import SSL

    try:
        pem = pair.certificate.read_bytes()
        stamp = _stamp(pair) or (0, 0)
        pair.key.read_bytes()
    except OSError as error:
        raise EnvironmentFault("certificate.unreadable", file=error.filename, reason=error.strerror or error) from error
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_CIPHER_SERVER_PREFERENCE)
        context.set_cipher_list(CIPHERS)
        context.use_certificate_chain_file(str(pair.certificate))
        context.use_privatekey_file(str(pair.key))
        context.check_privatekey()
        context.set_tlsext_servername_callback(choose)
    except (SSL.Error, ValueError) as error:
        raise EnvironmentFault("certificate.wrong", file=pair.certificate, reason=error) from error
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return Loaded(stamp, _names(certificate), round(begins.timestamp() * 1000), round(ends.timestamp() * 1000), context)


def self_made(names: Sequence[str], clock: Clock, days: int = VALID_DAYS) -> tuple[bytes, bytes]:
    """A certificate that vouches for itself, and its key (P-256), as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    secret = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, (next(iter(names), "") or "Tollhouse")[:64])])
    begins = datetime.datetime.fromtimestamp(clock.utcnow() / 1000, datetime.UTC) - datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in dict.fromkeys(names) if name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(secret, hashes.SHA256())
    )
    key = secret.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(serialization.Encoding.PEM), key


def write_pair(pair: Pair, certificate: bytes, key: bytes) -> None:
    """The key first and for its owner alone, each file whole or not at all; EnvironmentFault certificate.unreadable."""
    try:
        pair.certificate.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file, data, mode in ((pair.key, key, 0o600), (pair.certificate, certificate, 0o644)):
            part = file.with_name(file.name + ".part")
            part.unlink(missing_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            part.replace(file)
    except OSError as error:
        raise EnvironmentFault("certificate.unreadable", file=error.filename or pair.certificate, reason=error.strerror or error) from error


def _stamp(pair: Pair) -> tuple[int, int] | None:
    try:
        return pair.certificate.stat().st_mtime_ns, pair.key.stat().st_mtime_ns
    except OSError:
        return None


def _names(certificate: Any) -> tuple[str, ...]:
    from cryptography import x509

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(each.lower() for each in found.get_values_for_type(x509.DNSName))


def _general(name: str) -> Any:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
