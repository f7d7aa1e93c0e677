"""The worked examples of the manual, worked out again."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from appliance.billing.bundle import CoveredTerms
from appliance.billing.rate import Rate
from appliance.billing.rating import Terms, charge
from appliance.billing.schedule import TimeBand
from appliance.billing.tariff import Tariff, TariffBook
from appliance.billing.volume import discounted
from appliance.money import exchange, format_amount, parse_amount, parse_percent

CHAPTER = Path(__file__).parents[2] / "resources" / "manual" / "en" / "how-a-price-is-made.md"
MIDNIGHT = 1_767_571_200_000  # Monday 5 January 2026
AMOUNTS = {"price": "price_micros", "fee": "connection_fee_micros", "least": "minimum_charge_micros", "most": "maximum_charge_micros"}
SECONDS = {"minimum": "minimum_seconds", "free": "free_seconds", "free below": "free_below_seconds"}


class Example(NamedTuple):
    """One line of terms with the table below it."""

    terms: str
    rows: list[tuple[str, str, str]]


def examples() -> list[Example]:
    """All of the chapter, in its order."""
    found: list[Example] = []
    for line in CHAPTER.read_text(encoding="utf-8").splitlines():
        if line.startswith("**Terms:**"):
            found.append(Example(line.removeprefix("**Terms:** "), []))
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and cells[0].endswith(" s"):
            found[-1].rows.append((cells[0], cells[1], cells[2]))
    return found


def terms_of(text: str) -> Terms:
    """What a line of terms says."""
    rate: dict[str, object] = {"id": 1, "prefix": "31"}
    tariff: dict[str, object] = {}
    bands: list[TimeBand] = []
    evening = ""
    said: dict[str, str] = {}
    markups: list[int] = []
    begun = MIDNIGHT
    for part in text.split(" · "):
        if amount := re.fullmatch(r"(price|fee|least|most) ([\d.]+)", part):
            rate[AMOUNTS[amount[1]]] = parse_amount(amount[2])
        elif seconds := re.fullmatch(r"(minimum|free|free below) (\d+) s", part):
            rate[SECONDS[seconds[1]]] = int(seconds[2])
        elif increments := re.fullmatch(r"increments (\d+)/(\d+)", part):
            rate |= {"first_increment": int(increments[1]), "next_increment": int(increments[2])}
        elif band := re.fullmatch(r"from (\d\d):00 at ([\d.]+)", part):
            bands = [TimeBand("evening", day, int(band[1]) * 60, 1440) for day in range(7)]
            evening = band[2]
        elif start := re.fullmatch(r"begun at (\d\d):(\d\d):(\d\d)", part):
            begun += ((int(start[1]) * 60 + int(start[2])) * 60 + int(start[3])) * 1000
        elif more := re.fullmatch(r"plus (\d+) %", part):
            markups.append(parse_percent(more[1]))
        else:
            word, _, value = part.partition(" ")
            said[word] = value
    tariff |= {"increment_style": said["style"]} if "style" in said else {}
    tariff |= {"band_rule": "split"} if "split" in said else {}
    tariff |= {"rounding": said["rounding"]} if "rounding" in said else {}
    tariff |= {"decimals": int(said["decimals"])} if "decimals" in said else {}
    assert set(said) <= {"style", "split", "rounding", "decimals", "bundle", "tier", "rate"}, said
    book = TariffBook()
    book.put(Tariff(1, "base", "EUR", bands=tuple(bands), **tariff))  # type: ignore[arg-type]
    book.set_rates(1, [Rate(**rate)])  # type: ignore[arg-type]
    if evening:
        book.add_rates(1, [Rate(**{**rate, "id": 2, "band": "evening", "price_micros": parse_amount(evening)})])  # type: ignore[arg-type]
    for number, ppm in enumerate(markups, 2):
        book.put(Tariff(number, f"plus {ppm}", "EUR", base_id=number - 1, markup_ppm=ppm, **tariff))  # type: ignore[arg-type]
    other = exchange("EUR", "USD", said["rate"]) if "rate" in said else None
    terms = book.terms(1 + len(markups), "31201234567", begun, "USD" if other else "", other)
    assert isinstance(terms, Terms)
    if "tier" in said:
        terms = discounted(terms, parse_percent(said["tier"].removesuffix(" %")))
    return CoveredTerms(terms, int(said["bundle"].removesuffix(" s"))) if "bundle" in said else terms


def test_the_day_is_a_monday() -> None:
    assert datetime.fromtimestamp(MIDNIGHT // 1000, UTC).strftime("%A %H:%M") == "Monday 00:00"
    assert len(examples()) >= 12


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.terms)
def test_every_example_is_true(example: Example) -> None:
    terms = terms_of(example.terms)
    assert example.rows
    for talk, billed, amount in example.rows:
        made = charge(terms, int(float(talk.removesuffix(" s")) * 1000))
        assert (f"{made.billed_seconds} s", format_amount(made.amount_micros)) == (billed, amount), talk
