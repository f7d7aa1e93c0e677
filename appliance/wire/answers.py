"""One number, one answer: what would happen if a customer called a number now (product.md N10)."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class NumberAsk(Request, frozen=True):
    """A number as it would be dialled, by a customer or one of its phones, now or at a moment."""

    number: str
    customer: Ref | None = None
    endpoint: Ref | None = None
    reseller: Ref | None = None
    at: str | None = None


class LevelAnswer(View, frozen=True):
    """What one level pays: a minute of talk with its explanation, or why there is no price (no_rate, blocked)."""

    level: int
    party: str
    tariff: str
    error: str
    price_per_minute: str | None
    minute: str | None
    currency: str
    available: str
    longest_seconds: int | None
    explanation: dict[str, object] | None


class RouteAnswer(View, frozen=True):
    """A trunk in the order in which it would be tried; `reason` says why it would not be. Costs a minute, in the trunk's currency."""

    trunk: str
    number: str
    reason: str
    cost: str | None
    cost_currency: str | None
    margin: str | None


class FailedAttempt(View, frozen=True):
    """A call to that number that failed."""

    id: int
    started_at: str
    result: int
    cause: str
    words: str


class NumberAnswer(View, frozen=True):
    """`would`: allowed, or the cause of the refusal; `words` say it. `longest_seconds`: null where nothing ends the call within a month.

    Levels, routes and costs are those that the asker may know.
    """

    number: str
    normalised: str
    kind: str
    would: str
    words: str
    destination: str | None
    prefix: str | None
    longest_seconds: int | None
    bundle: str | None
    bundle_seconds: int | None
    levels: list[LevelAnswer]
    routes: list[RouteAnswer]
    failed: list[FailedAttempt]
