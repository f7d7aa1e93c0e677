"""Credit accounts: where money is taken from (money.md, Credit control)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.shapes import Ref, Request, View


class CreditAccountCreate(Request, frozen=True):
    """A credit account of a reseller's customers."""

    name: str
    reseller: Ref | None = None
    currency: str | None = None
    credit_limit: str = "0"
    tax_point: str | None = None


class CreditAccountUpdate(Request, frozen=True):
    """A new limit acts at once on running calls."""

    id: int
    version: int | None = None
    name: str | UnsetType = UNSET
    credit_limit: str | UnsetType = UNSET
    tax_point: str | UnsetType = UNSET


class CreditAccountAdjust(Request, frozen=True):
    """Credit (above zero) or debit (below) that is no payment: balanced against the adjustment account."""

    account: Ref
    amount: str
    reason: str
    reseller: Ref | None = None
    request_id: str = ""


class CreditAccountView(View, frozen=True):
    """`available` is balance + credit limit - reserved."""

    id: int
    version: int
    reseller: str
    name: str
    owner: str
    currency: str
    balance: str
    credit_limit: str
    reserved: str
    available: str
    tax_point: str
    archived_at: str | None
    payment_reference: str = ""


class CreditAccountPage(View, frozen=True):
    """`next` is 0 on the last page."""

    accounts: list[CreditAccountView]
    next: int = 0


class CreditAccountWriteOff(Request, frozen=True):
    """Gives up what an account owes, or `amount` of it; where invoices taxed it, their tax is taken back in proportion."""

    account: Ref
    reason: str
    amount: str | None = None
    reseller: Ref | None = None
    request_id: str = ""


class CreditTransfer(Request, frozen=True):
    """Moves credit between two accounts of the reseller; only what is there and no running call holds, never the credit limit."""

    source: Ref
    target: Ref
    amount: str
    reason: str = ""
    reseller: Ref | None = None
    request_id: str = ""


class MoneyMove(Request, frozen=True):
    """Moves the reseller's own money between places: cash, or a bank by its method ("bank", "card", "voucher", …)."""

    source: str
    target: str
    amount: str
    currency: str | None = None
    note: str = ""
    reseller: Ref | None = None
    request_id: str = ""


class MoneyMoved(View, frozen=True):
    """A numbered transfer."""

    number: int
    entry: int
    source: str
    target: str
    amount: str
    currency: str
