"""A disk that takes nothing more: calls are refused, emergency calls are not, the alarm says so, the books stay whole, and calls go on once
there is room."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.demo_loop import AgentLoop
from tests.helpers.appliance import Appliance, wait_for
from tests.helpers.phone import Phone, peers
from tests.helpers.shop import customer, rate, shop
from tests.helpers.trunk import Answer, ScriptedTrunk

ALICE, DIALLED = "1000001", "442079460001"


@pytest.fixture
def loop() -> Iterator[AgentLoop]:
    with peers() as running:
        yield running


@pytest.fixture
def appliance(tmp_path: Path, loop: AgentLoop) -> Iterator[Appliance]:
    trunk = ScriptedTrunk(
        loop, credentials=("shop", "carrier-secret"), frequency=620.0, rules={"44": Answer(rings=180, after=0.1), "112": Answer(after=0.1)}
    )
    one = Appliance(tmp_path)
    one.apply(
        shop(
            trunk.port,
            rates=[rate("44", "United Kingdom", "0.0480")],
            trunk={"username": "shop", "password": "carrier-secret", "emergency": True},
            customers=[customer("Alice", ALICE, balance="5.00")],
        )
    )
    one.serve("--set", "calls.heartbeat_seconds=0.5", "--media", "127.0.0.1:37200-37399")
    yield one
    one.kill()
    trunk.close()
    one.assert_clean_log()


def limit(appliance: Appliance, size: int) -> None:
    """No file of the server may be written beyond that: what a full disk is to it."""
    assert appliance.process is not None
    resource.prlimit(appliance.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def alarm(appliance: Appliance) -> bool:
    return any(each["code"] == "alert.not_recorded" for each in appliance.do("alerts.list", {})["alerts"])


def test_calls_are_refused_while_the_disk_is_full_and_go_on_after(appliance: Appliance, loop: AgentLoop) -> None:
    alice = Phone(loop, ("127.0.0.1", appliance.sip_port), ALICE, f"secret-{ALICE}", domain="sip.example.test", frequency=440.0)
    assert alice.register(), alice.register_status
    running = alice.call_answered(DIALLED)
    limit(appliance, 1)
    wait_for(lambda: alarm(appliance), 30, "the alarm")
    assert alice.call_refused(DIALLED) in (500, 503), "a call that cannot be recorded must not be put through"
    checked = json.loads(appliance.run("check", "--format", "json", "--data", str(appliance.data), code=1).stdout)
    assert [each["name"] for each in checked["lines"] if each["state"] == "fail"] == ["writing"]
    urgent = alice.call_answered("112")  # an emergency call asks no record
    assert urgent.wait("answered", 1) and urgent.hears(620.0)
    urgent.hang_up()
    assert running.state == "answered", "what runs goes on"
    limit(appliance, resource.RLIM_INFINITY)
    wait_for(lambda: not alarm(appliance), 30, "the alarm ends")
    running.hang_up()
    alice.call_answered(DIALLED).hang_up()
    answered = wait_for(lambda: [row for row in appliance.cdrs() if row["result"] == 200][2:], 20, "the records of all three calls")
    (help_came,) = [row for row in appliance.cdrs() if row["dialled"] == "112"]
    assert help_came["result"] == 200 and not help_came["charges"]
    assert all(row["charges"] for row in answered if row["dialled"] != "112")
    appliance.verify()
    assert appliance.stop() == 0
    appliance.verify()
