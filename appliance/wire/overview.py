"""What a customer sees first, and what he sets of his own spending (web.md, Pages)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.cdrs import CdrRow
from appliance.wire.customers import CustomerView
from appliance.wire.letters import CustomerLetterView
from appliance.wire.shapes import Request, View


class SpendingSet(Request, frozen=True):
    """An e-mail when the balance falls below `alert_below`; calls cost at most `month_cap` in a calendar month. Null takes either away."""

    id: int
    alert_below: str | None | UnsetType = UNSET
    month_cap: str | None | UnsetType = UNSET


class Spending(View, frozen=True):
    """Of a customer, in the currency of its account. The cap is the account's: whoever pays from it shares it.

    `spent`: what calls cost since the month began; `left` of the cap, null without one.
    """

    id: int
    currency: str
    alert_below: str | None
    month_cap: str | None
    spent: str
    left: str | None
    since: str


class DaySpent(View, frozen=True):
    """One day of the month, in the customer's time zone."""

    day: str
    calls: int
    amount: str


class Favourite(View, frozen=True):
    """Where the customer calls most: its price a minute now, and for how long the balance lasts (null: it is free)."""

    prefix: str
    destination: str
    price: str
    minutes: int | None


class Overview(View, frozen=True):
    """This month up to now, every day of it, and what the balance buys; the newest calls and messages. `notices` are codes: cap_reached."""

    customer: CustomerView
    currency: str
    since: str
    days: list[DaySpent]
    calls: int
    answered: int
    minutes: int
    spent: str
    favourites: list[Favourite]
    spending: Spending
    last_calls: list[CdrRow]
    last_letters: list[CustomerLetterView]
    notices: list[str] = []
