"""Phones over TLS with the certificate that the first start makes, and over IPv6: each hears itself."""

from __future__ import annotations

import socket
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.appliance import Appliance, free_port, wait_for
from tests.helpers.baresip import Baresip
from tests.helpers.phone import Phone, peers
from tests.helpers.shop import customer, shop

ALICE = "1000001"


@pytest.fixture
def appliance(tmp_path: Path) -> Iterator[Appliance]:
    one = Appliance(tmp_path)
    one.apply(shop(5999, rates=[], customers=[customer("Alice", ALICE, balance="0.00")]))
    yield one
    one.kill()
    one.assert_clean_log()


def echoed(appliance: Appliance) -> bool:
    return any((each["echo"] or {}).get("heard") for each in appliance.do("calls.list", {})["calls"])


@pytest.mark.meets("baresip", "registers and calls the echo number; its sound comes back", "TLS")
def test_a_phone_over_tls(appliance: Appliance, tmp_path: Path) -> None:
    port = free_port(socket.SOCK_STREAM)
    appliance.serve("--media", "127.0.0.1:37200-37399", sip=[f"udp:127.0.0.1:{appliance.sip_port}", f"tls:127.0.0.1:{port}"])
    folder = appliance.data / "certificates"
    assert stat.S_IMODE((folder / "sip.key").stat().st_mode) == 0o600
    trusting = ssl.create_default_context(cafile=str(folder / "sip.pem"))
    with socket.create_connection(("127.0.0.1", port), 5) as plain, trusting.wrap_socket(plain, server_hostname="sip.example.test") as secure:
        assert secure.version() in {"TLSv1.2", "TLSv1.3"}
    phone = Baresip(
        tmp_path / "baresip",
        number=ALICE,
        password=f"secret-{ALICE}",
        server=f"127.0.0.1:{port}",
        domain="sip.example.test",
        transport="tls",
        tone_hz=700,
    )
    try:
        phone.wait("REGISTER_OK")
        (bound,) = appliance.rows("bindings")
        assert bound["transport"] == "tls"
        phone.command("dial", "*43")
        phone.wait("CALL_ESTABLISHED")
        wait_for(lambda: echoed(appliance), 20, "the echo told")
        phone.command("hangup")
        phone.wait("CALL_CLOSED")
    finally:
        phone.stop()
    assert phone.heard(700) > 0.9
    (record,) = appliance.cdrs()
    assert record["source"].endswith("/tls") and record["result"] == 200
    made = (folder / "sip.pem").read_bytes()
    assert appliance.stop() == 0
    appliance.serve(sip=[f"tls:127.0.0.1:{port}"])
    assert (folder / "sip.pem").read_bytes() == made  # kept, so that phones that trust it go on
    assert "Warning" not in appliance.log()  # a start says nothing that nobody can act upon


def test_an_own_certificate_that_does_not_fit_is_told(appliance: Appliance) -> None:
    folder = appliance.data / "certificates"
    folder.mkdir()
    (folder / "sip.pem").write_text("nothing")
    (folder / "sip.key").write_text("nothing")
    done = appliance.run("serve", "--data", str(appliance.data), "--web", "127.0.0.1:0", "--sip", "tls:127.0.0.1:0", code=None)
    assert done.returncode != 0 and "cannot be used" in done.stderr and "Traceback" not in done.stderr


def test_a_phone_over_ipv6(appliance: Appliance) -> None:
    port = appliance.sip_port
    appliance.serve("--media", "[::1]:37400-37599", sip=[f"udp:[::1]:{port}", f"tcp:[::1]:{port}"])
    with peers() as loop:
        for transport in ("udp", "tcp"):
            phone = Phone(loop, ("::1", port), ALICE, f"secret-{ALICE}", domain="sip.example.test", host="::1", transport=transport, frequency=500.0)
            assert phone.register(), phone.register_status
            call = phone.call_answered("*43")
            assert call.hears(500.0)
            call.hang_up()


def test_a_carrier_over_tls_must_show_a_certificate_that_is_trusted(appliance: Appliance, tmp_path: Path) -> None:
    """The carrier is another appliance, where this one registers as a phone would."""
    theirs, ours = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_STREAM)
    appliance.serve(sip=[f"tls:127.0.0.1:{theirs}"])
    (tmp_path / "ours").mkdir()
    one = Appliance(tmp_path / "ours")
    trunk = {"transport": "tls", "username": ALICE, "password": f"secret-{ALICE}", "register": True}
    one.apply(shop(theirs, rates=[], trunk=trunk, customers=[]))

    def state() -> Any:
        found = one.do("trunks.list", {})["trunks"][0]
        return found if found["registered"] is not None else None

    try:
        one.serve(sip=[f"tls:127.0.0.1:{ours}"])
        refused = wait_for(state, 20, "an unknown certificate is refused")
        assert (refused["registered"], refused["reason"]) == (False, "unreachable")
        assert one.stop() == 0
        one.serve("--set", "sip.check_certificates=false", sip=[f"tls:127.0.0.1:{ours}"])
        assert wait_for(state, 20, "registered")["registered"] is True
        (bound,) = appliance.rows("bindings")
        assert bound["transport"] == "tls"
        one.assert_clean_log()
    finally:
        one.kill()
