"""HTTPS of the pages: our own certificate, the owner's, one for each host name, an authority's by ACME; plain HTTP that leads there; proxies."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import stat
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from cryptography import x509

from appliance.clock import SystemClock
from appliance.errors import EnvironmentFault
from appliance.server_acme import usable_hosts
from appliance.server_certificates import Certificates, Pair, self_made, write_pair
from tests.helpers.acme_stub import Authority
from tests.helpers.appliance import Appliance, free_port, wait_for
from tests.helpers.shop import customer, shop

CLOCK = SystemClock()
NUMBERS = count()


class Answer(http.client.HTTPResponse):
    """Read whole by `ask`."""

    text: str


def ask(
    port: int, path: str, *, host: str = "my.example.test", tls: bool = True, method: str = "GET", headers: dict[str, str] | None = None
) -> Answer:
    """One request by HTTPS without looking at the certificate, or by plain HTTP."""
    raw = socket.create_connection(("127.0.0.1", port), 20)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        raw = context.wrap_socket(raw, server_hostname=host)
    line = http.client.HTTPConnection("127.0.0.1", port)
    line.sock = raw
    line.response_class = Answer
    line.request(method, path, headers={"host": host, **(headers or {})})
    reply = line.getresponse()
    assert isinstance(reply, Answer)
    reply.text = reply.read().decode("utf-8", "replace")
    line.close()
    return reply


def shown(port: int, name: str | None, roots: bytes | None = None) -> x509.Certificate:
    """The certificate that a browser is shown for a host name; with `roots` it must be good for it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if roots is None:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    else:
        context.load_verify_locations(cadata=roots.decode())
    with socket.create_connection(("127.0.0.1", port), 20) as raw, context.wrap_socket(raw, server_hostname=name) as secure:
        der = secure.getpeercert(binary_form=True)
        assert der is not None and secure.version() in {"TLSv1.2", "TLSv1.3"}
        return x509.load_der_x509_certificate(der)


def names(certificate: x509.Certificate) -> list[str]:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    one = Appliance(tmp_path_factory.mktemp("https"))
    alice = customer("Alice", "1000001", balance="1.00", web_logins=[{"login": "alice", "password": "alice-password"}])
    one.apply(shop(5999, rates=[], customers=[alice]))
    one.plain = free_port(socket.SOCK_STREAM)  # type: ignore[attr-defined]
    one.serve("--set", "web.tls=on", "--set", f"web.http_listen=127.0.0.1:{one.plain}")  # type: ignore[attr-defined]
    yield one
    one.kill()
    one.assert_clean_log()


def ports(served: Appliance) -> tuple[int, int]:
    return int(served.ready["web"].rpartition(":")[2]), served.plain  # type: ignore[attr-defined]


def look(served: Appliance) -> None:
    """Certificates are read anew when a setting changes, not only once a minute."""
    served.do("settings.set", {"values": {"alerts.disk_megabytes": 500 + next(NUMBERS)}})


def test_our_own_certificate_and_what_browsers_are_told(served: Appliance) -> None:
    port, _ = ports(served)
    assert served.ready["web"].startswith("https://")
    key = served.data / "certificates" / "web-own.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    got = ask(port, "/sign-in")
    assert got.status == 200 and got.getheader("strict-transport-security") == "max-age=31536000"
    assert "secure" in (got.getheader("set-cookie") or "").lower()
    trusting = shown(port, "my.example.test", (served.data / "certificates" / "web-own.pem").read_bytes())
    assert "my.example.test" in names(trusting)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_refused(served: Appliance, version: ssl.TLSVersion) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with pytest.raises((ssl.SSLError, ConnectionError)), socket.create_connection(("127.0.0.1", ports(served)[0]), 20) as raw:
        context.wrap_socket(raw, server_hostname="my.example.test")


def test_plain_http_leads_to_https(served: Appliance) -> None:
    port, plain = ports(served)
    got = ask(plain, "/calls?a=1", tls=False)
    assert (got.status, got.getheader("location")) == (308, f"https://my.example.test:{port}/calls?a=1")
    assert got.getheader("strict-transport-security") is None
    assert ask(plain, "/x", tls=False, host="my.example.test:80").getheader("location") == f"https://my.example.test:{port}/x"
    assert ask(plain, "/.well-known/acme-challenge/unknown", tls=False).status == 404
    assert ask(plain, "/.well-known/acme-challenge/../../etc/passwd", tls=False).status == 404
    assert ask(plain, "/", tls=False, host="evil.test/@x").status == 400
    assert ask(plain, "/sign-in", tls=False, headers={"x-forwarded-proto": "https"}).status == 308


def test_speaking_plain_to_the_https_port_gets_nothing(served: Appliance) -> None:
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        ask(ports(served)[0], "/sign-in", tls=False)


def test_one_certificate_for_each_host_and_a_new_one_without_a_restart(served: Appliance) -> None:
    port, _ = ports(served)
    folder = served.data / "certificates"
    before = shown(port, "my.other.test").serial_number
    pair = Pair(folder / "web" / "other.pem", folder / "web" / "other.key")
    write_pair(pair, *self_made(["my.other.test", "*.shops.test"], CLOCK, 30))
    look(served)
    found = wait_for(lambda: now if (now := shown(port, "my.other.test")).serial_number != before else None, 20, "the host's certificate")
    assert names(shown(port, "a.shops.test")) == names(found) == ["my.other.test", "*.shops.test"]
    assert shown(port, "my.example.test").serial_number == shown(port, None).serial_number == before
    write_pair(pair, *self_made(["my.other.test"], CLOCK, 60))
    look(served)
    wait_for(lambda: names(shown(port, "my.other.test")) == ["my.other.test"], 20, "the renewed certificate")
    pair.certificate.write_text("this is none")
    look(served)
    assert names(shown(port, "my.other.test")) == ["my.other.test"], "what cannot be read leaves what was there"
    write_pair(pair, *self_made(["my.other.test"], CLOCK, 60))
    checks = served.do("server.check", {})["lines"]
    assert any("other.pem" in each["text"] for each in checks if each["name"] == "certificate")


def test_a_certificate_that_the_settings_name_must_be_there(tmp_path: Path) -> None:
    one = Appliance(tmp_path)
    one.apply(shop(5999, rates=[], customers=[]))
    line = ("serve", "--data", str(one.data), "--web", "127.0.0.1:0", "--sip", f"udp:127.0.0.1:{one.sip_port}", "--set", "web.tls=on")
    done = one.run(*line, "--set", f"web.certificate_file={tmp_path}/none.pem", code=None)
    assert done.returncode != 0 and "none.pem" in done.stderr and "Traceback" not in done.stderr


def test_names_of_certificates(tmp_path: Path) -> None:
    made = Certificates(tmp_path, lambda: None, lambda: ["a.test"], CLOCK)
    assert made.of("a.test") is None, "our own is nobody's"
    write_pair(Pair(tmp_path / "web.pem", tmp_path / "web.key"), *self_made(["A.test", "*.b.test"], CLOCK))
    made.look()
    assert made.of("a.TEST.") is made.of("a.test") is not None and made.of("x.b.test") is not None
    assert made.of("b.test") is None and made.of("y.x.b.test") is None and made.of("") is None
    (tmp_path / "web.key").unlink()
    made.look()
    assert made.of("a.test") is None
    with pytest.raises(EnvironmentFault, match=r"certificate\.unreadable"):
        Certificates(tmp_path, lambda: Pair(tmp_path / "no.pem", tmp_path / "no.key"), list, CLOCK)


def test_hosts_that_an_authority_can_vouch_for() -> None:
    asked = ["My.Example.Test.", "localhost", "192.0.2.1", "../x.test", "a..b", "-a.test", "ok-1.test", "my.example.test", "é.test", "a/b.test"]
    assert usable_hosts(asked) == ("my.example.test", "ok-1.test")


def test_certificates_from_an_authority(served: Appliance, tmp_path: Path) -> None:
    port, plain = ports(served)
    authority = Authority(plain)
    try:
        authority.refuse = True
        served.do("settings.set", {"values": {"acme.directory": authority.directory, "acme.email": "owner@example.test", "acme.enabled": True}})
        wait_for(lambda: "no proof for my.example.test" in served.log(), 30, "the refusal is told")
        assert authority.issued == []
        told = [each["text"] for each in served.do("alerts.list", {})["alerts"] if each["code"] == "alert.certificate_refused"]
        assert len(told) == 1 and "my.example.test" in told[0] and "no proof" in told[0]
        authority.refuse = False
        served.do(
            "resellers.create",
            {"name": "Sub", "currency": "EUR", "sip_domain": "sip.sub.test", "web_hosts": ["my.sub.test"], "number_range": "2000000-2000999"},
        )
        wait_for(lambda: authority.issued == ["my.sub.test"], 30, "the other host's certificate; the refused one waits")
        wait_for(lambda: names(shown(port, "my.sub.test")) == ["my.sub.test"], 20, "it is shown")
        assert shown(port, "my.sub.test", authority.root_pem).issuer.rfc4514_string() == "CN=Stub root"
        key = served.data / "certificates" / "acme" / "my.sub.test.key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600 == stat.S_IMODE((key.parent / "account.key").stat().st_mode)
        assert authority.emails[-1] == ["mailto:owner@example.test"]
        checks = served.do("server.check", {})["lines"]
        assert any("my.sub.test" in each["text"] for each in checks if each["name"] == "certificate")
    finally:
        served.do("settings.set", {"values": {"acme.enabled": False}})
        authority.close()


def test_a_proxy_is_believed_where_it_is_ours(tmp_path: Path) -> None:
    one = Appliance(tmp_path)
    one.apply(
        shop(5999, rates=[], customers=[customer("Alice", "1000001", balance="1.00", web_logins=[{"login": "alice", "password": "a-password-1"}])])
    )
    one.serve()
    try:
        port = int(one.ready["web"].rpartition(":")[2])
        sent = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9, 198.51.100.7"}
        got = ask(port, "/sign-in", tls=False, headers=sent)
        assert "secure" in (got.getheader("set-cookie") or "").lower() and got.getheader("strict-transport-security")
        for _ in range(25):
            ask(port, "/api/v1/sign-in", tls=False, method="POST", headers={**sent, "content-type": "application/json", "content-length": "0"})
        one.do("settings.set", {"values": {"web.proxies": ["192.0.2.1"]}})
        got = ask(port, "/sign-in", tls=False, headers=sent)
        assert "secure" not in (got.getheader("set-cookie") or "").lower() and got.getheader("strict-transport-security") is None
    finally:
        one.stop()
    one.assert_clean_log()


def test_the_last_address_that_is_none_of_ours_is_who_asks(tmp_path: Path) -> None:
    """Whoever asks may write anything in front; only what our own proxies added is taken."""
    one = Appliance(tmp_path)
    one.apply(shop(5999, rates=[], customers=[customer("Alice", "1000001", balance="1.00")]))
    one.serve()
    try:
        port = int(one.ready["web"].rpartition(":")[2])
        body = json.dumps({"login": "owner", "password": "wrong password"})

        def guess(forwarded: str) -> int:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            line.request("POST", "/api/v1/sign-in", body, {"content-type": "application/json", "x-forwarded-for": forwarded})
            status = line.getresponse().status
            line.close()
            return status

        statuses = [guess(f"10.1.1.{number}, 198.51.100.7") for number in range(24)]
        assert 429 in statuses, "the made-up addresses in front do not help"
        assert guess("198.51.100.8") != 429, "another asker is not slowed down"
    finally:
        one.stop()
