"""Trunks that fail rest, incoming numbers cost and fail over, bans are lifted: in the services."""

from __future__ import annotations

import json

import pytest

from appliance.errors import UserError
from appliance.services.calls.call_record import Accepted, Denied, Ended, Heard
from appliance.services.ground.access import folder_owner
from appliance.store.guard import BanRow
from appliance.wire.answers import NumberAsk
from appliance.wire.description import ExportRequest
from appliance.wire.guard import BanLift, LimitsSet
from appliance.wire.shapes import ById
from appliance.wire.trunks import NumberRule, TrunkNumber, TrunkUpdate
from tests.services.shop import MICROS, Shop, Simple

OWNER = folder_owner()
NUMBER = "442079460001"


def failing(shop: Shop, simple: Simple, times: int, trunk: int, status: int = 503) -> None:
    """Calls that this trunk did not take."""
    for _ in range(times):
        call = shop.begin(simple.alice, NUMBER)
        shop.services.changes.begin()
        shop.calls.route_failed(call, trunk, status)
        shop.commit()
        shop.end(call, "refused", "server", status, trunk)


def order(shop: Shop, simple: Simple, number: str = NUMBER) -> list[str]:
    answer = shop.attempt(simple.alice, number)
    assert isinstance(answer, Accepted), answer
    shop.end(answer.call, "cancelled", "caller", 487)
    return [f"{place.trunk}:{place.number}" for place in answer.places]


@pytest.fixture
def two(shop: Shop) -> tuple[Simple, int]:
    shop.clock.advance(12 * 3600)
    simple = Simple(shop, "100.00")
    other = shop.trunk(simple.root, "other", simple.cost)
    with shop.services.changes.unit():
        row = shop.store.routes.find(simple.root, "")
        assert row is not None
        shop.store.routes.set_trunks(row.id, [(simple.trunk, 1), (other, 1)])
        shop.services.changes.note("route", row.id)
    return simple, other


def test_a_trunk_that_fails_is_tried_last_until_a_call_over_it_succeeds(shop: Shop, two: tuple[Simple, int]) -> None:
    simple, other = two
    failing(shop, simple, 9, simple.trunk)
    assert order(shop, simple)[0].startswith(f"{simple.trunk}:")
    failing(shop, simple, 2, simple.trunk)
    assert [each.split(":")[0] for each in order(shop, simple)] == [str(other), str(simple.trunk)]
    trunk = shop.services.nouns.trunks.get(OWNER, ById(simple.trunk))
    assert trunk.health is not None and trunk.health.failed >= 10 and trunk.health.resting_until is not None
    [alert] = [each for each in shop.services.nouns.alerts.list(OWNER).alerts if each.code == "alert.trunk_rests"]
    assert (alert.id, alert.severity) == (simple.trunk, "error")
    shop.crash()
    shop.start()
    assert order(shop, simple)[0].startswith(f"{other}:"), "the records tell it after a restart"
    shop.clock.advance(61)
    call = shop.answer(shop.begin(simple.alice, NUMBER), simple.trunk)
    shop.clock.advance(30)
    shop.end(call, trunk=simple.trunk)
    assert order(shop, simple)[0].startswith(f"{simple.trunk}:")


def test_busy_numbers_make_no_trunk_rest(shop: Shop, two: tuple[Simple, int]) -> None:
    simple, _ = two
    for _ in range(20):
        shop.end(shop.begin(simple.alice, NUMBER), "busy", "callee", 486, simple.trunk)
    assert order(shop, simple)[0].startswith(f"{simple.trunk}:")


def test_dead_air_is_told_and_given_back_where_the_shop_wants_it(shop: Shop, two: tuple[Simple, int]) -> None:
    simple, _ = two
    with shop.services.changes.unit():
        shop.services.nouns.configuration.put(OWNER, "trunks.refund_dead_air", True)
    before = shop.balance(simple.account)
    for at in range(12):
        call = shop.answer(shop.begin(simple.alice, NUMBER), simple.trunk)
        shop.clock.advance(60)
        shop.services.changes.begin()
        heard = Heard(True, 3000 if at else 6000, 0, 0, callee_packets=0 if at else 3000)
        shop.calls.finish(Ended(call, 200, "normal", "caller", simple.trunk, "", "", heard, shop.clock.monotonic()))
        shop.commit()
    assert before - shop.balance(simple.account) == 13_800, "one call was heard, and is paid"
    assert "alert.trunk_dead_air" in {each.code for each in shop.services.nouns.alerts.list(OWNER).alerts}
    shop.verify()


def test_rules_hours_and_calls_a_second_of_a_trunk(shop: Shop, two: tuple[Simple, int]) -> None:
    simple, other = two
    trunks = shop.services.nouns.trunks
    trunks.update(OWNER, TrunkUpdate(simple.trunk, rules=[NumberRule("44", 2, "0")], caller_rules=[NumberRule("", 0, "+")], main_number="31201"))
    assert order(shop, simple) == [f"{simple.trunk}:02079460001", f"{other}:{NUMBER}"]
    answer = shop.attempt(simple.alice, NUMBER)
    assert isinstance(answer, Accepted) and answer.places[0].caller == "+31201"
    shop.end(answer.call, "cancelled", "caller", 487)
    trunks.update(OWNER, TrunkUpdate(simple.trunk, hours="18:00-06:00"))
    assert order(shop, simple) == [f"{other}:{NUMBER}"], "it is noon"
    trunks.update(OWNER, TrunkUpdate(simple.trunk, hours=""))
    shop.services.nouns.limits.set(OWNER, LimitsSet("trunk", simple.trunk, calls_per_second=1))
    shop.clock.advance(2)
    assert [len(order(shop, simple)) for _ in range(2)] == [2, 1]
    for wrong in ({"hours": "8-20"}, {"rules": [NumberRule("x")]}):
        with pytest.raises(UserError):
            trunks.update(OWNER, TrunkUpdate(simple.trunk, **wrong))  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r"limit\.not_of_trunks"):
        shop.services.nouns.limits.set(OWNER, LimitsSet("trunk", simple.trunk, countries=["NL"]))


def test_prefixes_of_a_trunk_keep_numbers_away_from_it_alone(shop: Shop, two: tuple[Simple, int]) -> None:
    simple, other = two
    limits = shop.services.nouns.limits
    limits.set(OWNER, LimitsSet("trunk", simple.trunk, blocked=["44"]))
    assert order(shop, simple) == [f"{other}:{NUMBER}"]
    limits.set(OWNER, LimitsSet("trunk", simple.trunk, allowed=["4420"]))
    assert order(shop, simple) == [f"{simple.trunk}:{NUMBER}", f"{other}:{NUMBER}"], "the longer prefix decides"
    for trunk in (simple.trunk, other):
        limits.set(OWNER, LimitsSet("trunk", trunk, allowed=["1"], blocked=[]))
    refused = shop.attempt(simple.alice, NUMBER)
    assert isinstance(refused, Denied) and (refused.cause, refused.status) == ("blocked", 403)
    assert shop.services.nouns.pricing.answers.explain(OWNER, NumberAsk(NUMBER, customer=simple.customer)).would == "blocked"


def test_the_longest_call_of_a_trunk_ends_those_that_were_answered_over_it(shop: Shop, two: tuple[Simple, int]) -> None:
    simple, other = two
    limits = shop.services.nouns.limits
    limits.set(OWNER, LimitsSet("trunk", simple.trunk, max_seconds=60))
    limits.set(OWNER, LimitsSet("customer", simple.customer, max_seconds=90))
    short, long = (shop.answer(shop.begin(simple.alice, NUMBER), trunk) for trunk in (simple.trunk, other))
    shop.clock.advance(59)
    assert shop.calls.limits_reached(shop.clock.monotonic()) == []
    shop.calls.rebuild()  # as after a unit of work that was lost
    shop.clock.advance(1)
    assert shop.calls.limits_reached(shop.clock.monotonic()) == [(short, "limit")]
    shop.end(short, "limit", "server", trunk=simple.trunk)
    shop.clock.advance(30)
    assert shop.calls.limits_reached(shop.clock.monotonic()) == [(long, "limit")], "the customer's, also after the rebuild"
    shop.end(long, "limit", "server", trunk=other)
    shop.verify()


def test_a_trunk_that_has_cost_enough_today_takes_no_more_calls_until_tomorrow(shop: Shop, two: tuple[Simple, int]) -> None:
    simple, other = two
    limits = shop.services.nouns.limits
    view = limits.set(OWNER, LimitsSet("trunk", simple.trunk, day="0.02"))
    assert (view.day, view.currency) == ("0.02", "EUR")

    def talk() -> None:
        call = shop.answer(shop.begin(simple.alice, NUMBER), simple.trunk)
        shop.clock.advance(60)
        shop.end(call, trunk=simple.trunk)

    talk()
    assert len(order(shop, simple)) == 2
    shop.crash()
    shop.start()
    assert len(order(shop, simple)) == 2
    for _ in range(3):
        talk()
    assert [each.split(":")[0] for each in order(shop, simple)] == [str(other)]
    shop.crash()
    shop.start()
    assert [each.split(":")[0] for each in order(shop, simple)] == [str(other)], "a restart forgives nothing"
    shop.clock.advance(86_400)
    assert len(order(shop, simple)) == 2


def test_an_incoming_number_costs_a_minute_and_a_month_and_fails_over(shop: Shop) -> None:
    simple = Simple(shop, "10.00")
    desk = shop.endpoint(simple.customer, "1000002", registered=True)
    did = TrunkNumber("31880001", "1000001", ["1000009", "1000002"], "0.06", "3.00")
    view = shop.services.nouns.trunks.update(OWNER, TrunkUpdate(simple.trunk, numbers=[did]))
    assert (view.numbers[0].failover, view.numbers[0].price_per_minute, view.numbers[0].monthly_fee) == (["1000009", "1000002"], "0.06", "3.00")
    after_fee = shop.balance(simple.account)
    assert after_fee < 10 * MICROS, "the month is taken at once"
    answer = shop.attempt(None, "31880001", trunk=simple.trunk)
    assert isinstance(answer, Accepted) and [place.endpoint for place in answer.places] == [desk], "alice is not there, nobody has 1000009"
    shop.end(answer.call, "cancelled", "caller", 487)
    shop.services.nouns.trunks.update(OWNER, TrunkUpdate(simple.trunk, numbers=[TrunkNumber("31880001", "1000002", [])]))
    call = shop.answer(shop.attempt(None, "31880001", trunk=simple.trunk).call)  # type: ignore[union-attr]
    shop.clock.advance(60)
    shop.end(call)
    assert after_fee - shop.balance(simple.account) == 60_000
    shop.verify()


def test_bans_are_listed_and_lifted_without_a_server_too(shop: Shop) -> None:
    Simple(shop)
    now, bans = shop.clock.utcnow(), shop.services.nouns.bans
    with shop.services.changes.unit():
        shop.store.guard.set_bans([BanRow("user", "192.0.2.7", "1000001", "password", now, now + 300_000, 1)])
    [ban] = bans.list(OWNER).bans
    assert (ban.endpoint, ban.words) == ("1000001", "Too many wrong passwords.")
    bans.allow(OWNER, BanLift("user", "192.0.2.7", "1000001"))
    said = bans.list(OWNER)
    assert (said.bans, said.exempt) == ([], ["192.0.2.7"])
    with pytest.raises(UserError, match=r"ban\.unknown"):
        bans.lift(OWNER, BanLift("user", "192.0.2.7", "1000001"))


def test_one_number_one_answer_knows_the_guard_and_asks_it_nothing_twice(shop: Shop) -> None:
    shop.clock.advance(12 * 3600)
    simple = Simple(shop, "10.00")
    answers = shop.services.nouns.pricing.answers
    assert answers.explain(OWNER, NumberAsk("4990012345", customer=simple.customer)).would == "high_risk"
    assert answers.explain(OWNER, NumberAsk(NUMBER, customer=simple.customer)).would == "allowed"
    shop.services.nouns.limits.set(OWNER, LimitsSet("customer", simple.customer, blocked=["44"]))
    assert answers.explain(OWNER, NumberAsk(NUMBER, customer=simple.customer)).would == "barred"


def test_the_tls_name_of_a_trunk_is_exact_and_its_own(shop: Shop, two: tuple[Simple, int]) -> None:
    simple, other = two
    trunks = shop.services.nouns.trunks
    assert trunks.update(OWNER, TrunkUpdate(simple.trunk, tls_name=" SIP.Carrier.example. ")).tls_name == "sip.carrier.example"
    assert shop.services.hot.trunk_names == {"sip.carrier.example": simple.trunk}
    for wrong in ("*.carrier.example", "192.0.2.1", "2001:db8::1", "carrier example"):
        with pytest.raises(UserError, match=r"host\.invalid"):
            trunks.update(OWNER, TrunkUpdate(other, tls_name=wrong))
    with pytest.raises(UserError, match=r"trunk\.tls_name_taken"):
        trunks.update(OWNER, TrunkUpdate(other, tls_name="sip.carrier.example"))
    exported = [each.get("tls_name") for each in json.loads(shop.services.nouns.export.export(OWNER, ExportRequest()).text)["trunks"]]
    assert exported == ["sip.carrier.example", None]
    assert trunks.update(OWNER, TrunkUpdate(other, emergency_location=True)).emergency_location
    exported = [each.get("emergency_location") for each in json.loads(shop.services.nouns.export.export(OWNER, ExportRequest()).text)["trunks"]]
    assert exported == [None, True]
    trunks.update(OWNER, TrunkUpdate(simple.trunk, tls_name="", disabled=True))
    assert trunks.update(OWNER, TrunkUpdate(other, tls_name="sip.carrier.example")).tls_name == "sip.carrier.example"
    assert shop.services.hot.trunk_names == {"sip.carrier.example": other}
