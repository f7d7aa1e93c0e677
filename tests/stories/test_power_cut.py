"""SIGKILL at any moment under call load: what was answered is charged once, and nothing is lost or doubled."""

from __future__ import annotations

import random
import time
from decimal import Decimal

import pytest

from tests.helpers import sipp
from tests.helpers.appliance import Appliance, sip_port, wait_for
from tests.helpers.shop import customer, rate, shop
from tests.stories.conftest import Peers

NUMBERS = [f"10000{number:02d}" for number in range(1, 11)]
RATES = [rate("44", "United Kingdom", "0.0480"), rate("49", "Germany", "0.4800")]


def described(appliance: Appliance, trunk_port: int) -> None:
    customers = [customer(f"C{number}", number, balance="5.00") for number in NUMBERS]
    appliance.apply(shop(trunk_port, rates=RATES, customers=customers))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_under_load_every_answered_call_is_charged_once(appliance: Appliance, peers: Peers, seed: int) -> None:
    trunk_port = sip_port()
    described(appliance, trunk_port)
    appliance.serve()
    peers.start("carrier", sipp.callee(), port=trunk_port, calls=100_000)
    users = [(number, f"secret-{number}", "442079460001") for number in NUMBERS]
    load = peers.start("load", sipp.caller(), remote=f"127.0.0.1:{appliance.sip_port}", users=users, calls=100_000, rate=40, pause_ms=700)
    wait_for(lambda: len(load.moments("SIP/2.0 200")) > 60, 20, "some calls")
    time.sleep(random.Random(seed).random())
    appliance.kill()
    load.stop()
    answered = load.answered_calls()
    appliance.serve()
    rows = appliance.cdrs()
    by_id = [row["call_id"] for row in rows if row["answered_at"]]
    assert len(by_id) == len(set(by_id))
    assert answered <= set(by_id)  # a 200 that left was recorded before it left
    crashed = [row for row in rows if row["cause"] == "crash"]
    assert crashed
    for row in rows:
        if row["answered_at"]:
            seconds = row["billed_seconds"]
            assert [Decimal(one["amount"]) for one in row["charges"]] == [Decimal(seconds) / 1000]  # 0.06 a minute
    spent = sum((Decimal(one["amount"]) for row in rows for one in row["charges"]), Decimal(0))
    assert sum((Decimal(appliance.balance(f"c{number}")) for number in NUMBERS), Decimal(0)) == 50 - spent
    assert appliance.rows("calls") == []
    appliance.verify()


def test_both_phones_are_told_after_the_power_came_back(appliance: Appliance, peers: Peers) -> None:
    trunk_port = sip_port()
    described(appliance, trunk_port)
    appliance.serve()
    number = NUMBERS[0]
    carrier = peers.start("carrier", sipp.callee(), port=trunk_port)
    alice = peers.start("alice", sipp.caller_cut(20000), remote=f"127.0.0.1:{appliance.sip_port}", users=[(number, f"secret-{number}", "4930123456")])
    wait_for(lambda: any(row["state"] == "answered" for row in appliance.rows("calls")), 20, "the call")
    appliance.kill()
    appliance.serve()
    alice.succeed()
    carrier.succeed()
    (row,) = appliance.cdrs()
    assert row["cause"] == "crash" and Decimal(row["charges"][0]["amount"]) == Decimal(row["billed_seconds"]) / 100
    appliance.verify()


def test_a_graceful_stop_lets_short_calls_end_and_charges_the_rest(appliance: Appliance, peers: Peers) -> None:
    trunk_port = sip_port()
    described(appliance, trunk_port)
    appliance.serve("--drain", "2")
    number = NUMBERS[0]
    remote = f"127.0.0.1:{appliance.sip_port}"
    carrier = peers.start("carrier", sipp.callee(), port=trunk_port, calls=2)
    long = peers.start("long", sipp.caller_cut(20000), remote=remote, users=[(NUMBERS[1], f"secret-{NUMBERS[1]}", "442079460002")])
    wait_for(lambda: long.moments("SIP/2.0 200"), 20, "the long call")
    short = peers.start("short", sipp.caller(), remote=remote, users=[(number, f"secret-{number}", "442079460001")], pause_ms=1000)
    wait_for(lambda: short.moments("SIP/2.0 200"), 20, "the short call")
    assert appliance.stop() == 0
    short.succeed()
    long.succeed()
    carrier.succeed()
    assert {(row["dialled"], row["cause"]) for row in appliance.cdrs()} == {("442079460001", "normal"), ("442079460002", "shutdown")}
    assert all(len(row["charges"]) == 1 for row in appliance.cdrs())
    appliance.verify()
