"""The server's SIP listeners: the names that peers are told, and the certificate of those that speak TLS (RFC 3261 26.2, 18).

Own certificates lie in DIR/certificates as sip.pem (certificate, then its chain) and sip.key; without them a first start makes
its own, which phones must be told to trust, or not to check.

As long as a trunk is known by a TLS name, whoever connects is asked for a certificate and need not have one: that of a carrier tells which
trunk it is (RFC 5922); a phone with one that nobody here trusts is a phone. Carriers that ask for ours are shown
their trunk's own, else the one of `sip.client_certificate`.
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
from weakref import WeakKeyDictionary

from appliance.clock import Clock
from appliance.errors import EnvironmentFault
from appliance.sip.policy import ListenerAddress
from appliance.sip.streams import TlsContexts

log = logging.getLogger("tollhouse.server")

CERTIFICATE, KEY = "sip.pem", "sip.key"
VALID_DAYS = 3650  # our own: phones that were told to trust it should not have to be told again
SOON_MS = 30 * 86_400_000

_WRONG_PURPOSE = 26  # X509_V_ERR_INVALID_PURPOSE
_SIP_DOMAIN = "1.3.6.1.5.5.7.3.20"  # RFC 5924

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


def contexts(
    folder: Path,
    names: Sequence[str],
    clock: Clock,
    name_of: Callable[[str], str],
    *,
    check: bool,
    roots: str = "",
    own: str = "",
    own_at: Callable[[str, str], str] = lambda address, certificate: "",  # noqa: ARG005
    asking: Callable[[], bool] = lambda: False,
) -> TlsContexts:
    """Made ready from `folder`, with a certificate of our own for `names` where none is there yet.

    `name_of(address)`: the host name under which a carrier's address is known, the address itself where none is. `check`: its
    certificate must be good for that name. `roots`: a PEM file of the authorities that are believed of carriers, "" for those of
    this computer. `own`: a PEM file of what carriers are shown that ask for a certificate, "" for none; `own_at(address,
    certificate)`: PEM text of what is shown there in its place (`Flow.certificate`), "" where nothing is. `asking()`: whether
    whoever connects now is asked for a certificate. EnvironmentFault certificate.unreadable, certificate.wrong,
    certificate.roots_wrong, certificate.open, certificate.own_wrong.
    """
    from OpenSSL import SSL
    from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
    from twisted.internet.ssl import platformTrust
    from zope.interface import directlyProvides

    if not (folder / CERTIFICATE).exists():
        _make(folder, names, clock)
    try:
        pem = (folder / CERTIFICATE).read_bytes()
        (folder / KEY).read_bytes()
    except OSError as error:
        raise EnvironmentFault("certificate.unreadable", file=error.filename, reason=error.strerror or error) from error
    _look_at(pem, folder / CERTIFICATE, clock)
    trusted = _authorities(Path(roots)) if roots else platformTrust()  # type: ignore[no-untyped-call]
    server = _server_context(folder, roots)
    proved: WeakKeyDictionary[Any, _Shown] = WeakKeyDictionary()

    usual = _own(Path(own), clock) if own else (None, [])

    def client(address: str, certificate: str) -> Any:
        pem = own_at(address, certificate)
        shown = _parts(pem.encode()) if pem else usual
        return _towards(name_of(address), trusted, *shown) if check else _towards("", None, *shown)

    def accepted() -> Any:
        connection = SSL.Connection(server, None)
        if asking():
            found = proved[connection] = _Shown()
            connection.set_verify(SSL.VERIFY_PEER, found.judge)  # asked for, not demanded
        return connection

    def names_of(transport: Any) -> tuple[str, ...]:
        found = proved.get(transport.getHandle())
        return () if found is None else found.names()

    accepting = _Accepting(accepted)
    directlyProvides(accepting, IOpenSSLServerConnectionCreator)
    return TlsContexts(accepting, client, names_of)


def _server_context(folder: Path, roots: str) -> Any:
    """Shows the certificate of `folder`, and believes peers' by `roots`. EnvironmentFault certificate.wrong."""
    from OpenSSL import SSL

    try:
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        context.use_certificate_chain_file(str(folder / CERTIFICATE))
        context.use_privatekey_file(str(folder / KEY))
        context.check_privatekey()
    except SSL.Error as error:
        raise EnvironmentFault("certificate.wrong", file=folder / CERTIFICATE, reason=error) from error
    if roots:
        context.load_verify_locations(roots)
    else:
        context.set_default_verify_paths()
    # a session taken up again would bring a certificate that nobody looks at a second time
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_options(SSL.OP_NO_TICKET)
    return context


def _towards(name: str, trusted: Any, shows: Any, chain: list[Any]) -> Any:
    """What connects to a carrier and shows it this: the carrier's own certificate must be good for `name`, or, with "", is not looked at.

    ValueError where ours cannot be shown.
    """
    from OpenSSL import SSL
    from twisted.internet.ssl import CertificateOptions, optionsForClientTLS

    try:
        if name:
            more = {"extraCertChain": chain} if shows is not None else {}
            return optionsForClientTLS(name, trustRoot=trusted, clientCertificate=shows, extraCertificateOptions=more)
        bare = {} if shows is None else {"privateKey": shows.privateKey.original, "certificate": shows.original, "extraCertChain": chain}
        options = CertificateOptions(verify=False, **bare)
        options.getContext()
    except SSL.Error as error:  # a key that is too weak for this computer's rules
        raise ValueError(f"our certificate cannot be shown: {error}") from error
    return options


def _authorities(file: Path) -> Any:
    """As Twisted wants what it trusts."""
    from cryptography import x509
    from OpenSSL.crypto import X509
    from twisted.internet.ssl import Certificate, trustRootFromCertificates

    try:
        found = x509.load_pem_x509_certificates(file.read_bytes())
    except OSError as error:
        raise EnvironmentFault("certificate.unreadable", file=file, reason=error.strerror or error) from error
    except ValueError as error:
        raise EnvironmentFault("certificate.roots_wrong", file=file, reason=error) from error
    return trustRootFromCertificates([Certificate(X509.from_cryptography(each)) for each in found])  # type: ignore[no-untyped-call]


def _own(file: Path, clock: Clock) -> tuple[Any, list[Any]]:
    """Certificate with key, and what stands between it and its authority."""
    from OpenSSL import crypto
    from twisted.internet.error import VerifyError

    try:
        pem = file.read_bytes()
        mode = file.stat().st_mode
    except OSError as error:
        raise EnvironmentFault("certificate.unreadable", file=file, reason=error.strerror or error) from error
    if os.name == "posix" and mode & 0o077:
        raise EnvironmentFault("certificate.open", file=file)
    try:
        shows, chain = _parts(pem)
    except (ValueError, crypto.Error, VerifyError) as error:
        raise EnvironmentFault("certificate.own_wrong", file=file, reason=error) from error
    _look_at(pem, file, clock)
    return shows, chain


def _parts(pem: bytes) -> tuple[Any, list[Any]]:
    """As Twisted wants what is shown."""
    from cryptography import x509
    from OpenSSL import crypto
    from twisted.internet.ssl import PrivateCertificate

    shows = PrivateCertificate.loadPEM(pem)  # type: ignore[no-untyped-call]
    return shows, [crypto.X509.from_cryptography(each) for each in x509.load_pem_x509_certificates(pem)[1:]]


class _Shown:
    """What the check of a peer's certificate came to: `leaf` is its own, `doubted` that something of the chain was not good."""

    def __init__(self) -> None:
        self.leaf: Any = None
        self.doubted = False

    def judge(self, connection: object, certificate: Any, error: int, depth: int, good: int) -> bool:  # noqa: ARG002
        """OpenSSL's question at each certificate of the chain. Always yes: who shows a bad one is no trunk, and no worse.

        Authorities give ever fewer certificates for clients, and carriers show the one they have as servers: at the leaf that is enough.
        """
        if not good and not (depth == 0 and error == _WRONG_PURPOSE and _is_a_servers(certificate)):
            self.doubted = True
        elif good and depth == 0:
            self.leaf = certificate
        return True

    def names(self) -> tuple[str, ...]:
        """Lower-case names that the peer proved."""
        return () if self.doubted or self.leaf is None else _sip_names(self.leaf)


def _extension(certificate: Any, name: str) -> Any:
    """One extension, by the name of its class, of an OpenSSL certificate; None where it has none, or the certificate is not what it should be."""
    from cryptography import x509

    not_there = (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType)
    try:
        return certificate.to_cryptography().extensions.get_extension_for_class(getattr(x509, name)).value
    except not_there as error:
        log.info("nothing of a peer's certificate: %s", error)
        return None


def _is_a_servers(certificate: Any) -> bool:
    from cryptography.x509.oid import ExtendedKeyUsageOID

    uses = _extension(certificate, "ExtendedKeyUsage") or ()
    return any(each == ExtendedKeyUsageOID.SERVER_AUTH or each.dotted_string == _SIP_DOMAIN for each in uses)


def _sip_names(certificate: Any) -> tuple[str, ...]:
    """The SIP domains that a certificate is for (RFC 5922 7.1): the hosts of its sip URIs without user, and its DNS names only where
    there is none; in lower case, without wildcards (7.2)."""
    from cryptography import x509

    found = _extension(certificate, "SubjectAlternativeName")
    if found is None:
        return ()
    uris = [each[4:] for each in found.get_values_for_type(x509.UniformResourceIdentifier) if each[:4].lower() == "sip:"]
    hosts = [each for each in uris if each and not set("@:;?[") & set(each)]
    names = hosts or found.get_values_for_type(x509.DNSName)
    return tuple(dict.fromkeys(each.lower().rstrip(".") for each in names if "*" not in each))


class _Accepting:
    """Makes the TLS side of each connection that is accepted, as Twisted's IOpenSSLServerConnectionCreator asks for it.

    The interface is told where it is made: without TLS listeners none of it is loaded.
    """

    def __init__(self, connection: Callable[[], Any]) -> None:
        self._connection = connection

    def serverConnectionForTLS(self, protocol: object) -> Any:  # noqa: N802
        """A connection of OpenSSL's without a socket: Twisted feeds it."""
        return self._connection()


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
