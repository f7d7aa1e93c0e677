"""Who may call whom: limits, numbers, incoming calls, emergencies, who is shown to whom."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from appliance.services.calls.call_record import Accepted, Denied
from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.wire.changes import Change
from tests.services.shop import Shop, Simple, micros, rate


def denied(shop: Shop, endpoint: int | None, dialled: str, **other: object) -> tuple[int, str]:
    answer = shop.attempt(endpoint, dialled, **other)
    assert isinstance(answer, Denied), answer
    return answer.status, answer.cause


@pytest.mark.parametrize("whose", ["endpoint", "customer", "reseller"])
def test_limits_of_calls_at_once(shop: Shop, whose: str) -> None:
    it = Simple(shop)
    bob = shop.endpoint(it.customer, "1000002")
    table = {"endpoint": shop.store.endpoints, "customer": shop.store.customers, "reseller": shop.store.resellers}[whose]
    with shop.services.changes.unit():
        table.update({"endpoint": it.alice, "customer": it.customer, "reseller": it.root}[whose], {"max_calls": 1})
        shop.services.changes.note(whose)
    call = shop.begin(it.alice, "442079460001")
    assert denied(shop, it.alice, "442079460001") == (486, "limit")
    assert isinstance(shop.attempt(bob, "442079460001"), Accepted if whose == "endpoint" else Denied)
    shop.end(call, "cancelled", status=487)
    if whose != "endpoint":
        assert isinstance(shop.attempt(bob, "442079460001"), Accepted)


def test_a_full_trunk_is_passed_over_and_the_last_full_one_refuses(shop: Shop) -> None:
    it = Simple(shop)
    second = shop.trunk(it.root, "second", it.cost, max_calls=1, strip=2, prepend="9")
    with shop.services.changes.unit():
        shop.store.trunks.update(it.trunk, {"max_calls": 1})
        shop.services.changes.note("trunk", it.trunk)
    shop.route(it.root, "44", it.trunk, second)
    first = shop.attempt(it.alice, "442079460001")
    assert isinstance(first, Accepted)
    assert [(place.trunk, place.number) for place in first.places] == [(it.trunk, "442079460001"), (second, "92079460001")]
    again = shop.attempt(it.alice, "442079460001")
    assert isinstance(again, Accepted)
    assert [place.trunk for place in again.places] == [second]
    assert denied(shop, it.alice, "442079460001") == (503, "limit")
    shop.services.changes.begin()
    shop.calls.route_failed(first.call, it.trunk, 503)  # the first call now rings at the second trunk
    shop.commit()
    assert [place.trunk for place in shop.attempt(it.alice, "442079460001").places] == [it.trunk]  # type: ignore[union-attr]


def test_without_a_route_there_is_no_call(shop: Shop) -> None:
    root = shop.reseller()
    tariff = shop.tariff(root, "retail", rate("44", "0.01"))
    alice = shop.endpoint(shop.customer(root, "Alice", tariff, shop.account(root, "alice", "1.00")), "1000001")
    assert denied(shop, alice, "442079460001") == (404, "refused")
    assert shop.calls.reserved() == {}


@pytest.mark.parametrize("whose", ["endpoint", "customer", "reseller"])
def test_who_is_disabled_calls_nobody_but_the_rescue(shop: Shop, whose: str) -> None:
    it = Simple(shop)
    rescue = shop.trunk(it.root, "rescue", emergency=1)
    table = {"endpoint": shop.store.endpoints, "customer": shop.store.customers, "reseller": shop.store.resellers}[whose]
    with shop.services.changes.unit():
        table.update({"endpoint": it.alice, "customer": it.customer, "reseller": it.root}[whose], {"disabled": 1})
        shop.services.changes.note(whose)
    assert denied(shop, it.alice, "442079460001") == (403, "refused")
    proof = shop.services.registrations.credential("1000001", "sip.root.test")
    assert proof is not None and proof.disabled
    assert shop.calls.is_emergency("112", it.alice)
    answer = shop.attempt(it.alice, "112", emergency=True)
    assert isinstance(answer, Accepted)
    assert [(place.trunk, place.number) for place in answer.places] == [(rescue, "112")]


def test_emergency_numbers_follow_the_country_of_the_reseller(shop: Shop) -> None:
    it = Simple(shop)
    assert [shop.calls.is_emergency(number, it.alice) for number in ("112", "999", "+1-1-2", "1121")] == [True, False, True, False]
    with shop.services.changes.unit():
        shop.store.resellers.update(it.root, {"country": "GB"})
        shop.services.changes.note("reseller", it.root)
    assert shop.calls.is_emergency("999", it.alice)


def test_an_emergency_call_costs_nothing_and_is_never_cut(shop: Shop) -> None:
    it = Simple(shop, balance="0", retail=(rate("112", "9.00"),))
    trunk = shop.trunk(it.root, "rescue", it.cost, emergency=1, max_calls=0)
    call = shop.answer(shop.begin(it.alice, "112", emergency=True), trunk)
    assert shop.run(7200) == []
    shop.end(call)
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    assert (cdr.emergency, cdr.amount_micros, cdr.cost_micros, cdr.trunk_id, cdr.customer_id) == (1, 0, 0, trunk, it.customer)
    assert shop.store.ledger.of_call(call) == []
    assert shop.balance(it.account) == 0
    shop.verify()


def test_an_emergency_call_is_an_alarm_at_every_console_that_may_see_calls(shop: Shop) -> None:
    it = Simple(shop, balance="0")
    phone = shop.endpoint(it.customer, "1000002", emergency_address="Dock 7")
    other = shop.reseller("other", it.root)
    alarms = shop.services.nouns.alerts
    heard: list[tuple[str, tuple[int, ...]]] = []

    def hear(changes: Sequence[Change]) -> None:
        heard.extend((each.kind, tuple(each.ids)) for each in changes if each.kind == "emergency")

    shop.services.changes.listen(hear, "emergency")
    assert isinstance(shop.attempt(phone, "112", emergency=True), Denied)  # also where no trunk takes it
    shop.attempt(None, "112", emergency=True, trunk=it.trunk)
    shop.attempt(it.alice, "4412345")
    assert heard == [("emergency", (1,)), ("emergency", (2,))]

    def told(actor: Actor) -> list[tuple[str, str, str]]:
        found = [each for each in alarms.list(actor).alerts if each.code.startswith("alert.emergency_")]
        return [(each.code, each.severity, each.parameters.get("caller", "") + each.parameters.get("address", "")) for each in found]

    wanted = [("alert.emergency_passed", "error", ""), ("alert.emergency_call", "error", "1000002Dock 7")]
    assert told(folder_owner()) == wanted and told(Actor("clerk", 0, (Grant("clerk", it.root),))) == wanted
    assert told(Actor("other", 0, (Grant("owner", other),))) == []
    shop.crash()
    shop.start()
    alarms = shop.services.nouns.alerts
    assert told(folder_owner()) == wanted, "found again in their records"
    shop.clock.advance(86_400 + 1)
    assert told(folder_owner()) == []
    shop.crash()
    shop.start()
    alarms = shop.services.nouns.alerts
    assert told(folder_owner()) == []


def test_without_an_emergency_trunk_the_refusal_says_so(shop: Shop) -> None:
    it = Simple(shop)
    assert denied(shop, it.alice, "112", emergency=True) == (503, "refused")


def test_an_incoming_number_rings_its_endpoint_for_nothing(shop: Shop) -> None:
    it = Simple(shop, balance="0")
    bob = shop.endpoint(it.customer, "1000002", registered=True, max_calls=1)
    with shop.services.changes.unit():
        shop.store.trunks.put_did("31201234567", it.trunk, bob)
        shop.services.changes.note("did", it.trunk)
    answer = shop.attempt(None, "+31201234567", trunk=it.trunk, caller="441234567")
    assert isinstance(answer, Accepted)
    place = answer.places[0]
    assert (place.endpoint, place.caller, place.domain) == (bob, "441234567", "sip.root.test")
    assert denied(shop, None, "31201234567", trunk=it.trunk) == (486, "busy")
    assert denied(shop, None, "31209999999", trunk=it.trunk) == (404, "refused")
    shop.answer(answer.call)
    shop.clock.advance(60)
    shop.end(answer.call)
    cdr = shop.store.calls.get(answer.call)
    assert cdr is not None
    assert (cdr.direction, cdr.trunk_id, cdr.callee_endpoint_id, cdr.customer_id, cdr.cost_micros) == ("in", it.trunk, bob, it.customer, 0)
    shop.verify()


def test_a_phone_that_is_not_registered_cannot_be_reached(shop: Shop) -> None:
    it = Simple(shop)
    shop.endpoint(it.customer, "1000002")
    assert denied(shop, it.alice, "1000002") == (480, "no_answer")


def test_free_calls_on_the_net_need_funds_where_the_customer_is_set_so(shop: Shop) -> None:
    it = Simple(shop, balance="0")
    shop.endpoint(it.customer, "1000002", registered=True)
    with shop.services.changes.unit():
        shop.store.customers.update(it.customer, {"free_on_net": 0})
        shop.services.changes.note("customer", it.customer)
    assert denied(shop, it.alice, "1000002") == (402, "no_funds")
    shop.pay(it.account, "0.01", it.root)
    assert isinstance(shop.attempt(it.alice, "1000002"), Accepted)


def test_an_internal_number_never_leaves(shop: Shop) -> None:
    it = Simple(shop)

    def shown() -> tuple[str, bool]:
        answer = shop.attempt(it.alice, "442079460001")
        assert isinstance(answer, Accepted)
        return answer.places[0].caller, answer.places[0].anonymous

    assert shown() == ("", True)
    steps = [
        (shop.store.trunks, it.trunk, "trunk", {"main_number": "3120000000"}, "3120000000"),
        (shop.store.resellers, it.root, "reseller", {"caller_number": "3120000001"}, "3120000001"),
        (shop.store.customers, it.customer, "customer", {"caller_number": "3120000002"}, "3120000002"),
        (shop.store.endpoints, it.alice, "endpoint", {"caller_number": "3120000003"}, "3120000003"),
    ]
    for table, row, kind, change, expected in steps:
        with shop.services.changes.unit():
            table.update(row, change)  # type: ignore[attr-defined]
            shop.services.changes.note(kind, row)
        assert shown() == (expected, False)


def test_the_dial_plan_of_the_customer_is_used_else_the_resellers(shop: Shop) -> None:
    it = Simple(shop)
    with shop.services.changes.unit():
        shop.store.resellers.update(it.root, {"dial_plan": '{"country": "31", "national": "0"}'})
        shop.services.changes.note("reseller", it.root)
    call = shop.begin(it.alice, "0201234567")
    assert shop.calls.running[call].record.normalised == "31201234567"
    with shop.services.changes.unit():
        shop.store.customers.update(it.customer, {"dial_plan": '{"country": "44", "national": "0"}'})
        shop.services.changes.note("customer", it.customer)
    call = shop.begin(it.alice, "0201234567")
    assert shop.calls.running[call].record.normalised == "44201234567"


def test_the_longest_time_of_a_customer_ends_its_calls(shop: Shop) -> None:
    it = Simple(shop)
    with shop.services.changes.unit():
        shop.store.customers.update(it.customer, {"max_seconds": 90})
        shop.services.changes.note("customer", it.customer)
    call = shop.answer(shop.begin(it.alice, "442079460001"), it.trunk)
    assert shop.run(200) == [(call, "limit")]
    cdr = shop.store.calls.get(call)
    assert cdr is not None
    assert (cdr.duration_ms, cdr.cause, cdr.ended_by) == (90_000, "limit", "server")


def test_calls_begun_too_fast_are_refused(shop: Shop) -> None:
    it = Simple(shop)
    with shop.services.changes.unit():
        shop.store.customers.update(it.customer, {"calls_per_second": 2})
        shop.services.changes.note("customer", it.customer)
    shop.begin(it.alice, "442079460001")
    shop.clock.advance(0.5)
    shop.begin(it.alice, "442079460001")
    assert denied(shop, it.alice, "442079460001") == (486, "limit")
    shop.clock.advance(0.5)
    shop.begin(it.alice, "442079460001")
    assert denied(shop, it.alice, "442079460001") == (486, "limit")


def test_a_loss_guard_refuses_a_price_below_cost(shop: Shop) -> None:
    it = Simple(shop)
    with shop.services.changes.unit():
        shop.store.tariffs.update(it.retail, {"markup_ppm": -100_000, "loss_guard": 1})
        shop.services.changes.note("tariff", it.retail)
    assert denied(shop, it.alice, "442079460001") == (403, "blocked")
    assert shop.calls.reserved() == {}


def test_the_cheapest_trunk_is_tried_first_where_the_route_says_so(shop: Shop) -> None:
    it = Simple(shop)
    cheap = shop.tariff(it.root, "cheap", rate("44", "0.0050"))
    second = shop.trunk(it.root, "second", cheap)
    shop.route(it.root, "44", it.trunk, second, order="price")
    answer = shop.attempt(it.alice, "442079460001")
    assert isinstance(answer, Accepted)
    assert [place.trunk for place in answer.places] == [second, it.trunk]
    call = shop.answer(answer.call, it.trunk)  # the first failed
    shop.clock.advance(60)
    shop.end(call)
    assert shop.store.calls.get(call).cost_micros == micros("0.0110")  # type: ignore[union-attr]
