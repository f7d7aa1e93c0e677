"""Margin radar: prices that are sold below cost, or with less margin than is wished (product.md N6)."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class MarginsAsk(Request, frozen=True):
    """Of one tariff, or of all that the reseller sells by, special rates too. `margin_percent` is of the price; 0: losses alone."""

    tariff: Ref | None = None
    reseller: Ref | None = None
    margin_percent: str = "0"
    limit: int = 500


class MarginsMend(MarginsAsk, frozen=True):
    """Sets each of these prices to its cost with the wished margin, rounded up to the tariff's decimals. `prefixes`: these alone."""

    prefixes: list[str] | None = None


class ThinPrice(View, frozen=True):
    """One price; `mended` is what it would be, or is now."""

    tariff: str
    tariff_id: int
    prefix: str
    destination: str
    band: str
    price: str
    cost: str
    cost_by: str
    cost_prefix: str
    margin_percent: str | None
    loss: bool
    mended: str


class WrittenSet(View, frozen=True):
    """The prices written into one tariff; rates.undo_import takes them back."""

    tariff_id: int
    import_id: int


class Margins(View, frozen=True):
    """`found` prices in all, those with the greatest loss first; `prices` were written by `margins.mend`,
    a set for each tariff."""

    found: int
    losses: int
    looked_at: int
    prices: list[ThinPrice]
    written: int = 0
    sets: list[WrittenSet] = []
