"""One message over one connection to an SMTP server (RFC 5321), with STARTTLS (RFC 3207) or TLS from the start, and sign-in (RFC 4954).

Law: the password and what the session said around it never reach an error text: of a refusal only the server's own code and words
are kept. TLS is laid over the open connection here, since the reactor may have been started without it.
"""

from __future__ import annotations

import io
import sys
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory
from twisted.mail.smtp import (
    CramMD5ClientAuthenticator,
    ESMTPClient,
    LOGINAuthenticator,
    PLAINAuthenticator,
    SMTPClientError,
    SMTPDeliveryError,
)
from twisted.python.failure import Failure

CONNECT_SECONDS = 30
ANSWER_SECONDS = 60
LONGEST_WORDS = 200


class Account(NamedTuple):
    """Where e-mail leaves by. `security`: starttls, tls or none."""

    host: str
    port: int
    security: str
    check_certificate: bool
    username: str
    password: str


class Refused(Exception):
    """It did not go. `for_good`: this message will never go; else `server`: no message goes now, or this one later."""

    def __init__(self, words: str, *, for_good: bool, server: bool) -> None:
        super().__init__(words)
        self.for_good = for_good
        self.server = server


class Session(ESMTPClient):
    """Sends one message; `done` fires once, with None or with Refused."""

    requireAuthentication = False  # noqa: N815
    requireTransportSecurity = False  # noqa: N815
    timeout = ANSWER_SECONDS  # type: ignore[assignment]
    transport: Any

    def __init__(self, reactor: Any, account: Account, sender: str, recipient: str, data: bytes, context: Any) -> None:
        upgrade = account.security == "starttls"
        ESMTPClient.__init__(self, account.password.encode(), context if upgrade else None, b"localhost")
        self.requireTransportSecurity = upgrade
        self.requireAuthentication = bool(account.username)
        self.heloFallback = not account.username and not upgrade
        if account.username:
            user = account.username.encode()
            for kind in (CramMD5ClientAuthenticator, PLAINAuthenticator, LOGINAuthenticator):
                self.registerAuthenticator(kind(user))
        self.done: Deferred[None] = Deferred(lambda _: self._drop())
        self.toAddressesResult: list[Any] = []
        self.successAddresses: list[bytes] = []
        self._sender: str | None = sender
        self._to = recipient
        self.reactor = reactor
        self._data = data

    def callLater(self, period: float, func: Any) -> Any:  # noqa: N802
        return self.reactor.callLater(period, func)

    def connectionMade(self) -> None:  # noqa: N802
        host = str(getattr(self.transport.getHost(), "host", "127.0.0.1"))
        self.identity = (f"[IPv6:{host}]" if ":" in host else f"[{host}]").encode("ascii")
        ESMTPClient.connectionMade(self)

    def getMailFrom(self) -> str | None:  # noqa: N802
        sender, self._sender = self._sender, None
        return sender

    def getMailTo(self) -> list[bytes]:  # noqa: N802
        return [self._to.encode("ascii")]

    def getMailData(self) -> io.BytesIO:  # noqa: N802
        return io.BytesIO(self._data)

    def smtpState_data(self, code: int, resp: bytes) -> None:  # noqa: N802
        """The whole message, its lines ended by CRLF already, a dot that begins a line doubled (RFC 5321 4.5.2)."""
        self._expected = list(range(200, 300))
        self._okresponse = self.smtpState_msgSent
        self.transport.write(self._data.replace(b"\r\n.", b"\r\n.."))
        self.sendLine(b".")

    def esmtpState_starttls(self, code: int, resp: bytes) -> None:  # noqa: N802
        over_tls(self, self.context)
        self._tlsMode = True
        self.esmtpState_ehlo(code, resp)

    def sentMail(self, code: int, resp: bytes, numOk: int, addresses: Any, log: Any) -> None:  # noqa: N802, N803
        if numOk and 200 <= code < 300:
            self._end(None)
            return
        refused = [(number, said) for _, number, said in addresses if not 200 <= number < 300]
        number, said = refused[0] if refused else (code, resp)
        asked = bool(addresses)  # else the sender was refused, which is no fault of this message
        self._end(Refused(_words(number, said), for_good=asked and 500 <= number < 600, server=not asked))

    def sendError(self, exc: SMTPClientError) -> None:  # noqa: N802
        number = int(getattr(exc, "code", -1))
        for_good = isinstance(exc, SMTPDeliveryError) and 500 <= number < 600
        self._end(Refused(_words(number, getattr(exc, "resp", exc)), for_good=for_good, server=not for_good))
        ESMTPClient.sendError(self, exc)

    def connectionLost(self, reason: Failure = Failure(ConnectionError())) -> None:  # noqa: N802, B008
        ESMTPClient.connectionLost(self, reason)
        self._end(Refused(f"connection lost: {_reason(reason.value)}", for_good=False, server=True))

    def _drop(self) -> None:
        if self.transport is not None:
            self.transport.abortConnection()

    def _end(self, refused: Refused | None) -> None:
        if not self.done.called:
            if refused is None:
                self.done.callback(None)
            else:
                self.done.errback(refused)


class _Sessions(Factory):
    noisy = False

    def __init__(self, session: Session, context: Any) -> None:
        self._session = session
        self._context = context

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802
        return self._session if self._context is None else _wrapped(self._session, self._context)


def _wrapped(session: Session, context: Any) -> Any:
    """The session under TLS from the first byte on."""
    from twisted.internet.protocol import ClientFactory
    from twisted.protocols.tls import TLSMemoryBIOFactory

    inner: Any = ClientFactory()
    inner.noisy = False
    inner.buildProtocol = lambda addr: session
    return TLSMemoryBIOFactory(context, True, inner, clock=session.reactor).buildProtocol(None)


def over_tls(session: Any, context: Any) -> None:
    """Lay TLS over a connection that is already open; what comes and goes from now on is sealed."""
    from twisted.internet.protocol import ClientFactory
    from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol

    transport = session.transport
    unused: Any = ClientFactory()
    sealed = TLSMemoryBIOProtocol(TLSMemoryBIOFactory(context, True, unused, clock=session.reactor), session, False)
    session.transport = sealed
    transport.protocol = sealed
    sealed.makeConnection(transport)


def tls_context(account: Account) -> Any:
    """How the server's certificate is checked; None without TLS."""
    if account.security == "none":
        return None
    for name in ("OpenSSL", "twisted.internet._newtls"):
        if name in sys.modules and sys.modules[name] is None:
            del sys.modules[name]  # left out at the start because nothing spoke TLS then
    from twisted.internet import ssl

    return ssl.optionsForClientTLS(account.host) if account.check_certificate else ssl.CertificateOptions(verify=False)


def send(reactor: Any, account: Account, sender: str, recipient: str, data: bytes, context: Any) -> Deferred[None]:
    """Send one message; fires with None, or fails with Refused. Cancelled, the connection is dropped."""
    session = Session(reactor, account, sender, recipient, data, context)
    wrapped = context if account.security == "tls" else None

    def failed(failure: Failure) -> None:
        session._end(Refused(f"cannot connect to {account.host}:{account.port}: {_reason(failure.value)}", for_good=False, server=True))

    sessions: Any = _Sessions(session, wrapped)
    connecting = HostnameEndpoint(reactor, account.host, account.port, timeout=CONNECT_SECONDS).connect(sessions)
    connecting.addErrback(failed)
    return session.done


def _words(number: int, said: object) -> str:
    """The server's answer in one line."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    line = " ".join(text.split())[:LONGEST_WORDS]
    return f"{number} {line}" if number > 0 else line


def _reason(error: BaseException | None) -> str:
    """Why, in a few words; of a TLS fault what OpenSSL calls it."""
    parts = [str(each[-1]) for each in error.args[0]] if error is not None and error.args and isinstance(error.args[0], list) else []
    return ", ".join(part for part in parts if part)[:LONGEST_WORDS] or " ".join(str(error).split())[:LONGEST_WORDS] or type(error).__name__
