"""Who is silenced, for how long, and who never as a whole."""

from __future__ import annotations

import pytest

from appliance.sip import guard as guard_module
from appliance.sip.guard import Ban, Guard, GuardSettings, source
from appliance.sip.policy import Flow

FLOW = Flow("udp", 0, "198.51.100.7", 5060)
OTHER = Flow("udp", 0, "198.51.100.7", 5070)
TRUNK = Flow("udp", 0, "203.0.113.1", 5060)


def guesses(guard: Guard, count: int, now: float = 0.0, flow: Flow = FLOW, username: str = "1001") -> None:
    for _ in range(count):
        guard.guessed(flow, username, False, now)


def test_ten_guesses_in_five_minutes() -> None:
    guard = Guard()
    guesses(guard, 9)
    assert guard.packet(FLOW, 1.0)
    guesses(guard, 1, 299.0)
    assert not guard.packet(FLOW, 299.0)
    assert not guard.packet(OTHER, 300.0)
    assert guard.packet(FLOW, 599.0)
    (news,) = guard.news()
    assert (news.ban.kind, news.ban.host, news.ban.reason, news.warned) == ("address", "198.51.100.7", "password", False)
    assert guard.news() == []


def test_slow_guesses_are_forgotten() -> None:
    guard = Guard()
    guesses(guard, 9)
    guesses(guard, 9, 301.0)
    assert guard.packet(FLOW, 302.0)


def test_silence_grows_and_is_forgotten() -> None:
    guard = Guard()
    lengths = []
    now = 0.0
    for _ in range(12):
        guesses(guard, 10, now)
        (ban,) = guard.bans(now)
        lengths.append(ban.until - now)
        now = ban.until
    assert lengths[:4] == [300, 600, 1200, 2400]
    assert lengths[-1] == 86400
    now += 90_000
    guesses(guard, 10, now)
    assert guard.bans(now)[0].until - now == 300


def test_too_many_packets() -> None:
    guard = Guard()
    passed = sum(guard.packet(FLOW, 0.01 * n) for n in range(150))
    assert passed == 100
    assert not guard.packet(FLOW, 100.0)
    assert guard.packet(FLOW, 400.0)


def test_a_steady_rate_passes() -> None:
    guard = Guard()
    assert all(guard.packet(FLOW, n * 0.021) for n in range(1000))


def test_a_live_address_is_never_silenced_as_a_whole() -> None:
    guard = Guard()
    guard.registered(FLOW.host, 1)
    guesses(guard, 10)
    assert guard.packet(FLOW, 1.0)
    assert not guard.request(FLOW, "1001", "", 1.0)
    assert guard.request(FLOW, "1002", "", 1.0)
    assert guard.news()[0].ban.kind == "user"


def test_each_name_counts_by_itself_where_a_phone_is_live() -> None:
    guard = Guard()
    guard.registered(FLOW.host, 1)
    for n in range(12):
        guesses(guard, 9, username=str(n))
    assert guard.bans(1.0) == []


def test_a_flood_from_a_live_address_silences_its_flow() -> None:
    guard = Guard()
    guard.registered(FLOW.host, 1)
    for n in range(101):
        guard.packet(FLOW, n * 0.001)
    assert not guard.packet(FLOW, 10.0)
    assert guard.packet(OTHER, 10.0)


def test_when_the_last_phone_goes_the_address_is_as_any_other() -> None:
    guard = Guard()
    guard.registered(FLOW.host, 2)
    guard.registered(FLOW.host, -1)
    assert guard.is_live(FLOW.host)
    guard.registered(FLOW.host, -1)
    guard.registered(FLOW.host, -1)
    assert not guard.is_live(FLOW.host)


def test_scanners() -> None:
    guard = Guard()
    assert not guard.request(FLOW, "100", "friendly-scanner", 0.0)
    assert not guard.packet(FLOW, 1.0)
    guard = Guard()
    guard.registered(FLOW.host, 1)
    assert not guard.request(FLOW, "100", "Friendly-Scanner 2", 0.0)
    assert guard.packet(FLOW, 1.0)
    assert guard.request(FLOW, "100", "Phone", 1.0)
    assert guard.news()[0].ban.kind == "agent"


def test_unreadable_messages() -> None:
    guard = Guard()
    for _ in range(50):
        guard.malformed(FLOW, 0.0)
    assert not guard.packet(FLOW, 1.0)


def test_exempt_networks_are_only_warned_about() -> None:
    guard = Guard(GuardSettings(exempt=("198.51.100.0/24",)))
    guesses(guard, 10)
    assert guard.packet(FLOW, 1.0)
    assert guard.news()[0].warned
    assert all(guard.packet(FLOW, 2.0) for _ in range(300))
    assert guard.request(FLOW, "", "sipvicious", 2.0)
    assert guard.bans(2.0) == []


def test_trunks_have_limits_of_their_own() -> None:
    guard = Guard()
    guard.trust_trunks(frozenset(("203.0.113.1",)))
    guesses(guard, 50, flow=TRUNK)
    assert sum(guard.packet(TRUNK, 0.0) for _ in range(3000)) == 2000
    assert guard.packet(TRUNK, 3.0)
    assert guard.bans(3.0) == []
    assert [news.warned for news in guard.news()] == [True]


def test_switched_off() -> None:
    guard = Guard()
    guesses(guard, 10)
    guard.configure(GuardSettings(enabled=False))
    assert guard.packet(FLOW, 1.0)
    assert guard.request(FLOW, "1001", "sipvicious", 1.0)
    guesses(guard, 100, 1.0)
    guard.malformed(FLOW, 1.0)
    assert guard.request(FLOW, "1001", "Phone", 1.0)
    assert guard.challenge_delay("1001", 1.0) == 0.0


def test_guesses_from_everywhere_slow_a_name_down() -> None:
    guard = Guard()
    delays = []
    for n in range(20):
        guesses(guard, 1, 0.0, Flow("udp", 0, f"198.51.100.{n}", 5060))
        delays.append(guard.challenge_delay("1001", 0.0))
    assert delays[:10] == [0.0] * 10
    assert delays[10:] == [1.0, 2.0, 4.0] + [8.0] * 7
    assert guard.challenge_delay("1002", 0.0) == 0.0
    assert guard.challenge_delay("1001", 301.0) == 0.0
    assert guard.bans(0.0) == []


def test_lifting() -> None:
    guard = Guard()
    guesses(guard, 10)
    assert guard.knows_names
    assert guard.lift("address", "198.51.100.7")
    assert guard.packet(FLOW, 1.0)
    assert not guard.lift("address", "198.51.100.7")
    guesses(guard, 10, 2.0)
    assert guard.bans(2.0)[0].times == 1


def test_bans_of_an_earlier_run() -> None:
    guard = Guard()
    guard.restore([Ban("address", "198.51.100.7", "", "password", 0.0, 100.0, 1)])
    assert not guard.packet(FLOW, 99.0)
    assert guard.packet(FLOW, 100.0)


def test_ipv6_counts_by_its_64() -> None:
    guard = Guard()
    for n in range(10):
        guesses(guard, 1, flow=Flow("udp", 0, f"2001:db8:1:2::{n:x}", 5060))
    assert not guard.packet(Flow("udp", 0, "2001:db8:1:2:ffff::1", 5060), 1.0)
    assert guard.packet(Flow("udp", 0, "2001:db8:1:3::1", 5060), 1.0)
    assert source("2001:db8:1:2::5") == "2001:0db8:0001:0002::/64"


def test_tables_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_module, "MAX_COUNTED", 5)
    monkeypatch.setattr(guard_module, "MAX_BANS", 5)
    guard = Guard()
    for n in range(50):
        flow = Flow("udp", 0, f"198.51.100.{n}", 5060)
        guard.packet(flow, 0.0)
        guesses(guard, 10, flow=flow, username=str(n))
    assert len(guard.bans(0.0)) == len(guard._rates) == len(guard._slow) == 5


def test_without_bans_names_are_not_looked_at() -> None:
    guard = Guard()
    assert not guard.knows_names
    assert guard.request(FLOW, "1001", "Phone", 0.0)
