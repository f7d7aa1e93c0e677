"""Invoices, fees, vouchers, bank lines and the books as a server would show them."""

from __future__ import annotations

from typing import Any

from appliance.wire.approvals import ApprovalPage, ApprovalView
from appliance.wire.bank import BankLine, BankPage, BankProposal
from appliance.wire.books import ClosePage, CloseView, LedgerAccount, LedgerAccounts, TrialBalance, TrialRow
from appliance.wire.fees import FeeMonth, FeePage, FeeView
from appliance.wire.invoices import Aging, AgingPage, InvoiceLine, InvoiceMovement, InvoicePage, InvoiceTax, InvoiceView
from appliance.wire.taxes import TaxReportRow, TaxReportView
from appliance.wire.traces import CallTrace, TraceStep
from appliance.wire.vouchers import VoucherBatch, VoucherBatches
from tests.gui.prices import LONG_NAME


def invoice(identity: int = 1, **changed: Any) -> InvoiceView:
    values: dict[str, Any] = {
        "id": identity, "kind": "invoice", "number": f"2026-{identity:04d}", "issued_at": f"2026-11-{identity:02d}T09:00:00Z",
        "reseller": "Harbour Telecom", "account": "Anna de Vries", "customer": "Anna de Vries", "customer_id": 1,
        "since": "2026-09-30T22:00:00Z", "until": "2026-10-31T23:00:00Z", "due_on": "2026-11-15", "currency": "EUR", "net": "100.00",
        "tax": "21.00", "total": "121.00", "exact_net": "99.9971", "open": "121.00", "state": "open", "reference": "RF18I1", "balance_before": "0.00",
        "balance_after": "-121.00", "corrects": None, "corrects_id": None, "reason": "", "reminded": 0, "tax_included": False,
    }  # fmt: skip
    return InvoiceView(**(values | changed))


def whole_invoice(identity: int = 4, **changed: Any) -> InvoiceView:
    lines = [
        InvoiceLine("calls", "Netherlands mobile", 1204, 86_500, "72.30", "72.2971"),
        InvoiceLine("calls", "Spain", 12, 740, "2.70", "2.70"),
        InvoiceLine("fee", "Number 020 123 4567 2026-10-01 – 2026-11-01", 1, 0, "25.00", "25.00"),
    ]
    taxes = [InvoiceTax("S", "BTW hoog", "21", "NL", "100.00", "21.00")]
    moved = [InvoiceMovement("2026-10-12T10:00:00Z", "payment", "bank", "50.00")]
    return invoice(identity, **({"state": "overdue", "lines": lines, "taxes": taxes, "movements": moved} | changed))


def invoices() -> InvoicePage:
    return InvoicePage(
        [
            invoice(6),
            invoice(5, kind="credit_note", number="CN-0001", state="", net="-50.00", tax="-10.50", total="-60.50", open="0.00", due_on=None),
            invoice(4, state="overdue", reminded=1),
            invoice(3, state="paid", open="0.00", customer=LONG_NAME, account=LONG_NAME, total="12100.00"),
            invoice(2, state="open", customer=None, customer_id=None, account="Harbour Resale", currency="USD"),
        ]
    )


def aging() -> AgingPage:
    return AgingPage(
        [
            Aging("Anna de Vries", 101, "Anna de Vries", "EUR", "121.00", "60.50", "0.00", "0.00", "1204.00", "1385.50"),
            Aging(LONG_NAME, 102, LONG_NAME, "EUR", "0.00", "12100.00", "0.00", "0.00", "0.00", "12100.00"),
            Aging("Harbour Resale", 103, None, "USD", "10.00", "0.00", "0.00", "0.00", "0.00", "10.00"),
        ]
    )


def fee(identity: int = 1, **changed: Any) -> FeeView:
    values: dict[str, Any] = {
        "id": identity, "customer": "Anna de Vries", "customer_id": 1, "endpoint": "70001", "name": "Number 020 123 4567", "amount": "25.00",
        "currency": "EUR", "starts_on": "2026-01-01", "ends_on": None, "day": 1, "policy": "wait", "next_on": "2026-12-01",
        "waiting_since": None, "suspended": False, "months": [FeeMonth("2026-11", "25.00", "2026-11-01", "2026-12-01", 9)],
    }  # fmt: skip
    return FeeView(**(values | changed))


def fees() -> FeePage:
    return FeePage(
        [
            fee(),
            fee(2, name="Fax", amount="4.95", waiting_since="2026-11-01T00:00:00Z", endpoint=None),
            fee(3, name="Support", suspended=True, waiting_since="2026-10-01T00:00:00Z", endpoint=None),
            fee(4, name="Old line", ends_on="2020-02-01", next_on=None, endpoint=None, policy="take"),
        ]
    )


def trace() -> CallTrace:
    invite = "INVITE sip:31612345678@sip.harbour.example SIP/2.0\r\nFrom: <sip:70001@sip.harbour.example>\r\nCSeq: 1 INVITE\r\n\r\n"
    steps = [
        TraceStep(0.0, False, "udp:192.0.2.7:5060", "INVITE 31612345678", invite),
        TraceStep(0.004, True, "udp:192.0.2.7:5060", "100 Trying", "SIP/2.0 100 Trying\r\n\r\n"),
        TraceStep(2.31, False, "udp:203.0.113.9:5060", "503 Service Unavailable", "SIP/2.0 503 Service Unavailable\r\n\r\n"),
    ]
    return CallTrace(
        30, "The trunk Backbone could not take the call (503), so KPN was tried and took it.", steps, "ladder of the call\n", b"\xd4\xc3\xb2"
    )


def trial() -> TrialBalance:
    return TrialBalance(
        [
            TrialRow("Harbour Telecom", "credit", "", "EUR", "980.10", "1250.40", "270.30"),
            TrialRow("Harbour Telecom", "revenue", "", "EUR", "0.00", "980.10", "980.10"),
            TrialRow("Harbour Telecom", "bank", "bank", "EUR", "1250.40", "0.00", "-1250.40"),
        ],
        {"EUR": "0.00"},
    )


def accounts() -> LedgerAccounts:
    return LedgerAccounts(
        [
            LedgerAccount(1, "Harbour Telecom", "bank", "bank", "EUR", "-1250.40", "money received, by payment method"),
            LedgerAccount(2, "Harbour Telecom", "revenue", "", "EUR", "980.10", "calls sold"),
        ]
    )


def tax_report() -> TaxReportView:
    rows = [
        TaxReportRow("NL", "21", "S", "EUR", True, 12, "1000.00", "210.00", "1210.00"),
        TaxReportRow("", "0", "AE", "EUR", False, 2, "400.00", "0.00", "400.00"),
    ]
    return TaxReportView(rows, {"EUR": "210.00"})


def closes() -> ClosePage:
    return ClosePage([CloseView(1, "2026-10-01T00:00:00Z", "2026-10-03T08:00:00Z", "mira", "third quarter")])


def batch(identity: int = 1, **changed: Any) -> VoucherBatch:
    values: dict[str, Any] = {
        "id": identity, "reseller": "Harbour Telecom", "name": "Summer", "amount": "10.00", "currency": "EUR", "made_at": "2026-06-01T08:00:00Z",
        "expires_on": "2027-06-01", "count": 100, "redeemed": 42, "cancelled": 0,
    }  # fmt: skip
    return VoucherBatch(**(values | changed))


def batches() -> VoucherBatches:
    return VoucherBatches([batch(2, name=LONG_NAME, redeemed=0, expires_on=None), batch(), batch(3, name="Lost", redeemed=4, cancelled=96)])


def approval(identity: int = 1, **changed: Any) -> ApprovalView:
    values: dict[str, Any] = {
        "id": identity, "reseller": "Harbour Telecom", "operation": "payments.record", "what": "payment", "account": "Anna de Vries",
        "amount": "1500.00", "currency": "EUR", "limit": "500.00", "asked_by": "kim", "asked_at": "2026-11-20T10:00:00Z", "state": "waiting",
        "decided_by": None, "decided_at": None, "note": "",
    }  # fmt: skip
    return ApprovalView(**(values | changed))


def approvals() -> ApprovalPage:
    return ApprovalPage([approval(2, what="credit_limit", operation="credit_accounts.update", account=LONG_NAME), approval()])


def bank_line(identity: int = 1, **changed: Any) -> BankLine:
    values: dict[str, Any] = {
        "id": identity, "booked_on": "2026-11-19", "amount": "121.00", "currency": "EUR", "name": "A DE VRIES", "iban": "NL91ABNA0417164300",
        "text": "RF18I1 invoice 2026-0004", "state": "waiting", "payment": None,
        "proposals": [
            BankProposal("Anna de Vries", 101, "Anna de Vries", "2026-0004", 4, "reference"),
            BankProposal(LONG_NAME, 102, LONG_NAME, None, None, "amount"),
        ],
    }  # fmt: skip
    return BankLine(**(values | changed))


def bank_lines() -> BankPage:
    return BankPage([bank_line(3, name="Energy supply", amount="-210.00", text="Invoice 9", proposals=[]), bank_line(2, proposals=[]), bank_line()])
