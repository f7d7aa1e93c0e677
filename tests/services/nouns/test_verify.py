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
from appliance.money import exchange, format_amount, through
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
        ("charge_told_no_update", "UPDATE charge_told SET told = replace(told, '0.0125', '0.0126')", "verify.charge_amount"),
        ("charge_told_no_update", "UPDATE charge_told SET told = 'x'", "verify.explanation"),
        ("charge_no_update", "UPDATE charge SET explanation = '[9' || substr(explanation, 2)", "verify.charge_amount"),
        ("charge_no_update", "UPDATE charge SET explanation = '{}'", "verify.explanation"),
        ("charge_no_update", "UPDATE charge SET billed_seconds = 60 WHERE cdr_id = 1", "verify.charge_amount"),
        ("charge_no_update", "UPDATE charge SET told_id = NULL, explanation = '{\"price_per_minute\": 1}' WHERE cdr_id = 1", "verify.explanation"),
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


def test_what_explanations_have_in_common_is_kept_once_and_read_whole(shop: Shop) -> None:
    it, database = Simple(shop), shop.store.database
    for dialled, seconds in (("442079460001", 61), ("442079460002", 7), ("31201234567", 61)):
        call = shop.answer(shop.begin(it.alice, dialled), it.trunk)
        shop.clock.advance(seconds)
        shop.end(call)
    written = database.fetch("SELECT cdr_id, told_id, explanation FROM charge")
    texts = dict(database.fetch("SELECT id, told FROM charge_told"))
    assert [told for _, told, _ in written] == [1, 1, 2] and len(texts) == 2
    for call, told_id, own in written:
        (made,) = shop.store.calls.charges(call)
        cdr = shop.store.calls.get(call)
        assert cdr is not None
        whole = json.loads(made.explanation)
        assert len(own) < 40 and list(whole) == list(json.loads(texts[told_id]))
        assert (whole["duration_ms"], whole["billed_seconds"]) == (cdr.duration_ms, made.billed_seconds)
        assert (whole["amount"], whole["tariff_id"]) == (format_amount(made.amount_micros), made.tariff_id)
