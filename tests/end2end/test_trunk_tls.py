"""A carrier that is known by the name in its certificate, and phones that show none or one that nobody trusts, at one TLS listener."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from tests.helpers.appliance import Appliance, free_port, wait_for
from tests.helpers.authority import SERVER, CertificateAuthority
from tests.helpers.shop import customer, shop

ALICE, NUMBER, CARRIER = "1000001", "31201234567", "sip.carrier.example"
NUMBERS = count(1)


class Line:
    """One TLS connection to the server, a message at a time."""

    def __init__(self, secure: ssl.SSLSocket, port: int) -> None:
        self._secure, self._port = secure, port

    def ask(self, method: str, to: str, by: str) -> tuple[int, str]:
        """The final answer to a request without credentials: its code, and the whole."""
        number = next(NUMBERS)
        here = f"127.0.0.1:{self._secure.getsockname()[1]}"
        lines = [
            f"{method} sip:{to}127.0.0.1:{self._port};transport=tls SIP/2.0",
            f"Via: SIP/2.0/TLS {here};branch=z9hG4bKa{number};rport",
            "Max-Forwards: 70",
            f"From: <sip:{by}@sip.example.test>;tag=a{number}",
            f"To: <sip:{to or by + '@'}sip.example.test>",
            f"Call-ID: a{number}@{here}",
            f"CSeq: 1 {method}",
            f"Contact: <sip:{by}@{here};transport=tls>",
            "Content-Length: 0",
        ]
        self._secure.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        heard = b""
        while True:
            while b"\r\n\r\n" not in heard:
                got = self._secure.recv(65536)
                assert got, "the connection was closed"
                heard += got
            head, _, heard = heard.partition(b"\r\n\r\n")
            length = next((int(each[15:]) for each in head.decode().split("\r\n") if each.lower().startswith("content-length:")), 0)
            while len(heard) < length:
                heard += self._secure.recv(65536)
            heard = heard[length:]
            code = int(head.split(b" ")[1])
            if code >= 200:
                return code, head.decode()


@contextmanager
def line(port: int, shown: Path | None) -> Iterator[Line]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if shown is not None:
        context.load_cert_chain(shown)
    with socket.create_connection(("127.0.0.1", port), 10) as plain, context.wrap_socket(plain, server_hostname="sip.example.test") as secure:
        yield Line(secure, port)


def test_a_carrier_is_known_by_its_certificate_and_phones_go_on(tmp_path: Path) -> None:
    authority, stranger = CertificateAuthority(tmp_path), CertificateAuthority(tmp_path, "Another authority")
    appliance, port = Appliance(tmp_path), free_port(socket.SOCK_STREAM)
    trunk = {"addresses": ["192.0.2.50"], "tls_name": "SIP.carrier.example.", "numbers": [{"did": NUMBER, "endpoint": ALICE}]}
    appliance.apply(shop(5999, rates=[], trunk=trunk, customers=[customer("Alice", ALICE, balance="1.00")]))
    appliance.serve("--set", f"sip.roots={authority.root}", sip=[f"tls:127.0.0.1:{port}"])
    try:
        good = authority.certificate(CARRIER)
        with line(port, good) as carrier:
            assert carrier.ask("INVITE", f"{NUMBER}@", "442079460001")[0] == 480, "the number's phone is not there, and nobody was asked who it is"
        (record,) = wait_for(appliance.cdrs, 20, "the record")
        assert (record["trunk"], record["dialled"], record["direction"]) == ("carrier", NUMBER, "in")
        for shown in (None, stranger.certificate(CARRIER), authority.certificate("other.carrier.example"), authority.certificate(CARRIER, days=-1)):
            with line(port, shown) as phone:
                code, answer = phone.ask("REGISTER", "", ALICE)
                assert code == 401 and "WWW-Authenticate" in answer, "a phone is a phone"
                assert phone.ask("INVITE", f"{NUMBER}@", ALICE)[0] == 407
        with line(port, good) as carrier:
            assert carrier.ask("REGISTER", "", ALICE)[0] == 401, "also a carrier registers by password alone"
        exported = appliance.do("trunks.list", {})["trunks"][0]
        assert exported["tls_name"] == CARRIER
        assert appliance.do("trunks.update", {"id": exported["id"], "tls_name": ""})["tls_name"] == ""
        with line(port, good) as carrier:
            assert carrier.ask("INVITE", f"{NUMBER}@", ALICE)[0] == 407, "without a name it is known by address alone"
        assert appliance.stop() == 0
        appliance.assert_clean_log()
    finally:
        appliance.kill()


def test_a_carrier_that_wants_our_certificate_has_our_registration(tmp_path: Path) -> None:
    """Both prove who they are, over the connection that we open (RFC 5246 7.4.4): by the certificate that this carrier gave us, where
    its trunk has one, also one that is put there while we serve."""
    authority, carriers = CertificateAuthority(tmp_path), CertificateAuthority(tmp_path, "The carrier's authority")
    own = authority.certificate("shop.example")
    own.chmod(0o600)
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    asking.load_cert_chain(authority.certificate("127.0.0.1", uses=(SERVER,)))
    asking.load_verify_locations(authority.root)
    asking.verify_mode = ssl.CERT_REQUIRED
    appliance, port = Appliance(tmp_path), free_port(socket.SOCK_STREAM)
    with socket.create_server(("127.0.0.1", 0)) as door:
        trunk = {"host": "127.0.0.1", "transport": "tls", "username": "shop", "password": "carrier-secret", "register": True}
        appliance.apply(shop(door.getsockname()[1], rates=[], trunk=trunk, customers=[]))
        given = ["--set", f"sip.roots={authority.root}", "--set", f"sip.client_certificate={own}"]
        appliance.serve(*given, sip=[f"tls:127.0.0.1:{port}"])
        try:
            with _registering(door, asking) as first:
                assert _shown(first) == "shop.example"
                asking.load_verify_locations(carriers.root)
                mine = appliance.do("trunks.list", {})["trunks"][0]["id"]
                for name in ("one.shop.example", "two.shop.example"):  # over the same address: another connection all the same
                    view = appliance.do("trunks.update", {"id": mine, "certificate": carriers.certificate(name).read_text()})
                    assert (view["certificate_name"], "KEY" in str(view)) == (name, False)
                    with _registering(door, asking) as next_one:
                        assert _shown(next_one) == name
        finally:
            appliance.kill()


@contextmanager
def _registering(door: socket.socket, asking: ssl.SSLContext) -> Iterator[ssl.SSLSocket]:
    """The next connection of ours at the carrier's door, once our registration came over it."""
    door.settimeout(20)
    plain, _ = door.accept()
    plain.settimeout(20)
    with asking.wrap_socket(plain, server_side=True) as secure:
        assert secure.recv(65536).startswith(b"REGISTER sip:127.0.0.1")
        yield secure


def _shown(secure: ssl.SSLSocket) -> str:
    ((_, name),) = (secure.getpeercert() or {})["subjectAltName"]
    return str(name)
