"""One rate version as it is kept, the price it comes to in a tariff, and the two answers that are no price."""

from __future__ import annotations

from typing import NamedTuple

from appliance.errors import UserError

NO_MAXIMUM = -1  # a derived tariff's override that takes its base's maximum charge away
LONGEST_PREFIX = 32
VOLUME = -1  # in the place of a step's rate: a volume tier lowered the price


class Rate(NamedTuple):
    """A rate version, never edited. In a derived tariff it is an override, and a field left None follows the base.

    In a base tariff None means: no price, so no rate; no fee, increments 1/1, no minimum, nothing free, no maximum, not blocked.
    Seconds are whole, amounts micros of the tariff's currency, `price_micros` per minute, moments UTC milliseconds.
    """

    id: int
    prefix: str
    destination: str | None = None
    price_micros: int | None = None
    connection_fee_micros: int | None = None
    first_increment: int | None = None
    next_increment: int | None = None
    minimum_seconds: int | None = None
    free_below_seconds: int | None = None
    free_seconds: int | None = None
    minimum_charge_micros: int | None = None
    maximum_charge_micros: int | None = None  # NO_MAXIMUM in an override: none
    blocked: int | None = None
    band: str = ""  # "": at all times
    valid_from_at: int | None = None
    valid_until_at: int | None = None


class Step(NamedTuple):
    """How one tariff of a chain came to its price per minute; the root's first."""

    tariff_id: int
    rate_id: int  # the rate of this tariff, 0 where it follows its base, VOLUME for a tier's discount
    prefix: str
    markup_ppm: int
    surcharge_micros: int
    price_micros: int


class Price:
    """What one tariff asks for one prefix: every field settled. Treat as frozen; shared between calls."""

    __slots__ = (  # noqa: RUF023  in the order of the constructor: callers store prices by it
        "tariff_id", "rate_id", "prefix", "destination", "price_micros", "connection_fee_micros", "first_increment", "next_increment",
        "minimum_seconds", "free_below_seconds", "free_seconds", "minimum_charge_micros", "maximum_charge_micros", "blocked", "band",
        "valid_from_at", "valid_until_at", "steps",
    )  # fmt: skip

    def __init__(
        self,
        tariff_id: int,
        rate_id: int,  # the version that decided: the tariff's own, or that of the base it follows
        prefix: str,
        destination: str,
        price_micros: int,
        connection_fee_micros: int = 0,
        first_increment: int = 1,
        next_increment: int = 1,
        minimum_seconds: int = 0,
        free_below_seconds: int = 0,
        free_seconds: int = 0,
        minimum_charge_micros: int = 0,
        maximum_charge_micros: int | None = None,
        blocked: bool = False,
        band: str = "",
        valid_from_at: int | None = None,
        valid_until_at: int | None = None,
        steps: tuple[Step, ...] = (),
    ) -> None:
        self.tariff_id = tariff_id
        self.rate_id = rate_id
        self.prefix = prefix
        self.destination = destination
        self.price_micros = price_micros
        self.connection_fee_micros = connection_fee_micros
        self.first_increment = first_increment
        self.next_increment = next_increment
        self.minimum_seconds = minimum_seconds
        self.free_below_seconds = free_below_seconds
        self.free_seconds = free_seconds
        self.minimum_charge_micros = minimum_charge_micros
        self.maximum_charge_micros = maximum_charge_micros
        self.blocked = blocked
        self.band = band
        self.valid_from_at = valid_from_at
        self.valid_until_at = valid_until_at
        self.steps = steps

    @property
    def override(self) -> bool:
        """Whether a rate of the derived tariff itself decided."""
        steps = [step for step in self.steps if step.rate_id != VOLUME]
        return len(steps) > 1 and steps[-1].rate_id != 0


class NoRate(NamedTuple):
    """The tariff has no price for the number at that moment."""

    tariff_id: int


class Blocked(NamedTuple):
    """The tariff has a rate for the number, and it says no."""

    price: Price


def check_rate(rate: Rate, field: str = "") -> None:
    """Refuse what cannot be rated. UserError: rate.prefix_not_digits, rate.negative, rate.increment, rate.validity."""
    dot = f"{field}." if field else ""
    if len(rate.prefix) > LONGEST_PREFIX or (rate.prefix and not (rate.prefix.isascii() and rate.prefix.isdigit())):
        raise UserError("rate.prefix_not_digits", field=f"{dot}prefix", prefix=rate.prefix[: LONGEST_PREFIX + 1])
    for name in ("price_micros", "connection_fee_micros", "minimum_seconds", "free_below_seconds", "free_seconds", "minimum_charge_micros"):
        value = getattr(rate, name)
        if value is not None and value < 0:
            raise UserError("rate.negative", field=f"{dot}{name}", prefix=rate.prefix)
    if rate.maximum_charge_micros is not None and rate.maximum_charge_micros < NO_MAXIMUM:
        raise UserError("rate.negative", field=f"{dot}maximum_charge_micros", prefix=rate.prefix)
    if (rate.first_increment is not None and rate.first_increment < 0) or (rate.next_increment is not None and rate.next_increment < 1):
        raise UserError("rate.increment", field=f"{dot}next_increment", prefix=rate.prefix)
    if rate.valid_from_at is not None and rate.valid_until_at is not None and rate.valid_until_at <= rate.valid_from_at:
        raise UserError("rate.validity", field=f"{dot}valid_until", prefix=rate.prefix)
