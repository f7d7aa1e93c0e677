"""An SMTP server on loopback for tests: real sessions, TLS with a certificate of its own, and the refusals that a test asks for."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import Portal
from twisted.internet import ssl
from twisted.internet.defer import Deferred, succeed
from twisted.internet.protocol import Factory
from twisted.mail import imap4, smtp
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from zope.interface import implementer


@dataclass
class Taken:
    """One message as the server got it."""

    sender: str
    recipient: str
    data: str
    signed_in: bool
    tls: bool


@dataclass
class MailServer:
    """`refuse`: {recipient: code}. `port` is there after `start`, which is called on the reactor's thread."""

    reactor: Any

    refuse: dict[str, int] = field(default_factory=dict)
    account: tuple[str, str] | None = None
    starttls: bool = False
    tls: bool = False
    taken: list[Taken] = field(default_factory=list)
    sessions: int = 0
    port: int = 0
    _listening: Any = None

    def start(self, port: int = 0) -> None:
        """Listen on loopback."""
        context = certificate() if self.starttls or self.tls else None
        factory: Any = _Factory(self, context if self.starttls else None)
        if self.tls:
            factory = TLSMemoryBIOFactory(context, False, factory, clock=self.reactor)
        self._listening = self.reactor.listenTCP(port, factory, interface="127.0.0.1")
        self.port = self._listening.getHost().port

    def stop(self) -> Deferred[None]:
        """Stop listening."""
        stopped: Deferred[None] = succeed(None) if self._listening is None else self._listening.stopListening()
        return stopped


def certificate() -> Any:
    """A certificate for 127.0.0.1 that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return ssl.PrivateCertificate.loadPEM(pem).options()


@implementer(smtp.IMessageDelivery)
class _Delivery:
    def __init__(self, server: MailServer, session: Any, signed_in: bool) -> None:
        self._server = server
        self._session = session
        self._signed_in = signed_in
        self._sender = ""

    def receivedHeader(self, helo: Any, origin: Any, recipients: Any) -> bytes:  # noqa: N802
        return b"Received: by a test"

    def validateFrom(self, helo: Any, origin: Any) -> Any:  # noqa: N802
        if self._server.account is not None and not self._signed_in:
            raise smtp.SMTPBadSender(origin)
        self._sender = str(origin)
        return origin

    def validateTo(self, user: Any) -> Any:  # noqa: N802
        recipient = str(user.dest)
        code = self._server.refuse.get(recipient)
        if code is not None:
            raise smtp.SMTPServerError(code, f"{recipient} is not taken here")
        return lambda: _Message(self._server, self._session, self._sender, recipient, self._signed_in)


@implementer(smtp.IMessage)
class _Message:
    def __init__(self, server: MailServer, session: Any, sender: str, recipient: str, signed_in: bool) -> None:
        self._server = server
        self._session = session
        self._about = (sender, recipient)
        self._signed_in = signed_in
        self._lines: list[bytes] = []

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        self._lines.append(line)

    def eomReceived(self) -> Any:  # noqa: N802
        tls = hasattr(self._session.transport, "getPeerCertificate")
        self._server.taken.append(Taken(*self._about, "\n".join(line.decode() for line in self._lines), self._signed_in, tls))
        return succeed(None)

    def connectionLost(self) -> None:  # noqa: N802
        self._lines.clear()


class _Realm:
    def __init__(self, server: MailServer) -> None:
        self._server = server
        self.session: Any = None

    def requestAvatar(self, avatar_id: Any, mind: Any, *interfaces: Any) -> Any:  # noqa: N802
        return smtp.IMessageDelivery, _Delivery(self._server, self.session, True), lambda: None


class _Session(smtp.ESMTP):  # type: ignore[misc]
    def ext_STARTTLS(self, rest: bytes) -> None:  # noqa: N802
        """As the library does it, on the reactor of the test instead of the global one."""
        self.sendCode(220, b"Begin TLS negotiation now")
        transport = self.transport
        sealed = TLSMemoryBIOProtocol(TLSMemoryBIOFactory(self.ctx, False, Factory(), clock=self.factory.reactor), self, False)
        self.transport = sealed
        transport.protocol = sealed
        sealed.makeConnection(transport)
        self.startedTLS = True


class _Factory(smtp.SMTPFactory):  # type: ignore[misc]
    def __init__(self, server: MailServer, context: Any) -> None:
        smtp.SMTPFactory.__init__(self)
        self._server = server
        self._context = context
        self.reactor = server.reactor

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802
        self._server.sessions += 1
        session = _Session({b"PLAIN": imap4.PLAINCredentials, b"LOGIN": smtp.LOGINCredentials} if self._server.account else None, self._context)
        session.factory = self
        session.timeout = 30
        session.delivery = _Delivery(self._server, session, False)
        if self._server.account:
            user, password = self._server.account
            users = InMemoryUsernamePasswordDatabaseDontUse()
            users.users[user.encode()] = password.encode()
            realm = _Realm(self._server)
            realm.session = session
            session.portal = Portal(realm, [users])
        return session
