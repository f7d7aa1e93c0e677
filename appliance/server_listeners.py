"""The server's SIP listeners: the names that peers are told, and the certificate of those that speak TLS (RFC 3261 26.2, 18).

Own certificates lie in DIR/certificates as sip.pem (certificate, then its chain) and sip.key; without them a first start makes
its own, which phones must be told to trust, or not to check.
"""

from __future__ import annotations

import datetime
import ipaddress
import logging
import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from appliance.clock import Clock
from appliance.errors import EnvironmentFault
from appliance.sip.policy import ListenerAddress
from appliance.sip.streams import TlsContexts

log = logging.getLogger("tollhouse.server")

CERTIFICATE, KEY = "sip.pem", "sip.key"
VALID_DAYS = 3650  # our own: phones that were told to trust it should not have to be told again
SOON_MS = 30 * 86_400_000

_ANYWHERE = {"0.0.0.0": ("192.0.2.1", socket.AF_INET), "::": ("2001:db8::1", socket.AF_INET6)}


def face(listener: ListenerAddress) -> None:
    """Where a listener takes every address of this computer, peers are told the one that leads outwards."""
    probe = _ANYWHERE.get(listener.host)
    if probe is None:
        return
    names = {"127.0.0.1", "::1", "localhost", socket.gethostname()}
    outside = "127.0.0.1" if probe[1] == socket.AF_INET else "::1"
    with socket.socket(probe[1], socket.SOCK_DGRAM) as asked:
        try:
            asked.connect((probe[0], 9))  # sends nothing; it only asks the routes
            outside = asked.getsockname()[0]
        except OSError:
            pass  # no way out: a computer on its own
    listener.aliases = (*listener.aliases, *sorted(names | {outside}))
    listener.host = outside


def leave_tls_out() -> None:
    """No listener speaks TLS, and Twisted does without it where it cannot be had: a tenth of a second and 7 MiB saved."""
    for name in ("OpenSSL", "twisted.internet._newtls"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]


def contexts(folder: Path, names: Sequence[str], clock: Clock, name_of: Callable[[str], str], *, check: bool) -> TlsContexts:
    """Made ready from `folder`, with a certificate of our own for `names` where none is there yet.

    `name_of(address)`: the host name under which a carrier's address is known, the address itself where none is. `check`:
    its certificate must be good for that name. EnvironmentFault certificate.unreadable, certificate.wrong.
    """
    from OpenSSL import SSL
    from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
    from twisted.internet.ssl import CertificateOptions, optionsForClientTLS
    from zope.interface import directlyProvides

    if not (folder / CERTIFICATE).exists():
        _make(folder, names, clock)
    try:
        pem = (folder / CERTIFICATE).read_bytes()
        key = (folder / KEY).read_bytes()
    except OSError as error:
        raise EnvironmentFault("certificate.unreadable", file=error.filename, reason=error.strerror or error) from error
    _look_at(pem, folder / CERTIFICATE, clock)
    try:
        server = SSL.Context(SSL.TLS_SERVER_METHOD)
        server.set_min_proto_version(SSL.TLS1_2_VERSION)
        server.use_certificate_chain_file(str(folder / CERTIFICATE))
        server.use_privatekey_file(str(folder / KEY))
        server.check_privatekey()
    except SSL.Error as error:
        raise EnvironmentFault("certificate.wrong", file=folder / CERTIFICATE, reason=error) from error
    del key

    def client(address: str) -> Any:
        return optionsForClientTLS(name_of(address)) if check else CertificateOptions(verify=False)

    accepting = _Accepting(SSL.Connection, server)
    directlyProvides(accepting, IOpenSSLServerConnectionCreator)
    return TlsContexts(accepting, client)


class _Accepting:
    """Makes the TLS side of each connection that is accepted, as Twisted's IOpenSSLServerConnectionCreator asks for it.

    The interface is told where it is made: without TLS listeners none of it is loaded.
    """

    def __init__(self, connection: Callable[[Any, None], Any], context: Any) -> None:
        self._connection, self._context = connection, context

    def serverConnectionForTLS(self, protocol: object) -> Any:  # noqa: N802
        """A connection of OpenSSL's without a socket: Twisted feeds it."""
        return self._connection(self._context, None)


def _make(folder: Path, names: Sequence[str], clock: Clock) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    secret = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, (next(iter(names), "") or "Tollhouse")[:64])])
    begins = datetime.datetime.fromtimestamp(clock.utcnow() / 1000, datetime.UTC) - datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + datetime.timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in dict.fromkeys(names) if name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(secret, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    text = secret.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(folder / KEY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(text)
        (folder / CERTIFICATE).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    except OSError as error:
        raise EnvironmentFault("certificate.unreadable", file=error.filename or folder, reason=error.strerror or error) from error
    log.info("a certificate for SIP over TLS was made: %s", folder / CERTIFICATE)


def _general(name: str) -> Any:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _look_at(pem: bytes, file: Path, clock: Clock) -> None:
    """Says so where the certificate ran out, or will soon."""
    from cryptography import x509

    try:
        until = x509.load_pem_x509_certificate(pem).not_valid_after_utc
    except ValueError as error:
        raise EnvironmentFault("certificate.wrong", file=file, reason=error) from error
    left = until.timestamp() * 1000 - clock.utcnow()
    if left < SOON_MS:
        log.warning("the certificate %s %s on %s", file, "ran out" if left < 0 else "runs out", until.date())
