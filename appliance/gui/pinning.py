"""Trust at first use: a server's certificate is known by its SHA-256, shown to a person once and then held to.

Most appliances have a certificate of their own making, which no authority vouches for. So the fingerprint decides and nothing
else does; a pinned certificate is also compared where an authority would have vouched for another.
"""

from __future__ import annotations

from PySide6.QtCore import QCryptographicHash, QObject, Signal
from PySide6.QtNetwork import QNetworkReply, QSslCertificate, QSslError


def fingerprint(certificate: QSslCertificate) -> str:
    """SHA-256 of the certificate in lower-case hex, "" of none."""
    if certificate.isNull():
        return ""
    return bytes(certificate.digest(QCryptographicHash.Algorithm.Sha256).toHex().data()).decode()


def readable(print_: str) -> str:
    """The fingerprint in groups of four, for a person to compare."""
    upper = print_.upper()
    return " ".join(upper[at : at + 4] for at in range(0, len(upper), 4))


class Pinning(QObject):
    """The pin of one server. `unknown` tells the fingerprint of a certificate that is not it; that request gets no answer."""

    unknown = Signal(str)

    def __init__(self, pin: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pin = pin
        self.refused = ""

    def watch(self, reply: QNetworkReply) -> None:
        """Hold this request to the pin."""
        reply.sslErrors.connect(lambda errors: self._judge(reply, errors))
        reply.encrypted.connect(lambda: self._encrypted(reply))

    def accept(self, print_: str) -> None:
        """A person compared the fingerprint and trusts it."""
        self.pin = print_
        self.refused = ""

    def _judge(self, reply: QNetworkReply, errors: list[QSslError]) -> None:
        if self.pin and fingerprint(reply.sslConfiguration().peerCertificate()) == self.pin:
            reply.ignoreSslErrors(errors)

    def _encrypted(self, reply: QNetworkReply) -> None:
        shown = fingerprint(reply.sslConfiguration().peerCertificate())
        if self.pin and shown != self.pin:
            self._refuse(reply, shown)

    def failed(self, reply: QNetworkReply) -> bool:
        """Whether the request ended because of its certificate; tells `unknown` then."""
        if reply.error() != QNetworkReply.NetworkError.SslHandshakeFailedError:
            return bool(self.refused)
        shown = fingerprint(reply.sslConfiguration().peerCertificate())
        if shown and shown != self.pin:
            self._refuse(reply, shown)
        return True

    def _refuse(self, reply: QNetworkReply, shown: str) -> None:
        self.refused = shown
        reply.abort()
        self.unknown.emit(shown)
