"""The guard: typed limits, fuses that tripped, who is banned, and numbers that fraud likes."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.shapes import Ref, Request, View


class LimitsGet(Request, frozen=True):
    """Whose limits. `kind`: customer, endpoint, trunk or reseller; `owner` is its id, name or number."""

    kind: str
    owner: Ref


class LimitsSet(Request, frozen=True):
    """Changes of one party's limits; what is left out stays, null or an empty list is no limit.

    Amounts are in the currency of the account that pays, of a trunk in that of its buying prices: it takes no more calls that day
    once they have cost so much, while those that run go on; numbers that a trunk's prefixes keep away go by the next of the route.
    `day` and `month` count by the calendar where the party is; `hour` is what its calls may cost in an hour before the fuse trips,
    in the place of the usual floor. `allowed` and `blocked` are prefixes of normalised numbers: the longest decides, and where some
    are allowed no other is. `high_risk`: "" (blocked for customers that nobody allowed it to), "allowed" or "blocked".
    `networks` (addresses, networks) and `countries` (two letters) are where phones may register and call from; either will
    do. What is typed for the endpoint counts before what is typed for its customer, and that before its resellers'.
    """

    kind: str
    owner: Ref
    calls_per_second: int | None | UnsetType = UNSET
    max_seconds: int | None | UnsetType = UNSET
    day: str | None | UnsetType = UNSET
    month: str | None | UnsetType = UNSET
    hour: str | None | UnsetType = UNSET
    allowed: list[str] | UnsetType = UNSET
    blocked: list[str] | UnsetType = UNSET
    high_risk: str | UnsetType = UNSET
    networks: list[str] | UnsetType = UNSET
    countries: list[str] | UnsetType = UNSET


class LimitsView(View, frozen=True):
    """One party's limits; `spent_*` are figures of now, null where they are not metered. `high_risk_from` is when a waiting time ends."""

    kind: str
    id: int
    name: str
    currency: str
    max_calls: int | None
    calls_per_second: int | None
    max_seconds: int | None
    day: str | None
    month: str | None
    hour: str | None
    allowed: list[str]
    blocked: list[str]
    high_risk: str
    high_risk_from: str | None = None
    spent_hour: str | None = None
    spent_day: str | None = None
    spent_month: str | None = None
    hour_limit: str | None = None
    day_limit: str | None = None
    networks: list[str] = []
    countries: list[str] = []


class FuseList(Request, frozen=True):
    """`tripped`: those alone that still stop somebody."""

    tripped: bool = False
    customer: Ref | None = None
    after: int = 0
    limit: int = 100


class FuseRelease(Request, frozen=True):
    """The customer calls again; the hour and the day begin anew. `note` says why, for the log."""

    id: int
    note: str = ""


class FuseView(View, frozen=True):
    """A customer's calls were stopped. `reason` is a code of the catalogue, `parameters` fill it, `words` are that sentence in English."""

    id: int
    customer_id: int
    customer: str
    reseller: str
    reason: str
    words: str
    parameters: dict[str, str]
    tripped_at: str
    released_at: str | None
    released_by: str
    note: str


class FusePage(View, frozen=True):
    """Newest first."""

    fuses: list[FuseView]
    next: int = 0


class BanLift(Request, frozen=True):
    """Whom to answer again, as the list names it."""

    kind: str
    host: str
    name: str = ""


class BanView(View, frozen=True):
    """Somebody who is not answered. `kind`: address, user, agent, flow or place; `reason`: password, unknown_user, scanner, malformed, flood, place.

    `endpoint` is the phone of that name, `live` whether a registered phone is at the address, `times` how often in a row. Of kind
    place the phone `name` had the right password and is where it may not be: `reason` is country or network, `country` where the
    address is, "" where that is not known.
    """

    kind: str
    host: str
    name: str
    reason: str
    words: str
    since: str
    until: str
    times: int
    endpoint: str | None
    live: bool
    country: str = ""


class BanPage(View, frozen=True):
    """Those in force, newest first, and the networks that are only warned about."""

    bans: list[BanView]
    exempt: list[str]
    enabled: bool


class RiskView(View, frozen=True):
    """One line of the list of numbers that fraud likes; `blocked` where new customers may not call it."""

    prefix: str
    kind: str
    area: str
    blocked: bool


class RiskPage(View, frozen=True):
    """By prefix."""

    numbers: list[RiskView]
