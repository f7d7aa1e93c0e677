"""Decks as rows, read in one step."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.billing.deck_guess import Given, Layout, Row, layout_of
from appliance.billing.deck_import import Deck, Wish, read_deck
from appliance.money import format_amount


def rows_of(text: str, sign: str = "|") -> list[Row]:
    """Lines of a text as rows, cells between signs."""
    return [(number, [cell.strip() for cell in line.split(sign)]) for number, line in enumerate(text.strip("\n").splitlines(), 1)]


def reading(text: str, given: Given | None = None, wish: Wish | None = None) -> tuple[Layout, Deck]:
    rows = rows_of(text)
    layout = layout_of(rows, given or Given())
    return layout, read_deck(rows, layout, wish or Wish())


def prices(deck: Deck) -> dict[str, str]:
    return {rate.prefix: format_amount(rate.price_micros) for rate in deck.rates}


def refused(deck: Deck) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in deck.problems if problem.refused]


def noted(deck: Deck) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in deck.problems if not problem.refused]


def columns(layout: Layout) -> dict[str, Sequence[int]]:
    return {role: [column + 1 for column in found] for role, found in layout.columns.items()}
