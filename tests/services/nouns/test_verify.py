"""Charges worked out again from what they say of themselves, and books that were tampered with."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.billing.explanation import explain
from appliance.billing.rate import Price
from appliance.billing.rating import Rules, Terms, charge
from appliance.billing.schedule import Schedule, TimeBand
from appliance.billing.timeline import Timeline
from appliance.money import exchange, through
from appliance.services.keeping.verify import check, verify_folder, worked_out
from tests.services.shop import Shop, Simple

SMALL = st.integers(min_value=0, max_value=300)
MICROS = st.integers(min_value=0, max_value=5_000_000)


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    minimum = draw(st.sampled_from([0, 0, 50_000]))
    price = Price(
        1,
        1,
        "31",
        "Somewhere",
        draw(MICROS),
        draw(MICROS),
        draw(SMALL),
        draw(st.integers(1, 90)),
        draw(SMALL),
        draw(SMALL),
        draw(SMALL),
        minimum,
        draw(st.sampled_from([None, None, 70_000, 2_000_000])),
    )
    rules = Rules(
        1,
        "retail",
        "EUR",
        draw(st.integers(0, 6)),
        draw(st.sampled_from(["half-up", "up"])),
        draw(st.sampled_from(["up", "down", "nearest"])),
        draw(st.sampled_from(["first-next", "total"])),
    )
    straight = exchange("EUR", "USD", "1.0837", "2026-01-01", "typed")
    rate = draw(
        st.sampled_from([None, straight, exchange("USD", "EUR", "0.93").inverse(), through(straight, exchange("GBP", "USD", "1.3").inverse())])
    )
    plain = Terms(price, rules, rate)
    if not draw(st.booleans()):
        return plain
    bands = [TimeBand("night", day, 0, 480) for day in range(7)]
    timeline = Timeline(Schedule(tuple(bands)), {"": price.price_micros, "night": draw(MICROS)}, plain.increments, 1_767_225_600_000)
    return Terms(price, rules, rate, timeline)


@given(terms(), st.integers(min_value=0, max_value=4_000_000))
def test_every_charge_comes_out_of_its_explanation_again(the: Terms, duration_ms: int) -> None:
    made = charge(the, duration_ms)
    told = json.loads(json.dumps(explain(the, duration_ms, made)))
    assert worked_out(told) == (made.billed_seconds, made.amount_micros)


@pytest.fixture
def called(shop: Shop) -> Shop:
    it = Simple(shop)
    for dialled in ("442079460001", "31201234567"):
        call = shop.answer(shop.begin(it.alice, dialled), it.trunk)
        shop.clock.advance(61)
        shop.end(call)
    assert check(shop.store).faults == []
    return shop


@pytest.mark.parametrize(
    ("guard", "tampering", "code"),
    [
        ("charge_no_update", "UPDATE charge SET explanation = replace(explanation, '0.0125', '0.0126')", "verify.charge_amount"),
        ("charge_no_update", "UPDATE charge SET billed_seconds = 60 WHERE cdr_id = 1", "verify.charge_amount"),
        ("charge_no_update", "UPDATE charge SET explanation = '{\"price_per_minute\": 1}' WHERE cdr_id = 1", "verify.explanation"),
        ("charge_no_update", "UPDATE charge SET explanation = 'x' WHERE cdr_id = 2", "verify.explanation"),
        ("charge_no_update", "UPDATE charge SET amount_micros = amount_micros + 100", "verify.charge_entry"),
        ("posting_no_update", "UPDATE posting SET amount_micros = amount_micros + 1 WHERE id = 3", "verify.entry_unbalanced"),
        ("posting_no_delete", "DELETE FROM posting WHERE id = 4", "verify.entry_short"),
        ("cdr_no_delete", "DELETE FROM cdr_person WHERE cdr_id = 1", "verify.call_without_person"),
        ("x", "UPDATE account SET balance_micros = 0 WHERE kind = 'credit'", "verify.balance"),
        ("charge_no_delete", "SELECT 1", "verify.guard"),
    ],
)
def test_what_was_tampered_with_is_named(called: Shop, guard: str, tampering: str, code: str) -> None:
    called.store.begin()
    called.store.database.execute(f"DROP TRIGGER IF EXISTS {guard}")
    called.store.database.execute(tampering)
    called.store.commit()
    findings = verify_folder(called.folder)
    assert not findings.ok
    assert code in {fault.code for fault in findings.faults}
