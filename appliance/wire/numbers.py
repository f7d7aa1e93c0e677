"""Incoming numbers as whoever has them sees them: what he pays for one, and what he asks for it."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.shapes import Ref, Request, View


class NumberList(Request, frozen=True):
    """Numbers that the reseller has (the asker's own where left out), also where it has sold them on. `search` is part of a number."""

    reseller: Ref | None = None
    search: str = ""


class NumberPut(Request, frozen=True):
    """Where a number rings and what its customer pays; what is left out stays. Whoever has the number last may ask this.

    The endpoint is one of a customer of his own. `setup_fee` is taken once, when the number is given to a customer;
    amounts are in the currency of that customer's account, null is nothing.
    """

    did: str
    endpoint: str | None | UnsetType = UNSET
    failover: list[str] | UnsetType = UNSET
    setup_fee: str | None | UnsetType = UNSET
    monthly_fee: str | None | UnsetType = UNSET
    price_per_minute: str | None | UnsetType = UNSET


class NumberSell(Request, frozen=True):
    """Gives a number to a sub-reseller, or changes what it pays for it: once, each month, and a minute of each call that comes in.

    Amounts are in the currency of its account; null is nothing. Where it has the number already, another setup fee takes nothing.
    """

    did: str
    reseller: Ref
    setup_fee: str | None | UnsetType = UNSET
    monthly_fee: str | None | UnsetType = UNSET
    price_per_minute: str | None | UnsetType = UNSET
    request_id: str = ""


class NumberTakeBack(Request, frozen=True):
    """Takes a number back from a sub-reseller and all below it; it rings nowhere then. Days that were paid are given back."""

    did: str
    reseller: Ref
    request_id: str = ""


class NumberPrice(View, frozen=True):
    """What somebody pays for a number; null is nothing."""

    setup_fee: str | None
    monthly_fee: str | None
    price_per_minute: str | None
    currency: str


class NumberView(View, frozen=True):
    """A number that `reseller` has. `buys`: what it pays its parent, null where the number came by a trunk of its own or the asker
    may know no costs. Sold on: `sold_to` and `sells`. Else `endpoint` of `customer` rings, and `sells` is what that customer pays."""

    did: str
    reseller: str
    reseller_id: int
    buys: NumberPrice | None
    sold_to: str | None
    sells: NumberPrice
    endpoint: str | None
    customer: str | None
    failover: list[str]


class NumberPage(View, frozen=True):
    """By number."""

    numbers: list[NumberView]
