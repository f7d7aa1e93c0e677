"""The accounts of the ledger, by the part they play.

Signs are credit-positive: what is owed to somebody or earned is positive, what is owned or spent is negative.
"""

from __future__ import annotations

from typing import NamedTuple


class AccountKind(NamedTuple):
    """`per_name`: one account for each name given (a carrier, a till, a payment method), else one a reseller and currency."""

    kind: str
    per_name: bool
    purpose: str


KINDS = {
    entry.kind: entry
    for entry in (
        AccountKind("credit", True, "credit account of a customer, or of a reseller with its parent"),
        AccountKind("revenue", False, "calls sold"),
        AccountKind("carrier_cost", False, "calls bought from carriers"),
        AccountKind("carrier", True, "what is owed to one carrier"),
        AccountKind("tax", False, "tax received and owed to the state"),
        AccountKind("cash", True, "cash, by till or shift; the reseller's own without a name"),
        AccountKind("bank", True, "money received, by payment method"),
        AccountKind("write_off", False, "given up: bad debts, forgiven calls"),
        AccountKind("fees", False, "monthly fees sold"),
        AccountKind("exchange", False, "between two currencies of one entry"),
        AccountKind("opening", False, "balances brought in"),
        AccountKind("rounding", False, "cash rounding of bills"),
        AccountKind("goods", False, "goods and services beside calls"),
        AccountKind("adjustment", False, "corrections by hand, with a reason"),
    )
}

CASH_METHODS = frozenset({"cash"})


def method_account(method: str) -> tuple[str, str]:
    """Kind and name of the account that a payment by this method goes to: cash to the reseller's cash, else the bank by method."""
    return ("cash", "") if method in CASH_METHODS else ("bank", method)
