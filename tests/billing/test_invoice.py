"""Sums of documents: exact, once rounded, and every printed column adds up."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance.billing.bank_files import read
from appliance.billing.invoice import Line, Rate, apportioned, checked_reference, paid, reference, totals
from appliance.errors import UserError
from appliance.money import UNITS, divide_half_up, round_ratio

AMOUNTS = st.integers(-(10**12), 10**12)
LINES = st.lists(st.tuples(AMOUNTS, st.integers(0, 2)), max_size=40)
RATES = [Rate("S", "high", 210_000, "NL"), Rate("S", "low", 90_000, "NL"), Rate("Z", "zero", 0, "NL")]


@given(LINES, st.integers(0, 3), st.booleans())
def test_a_document_adds_up(lines: list[tuple[int, int]], decimals: int, included: bool) -> None:
    unit = UNITS[decimals]
    made = totals([Line("calls", "", 1, 1, amount, tax) for amount, tax in lines], RATES, decimals, included=included)
    assert made.net_micros + made.tax_micros == made.total_micros
    assert sum(made.shown) == made.net_micros == sum(each.net_micros for each in made.taxes)
    assert sum(each.tax_micros for each in made.taxes) == made.tax_micros
    assert all(amount % unit == 0 for amount in (*made.shown, made.net_micros, made.tax_micros))
    rounded = divide_half_up(made.exact_micros, unit) * unit
    assert (made.total_micros if included else made.net_micros) == rounded
    for each in made.taxes:
        if not included:
            assert each.tax_micros == round_ratio(each.net_micros * each.rate.ppm, 1_000_000, decimals)


@given(st.lists(AMOUNTS, min_size=1, max_size=30), st.integers(0, 6))
def test_shown_lines_are_never_a_whole_unit_away(parts: list[int], decimals: int) -> None:
    unit = UNITS[decimals]
    total = divide_half_up(sum(parts), unit) * unit
    shown = apportioned(total, parts, unit)
    assert sum(shown) == total
    assert all(abs(one - other) < unit or unit == 1 for one, other in zip(shown, parts, strict=True))


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 2)), min_size=1, max_size=20))
def test_money_taxed_before_keeps_the_tax_that_was_owed(payments: list[tuple[int, int]]) -> None:
    unit = UNITS[2]
    taxes = [0, 0, 0]
    lines = []
    for gross, rate in payments:
        amount = gross // unit * unit
        tax = round_ratio(amount * RATES[rate].ppm, 1_000_000 + RATES[rate].ppm, 2)
        taxes[rate] += tax
        lines.append(Line("credit", "cash", 1, 0, amount - tax, rate))
    made = paid(lines, RATES, taxes, 2)
    assert [each.tax_micros for each in made.taxes] == taxes
    assert made.total_micros == sum(gross // unit * unit for gross, _rate in payments) and sum(made.shown) == made.net_micros


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=21), st.integers(0, 20))
def test_references_are_found_and_never_mistaken(text: str, place: int) -> None:
    whole = reference(text)
    spaced = " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))
    assert checked_reference(whole) == checked_reference(spaced.lower()) == whole
    at = 4 + place % len(text)
    wrong = whole[:at] + ("1" if whole[at] != "1" else "2") + whole[at + 1 :]
    assert checked_reference(wrong) != wrong


def test_the_example_of_the_standard() -> None:
    assert reference("539007547034") == "RF18539007547034"


@pytest.mark.parametrize("content", [b"<!DOCTYPE x [<!ENTITY a 'b'>]><Document/>", b"<Document", b"<Document/>"])
def test_bad_xml_is_refused(content: bytes) -> None:
    with pytest.raises(UserError, match=r"bank\.not_readable"):
        read(content)


@given(st.binary(max_size=300), st.sampled_from(["", "camt", "mt940", "csv"]))
@example(b"\r\x00", "")
@example(b'"' + b"a" * 200_000, "csv")
def test_no_file_breaks_the_reader(content: bytes, form: str) -> None:
    try:
        found = read(content, form, {"date": "a", "amount": "b"})
    except UserError:
        return
    assert all(line.currency for line in found.lines)


@pytest.mark.parametrize(
    ("amount", "micros"),
    [("1.234,56", 1_234_560_000), ("1,234.56", 1_234_560_000), ("-12.5", -12_500_000), ("12,50-", -12_500_000), ("7", 7_000_000)],
)
def test_amounts_of_many_banks(amount: str, micros: int) -> None:
    line = read(f'date;amount\n2026-01-02;"{amount}"\n'.encode(), "csv", {"date": "date", "amount": "amount"}, "EUR").lines[0]
    assert (line.amount_micros, line.booked_on) == (micros, "2026-01-02")
