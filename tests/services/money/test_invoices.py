"""Invoices: what they say, that they say it once, and that no number is ever missing."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from appliance.errors import Conflict, UserError
from appliance.services.ground.stepwise import finish
from appliance.wire.corrections import CallRefund
from appliance.wire.invoices import InvoiceCredit, InvoiceList, InvoiceMake, InvoiceRunRequest, LayoutGet, LayoutSet
from appliance.wire.payments import PaymentRecord
from appliance.wire.shapes import ById
from tests.services.money.billed import DAY, Billed


def test_the_layout_is_seen_on_paper_before_it_is_saved(billed: Billed) -> None:
    money, before = billed.money, billed.money.layouts.get(billed.owner, LayoutGet())
    for included, shown in ((False, ("80.00", "20.00")), (True, ("96.80", "24.20"))):
        asked = LayoutSet(prefix="S-", note="Pay on the quay", bank_name="Harbour Bank", iban="NL91ABNA0417164300", tax_included=included)
        text = PdfReader(io.BytesIO(money.invoice_samples.preview(billed.owner, asked)().content)).pages[0].extract_text()
        assert all(each in text for each in ("S-0001", "Pay on the quay", "Harbour Bank", "121.00", *shown)), text
    with pytest.raises(UserError, match=r"layout\.logo"):
        money.invoice_samples.preview(billed.owner, LayoutSet(logo=b"no picture"))
    assert money.layouts.get(billed.owner, LayoutGet()) == before and not list(billed.shop.store.documents.newest(None))


def test_an_invoice_sums_exactly_and_adds_the_tax_once(billed: Billed) -> None:
    for _ in range(3):
        billed.call("4412345678", 61)  # 0.01271 rounded to four decimals with the fee: 0.0140 each
    billed.call("4912345678", 60)  # 0.6000
    seen = billed.invoice()
    assert [(line.kind, line.text, line.count) for line in seen.lines] == [("calls", "to 44", 3), ("calls", "to 49", 1)]
    exact = [line.exact for line in seen.lines]
    assert exact[1] == "0.60"
    assert (seen.net, seen.tax, seen.total) == ("0.64", "0.13", "0.77")
    assert sum(round(float(line.amount) * 100) for line in seen.lines) == 64
    assert seen.balance_before == "0.00" and seen.number == "0001" and seen.kind == "invoice"
    assert billed.balance() == -sum(round(float(each) * 1_000_000) for each in exact) - 130_000
    billed.shop.verify()


def test_what_was_told_is_not_told_again(billed: Billed) -> None:
    billed.call()
    first = billed.invoice()
    with pytest.raises(Conflict) as raised:
        billed.invoice()
    assert raised.value.code == "invoice.nothing"
    billed.call()
    second = billed.invoice()
    assert (first.total, second.total) == ("0.73", "0.73")
    assert (second.balance_before, second.balance_after) == (first.balance_after, "-1.46")
    assert second.number == "0002" and second.since == first.until
    billed.shop.verify()


def test_a_period_ends_before_its_boundary_in_the_customers_zone(billed: Billed) -> None:
    billed.put("customers", billed.simple.customer, timezone="Europe/Amsterdam")
    billed.shop.clock.advance(DAY - 3660)  # 22:59 UTC on the first, 23:59 in Amsterdam
    billed.call(seconds=30)
    billed.shop.clock.advance(3600)
    billed.call(seconds=90)  # after midnight there
    seen = billed.invoice(until="2026-01-02")
    assert seen.until == "2026-01-01T23:00:00.000Z" and seen.net == "0.30"
    assert billed.invoice().net == "0.90"
    with pytest.raises(UserError, match=r"invoice\.until_future"):
        billed.invoice(until="2026-02-01")
    billed.shop.verify()


def test_money_taxed_when_it_came_is_not_taxed_again(prepaid: Billed) -> None:
    prepaid.money.payments.record(prepaid.owner, PaymentRecord("12.10", account=prepaid.account))
    assert prepaid.balance() == 10_000_000
    prepaid.call()
    seen = prepaid.invoice()
    assert [(line.kind, line.text) for line in seen.lines] == [("credit", "cash")]
    assert (seen.net, seen.tax, seen.total, seen.state) == ("10.00", "2.10", "12.10", "paid")
    assert prepaid.balance() == 9_400_000
    assert seen.balance_after == "9.40"
    prepaid.shop.verify()


def test_prices_that_contain_the_tax_lose_it_to_the_state(billed: Billed) -> None:
    billed.money.layouts.set(billed.owner, LayoutSet(tax_included=True, prefix="R-"))
    billed.call(seconds=121)  # 1.21
    seen = billed.invoice()
    assert (seen.number, seen.net, seen.tax, seen.total) == ("R-0001", "1.00", "0.21", "1.21")
    assert billed.balance() == -1_210_000
    billed.shop.verify()


def test_a_credit_note_gives_back_no_more_than_there_is(billed: Billed) -> None:
    billed.call()
    seen = billed.invoice()
    part = billed.money.credit_notes.credit(billed.owner, InvoiceCredit(seen.id, "noise on the line", "0.20"))
    assert (part.kind, part.number, part.net, part.tax, part.total, part.corrects) == ("credit_note", "CN-0001", "0.20", "0.04", "0.24", "0001")
    rest = billed.money.credit_notes.credit(billed.owner, InvoiceCredit(seen.id, "all of it"))
    assert (rest.net, rest.tax) == ("0.40", "0.09")
    with pytest.raises(UserError, match=r"invoice\.credit_too_large"):
        billed.money.credit_notes.credit(billed.owner, InvoiceCredit(seen.id, "again"))
    assert billed.balance() == 0
    assert billed.money.invoices.get(billed.owner, ById(seen.id)).state == "paid"
    billed.shop.verify()


def test_no_number_is_drawn_while_the_clock_is_behind_the_books(billed: Billed) -> None:
    billed.call()
    billed.shop.clock.advance(3600)
    billed.call()
    billed.shop.clock.jump(-1800)
    with pytest.raises(Conflict, match=r"document\.clock_uncertain"):
        billed.invoice()
    billed.shop.clock.jump(1800)
    assert billed.invoice().number == "0001"


def test_a_run_takes_all_who_are_taxed_by_usage_and_again_nobody(billed: Billed) -> None:
    other = billed.shop.account(billed.simple.root, "bob", "0", "50")
    billed.put("accounts", other, tax_point="usage")
    bob = billed.shop.customer(billed.simple.root, "Bob", billed.simple.retail, other)
    phone = billed.shop.endpoint(bob, "1000002")
    billed.call()
    billed.call(endpoint=phone, seconds=120)
    billed.shop.clock.advance(DAY)
    run = finish(billed.money.invoices.run(billed.owner, InvoiceRunRequest("2026-01-02")))
    assert (run.made, run.nothing, run.totals, run.first, run.last) == (2, 0, {"EUR": "2.18"}, "0001", "0002")
    assert finish(billed.money.invoices.run(billed.owner, InvoiceRunRequest("2026-01-02"))).made == 0
    seen = billed.money.invoices.list(billed.owner, InvoiceList(state="open"))
    assert [each.customer for each in seen.invoices] == ["Bob", "Alice"]
    billed.shop.verify()


def test_sub_resellers_are_invoiced_like_customers(billed: Billed) -> None:
    shop = billed.shop
    sub = shop.reseller("sub", billed.simple.root, billed.simple.cost, "100.00")
    account = shop.store.resellers.get(sub).credit_account_id  # type: ignore[union-attr]
    billed.put("accounts", account, tax_point="usage")
    retail = shop.tariff(sub, "retail", base=billed.simple.cost, markup_ppm=500_000)
    money = shop.account(sub, "carol", "5.00")
    phone = shop.endpoint(shop.customer(sub, "Carol", retail, money), "2000001")
    billed.call(endpoint=phone)
    seen = billed.money.invoices.make(billed.owner, InvoiceMake(account="reseller:sub"))
    assert (seen.net, seen.tax, seen.balance_before, seen.balance_after) == ("0.48", "0.10", "0.00", "99.42")
    shop.verify()


def test_a_call_put_right_after_its_invoice_is_told_of_once(billed: Billed) -> None:
    refunds = billed.shop.services.nouns.pricing.refunds
    first, second = billed.call(), billed.call()
    seen = billed.invoice()
    assert (seen.net, seen.tax) == ("1.20", "0.25")
    refunds.refund(billed.owner, CallRefund(first, note="dead air"))
    note = billed.money.credit_notes.credit(billed.owner, InvoiceCredit(seen.id, "dead air"))
    assert ([line.kind for line in note.lines], note.net, note.tax, note.corrects) == (["correction"], "0.60", "0.13", "0001")
    assert billed.balance() == -600_000 - 250_000 + 130_000
    billed.call()
    after = billed.invoice()
    assert ([line.kind for line in after.lines], after.net) == (["calls"], "0.60")
    assert {each.kind for each in after.movements} == {"credited", "credit_note"}
    refunds.refund(billed.owner, CallRefund(second, note="dead air"))
    billed.call()
    last = billed.invoice()
    assert ([(line.kind, line.amount) for line in last.lines], last.net) == ([("calls", "0.60"), ("correction", "-0.60")], "0.00")
    billed.shop.verify()


def jobs(billed: Billed, rounds: int = 4) -> None:
    """What the server does by itself, for some minutes."""
    for _ in range(rounds):
        billed.shop.clock.advance(601)
        billed.shop.services.jobs.run(billed.shop.clock.monotonic())
        if billed.shop.store.in_unit:
            billed.shop.commit()


def test_invoices_make_themselves_on_their_day(billed: Billed) -> None:
    billed.money.layouts.set(billed.owner, LayoutSet(run_day=2))
    billed.call()
    billed.shop.clock.advance(31 * DAY)  # the first of February
    jobs(billed)
    assert billed.money.invoices.list(billed.owner, InvoiceList()).invoices == []
    billed.call()
    billed.shop.clock.advance(DAY)
    jobs(billed)
    (made,) = billed.money.invoices.list(billed.owner, InvoiceList()).invoices
    assert (made.until, made.net) == ("2026-02-01T00:00:00.000Z", "0.60")
    jobs(billed)
    assert len(billed.money.invoices.list(billed.owner, InvoiceList()).invoices) == 1
    billed.shop.verify()
