"""A phone registers, calls out through a carrier that wants digest, is metered, and leaves a call record and a balanced ledger."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.helpers import sipp
from tests.helpers.appliance import Appliance, sip_port, wait_for
from tests.helpers.shop import customer, rate, shop
from tests.stories.conftest import Peers

ALICE, BOB = "1000001", "1000002"
RATES = [
    rate("44", "United Kingdom", "0.0100", connection_fee="0.0010"),
    rate("31", "Netherlands", "0.0200", first_increment=60, next_increment=60),
    rate("49", "Germany", "0.4800"),
]

# dialled, talk in ms: billed seconds, charge (cost x 1.25, rounded to 4 decimals half up), carrier's cost; by hand:
#   44: fee 0.00125 + 0.0125 * 2 / 60 = 0.001666… -> 0.0017    cost 0.0010 + 0.0100 * 2 / 60 = 0.001333… -> 0.0013
#   31: 0.0250 * 60 / 60 = 0.0250                                cost 0.0200
#   49: 0.6000 * 3 / 60 = 0.0300                                 cost 0.4800 * 3 / 60 = 0.0240
TABLE = [("442079460001", 1200, 2, "0.0017", "0.0013"), ("31201234567", 300, 60, "0.0250", "0.0200"), ("4930123456", 2300, 3, "0.0300", "0.0240")]


def described(appliance: Appliance, trunk_port: int, transport: str = "udp") -> None:
    appliance.apply(
        shop(
            trunk_port,
            rates=RATES,
            trunk={"username": "shop", "password": "carrier-secret", "transport": transport},
            customers=[customer("Alice", ALICE, balance="10.00"), customer("Bob", BOB, balance="0.00")],
        )
    )


@pytest.mark.meets("sipp", "a phone calls, a carrier with digest answers", "UDP, TCP")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_calls_through_a_carrier_agree_with_the_table(appliance: Appliance, peers: Peers, transport: str) -> None:
    mode = "u1" if transport == "udp" else "t1"
    trunk_port = sip_port()
    described(appliance, trunk_port, transport)
    appliance.serve()
    remote = f"127.0.0.1:{appliance.sip_port}"
    peers.start("register", sipp.register(), remote=remote, users=[(ALICE, f"secret-{ALICE}", "")], transport=mode).succeed()
    carrier = peers.start("carrier", sipp.callee(challenge=("shop", "carrier-secret")), calls=len(TABLE), port=trunk_port, transport=mode)
    talked: dict[str, float] = {}
    for number, (dialled, talk_ms, *_) in enumerate(TABLE):
        alice = peers.start(
            f"alice{number}", sipp.caller(), remote=remote, users=[(ALICE, f"secret-{ALICE}", dialled)], pause_ms=talk_ms, transport=mode
        )
        alice.succeed()
        talked[dialled] = 1000 * (alice.moments("BYE")[0] - alice.moments("SIP/2.0 200")[0])  # a busy machine lets it talk longer
    carrier.succeed()
    cdrs = {row["dialled"]: row for row in appliance.cdrs()}
    assert len(cdrs) == len(TABLE)
    for dialled, talk_ms, billed, price, cost in TABLE:
        row = cdrs[dialled]
        assert (row["billed_seconds"], row["result"], row["cause"], row["ended_by"]) == (billed, 200, "normal", "caller")
        assert talked[dialled] >= talk_ms - 60 and talked[dialled] - 60 <= row["duration_ms"] <= talked[dialled] + 250
        assert [(one["level"], one["party"], Decimal(one["amount"])) for one in row["charges"]] == [(0, "Alice", Decimal(price))]
        assert Decimal(row["cost"]) == Decimal(cost)
        assert (row["customer"], row["endpoint"], row["trunk"], row["normalised"]) == ("Alice", ALICE, "carrier", dialled)
        assert row["source"].endswith(f"/{transport}") and row["user_agent"] == "sipp phone" and row["trunk_call_id"]
    assert Decimal(appliance.balance("alice")) == Decimal("9.9433")  # 10 - 0.0017 - 0.0250 - 0.0300
    ledger = appliance.rows("ledger")
    assert sum(Decimal(line["amount"]) for line in ledger) == 0
    assert sorted(Decimal(line["amount"]) for line in ledger if line["account"] == "alice") == [
        Decimal(x) for x in ("-0.0300", "-0.0250", "-0.0017", "10.00")
    ]
    appliance.verify()
    assert appliance.stop() == 0
    assert {row["dialled"] for row in appliance.cdrs()} == set(cdrs)
    appliance.verify()


@pytest.mark.meets("sipp", "phone calls phone", "UDP")
def test_phones_call_each_other_by_number_for_nothing(appliance: Appliance, peers: Peers) -> None:
    described(appliance, sip_port())
    appliance.serve()
    remote = f"127.0.0.1:{appliance.sip_port}"
    bob = peers.start("register-bob", sipp.register(), remote=remote, users=[(BOB, f"secret-{BOB}", "")])
    bob.succeed()
    answering = peers.start("bob", sipp.callee(), port=bob.port)
    peers.start("alice", sipp.caller(), remote=remote, users=[(ALICE, f"secret-{ALICE}", BOB)], pause_ms=400).succeed()
    answering.succeed()
    (row,) = appliance.cdrs()
    assert (row["dialled"], row["result"], row["trunk"], row["callee"]) == (BOB, 200, None, f"127.0.0.1:{bob.port}/udp")
    assert sum(Decimal(one["amount"]) for one in row["charges"]) == 0
    assert Decimal(appliance.balance("alice")) == 10
    appliance.verify()


def test_a_restart_loses_no_registration(appliance: Appliance, peers: Peers) -> None:
    described(appliance, sip_port())
    appliance.serve()
    remote = f"127.0.0.1:{appliance.sip_port}"
    bob = peers.start("register-bob", sipp.register(), remote=remote, users=[(BOB, f"secret-{BOB}", "")])
    bob.succeed()
    before = appliance.rows("bindings")
    assert [(row["endpoint"], row["source"], row["transport"]) for row in before] == [(BOB, f"127.0.0.1:{bob.port}", "udp")]
    appliance.kill()
    appliance.serve()
    assert appliance.rows("bindings") == before
    answering = peers.start("bob", sipp.callee(), port=bob.port)
    peers.start("alice", sipp.caller(), remote=remote, users=[(ALICE, f"secret-{ALICE}", BOB)], pause_ms=200).succeed()
    answering.succeed()


@pytest.mark.meets("sipp", "BYE of the callee, 486, CANCEL", "UDP")
def test_the_other_side_hangs_up_and_an_unanswered_call_costs_nothing(appliance: Appliance, peers: Peers) -> None:
    trunk_port = sip_port()
    described(appliance, trunk_port)
    appliance.serve()
    remote = f"127.0.0.1:{appliance.sip_port}"
    users = [(ALICE, f"secret-{ALICE}", "442079460001")]
    carrier = peers.start("carrier", sipp.callee(hangs_up_after_ms=1200), port=trunk_port)
    peers.start("alice", sipp.caller_cut(5000), remote=remote, users=users).succeed()
    carrier.succeed()
    busy = peers.start("busy", sipp.callee_refuses("486 Busy Here"), port=trunk_port)
    peers.start("alice-busy", sipp.caller_refused(486), remote=remote, users=users).succeed()
    busy.succeed()
    rings = peers.start("rings", sipp.callee_rings_only(), port=trunk_port)
    peers.start("alice-cancels", sipp.caller_cancels(), remote=remote, users=users, pause_ms=300).succeed()
    rings.succeed()
    rows = sorted(appliance.cdrs(), key=lambda row: str(row["started_at"]))
    assert [(row["result"], row["cause"], row["ended_by"], row["billed_seconds"]) for row in rows] == [
        (200, "normal", "callee", 2),
        (486, "busy", "callee", 0),
        (487, "cancelled", "caller", 0),
    ]
    assert Decimal(appliance.balance("alice")) == Decimal("9.9983")
    appliance.verify()


def test_without_funds_a_priced_call_is_refused_and_a_wrong_password_never_gets_in(appliance: Appliance, peers: Peers) -> None:
    described(appliance, sip_port())
    appliance.serve()
    remote = f"127.0.0.1:{appliance.sip_port}"
    peers.start("bob", sipp.caller_refused(402), remote=remote, users=[(BOB, f"secret-{BOB}", "442079460001")]).succeed()
    wrong = peers.start("wrong", sipp.register(), remote=remote, users=[(ALICE, "guess", "")], timeout_s=3)
    assert wrong.wait(10) != 0
    (row,) = appliance.cdrs()
    assert (row["result"], row["cause"], row["customer"]) == (402, "no_funds", "Bob")
    assert appliance.rows("bindings") == []
    said = appliance.run("trace", str(row["id"]), "--data", str(appliance.data)).stdout
    assert "Tollhouse refused" in said and "402 Not enough credit" in said.splitlines()[0] and "INVITE (SDP)" in said
    (refused,) = appliance.rows("refusals")
    assert (refused["name"], refused["endpoint"], refused["method"], refused["words"]) == (ALICE, ALICE, "REGISTER", "The password is wrong.")
    said = appliance.run("refusals", str(refused["id"]), "--data", str(appliance.data)).stdout
    assert said.startswith("The password is wrong.") and "401 Unauthorized" in said and "Authorization: (taken out)" in said
    assert "not kept" in appliance.run("refusals", "999", "--data", str(appliance.data), code=1).stderr


def test_live_calls_and_status_are_seen_while_they_run(appliance: Appliance, peers: Peers) -> None:
    trunk_port = sip_port()
    described(appliance, trunk_port)
    appliance.serve()
    remote = f"127.0.0.1:{appliance.sip_port}"
    carrier = peers.start("carrier", sipp.callee(), port=trunk_port)
    alice = peers.start("alice", sipp.caller_cut(60_000), remote=remote, users=[(ALICE, f"secret-{ALICE}", "4930123456")])
    row = wait_for(lambda: next((one for one in appliance.rows("calls") if one["state"] == "answered"), None), 20, "a running call")
    assert (row["customer"], row["dialled"]) == ("Alice", "4930123456") and Decimal(row["consumed"]) >= Decimal("0.01") and row["runs_out_at"]
    (account,) = [one for one in appliance.rows("balances") if one["account"] == "alice"]
    assert Decimal(account["reserved"]) > 0
    appliance.run("status", "--data", str(appliance.data))
    appliance.do("calls.hang_up", {"id": row["id"]})
    alice.succeed()
    carrier.succeed()
    assert appliance.rows("calls") == []
