"""The till's arithmetic: what is due, how it is rounded, the tax inside it, the change, and the entries of all that.

The law of this file: everything that a guest owes or pays goes through the guest's account of the bill; a settled bill
leaves it at zero. Cash is rounded once, at the settlement, and the rounding is posted. Signs are credit-positive: what
was paid in beforehand is positive on the guest's account, what is owed negative; cash in the drawer is negative on the
till's account.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from appliance.billing.ledger import Entry, Side
from appliance.billing.tax import split_gross
from appliance.money import MICROS, UNITS, round_ratio

CASH, CARD = "cash", "card"

GUEST = "guest"
SALES, GOODS, DISCOUNTS, TAX, ROUNDING = "shop_sales", "shop_goods", "shop_discount", "shop_tax", "shop_rounding"
DRAWER, SAFE, CARDS, EXCHANGE = "shop_cash", "shop_safe", "shop_card", "shop_exchange"
LOSS, REFUNDS, DIFFERENCE, FUNDS = "shop_loss", "shop_refund", "shop_difference", "shop_funds"

CALL_LINE, GOODS_LINE, ITEM_LINE, DISCOUNT_LINE, FORGIVEN_LINE = "call", "goods", "item", "discount", "forgiven"


class Books(NamedTuple):
    """Whose books: the shop's accounts stand in its reseller's ledger under the shop's id, and a till's under its own too."""

    reseller_id: int
    shop_id: int
    currency: str

    def side(self, kind: str, amount: int, detail: str = "", currency: str = "") -> Side:
        """A posting to one of the shop's accounts."""
        name = f"{self.shop_id}/{detail}" if detail else str(self.shop_id)
        return Side(amount, currency or self.currency, None, kind, self.reseller_id, name)


class Sold(NamedTuple):
    """A line of a bill as tax sees it: gross, its rate, and whether it is of calls (or off them)."""

    gross_micros: int
    tax_ppm: int
    of_calls: bool


class Taxed(NamedTuple):
    """The tax of one rate in a total, and how much of it lies in calls."""

    tax_ppm: int
    gross_micros: int
    tax_micros: int
    of_calls_micros: int


class Tendered(NamedTuple):
    """Something given: `value_micros` is what it counts for in the bill's currency."""

    method: str
    amount_micros: int
    currency: str
    value_micros: int


class Settlement(NamedTuple):
    """What a bill comes to as it is paid. `due` is exact; `payable` is it rounded for the way it is paid; negative: paid out."""

    due_micros: int
    payable_micros: int
    card_micros: int
    cash_micros: int  # value of the cash that is given, before change
    change_micros: int
    missing_micros: int

    @property
    def rounding_micros(self) -> int:
        """What the rounding added."""
        return self.payable_micros - self.due_micros


def to_unit(micros: int, unit: int) -> int:
    """The nearest whole number of units, halves away from zero; a unit of 0 or 1 rounds nothing."""
    if unit <= 1:
        return micros
    rounded = (2 * abs(micros) + unit) // (2 * unit) * unit
    return rounded if micros >= 0 else -rounded


def smallest(decimals: int) -> int:
    """Micros of the currency's smallest unit."""
    return UNITS[decimals]


def settle(due_micros: int, decimals: int, unit: int, tenders: Sequence[Tendered] = ()) -> Settlement:
    """How a bill stands with what is given for it. `unit`: of cash rounding, 0 for the currency's own.

    A bill that the card pays to the last decimal is not rounded to cash; what cash pays of it is.
    """
    fine = smallest(decimals)
    coarse = max(unit, fine)
    card = sum(each.value_micros for each in tenders if each.method == CARD)
    cash = sum(each.value_micros for each in tenders if each.method == CASH)
    exact = to_unit(due_micros, fine)
    if card and card == exact:
        payable = exact
    else:
        payable = card + to_unit(due_micros - card, coarse)
    left = payable - card - cash
    return Settlement(due_micros, payable, card, cash, max(-left, 0), max(left, 0))


def taxes(lines: Iterable[Sold], decimals: int) -> list[Taxed]:
    """The tax by rate, on the sum of each rate, rounded once to the currency's decimals; rates without anything are left out."""
    sums: dict[int, list[int]] = {}
    for line in lines:
        of = sums.setdefault(line.tax_ppm, [0, 0])
        of[0] += line.gross_micros
        of[1] += line.gross_micros if line.of_calls else 0
    found = []
    for ppm, (gross, of_calls) in sorted(sums.items()):
        if gross or of_calls:
            tax = split_gross(gross, ppm, decimals).tax_micros
            inside = split_gross(of_calls, ppm, decimals).tax_micros if of_calls != gross else tax
            found.append(Taxed(ppm, gross, tax, inside))
    return found


def in_proportion(amount: int, weights: Sequence[int]) -> list[int]:
    """An amount shared out by weights, whose parts sum to it exactly; the largest remainders take what is left over."""
    total = sum(weights)
    if not total:
        return [amount, *(0 for _ in weights[1:])] if weights else []
    parts = [amount * weight // total for weight in weights]
    order = sorted(range(len(weights)), key=lambda at: (-(amount * weights[at] % total), at))
    for at in order[: amount - sum(parts)]:
        parts[at] += 1
    return parts


def change_in(micros: int, denominations: Iterable[int]) -> dict[int, int]:
    """The fewest coins and notes by taking the largest first; what none of them can give is left out."""
    pieces: dict[int, int] = {}
    for value in sorted(denominations, reverse=True):
        if value > 0 and micros >= value:
            pieces[value], micros = divmod(micros, value)
    return pieces


def foreign_value(amount_micros: int, rate_micros: int, decimals: int) -> int:
    """What foreign cash counts for, at `rate_micros` of the shop's currency for one of it."""
    return round_ratio(amount_micros * rate_micros, MICROS, decimals)


# entries ------------------------------------------------------------------------------------------------------------
def guest_call(books: Books, account_id: int, amount_micros: int) -> Entry | None:
    """The guest's charge of a call, earned by the shop (gross: its tax is taken out when the bill is paid)."""
    return _entry("booth", Side(-amount_micros, books.currency, account_id), books.side(SALES, amount_micros))


def guest_line(books: Books, account_id: int, kind: str, amount_micros: int) -> Entry | None:
    """Goods, an item by hand (positive), a discount or a forgiven call (negative)."""
    other = DISCOUNTS if kind in (DISCOUNT_LINE, FORGIVEN_LINE) else GOODS
    return _entry("sale", Side(-amount_micros, books.currency, account_id), books.side(other, amount_micros))


def paid_in(books: Books, account_id: int, till_id: int, method: str, amount_micros: int) -> Entry | None:
    """A deposit, held for the guest."""
    return _entry("deposit", Side(amount_micros, books.currency, account_id), _money(books, till_id, method, amount_micros))


def moved(books: Books, from_account: int, to_account: int, amount_micros: int) -> Entry | None:
    """Lines that go from one bill to another: what they come to is owed there instead."""
    return _entry("bill_move", Side(amount_micros, books.currency, from_account), Side(-amount_micros, books.currency, to_account))


def settlement(books: Books, account_id: int, till_id: int, made: Settlement, tenders: Sequence[Tendered], taxed: Iterable[Taxed]) -> Entry | None:
    """A bill paid: the guest's account comes to zero, change goes back, rounding and tax are posted."""
    sides = [Side(made.due_micros, books.currency, account_id), books.side(ROUNDING, made.rounding_micros)]
    drawer = -made.change_micros
    for tender in tenders:
        if tender.method == CARD:
            sides.append(books.side(CARDS, -tender.value_micros, str(till_id)))
        elif tender.currency == books.currency:
            drawer += tender.amount_micros
        else:
            sides.append(books.side(DRAWER, -tender.amount_micros, str(till_id), tender.currency))
            sides.append(books.side(EXCHANGE, tender.amount_micros, "", tender.currency))
            sides.append(books.side(EXCHANGE, -tender.value_micros))
    sides.append(books.side(DRAWER, -drawer, str(till_id)))
    return _entry("bill", *sides, *tax_sides(books, taxed))


def loss(books: Books, account_id: int, till_id: int | None, owed_micros: int, given_back_micros: int, taxed: Iterable[Taxed]) -> Entry | None:
    """A bill that nobody pays. `owed_micros` is given up; `given_back_micros` goes back to the guest out of the drawer.

    The guest's account had given_back - owed on it (or -owed where nothing is given back) and comes to zero.
    """
    sides = [Side(owed_micros - given_back_micros, books.currency, account_id), books.side(LOSS, -owed_micros)]
    if given_back_micros:
        sides.append(books.side(DRAWER, given_back_micros, str(till_id)))
    return _entry("bill_loss", *sides, *tax_sides(books, taxed))


def refund(books: Books, till_id: int, method: str, amount_micros: int, taxed: Iterable[Taxed]) -> Entry | None:
    """Money back on a bill that was paid, the tax in it with it."""
    back = [Side(-each.amount_micros, each.currency, each.account_id, each.kind, each.reseller_id, each.name) for each in _tax_only(books, taxed)]
    tax = -sum(each.amount_micros for each in back)
    return _entry("bill_refund", _money(books, till_id, method, -amount_micros), books.side(REFUNDS, tax - amount_micros), *back)


def counted_in(books: Books, till_id: int, amounts: Mapping[str, int]) -> Entry | None:
    """The float of a shift: out of the safe, into the drawer."""
    return _drawer(books, till_id, SAFE, amounts)


def brought(books: Books, till_id: int, kind: str, amount_micros: int, currency: str) -> Entry | None:
    """Cash in (positive) or out (negative) with a reason, or dropped into the safe."""
    return _drawer(books, till_id, SAFE if kind == "drop" else FUNDS, {currency: amount_micros})


def counted_out(books: Books, till_id: int, expected: Mapping[str, int], counted: Mapping[str, int]) -> Entry | None:
    """The end of a shift: what was counted goes to the safe, what it differs by is posted, and the till's account comes to zero."""
    sides = []
    for currency in sorted({*expected, *counted}):
        should, there = expected.get(currency, 0), counted.get(currency, 0)
        sides += [
            books.side(DRAWER, should, str(till_id), currency),
            books.side(SAFE, -there, "", currency),
            books.side(DIFFERENCE, there - should, "", currency),
        ]
    return _entry("till", *sides)


def tax_sides(books: Books, taxed: Iterable[Taxed]) -> list[Side]:
    """The tax taken out of what was sold, and owed to the state by rate."""
    sides = []
    for each in taxed:
        of_goods = each.tax_micros - each.of_calls_micros
        sides += [books.side(SALES, -each.of_calls_micros), books.side(GOODS, -of_goods), *_tax_only(books, (each,))]
    return sides


def _tax_only(books: Books, taxed: Iterable[Taxed]) -> list[Side]:
    return [books.side(TAX, each.tax_micros, str(each.tax_ppm)) for each in taxed if each.tax_micros]


def _money(books: Books, till_id: int, method: str, amount_micros: int) -> Side:
    return books.side(CARDS if method == CARD else DRAWER, -amount_micros, str(till_id))


def _drawer(books: Books, till_id: int, other: str, amounts: Mapping[str, int]) -> Entry | None:
    sides = []
    for currency, amount in sorted(amounts.items()):
        sides += [books.side(DRAWER, -amount, str(till_id), currency), books.side(other, amount, "", currency)]
    return _entry("till", *sides)


def _entry(kind: str, *sides: Side) -> Entry | None:
    """Postings to one account come together; those of nothing are left out."""
    together: dict[tuple[object, ...], int] = {}
    for side in sides:
        key = (side.currency, side.account_id, side.kind, side.reseller_id, side.name)
        together[key] = together.get(key, 0) + side.amount_micros
    moving = tuple(
        Side(amount, currency, account, part, reseller, name)  # type: ignore[arg-type]
        for (currency, account, part, reseller, name), amount in together.items()
        if amount
    )
    return Entry(kind, moving) if moving else None
