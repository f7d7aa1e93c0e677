"""The listeners of the pages: HTTPS with a certificate for each host name, plain HTTP beside it that leads there, or plain HTTP behind a proxy.

Plain HTTP on loopback, HTTPS elsewhere; the setting web.tls says otherwise.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, gatherResults
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from appliance.config import Configuration, host_and_port
from appliance.http_common import Door, Listening, listen
from appliance.server_acme import AcmeCertificates, Authority, Challenges, Wanted, usable_hosts
from appliance.server_certificates import Certificates, Pair
from appliance.services.services import Services

log = logging.getLogger("tollhouse.server")

CHALLENGE = "/.well-known/acme-challenge/"
LOOK_SECONDS = 60.0
HTTPS_PORT = 443
MOVED = 308
"""Permanent, and a form that was sent stays one."""

_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,200}")


def wants_tls(configuration: Configuration) -> bool:
    """Whether the pages are served by HTTPS."""
    said = str(configuration.boot["web.tls"])
    return said == "on" or (said == "auto" and not _loopback(configuration.web.host))


class WebListeners:
    """Opened when made. `in_thread(work)` gives a deferred, `between(work)` runs it while nothing is being written.

    EnvironmentFault where a port cannot be listened on, or a certificate that the settings name cannot be read.
    """

    def __init__(
        self,
        reactor: Any,
        services: Services,
        configuration: Configuration,
        door: Door,
        in_thread: Callable[..., Any],
        between: Callable[[Callable[[], None]], None],
    ) -> None:
        self._services = services
        self._between = between
        self._folder = configuration.folder.certificates
        self.secure = wants_tls(configuration)
        web, plain = configuration.web, str(configuration.boot["web.http_listen"])
        door.trusts = Proxies(services).trusts
        self._certificates: Certificates | None = None
        self._acme: AcmeCertificates | None = None
        self._others: list[Listening] = []
        accepting = None
        if self.secure:
            self._certificates = Certificates(self._folder, lambda: _files(configuration), lambda: [*self._hosts(), web.host], services.clock)
            self._acme = AcmeCertificates(self._folder, self._certificates, self._wanted, in_thread, services.clock)
            accepting = _accepting(self._certificates)
        self._main = listen(reactor, web.host, web.port, door, accepting)
        self.host, self.port = self._main.host, self._main.port
        services.room.web_listener = (self.secure, self.host, self.port)
        if plain and self._acme is not None:
            leading = Door(LeadToHttps(self._acme.challenges, self.port), "web http", reactor)
            self._others.append(self._opened(reactor, plain, leading))

    @property
    def url(self) -> str:
        """`https://192.0.2.1:8443`."""
        return self._main.url

    @property
    def http_port(self) -> int:
        """Where plain HTTP leads to HTTPS; 0 nowhere."""
        return self._others[0].port if self._others else 0

    @property
    def faults(self) -> dict[str, str]:
        """Why the authority gave no certificate, by host."""
        return {} if self._acme is None else self._acme.faults

    def follow(self, now: float) -> None:
        """Certificates are read anew and asked for, from now on (the jobs' seconds)."""
        if self._certificates is not None and self._acme is not None:
            self._services.jobs.every("certificates", LOOK_SECONDS, self._look, first=now)
            self._services.changes.listen(lambda _: self._between(self._look), "setting", "reseller")

    def close(self) -> Deferred[Any]:
        """Fires when nothing is accepted any more."""
        return gatherResults([self._main.close(), *(each.close() for each in self._others)])

    def _look(self) -> None:
        assert self._certificates is not None and self._acme is not None
        self._certificates.look()
        self._acme.follow()

    def _opened(self, reactor: Any, text: str, door: Door) -> Listening:
        try:
            host, port = host_and_port(text)
            return listen(reactor, host, port, door)
        except BaseException:
            self._main.close()
            raise

    def _hosts(self) -> list[str]:
        return [str(host) for row in self._services.store.resellers.list() if not row.disabled for host in json.loads(row.web_hosts)]

    def _wanted(self) -> Wanted:
        get = self._services.settings.get
        authority = Authority(get("acme.directory", ""), get("acme.email", ""), get("acme.roots", ""))
        on = bool(get("acme.enabled", False) and authority.directory)
        return Wanted(on, authority, usable_hosts(self._hosts()) if on else ())


class Proxies:
    """The addresses whose X-Forwarded-For and X-Forwarded-Proto are believed (setting web.proxies)."""

    def __init__(self, services: Services) -> None:
        self._settings = services.settings
        self._said: tuple[str, ...] | None = None
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []

    def trusts(self, address: str) -> bool:
        """Whether that address is a proxy of ours."""
        said = tuple(self._settings.words("web.proxies"))
        if said != self._said:
            self._said, self._networks = said, []
            for each in said:
                try:
                    self._networks.append(ipaddress.ip_network(each, strict=False))
                except ValueError:
                    log.warning("web.proxies has no network in %s", each[:100])
        try:
            asked = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        asked = getattr(asked, "ipv4_mapped", None) or asked
        return any(asked in network for network in self._networks)


class LeadToHttps(Resource):
    """Plain HTTP: the authority's questions are answered, everybody else is sent to HTTPS."""

    isLeaf = True  # noqa: N815

    def __init__(self, challenges: Challenges, port: int) -> None:
        super().__init__()
        self._challenges, self._port = challenges, port

    def render(self, request: Request) -> int:
        path = request.path.decode("ascii", "replace")
        status, body = 404, b""
        if path.startswith(CHALLENGE):
            token = path.removeprefix(CHALLENGE)
            answer = self._challenges.get(token) if _TOKEN.fullmatch(token) else None
            if answer is not None:
                status, body = 200, answer.encode()
        else:
            host = (request.getHeader("host") or "").rpartition(":")[0] or (request.getHeader("host") or "")
            host = host if _HOST.fullmatch(host) else (request.getHeader("host") or "")
            if _HOST.fullmatch(host):
                status = MOVED
                uri = re.sub(rb"[^\x21-\x7e]", b"", request.uri)
                place = b"" if self._port == HTTPS_PORT else b":%d" % self._port
                request.setHeader(b"location", b"https://" + host.encode() + place + (uri if uri.startswith(b"/") else b"/"))
            else:
                status = 400
        request.setResponseCode(status)
        request.setHeader(b"content-type", b"text/plain; charset=utf-8")
        request.setHeader(b"content-length", b"%d" % len(body))
        request.write(body)
        request.finish()
        return NOT_DONE_YET


def _files(configuration: Configuration) -> Pair | None:
    """The pair that tollhouse.toml names."""
    certificate, key = str(configuration.boot["web.certificate_file"]), str(configuration.boot["web.key_file"])
    return Pair(Path(certificate), Path(key or certificate)) if certificate else None


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _accepting(certificates: Certificates) -> Any:
    """As Twisted wants it; told here, so that a server without TLS loads none of it."""
    from OpenSSL import SSL
    from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
    from zope.interface import directlyProvides

    made = _Accepting(SSL.Connection, certificates)
    directlyProvides(made, IOpenSSLServerConnectionCreator)
    return made


class _Accepting:
    """Makes the TLS side of each connection: with the certificate of now, until the browser names another host."""

    def __init__(self, connection: Callable[[Any, None], Any], certificates: Certificates) -> None:
        self._connection, self._certificates = connection, certificates

    def serverConnectionForTLS(self, protocol: object) -> Any:  # noqa: N802
        """Twisted feeds it."""
        return self._connection(self._certificates.getContext(), None)
