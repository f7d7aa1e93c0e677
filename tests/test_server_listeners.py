"""Whom a peer's certificate makes of it: a carrier where it is trusted, and nothing worse than a phone where it is not (RFC 5922)."""

from __future__ import annotations

import ssl
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from OpenSSL import SSL

from appliance.clock import SystemClock
from appliance.errors import EnvironmentFault
from appliance.server_listeners import contexts
from appliance.sip.streams import TlsContexts
from tests.helpers.authority import CLIENT, CODE, SERVER, CertificateAuthority

SIP_DOMAIN = "1.3.6.1.5.5.7.3.20"
CARRIER = "sip.carrier.example"


class Transport:
    """A Twisted TLS transport as far as it is asked."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def getHandle(self) -> Any:  # noqa: N802
        return self.connection


def made(folder: Path, roots: Path | str, asking: bool = True) -> TlsContexts:
    return contexts(folder / "certificates", ["127.0.0.1"], SystemClock(), str, check=True, roots=str(roots), asking=lambda: asking)


def names(tls: TlsContexts, shown: Path | None, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3, twice: bool = False) -> tuple[str, ...]:
    """What the server makes of a client with that certificate, once both have shaken hands. `twice`: the session of a first one is offered."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    if shown is not None:
        context.load_cert_chain(shown)
    found, session = _shake(tls, context, None)
    if twice:
        found, _ = _shake(tls, context, session)
    return found


def _shake(tls: TlsContexts, context: ssl.SSLContext, session: ssl.SSLSession | None) -> tuple[tuple[str, ...], ssl.SSLSession | None]:
    server = tls.server.serverConnectionForTLS(None)
    server.set_accept_state()
    towards, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(towards, back, session=session)
    client_done = server_done = False
    for _ in range(10):
        if not client_done:
            try:
                client.do_handshake()
                client_done = True
            except ssl.SSLWantReadError:
                pass
        if back.pending:
            server.bio_write(back.read())
        if not server_done:
            try:
                server.do_handshake()
                server_done = True
            except SSL.WantReadError:
                pass
        with suppress(SSL.WantReadError):
            towards.write(server.bio_read(1 << 16))
        if client_done and server_done:
            break
    assert client_done and server_done, "whatever was shown, the connection stands"
    client.write(b"hello")
    server.bio_write(back.read())
    assert server.recv(5) == b"hello"
    return tls.names(Transport(server)), client.session


@pytest.fixture
def authority(tmp_path: Path) -> CertificateAuthority:
    return CertificateAuthority(tmp_path)


@pytest.mark.parametrize(
    ("said", "uses", "days", "found"),
    [
        ((CARRIER,), (CLIENT,), 30, (CARRIER,)),
        (("SIP.Carrier.EXAMPLE", "edge.carrier.example"), (), 30, (CARRIER, "edge.carrier.example")),
        ((CARRIER,), (SERVER,), 30, (CARRIER,)),
        ((CARRIER,), ("sip domain",), 30, (CARRIER,)),
        ((CARRIER,), (CODE,), 30, ()),
        ((CARRIER,), (CLIENT,), -1, ()),
        ((CARRIER,), (SERVER,), -1, ()),
        ((), (CLIENT,), 30, ()),
        (("*.carrier.example",), (CLIENT,), 30, ()),
        (("www.carrier.example", "sip:sip.carrier.example"), (CLIENT,), 30, (CARRIER,)),
        ((CARRIER, "sip:bob@elsewhere.example", "https://elsewhere.example/"), (CLIENT,), 30, (CARRIER,)),
    ],
)
def test_whom_a_certificate_names(
    tmp_path: Path, authority: CertificateAuthority, said: tuple[str, ...], uses: tuple[Any, ...], days: int, found: tuple[str, ...]
) -> None:
    from cryptography.x509 import ObjectIdentifier

    meant = tuple(ObjectIdentifier(SIP_DOMAIN) if each == "sip domain" else each for each in uses)
    assert names(made(tmp_path, authority.root), authority.certificate(*said, uses=meant, days=days)) == found


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_only_who_is_trusted_is_a_carrier_and_nobody_is_turned_away(tmp_path: Path, authority: CertificateAuthority, version: ssl.TLSVersion) -> None:
    tls = made(tmp_path, authority.root)
    stranger = CertificateAuthority(tmp_path, "Another authority").certificate(CARRIER)
    own = tmp_path / "own.pem"  # the server's own, which vouches for itself
    own.write_bytes((tmp_path / "certificates/sip.pem").read_bytes() + (tmp_path / "certificates/sip.key").read_bytes())
    assert names(tls, None, version) == ()
    assert names(tls, stranger, version) == names(tls, own, version) == ()
    good = authority.certificate(CARRIER)
    assert names(tls, good, version) == (CARRIER,)
    assert names(tls, stranger, version, twice=True) == (), "a session taken up again proves nothing"
    assert names(tls, good, version, twice=True) == (CARRIER,)
    assert names(made(tmp_path, ""), good, version) == (), "this computer does not know the tests' authority"
    assert names(made(tmp_path, authority.root, asking=False), good, version) == (), "nobody is asked while no trunk has a name"


def test_a_file_of_authorities_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match=r"certificate\.unreadable"):
        made(tmp_path, tmp_path / "none.pem")
    (tmp_path / "text.pem").write_text("nothing")
    with pytest.raises(EnvironmentFault, match=r"certificate\.roots_wrong"):
        made(tmp_path, tmp_path / "text.pem")


@pytest.mark.parametrize("check", [True, False], ids=["the carrier's is checked", "it is not"])
def test_a_carrier_that_asks_for_our_certificate_is_shown_it(tmp_path: Path, authority: CertificateAuthority, check: bool) -> None:
    own = authority.certificate("shop.example")
    own.chmod(0o600)
    asked = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    asked.load_cert_chain(authority.certificate(CARRIER, uses=(SERVER,)))
    asked.load_verify_locations(authority.root)
    asked.verify_mode = ssl.CERT_REQUIRED
    other = authority.certificate("other.example")
    other.chmod(0o600)
    for shown, of_trunk, good in ((str(own), "", True), ("", "", False), ("", "3:ab", True), (str(other), "3:ab", True)):
        of_trunks = {("192.0.2.1", "3:ab"): own.read_text()}
        tls = contexts(
            tmp_path / "ours",
            [],
            SystemClock(),
            lambda _: CARRIER,
            check=check,
            roots=str(authority.root),
            own=shown,
            own_at=lambda address, certificate, of=of_trunks: of.get((address, certificate), ""),
        )
        layer = SimpleNamespace(factory=SimpleNamespace(wrappedFactory=None))
        options = tls.client("192.0.2.1", of_trunk)
        client = options.clientConnectionForTLS(layer) if check else SSL.Connection(options.getContext(), None)
        client.set_connect_state()
        towards, back = ssl.MemoryBIO(), ssl.MemoryBIO()
        server = asked.wrap_bio(towards, back, server_side=True)
        refused = False
        for _ in range(6):
            with suppress(SSL.WantReadError):
                client.do_handshake()
            with suppress(SSL.WantReadError):
                towards.write(client.bio_read(1 << 16))
            try:
                server.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                refused = True
                break
            if back.pending:
                client.bio_write(back.read())
        assert refused is not good
        if good:
            assert (server.getpeercert() or {})["subjectAltName"] == (("DNS", "shop.example"),)


def test_a_certificate_of_ours_that_cannot_be_used_is_told(tmp_path: Path, authority: CertificateAuthority) -> None:
    own, other, broken = authority.certificate("shop.example"), authority.certificate("shop.example"), tmp_path / "broken.pem"
    _, mark, rest = other.read_text().partition("-----BEGIN CERTIFICATE")
    broken.write_text(own.read_text().partition(mark)[0] + mark + rest)
    for file in (own, broken, authority.root):
        file.chmod(0o600)
    said = {}
    for name, file in (("gone", tmp_path / "none.pem"), ("wrong", broken), ("no key", authority.root)):
        with pytest.raises(EnvironmentFault) as fault:
            contexts(tmp_path / "ours", [], SystemClock(), str, check=True, own=str(file))
        said[name] = fault.value.code
    assert said == {"gone": "certificate.unreadable", "wrong": "certificate.own_wrong", "no key": "certificate.own_wrong"}
    own.chmod(0o640)
    with pytest.raises(EnvironmentFault, match=r"certificate\.open"):
        contexts(tmp_path / "ours", [], SystemClock(), str, check=True, own=str(own))
