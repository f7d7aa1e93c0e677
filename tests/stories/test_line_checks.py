"""Before the first customer comes: a phone hears itself by the echo number, and an operator calls over a trunk to see that it works."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from appliance.demo_loop import AgentLoop
from tests.helpers.appliance import Appliance, wait_for
from tests.helpers.phone import Phone, PhoneCall, peers
from tests.helpers.shop import customer, rate, shop
from tests.helpers.trunk import Answer, ScriptedTrunk

ALICE = "1000001"
RULES = {"4499": Answer(rings=183, after=0.6), "31": Answer(status=404, reason="Not Here"), "33": Answer(after=None)}


@pytest.fixture
def loop() -> Iterator[AgentLoop]:
    with peers() as running:
        yield running


@pytest.fixture
def trunk(loop: AgentLoop) -> Iterator[ScriptedTrunk]:
    one = ScriptedTrunk(loop, credentials=("shop", "carrier-secret"), frequency=620.0, rules=RULES)
    yield one
    one.close()


@pytest.fixture
def appliance(tmp_path: Path, trunk: ScriptedTrunk) -> Iterator[Appliance]:
    one = Appliance(tmp_path)
    one.apply(
        shop(
            trunk.port,
            rates=[rate("44", "United Kingdom", "0.6000", first_increment=1, next_increment=1)],
            trunk={"username": "shop", "password": "carrier-secret", "strip": 2, "prepend": "44"},
            customers=[customer("Alice", ALICE, balance="0.00", dial_plan={"short": {"43": "*43"}})],
        )
    )
    one.serve("--media", "127.0.0.1:37000-37199")
    yield one
    one.kill()
    one.assert_clean_log()


def record(appliance: Appliance, call: int) -> Any:
    return appliance.do("cdrs.get", {"id": call})


def test_a_phone_without_credit_hears_itself(appliance: Appliance, loop: AgentLoop) -> None:
    alice = Phone(loop, ("127.0.0.1", appliance.sip_port), ALICE, f"secret-{ALICE}", domain="sip.example.test", frequency=440.0)
    assert alice.register(), alice.register_status
    assert alice.call_refused("442079460001") == 402
    call = alice.call_answered("*43")
    assert call.hears(440.0)
    call.hold()
    assert loop.wait(lambda: call.direction == "sendonly", 20)
    call.hold(False)
    (running,) = wait_for(
        lambda: [each for each in appliance.do("calls.list", {})["calls"] if (each["echo"] or {}).get("heard")], 20, "the echo told"
    )
    assert (running["direction"], running["destination"], running["endpoint"]) == ("service", "echo", ALICE)
    assert running["echo"]["packets_in"] >= running["echo"]["packets_back"] >= 25
    call.hang_up()
    found = wait_for(lambda: [row for row in appliance.cdrs() if row["direction"] == "service"], 20, "the call record")
    assert (found[0]["normalised"], found[0]["result"], found[0]["cause"], found[0]["charges"]) == ("*43", 200, "normal", [])
    shown = record(appliance, running["id"])
    assert shown["echo"]["heard"] and shown["amount"] == "0.00" and shown["media"]["relayed"]
    assert alice.call_answered("43").state == "answered"  # the dial plan's short code


def trial(appliance: Appliance, number: str, **more: Any) -> Any:
    """Places a test call over the one trunk and gives its last state."""
    trunk = appliance.do("trunks.list", {})["trunks"][0]
    begun = appliance.do("trunks.test_call", {"id": trunk["id"], "number": number, **more})
    assert begun["state"] == "calling" and begun["trunk"] == "carrier"
    return wait_for(
        lambda: next((state for state in [appliance.do("trunks.test_state", {"id": begun["id"]})] if state["ended_at"]), None), 60, "the end"
    )


def test_a_test_call_that_works(appliance: Appliance, trunk: ScriptedTrunk) -> None:
    done = trial(appliance, "449912345678", talk_seconds=1)
    assert (done["state"], done["status"], done["early_media"]) == ("ended", 200, True)
    assert done["packets"] > 25 and done["words"].startswith("The call was answered")
    assert 0 <= done["post_dial_delay_ms"] < 2000
    assert trunk.dialled[-1] == "449912345678"  # two digits stripped, two put before
    shown = record(appliance, done["id"])
    assert (shown["direction"], shown["trunk"], shown["customer"], shown["charges"], shown["result"]) == ("test", "carrier", None, [], 200)
    assert Decimal("0.01") <= Decimal(shown["cost"]) <= Decimal("0.05")  # one to five seconds at 0.60 a minute
    appliance.verify()


def test_what_was_said_in_a_call_is_read_and_captured(appliance: Appliance, tmp_path: Path) -> None:
    done = trial(appliance, "449912345678", talk_seconds=0)
    shown = appliance.run("trace", str(done["id"]), "--data", str(appliance.data)).stdout
    assert "INVITE (SDP)" in shown and "200 OK (SDP)" in shown and "carrier-secret" not in shown
    assert "Proxy-Authorization: (taken out)" in shown
    capture = tmp_path / "call.pcap"
    appliance.run("trace", str(done["id"]), "--pcap", str(capture), "--data", str(appliance.data))
    assert capture.read_bytes()[:4] == b"\xd4\xc3\xb2\xa1" and b"INVITE sip:" in capture.read_bytes()
    assert "not kept" in appliance.run("trace", "999", "--data", str(appliance.data), code=1).stderr


def test_test_calls_that_fail_say_why(appliance: Appliance, trunk: ScriptedTrunk) -> None:
    worked = trial(appliance, "441234567890", talk_seconds=0)
    assert worked["state"] == "ended" and "no sound" in worked["words"]
    trunk.rules["44"] = RULES["31"]
    refused = trial(appliance, "441234567890")
    assert (refused["state"], refused["status"], refused["reason"]) == ("failed", 404, "Not Here")
    assert "does not know this number" in refused["words"]
    trunk.credentials = ("shop", "another")
    wrong = trial(appliance, "441234567890")
    assert (wrong["status"], wrong["state"]) == (407, "failed") and "password" in wrong["words"]
    trunk.close()
    gone = trial(appliance, "441234567890")
    assert gone["status"] == 0 and ("answers SIP" in gone["words"] or "cannot be reached" in gone["words"])


def test_a_caller_without_credit_hears_why(appliance: Appliance, loop: AgentLoop) -> None:
    appliance.do("settings.set", {"values": {"announcements.no_credit": True, "announcements.language": "es"}})
    alice = Phone(loop, ("127.0.0.1", appliance.sip_port), ALICE, f"secret-{ALICE}", domain="sip.example.test")
    assert alice.register(), alice.register_status

    def spoken() -> PhoneCall | None:
        """The relay is started by the first caller that needs it, who is not kept waiting."""
        call = alice.call("442079460001")
        assert call.wait("ringing")
        return call if call.early_media else None

    call = wait_for(spoken, 20, "an announcement")
    assert loop.wait(lambda: call.voice is not None and call.voice.sources, 20)
    call.hang_up()
    assert call.wait("ended")
    alice.payload_types = (18,)  # G.729 alone
    again = alice.call("442079460001")
    assert loop.wait(lambda: again.voice is not None and again.voice.received >= 50, 20) and again.status == 183
    again.hang_up()
    assert again.wait("ended")
    assert {(row["result"], row["cause"]) for row in appliance.cdrs()} == {(402, "no_funds")}
