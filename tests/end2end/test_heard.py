"""What a caller hears of us, with ears that are not ours: the balance, a refusal, the tone before credit ends; and a carrier without a sound."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance import paths
from appliance.demo_loop import AgentLoop
from tests.helpers.appliance import Appliance, sip_port, wait_for
from tests.helpers.baresip import Baresip
from tests.helpers.phone import peers
from tests.helpers.shop import customer, rate, shop
from tests.helpers.sipp import Sipp, callee
from tests.helpers.tone import linear_from_ulaw
from tests.helpers.trunk import ScriptedTrunk

pytestmark = pytest.mark.needs("baresip", "sipp")
RICH, POOR = "1000001", "1000002"
HUM = 620


@pytest.fixture
def loop() -> Iterator[AgentLoop]:
    with peers() as running:
        yield running


@pytest.fixture
def carrier(loop: AgentLoop) -> Iterator[ScriptedTrunk]:
    one = ScriptedTrunk(loop, frequency=float(HUM))
    yield one
    one.close()


@pytest.fixture
def appliance(tmp_path: Path, carrier: ScriptedTrunk) -> Iterator[Appliance]:
    one = Appliance(tmp_path)
    one.apply(
        shop(
            carrier.port,
            rates=[rate("44", "United Kingdom", "0.4800", first_increment=1, next_increment=1), rate("49", "Germany", "0.4800")],
            trunk={"media": "always"},
            customers=[
                customer("Rich", RICH, balance="0.25", language="es", endpoint={"media": "always"}),
                customer("Poor", POOR, balance="0.00"),
            ],
        )
    )
    values = {"announcements.no_credit": "true", "announcements.language": "nl", "calls.low_credit_seconds": "24", "trunks.refund_dead_air": "true"}
    sets = [part for key, value in values.items() for part in ("--set", f"{key}={value}")]
    one.serve("--media", "127.0.0.1:37600-37799", *sets)
    yield one
    one.kill()
    one.assert_clean_log()


def listener(appliance: Appliance, folder: Path, number: str) -> Baresip:
    one = Baresip(folder, number=number, password=f"secret-{number}", server=f"127.0.0.1:{appliance.sip_port}", domain="sip.example.test")
    one.wait("REGISTER_OK")
    return one


def sound(folder: Path) -> tuple[float, float]:
    """(seconds, root mean square of what is no silence) of the longest thing that a phone heard."""
    found = [(0.0, 0.0)]
    for file in folder.glob("dump-*-dec.wav"):
        with wave.open(str(file)) as heard:
            frames, step = heard.readframes(heard.getnframes()), 2 * heard.getnchannels()
            rate_ = heard.getframerate()
        samples = [int.from_bytes(frames[at : at + 2], "little", signed=True) for at in range(0, len(frames) - 1, step)]
        found.append((len(samples) / rate_, loudness(samples)))
    return max(found)


def loudness(samples: list[int]) -> float:
    loud = [each * each for each in samples if abs(each) > 200]
    return (sum(loud) / len(loud)) ** 0.5 if loud else 0.0


def spoken(language: str, *names: str) -> tuple[float, float]:
    """What these announcements are, as they lie in the resources."""
    folder = paths.resources() / "announcements" / language
    said = b"".join((folder / f"{name}.ul").read_bytes() for name in names)
    return len(said) / 8000, loudness([linear_from_ulaw(code) for code in said])


def assert_heard(folder: Path, told: tuple[float, float]) -> None:
    seconds, level = sound(folder)
    assert 0.9 * told[0] - 0.3 <= seconds <= told[0] + 1.0, (seconds, told)
    assert 0.8 * told[1] <= level <= 1.25 * told[1], (level, told)


def dialled(appliance: Appliance, calls: dict[Baresip, str]) -> None:
    """Calls that are refused, until each phone was spoken to: the relay starts with the first that needs it, which does not wait for it."""

    def told() -> bool:
        left = {phone: number for phone, number in calls.items() if not list(phone.folder.glob("dump-*-dec.wav"))}
        for phone, number in left.items():
            phone.events.clear()
            phone.command("dial", f"sip:{number}@127.0.0.1:{appliance.sip_port}")
        for phone in left:
            phone.wait("CALL_CLOSED", 20)
        return not left

    wait_for(told, 60, "announcements")


def lasted(appliance: Appliance, seconds: int) -> None:
    """Until the running call, which costs a cent a second, has lasted so long."""
    wait_for(lambda: [each for each in appliance.do("calls.list", {})["calls"] if float(each["consumed"]) >= seconds / 100], 30, f"{seconds} seconds")


@pytest.mark.meets("baresip", "hears its balance and a refusal spoken, and the tone before its credit ends", "UDP")
def test_balance_refusal_and_warning_are_heard(appliance: Appliance, tmp_path: Path) -> None:
    rich = listener(appliance, tmp_path / "rich", RICH)
    poor = listener(appliance, tmp_path / "poor", POOR)
    try:
        dialled(appliance, {rich: "*44", poor: "442079460001"})
        assert_heard(rich.folder, spoken("es", "balance", "0", "point", "2", "5", "eur"))  # in the customer's language
        assert_heard(poor.folder, spoken("nl", "no_credit"))  # in the shop's, where the customer has none
        for file in rich.folder.glob("dump-*.wav"):
            file.unlink()
        rich.events.clear()
        rich.command("dial", f"sip:442079460001@127.0.0.1:{appliance.sip_port}")
        rich.wait("CALL_ESTABLISHED")  # 25 seconds at 0.60 a minute: one until the tone
        lasted(appliance, 4)
        rich.command("hangup")
        rich.wait("CALL_CLOSED")
    finally:
        rich.stop()
        poor.stop()
    assert rich.heard(HUM) > 0.9 and rich.heard(1400) > 0.7
    causes = {(row["direction"], row["cause"], row["result"]) for row in appliance.cdrs()}
    assert causes == {("service", "normal", 480), ("out", "no_funds", 402), ("out", "normal", 200)}


@pytest.mark.meets("sipp", "a carrier that answers and sends no sound; the call is given back", "UDP")
def test_a_carrier_without_sound_is_seen_and_its_calls_are_given_back(appliance: Appliance, tmp_path: Path) -> None:
    dead = Sipp(tmp_path / "sipp", callee(), "dead", port=sip_port()).start()
    trunk = appliance.do("trunks.create", {"name": "dead", "host": "127.0.0.1", "port": dead.port, "cost_tariff": "cost", "media": "always"})
    appliance.do("routes.set", {"prefix": "49", "trunks": ["dead"]})
    rich = listener(appliance, tmp_path / "rich", RICH)
    try:
        rich.command("dial", f"sip:4930123456@127.0.0.1:{appliance.sip_port}")
        rich.wait("CALL_ESTABLISHED")
        lasted(appliance, 4)
        rich.command("hangup")
        rich.wait("CALL_CLOSED")
        (row,) = wait_for(appliance.cdrs, 20, "the call record")
    finally:
        rich.stop()
        dead.stop()
    assert row["media"]["relayed"]
    shown = appliance.do("cdrs.get", {"id": row["id"]})
    assert float(shown["amount"]) > 0
    (account,) = [each for each in appliance.rows("balances") if each["account"] == "rich"]
    assert float(account["balance"]) == 0.25
    corrected = appliance.do("cdrs.corrections", {"id": row["id"]})
    assert "No sound from the carrier" in str(corrected)
    health = appliance.do("trunks.get", {"id": trunk["id"]})["health"]
    assert (health["heard"], health["dead"]) == (1, 1)
    appliance.verify()
