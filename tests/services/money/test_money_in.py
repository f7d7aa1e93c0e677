"""Money that comes in: by voucher, by bank, above a limit; and money that is moved or given up."""

from __future__ import annotations

from itertools import pairwise

import pytest

from appliance.errors import Conflict, Forbidden, NotFound, UserError
from appliance.services.ground.access import Actor, Grant
from appliance.services.ground.stepwise import finish
from appliance.services.money import vouchers as vouchers_module
from appliance.wire.approvals import ApprovalDecide, ApprovalList, LimitSet
from appliance.wire.bank import BankConfirm, BankIgnore, BankImport, BankList
from appliance.wire.books import AccountList, MonthClose, TrialRequest
from appliance.wire.carriers import CarrierCompare, CarrierList, CarrierPay
from appliance.wire.credit_accounts import CreditAccountAdjust, CreditAccountUpdate, CreditAccountWriteOff, CreditTransfer, MoneyMove
from appliance.wire.invoices import AgingRequest, Allocate, AllocationList, Release, Remind, StatementRequest
from appliance.wire.payments import PaymentPreview, PaymentRecord, PaymentRefund
from appliance.wire.shapes import ById
from appliance.wire.taxes import TaxCreate, TaxOf, TaxReport, VatCheck
from appliance.wire.vouchers import VoucherCancel, VoucherMake, VoucherRedeem, VoucherSheet
from tests.services.money.billed import DAY, Billed

MT940 = b""":20:STMT1
:25:DE89370400440532013000
:28C:1/1
:60F:C260101EUR0,00
:61:2601020102C1,45NTRFNONREF//BANK1
:86:166?00CREDIT?20Invoice 0001?31ES9121000418450200051332?32ALICE
:61:2601030103C0,73NTRFNONREF//BANK2
:86:something else
:61:2601040104D5,00NTRFNONREF//BANK3
:86:fee of the bank
:62F:C260104EUR0,00
-"""
CAMT = """<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt><Ntry>
<Amt Ccy="EUR">0.73</Amt><CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>2026-01-02</Dt></BookgDt><AcctSvcrRef>A1</AcctSvcrRef><NtryDtls><TxDtls>
<RltdPties><Dbtr><Nm>Alice</Nm></Dbtr><DbtrAcct><Id><IBAN>ES9121000418450200051332</IBAN></Id></DbtrAcct></RltdPties>
<RmtInf><Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd></RmtInf></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>"""


def test_money_pays_the_oldest_and_waits_for_the_next(billed: Billed) -> None:
    billed.call()
    first = billed.invoice()
    billed.call()
    second = billed.invoice()
    payment = billed.pay("1.00")
    state = {each.id: billed.money.invoices.get(billed.owner, ById(each.id)) for each in (first, second)}
    assert (state[first.id].state, state[second.id].open) == ("paid", "0.46")
    billed.pay("1.00")  # 0.54 more than is owed
    billed.call()
    assert billed.invoice().open == "0.19"
    billed.money.payments.refund(billed.owner, PaymentRefund(payment.id, "0.50"))
    assert billed.money.invoices.get(billed.owner, ById(second.id)).open == "0.27"
    seen = billed.money.allocations.release(billed.owner, Release(payment.id, first.id))
    assert seen.left == "0.50"
    with pytest.raises(UserError, match=r"allocation\.too_much"):
        billed.money.allocations.allocate(billed.owner, Allocate(payment.id, first.id, "0.51"))
    assert billed.money.allocations.allocate(billed.owner, Allocate(payment.id, first.id)).left == "0.00"
    assert len(billed.money.allocations.list(billed.owner, AllocationList(invoice=first.id)).allocations) == 4
    billed.shop.verify()


def test_what_is_overdue_ages_and_is_reminded_by_level(billed: Billed) -> None:
    customer = billed.shop.store.customers.get(billed.simple.customer)
    assert customer is not None
    billed.put("people", customer.person_id, email="alice@example.test")
    billed.call()
    seen = billed.invoice()
    with pytest.raises(Conflict, match=r"reminder\.not_overdue"):
        billed.money.reminders.remind(billed.owner, Remind(seen.id))
    billed.shop.clock.advance((14 + 8) * DAY)
    aging = billed.money.allocations.aging(billed.owner, AgingRequest()).accounts
    assert [(each.account, each.not_due, each.days_30, each.total) for each in aging] == [("alice", "0.00", "0.73", "0.73")]
    billed.money.reminders.step()
    billed.shop.commit()
    assert billed.money.invoices.get(billed.owner, ById(seen.id)).reminded == 1
    assert billed.money.reminders.remind(billed.owner, Remind(seen.id)).reminded == 2
    sent = billed.shop.services.nouns.messages.outbox.due()
    assert [each.recipient for each in sent] == ["alice@example.test"] * 3 and b"0.73" in sent[1].data  # the invoice, then its reminders
    billed.shop.verify()


def test_a_write_off_takes_the_tax_back(billed: Billed) -> None:
    billed.call()
    billed.invoice()
    moved = billed.money.moves.write_off(billed.owner, CreditAccountWriteOff(billed.account, "gone abroad"))
    assert moved.balance == "0.00"
    assert billed.money.allocations.aging(billed.owner, AgingRequest()).accounts == []
    rows = {row.kind: row.balance for row in billed.money.trial_balances.accounts(billed.owner, AccountList()).accounts}
    assert (rows["tax"], rows["write_off"]) == ("0.00", "-0.60")
    billed.shop.verify()


def test_credit_that_a_call_holds_is_not_passed_on(prepaid: Billed) -> None:
    prepaid.shop.pay(prepaid.account, "1.20")
    other = prepaid.shop.account(prepaid.simple.root, "bob")
    prepaid.shop.answer(prepaid.shop.begin(prepaid.simple.alice, "4912345678"), prepaid.simple.trunk)
    prepaid.shop.clock.advance(30)
    with pytest.raises(UserError) as raised:
        prepaid.money.moves.transfer(prepaid.owner, CreditTransfer(prepaid.account, other, "1.20"))
    assert raised.value.code == "transfer.too_much"
    assert prepaid.money.moves.transfer(prepaid.owner, CreditTransfer(prepaid.account, other, "0.50")).balance == "0.70"
    assert prepaid.shop.balance(other) == 500_000
    moved = prepaid.money.moves.move(prepaid.owner, MoneyMove("cash", "bank:card", "3.00"))
    assert (moved.number, moved.source, moved.target) == (1, "cash", "bank:card")
    prepaid.shop.verify()


def test_vouchers_are_redeemed_once_and_guessers_are_kept_out(prepaid: Billed) -> None:
    money = prepaid.money
    batch = finish(money.vouchers.make(prepaid.owner, VoucherMake("winter", "12.10", 3)))
    sheet = money.vouchers.sheet(prepaid.owner, VoucherSheet(batch.id, "csv"))().content.decode("utf-8-sig")
    code = sheet.splitlines()[1].split(",")[2]
    seen = money.vouchers.redeem(prepaid.owner, VoucherRedeem(code.lower().replace("-", " "), account=prepaid.account))
    assert (seen.method, seen.tax, seen.credit, prepaid.balance()) == ("voucher", "2.10", "10.00", 10_000_000)
    with pytest.raises(Conflict, match=r"voucher\.used"):
        money.vouchers.redeem(prepaid.owner, VoucherRedeem(code, account=prepaid.account))
    assert money.vouchers.sheet(prepaid.owner, VoucherSheet(batch.id))().content.startswith(b"%PDF")
    for _ in range(5):
        with pytest.raises(NotFound):
            money.vouchers.redeem(prepaid.owner, VoucherRedeem("0000-0000-0000-0000", account=prepaid.account))
    good = sheet.splitlines()[2].split(",")[2]
    with pytest.raises(Conflict, match=r"voucher\.too_many_tries"):
        money.vouchers.redeem(prepaid.owner, VoucherRedeem(good, account=prepaid.account))
    assert money.vouchers.cancel(prepaid.owner, VoucherCancel(batch.id)).cancelled == 2
    assert b"".join(bytes(str(row), "utf-8") for row in prepaid.shop.store.vouchers.of_batch(batch.id)).count(good.encode()) == 0
    prepaid.shop.verify()


def test_vouchers_are_made_a_few_at_a_time_and_what_broke_off_is_finished_by_asking_again(prepaid: Billed) -> None:
    vouchers, kept = prepaid.money.vouchers, prepaid.shop.store.vouchers
    asked = VoucherMake("fair", "5.00", 1200, request_id="fair")
    first = vouchers.make(prepaid.owner, asked)
    counts = [0]
    for _ in range(3):
        next(first)
        counts.append(kept.counts(1)[0])
    assert all(0 < after - before <= vouchers_module.MOST_AT_ONCE for before, after in pairwise(counts))
    first.close()
    with pytest.raises(Conflict, match=r"voucher\.name_taken"):
        finish(vouchers.make(prepaid.owner, VoucherMake("fair", "5.00", 1300)))
    again = vouchers.make(prepaid.owner, asked)
    next(again)
    twice = vouchers.make(prepaid.owner, asked)  # the client lost its line and asks while the first is under way
    assert next(twice) is not None
    made = finish(again)
    assert (made.count, [each.serial for each in kept.of_batch(made.id)]) == (1200, list(range(1, 1201)))
    assert finish(twice) == made == finish(vouchers.make(prepaid.owner, asked))
    with pytest.raises(Conflict, match=r"voucher\.name_taken"):
        finish(vouchers.make(prepaid.owner, VoucherMake("fair", "5.00", 1200)))


def test_bank_lines_are_proposed_and_booked_once(billed: Billed) -> None:
    billed.call()
    first = billed.invoice()
    billed.call()
    second = billed.invoice()
    done = finish(billed.money.bank.load(billed.owner, BankImport(MT940, "january.sta")))
    assert (done.new, done.known, done.faults) == (3, 0, [])
    assert finish(billed.money.bank.load(billed.owner, BankImport(MT940))).known == 3
    lines = {each.amount: each for each in billed.money.bank.lines(billed.owner, BankList()).lines}
    assert [(each.account, each.invoice, each.why) for each in lines["1.45"].proposals] == [("alice", "0001", "invoice")]
    assert [each.why for each in lines["0.73"].proposals] == ["amount"] and lines["-5.00"].proposals == []
    booked = billed.money.bank.confirm(billed.owner, BankConfirm(lines["0.73"].id, account=billed.account, invoice=second.id))
    assert booked.state == "booked" and billed.money.invoices.get(billed.owner, ById(second.id)).state == "paid"
    with pytest.raises(Conflict, match=r"bank\.booked"):
        billed.money.bank.confirm(billed.owner, BankConfirm(lines["0.73"].id, account=billed.account))
    assert billed.money.bank.ignore(billed.owner, BankIgnore(lines["-5.00"].id)).state == "ignored"
    camt = CAMT.format(reference=first.reference)
    finish(billed.money.bank.load(billed.owner, BankImport(camt.encode())))
    line = billed.money.bank.lines(billed.owner, BankList()).lines[0]
    assert [(each.invoice, each.why) for each in line.proposals] == [("0001", "reference")]
    billed.money.bank.confirm(billed.owner, BankConfirm(line.id, account=billed.account))
    assert billed.money.invoices.get(billed.owner, ById(first.id)).state == "paid"
    sheet = b"Day;Betrag;Text\n05.01.2026;1.234,56;Alice\nwrong;1;x\n"
    csv = finish(billed.money.bank.load(billed.owner, BankImport(sheet, columns={"date": "Day", "amount": "Betrag", "text": "Text"})))
    assert csv.new == 1 and csv.faults[0].startswith("3:")
    billed.shop.verify()


def test_above_a_limit_a_second_person_decides(billed: Billed) -> None:
    money = billed.money
    clerk, boss = billed.operator("clerk", "accountant"), billed.operator("boss", "owner")
    money.approvals.set_limit(billed.owner, LimitSet("accountant", "payment", "50"))
    money.approvals.set_limit(billed.owner, LimitSet("accountant", "day", "60"))
    request = PaymentRecord("80.00", account=billed.account, request_id="p1")
    for _ in range(2):
        with pytest.raises(Conflict) as raised:
            money.payments.record(clerk, request)
    assert raised.value.code == "approval.needed" and billed.balance() == 0
    (waiting,) = money.approvals.list(boss, ApprovalList()).approvals
    assert (waiting.id, waiting.amount, waiting.limit, waiting.asked_by) == (raised.value.parameters["approval"], "80.00", "50.00", "clerk")
    with pytest.raises(Forbidden, match=r"approval\.yourself"):
        money.approvals.decide(clerk, ApprovalDecide(waiting.id, True))
    assert money.approvals.decide(boss, ApprovalDecide(waiting.id, True)).state == "approved"
    assert billed.balance() == 80_000_000
    with pytest.raises(Conflict, match=r"approval\.decided"):
        money.approvals.decide(boss, ApprovalDecide(waiting.id, False))
    with pytest.raises(Conflict, match=r"approval\.needed"):  # the day is full
        money.payments.record(clerk, PaymentRecord("1.00", account=billed.account))
    nouns = billed.shop.services.nouns
    money.approvals.set_limit(billed.owner, LimitSet("accountant", "adjustment", "5"))
    with pytest.raises(Conflict, match=r"approval\.needed"):
        nouns.credit_accounts.adjust(clerk, CreditAccountAdjust(billed.account, "6", "because"))
    manager = billed.operator("manager", "manager")
    money.approvals.set_limit(billed.owner, LimitSet("manager", "credit_limit", "100"))
    with pytest.raises(Conflict, match=r"approval\.needed"):
        nouns.credit_accounts.update(manager, CreditAccountUpdate(billed.account, credit_limit="5000"))
    billed.shop.verify()


def test_nobody_pays_into_his_own_account(billed: Billed) -> None:
    customer = billed.shop.store.customers.get(billed.simple.customer)
    assert customer is not None
    billed.put("people", customer.person_id, email="Alice@example.test")
    cousin = billed.operator("cousin", "manager", email="alice@EXAMPLE.test")
    shopkeeper = Actor("keeper", 77, (Grant("supervisor", None, customer.id),))
    for actor in (cousin, shopkeeper):
        with pytest.raises(Forbidden, match=r"approval\.own_account"):
            billed.money.payments.record(actor, PaymentRecord("1.00", customer=customer.id))
    assert billed.balance() == 0


def test_reverse_charge_stands_on_a_checked_number(billed: Billed) -> None:
    money = billed.money
    billed.put("resellers", billed.simple.root, country="NL")
    customer = billed.shop.store.customers.get(billed.simple.customer)
    assert customer is not None
    billed.put("people", customer.person_id, country="ES", vat_number="ESB12345678")
    money.taxes.create(billed.owner, TaxCreate("IVA", "21", "ES"))
    assert (money.taxes.of(billed.owner, TaxOf("Alice")).why, money.taxes.of(billed.owner, TaxOf("Alice")).name) == ("country", "IVA")
    money.taxes.check(billed.owner, VatCheck("Alice", True, how="VIES"))
    seen = money.taxes.of(billed.owner, TaxOf("Alice"))
    assert (seen.category, seen.percent, seen.why, bool(seen.vat_checked_at)) == ("AE", "0", "vat_number", True)
    billed.call()
    assert [(each.category, each.tax) for each in billed.invoice().taxes] == [("AE", "0.00")]
    money.taxes.check(billed.owner, VatCheck("Alice", False))
    billed.call()
    billed.invoice()
    report = money.taxes.report(billed.owner, TaxReport("2026-01-01", "2026-02-01")).run(billed.shop.store)
    assert [(each.category, each.country, each.net, each.tax) for each in report.rows] == [("AE", "ES", "0.60", "0.00"), ("S", "ES", "0.60", "0.13")]  # type: ignore[attr-defined]
    assert report.posted == {"EUR": "0.13"}  # type: ignore[attr-defined]
    with pytest.raises(Conflict, match=r"tax\.country_taken"):
        money.taxes.create(billed.owner, TaxCreate("IVA 2", "10", "ES"))


def test_the_form_shows_gross_tax_and_credit_before_saving(prepaid: Billed) -> None:
    gross = prepaid.money.payments.preview(prepaid.owner, PaymentPreview("12.10", account=prepaid.account))
    net = prepaid.money.payments.preview(prepaid.owner, PaymentPreview("10.00", account=prepaid.account, net=True))
    assert (
        (gross.gross, gross.tax, gross.credit, gross.tax_name) == (net.gross, net.tax, net.credit, net.tax_name) == ("12.10", "2.10", "10.00", "VAT")
    )


def test_the_carrier_is_paid_watched_and_compared(billed: Billed) -> None:
    money = billed.money
    assert money.carriers.pay(billed.owner, CarrierPay("carrier", "10.00", request_id="c1")).balance == "10.00"
    assert money.carriers.pay(billed.owner, CarrierPay("carrier", "10.00", request_id="c1")).paid == "10.00"
    for _ in range(2):
        billed.call(seconds=600)  # costs 4.80
    (seen,) = money.carriers.list(billed.owner, CarrierList()).accounts
    assert (seen.balance, seen.cost, seen.hours_left, seen.low) == ("0.40", "9.60", 7, True)
    assert "alert.carrier_low" in {each.code for each in billed.shop.services.nouns.alerts.list(billed.owner).alerts}
    theirs = b"Number,Start,Duration,Cost\n4912345678,2026-01-01 00:00:01,660,5.28\n4400,2026-01-01 00:30:00,10,1.00\n"
    told = money.carriers.compare(billed.owner, CarrierCompare("carrier", theirs, since="2026-01-01", until="2026-01-02")).run(billed.shop.store)
    assert told.counts == {"missing_here": 1, "missing_there": 1, "seconds": 1, "price": 0}  # type: ignore[attr-defined]
    assert (told.our_cost, told.their_cost, told.difference) == ("9.60", "6.28", "-3.32")  # type: ignore[attr-defined]
    billed.shop.verify()


def test_a_closed_month_takes_nothing_more(billed: Billed) -> None:
    billed.call()
    billed.shop.clock.advance(40 * DAY)
    finish(billed.money.trial_balances.close(billed.owner, MonthClose("2026-02-01", "January")))
    with pytest.raises(Conflict, match=r"books\.closed_later"):
        finish(billed.money.trial_balances.close(billed.owner, MonthClose("2026-01-15")))
    billed.shop.clock.jump(-30 * DAY)
    billed.pay("5.00")
    newest = max(entry.at for entry in (billed.shop.store.ledger.get(number) for number in range(1, 10)) if entry is not None)
    assert newest == 1_769_904_000_000  # the first of February: not before the close
    billed.shop.clock.jump(30 * DAY)
    trial = billed.money.trial_balances.trial(billed.owner, TrialRequest()).run(billed.shop.store)
    assert trial.sums == {"EUR": "0.00"}  # type: ignore[attr-defined]
    assert {row.kind for row in trial.rows} == {"credit", "revenue", "carrier_cost", "carrier", "bank"}  # type: ignore[attr-defined]
    billed.shop.verify()


def test_a_statement_begins_and_ends_with_the_balance(billed: Billed) -> None:
    billed.pay("5.00")
    billed.shop.clock.advance(DAY)
    billed.call()
    billed.call()
    billed.pay("1.00")
    billed.shop.clock.advance(DAY)
    billed.call()
    told = billed.money.statements.get(billed.owner, StatementRequest("2026-01-02", "2026-01-03", account=billed.account)).run(billed.shop.store)
    assert (told.before, told.after) == ("5.00", "4.80")  # type: ignore[attr-defined]
    assert [(row.kind, row.count, row.amount, row.balance) for row in told.rows] == [  # type: ignore[attr-defined]
        ("calls", 2, "-1.20", "3.80"),
        ("payment", 1, "1.00", "4.80"),
    ]
