"""Balanced entries: which accounts an event of the trade moves, and by how much.

The law of this file: postings of an entry sum to zero in each currency, none is zero, and an event of zero makes no
entry (None). Accounts are named by their part (`chart`); the one who posts finds or makes them. Signs are
credit-positive: a charge is negative on the credit account and positive on the seller's revenue.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from appliance.billing.tax import TaxSplit
from appliance.money import Exchange


class Side(msgspec.Struct, frozen=True, gc=False):
    """One posting. `account_id` is set where the account is known; else `kind`, `reseller_id` and `name` find it."""

    amount_micros: int
    currency: str
    account_id: int | None = None
    kind: str = ""
    reseller_id: int | None = None
    name: str = ""


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One event, balanced."""

    kind: str
    sides: tuple[Side, ...]


def call_charge(account_id: int, seller_id: int, amount_micros: int, currency: str) -> Entry | None:
    """One level's charge of a call: off its credit account, earned by the reseller that sells at this level."""
    if not amount_micros:
        return None
    return Entry("call", (Side(-amount_micros, currency, account_id), Side(amount_micros, currency, None, "revenue", seller_id)))


def call_cost(root_id: int, carrier_account_id: int | None, carrier: str, amount_micros: int, currency: str) -> Entry | None:
    """What a call costs: owed to the carrier, spent by the owner of the trunk."""
    if not amount_micros:
        return None
    owed = Side(amount_micros, currency, carrier_account_id, "carrier", root_id, carrier)
    return Entry("cost", (owed, Side(-amount_micros, currency, None, "carrier_cost", root_id)))


def payment(account_id: int, reseller_id: int, split: TaxSplit, currency: str, money: tuple[str, str]) -> Entry | None:
    """Money received (or given back: negative). The net is credit, the tax is owed; `money` is kind and name of where it lies."""
    kind, name = money
    sides = (
        Side(split.net_micros, currency, account_id),
        Side(split.tax_micros, currency, None, "tax", reseller_id),
        Side(-split.gross_micros, currency, None, kind, reseller_id, name),
    )
    return _entry("refund" if split.gross_micros < 0 else "payment", sides)


def opening(account_id: int, reseller_id: int, amount_micros: int, currency: str) -> Entry | None:
    """A balance brought in: credit, no tax."""
    return _pair("opening", Side(amount_micros, currency, account_id), Side(-amount_micros, currency, None, "opening", reseller_id))


def adjustment(account_id: int, reseller_id: int, amount_micros: int, currency: str) -> Entry | None:
    """A correction by hand."""
    return _pair("adjustment", Side(amount_micros, currency, account_id), Side(-amount_micros, currency, None, "adjustment", reseller_id))


def monthly_fee(account_id: int, seller_id: int, amount_micros: int, currency: str) -> Entry | None:
    """A fee taken."""
    return _pair("fee", Side(-amount_micros, currency, account_id), Side(amount_micros, currency, None, "fees", seller_id))


def fee_returned(account_id: int, seller_id: int, amount_micros: int, currency: str) -> Entry | None:
    """Days of a fee given back."""
    return _pair("fee", Side(amount_micros, currency, account_id), Side(-amount_micros, currency, None, "fees", seller_id))


def write_off(account_id: int, reseller_id: int, amount_micros: int, currency: str, tax_micros: int = 0) -> Entry | None:
    """A debt given up: `amount_micros` is added to the credit account; the tax in it, that an invoice added, is owed no more."""
    sides = (
        Side(amount_micros, currency, account_id),
        Side(-tax_micros, currency, None, "tax", reseller_id),
        Side(tax_micros - amount_micros, currency, None, "write_off", reseller_id),
    )
    return _entry("write_off", sides)


def invoice_tax(account_id: int, reseller_id: int, tax_micros: int, currency: str, included_micros: tuple[int, int] | None = None) -> Entry | None:
    """The tax of an invoice: put on the account or, where prices contained it, taken out of what calls and fees have earned."""
    owed = Side(tax_micros, currency, None, "tax", reseller_id)
    if included_micros is None:
        return _pair("invoice", owed, Side(-tax_micros, currency, account_id))
    calls, fees = included_micros
    sides = (owed, Side(-calls, currency, None, "revenue", reseller_id), Side(-fees, currency, None, "fees", reseller_id))
    return _entry("invoice", sides)


def credit_note(account_id: int, reseller_id: int, net_micros: int, tax_micros: int, currency: str) -> Entry | None:
    """An invoice corrected: amounts above zero are given back, the net out of revenue, the tax out of what is owed to the state."""
    sides = (
        Side(net_micros + tax_micros, currency, account_id),
        Side(-net_micros, currency, None, "revenue", reseller_id),
        Side(-tax_micros, currency, None, "tax", reseller_id),
    )
    return _entry("credit_note", sides)


def transfer(source: Side, target: Side) -> Entry | None:
    """Credit or money moved between two accounts of one currency; the sides say how."""
    return _pair("transfer", source, target)


def carrier_payment(carrier_account_id: int, reseller_id: int, amount_micros: int, currency: str, money: tuple[str, str]) -> Entry | None:
    """Money paid to a carrier: owed to it no more, and gone from where it lay."""
    kind, name = money
    return _pair("carrier_payment", Side(-amount_micros, currency, carrier_account_id), Side(amount_micros, currency, None, kind, reseller_id, name))


def change_of_currency(from_account: int, to_account: int, amount_micros: int, rate: Exchange, reseller_id: int) -> Entry | None:
    """An amount moved between accounts of two currencies, by way of an exchange account in each."""
    bought = rate.convert(amount_micros)
    sides = (
        Side(-amount_micros, rate.base, from_account),
        Side(amount_micros, rate.base, None, "exchange", reseller_id),
        Side(bought, rate.quote, to_account),
        Side(-bought, rate.quote, None, "exchange", reseller_id),
    )
    return _entry("exchange", sides)


def reversal(sides: Iterable[Side]) -> Entry | None:
    """The entry that takes another one back, posting by posting."""
    return _entry("reversal", tuple(replace(side, amount_micros=-side.amount_micros) for side in sides))


def sums(entry: Entry) -> dict[str, int]:
    """What each currency's postings come to: zeros, in an entry of this file."""
    totals: dict[str, int] = {}
    for side in entry.sides:
        totals[side.currency] = totals.get(side.currency, 0) + side.amount_micros
    return totals


def _pair(kind: str, one: Side, other: Side) -> Entry | None:
    return Entry(kind, (one, other)) if one.amount_micros and other.amount_micros else _entry(kind, (one, other))


def _entry(kind: str, sides: tuple[Side, ...]) -> Entry | None:
    moving = tuple(side for side in sides if side.amount_micros)
    return Entry(kind, moving) if moving else None
