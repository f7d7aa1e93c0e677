"""A day's summary in words: parts with their lines, for the screen and for paper alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from appliance.gui import words
from appliance.gui.words import _, moment, money, plural
from appliance.i18n import sentence
from appliance.wire.cdrs import CurrencyFigures
from appliance.wire.statistics import Figures
from appliance.wire.summaries import SummaryBackup, SummaryShop, SummaryView

MOST_SHOWN = 6


class Cell(NamedTuple):
    """A text and its tone ("" for none)."""

    text: str
    tone: str = ""


class Line(NamedTuple):
    """What it is about, and what is said of it."""

    name: str
    cells: tuple[Cell, ...] = ()


class Part(NamedTuple):
    """`columns` name the cells where there are several; `more` lines are left out."""

    title: str
    lines: Sequence[Line]
    columns: tuple[str, ...] = ()
    more: int = 0

    @property
    def rest(self) -> str:
        """How many are left out, "" where none is."""
        return plural("and {n} more", "and {n} more", self.more) if self.more else ""


def money_parts(view: SummaryView, most: int = MOST_SHOWN) -> list[Part]:
    """What was called and sold."""
    found = []
    if view.figures is not None:
        found.append(Part(_("Calls and money"), _figures(view.figures)))
    if view.shops:
        lines = [_shop(each) for each in view.shops]
        found.append(_part(_("Call shops"), lines, 2 * most)._replace(columns=(_("Sales"), _("Cash"), _("Difference"))))
    return found


def other_parts(view: SummaryView, most: int = MOST_SHOWN) -> list[Part]:
    """What needs an eye; what one may not know is left out."""
    found = []
    if view.outages is not None:
        lines = [Line(each.trunk, (Cell(_span(each.began_at, each.ended_at), "danger"),)) for each in view.outages]
        found.append(_part(_("Trunks that did not work"), lines, most))
    if view.stops is not None:
        stops = [Line(each.customer, (Cell(_words(each.reason, each.parameters), "danger"),)) for each in view.stops]
        found.append(_part(_("Stopped customers"), stops, most))
    if view.low is not None:
        low = [
            Line(each.owner, (Cell(money(each.left, each.currency), "danger" if words.micros(each.left) <= 0 else "warning"),)) for each in view.low
        ]
        found.append(_part(_("Money ends soon"), low, most, view.more_low))
    if view.carriers:
        carriers = [
            Line(each.trunk, (Cell(_carrier(each.balance, each.currency, each.hours_left), "warning" if each.low else ""),)) for each in view.carriers
        ]
        found.append(_part(_("Money at the carriers"), carriers, most))
    if view.backup is not None:
        found.append(Part(_("Newest backup"), _backup(view.backup)))
    return found


def _part(title: str, lines: list[Line], most: int, more: int = 0) -> Part:
    left = max(0, len(lines) - most) + more
    return Part(title, lines[:most] or [Line(_("None"))], more=left)


def _figures(figures: Figures) -> list[Line]:
    lines = [
        Line(_("Calls"), (Cell(words.count(figures.calls)),)),
        Line(_("Answered"), (Cell(words.count(figures.answered)),)),
        Line(_("Minutes"), (Cell(words.count(round(float(figures.minutes)))),)),
    ]
    for each in figures.money:
        lines += _money(each)
    return lines


def _money(each: CurrencyFigures) -> list[Line]:
    found = [Line(_("Sales"), (Cell(money(each.sales, each.currency)),))]
    if each.cost is not None:
        found.append(Line(_("Cost"), (Cell(money(each.cost, each.currency)),)))
    if each.margin is not None:
        found.append(Line(_("Margin"), (Cell(money(each.margin, each.currency), "danger" if words.micros(each.margin) < 0 else "good"),)))
    return found


def _shop(each: SummaryShop) -> Line:
    """What one clerk sold, what the drawers took, what the counts differed by."""
    who = f"{each.shop} · {each.clerk}" if each.clerk else each.shop
    cells = [Cell(money(each.sales, each.currency)), Cell(money(each.cash, each.currency)), Cell("")]
    if each.difference is not None:
        micros = words.micros(each.difference)
        cells[2] = Cell(money(each.difference, each.currency), "danger" if micros < 0 else "warning" if micros else "good")
    return Line(who, tuple(cells))


def _span(began: str, ended: str | None) -> str:
    if ended is None:
        return _("since {moment}", moment=words.apart(moment(began)))
    return _("{begin} to {end}", begin=words.apart(moment(began)), end=words.apart(moment(ended)))


def _carrier(balance: str, currency: str, hours: int | None) -> str:
    said = money(balance, currency)
    if hours is None:
        return said
    left = _("{hours} h", hours=words.count(hours))
    return f"{said} · {left}"


def _backup(view: SummaryBackup) -> list[Line]:
    lines = []
    if view.newest_at is not None:
        lines.append(Line(_("In the data folder"), (Cell(moment(view.newest_at)),)))
    elif not view.copies:
        lines.append(Line(_words("alert.no_backup", {})))
    if view.fault:
        lines.append(Line(_("Second copy"), (Cell(_words("alert.copy_failed", {"reason": view.fault}), "danger"),)))
    elif view.copies:
        lines.append(Line(_("Second copy"), (Cell(_("Up to date"), "good"),)))
    return lines


def _words(code: str, parameters: Mapping[str, str]) -> str:
    """A sentence of the catalogue, its moments and amounts as this person reads them."""
    return sentence(code, {name: words.place(text) for name, text in parameters.items()}, words.language())
