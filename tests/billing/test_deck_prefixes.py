"""What one cell of a deck means in prefixes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.billing.deck_prefixes import Fault, between, calling_code, is_calling_code, prefixes_of


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("4477", "4477"),
        (" +44 77 ", "4477"),
        ("4477-4479, 44781", "4477 4478 4479 44781"),
        ("32484-32487", "32484 32485 32486 32487"),
        ("61 38,39", "6138 6139"),
        ("61 38-39", "6138 6139"),
        ("4477-9", "4477 4478 4479"),
        ("44770-72", "44770 44771 44772"),
        ("4477 – 4479", "4477 4478 4479"),
        ("4477 to 4479", "4477 4478 4479"),
        ("(+1-829,1809,1849)", "1829 1809 1849"),
        ("1-829,809,849", "1829 1809 1849"),
        ("387-33829", "38733829"),
        ("1-800-555", "1800555"),
        ("23480;23481/23482|23483", "23480 23481 23482 23483"),
        ("19002 19003 19004", "19002 19003 19004"),
        ("93\n9370", "93 9370"),
        ("^93.*", "93"),
        ("^9375.*$", "9375"),
        ("^(44|45).*", "44 45"),
        ("_447[7-9]XXXXXXXX", "4477 4478 4479"),
        ("900[2-4]", "9002 9003 9004"),
        ("44[0,35-6]", "440 443 445 446"),
        ("93.0", "93"),
        ("0044", "44"),
        ("01144", "44"),
        ("+44 (0) 20", "4420"),
        ("937,938", "937 938"),
        ("2125550000 - 2125559999", "212555"),
        ("'4420", "4420"),
    ],
)
def test_a_cell_is_read(cell: str, meant: str) -> None:
    assert prefixes_of(cell) == meant.split()


@pytest.mark.parametrize("cell", ["defaultprefix", "*", "^.*", "_X."])
def test_the_catch_all_is_the_empty_prefix(cell: str) -> None:
    assert prefixes_of(cell) == [""]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "deck.no_prefix"),
        ("3.87E+11", "deck.prefix_scientific"),
        ("3,87e11", "deck.prefix_scientific"),
        ("Albania", "deck.prefix_not_digits"),
        ("1,809,829", "deck.prefix_list_or_number"),
        ("44,781", "deck.prefix_list_or_number"),
        ("9381-9371", "deck.range_wrong"),
        ("12345678901234567", "deck.prefix_too_long"),
        ("^(?!93).*", "deck.pattern_unclear"),
        ("4477 81 9", "deck.prefix_unclear"),
        ("447700-447799999", "deck.range_wrong"),
        ("_[0-9][0-9][0-9][0-9][0-9]5", "deck.too_many_prefixes"),
    ],
)
def test_what_cannot_be_told_is_refused(cell: str, code: str) -> None:
    found = prefixes_of(cell)
    assert isinstance(found, Fault), found
    assert found.code == code


def test_a_country_code_is_told_by_its_zone() -> None:
    assert [calling_code(digits) for digits in ("1809", "7840", "4420", "38763", "35568", "88213", "21650")] == [
        "1",
        "7",
        "44",
        "387",
        "355",
        "882",
        "216",
    ]
    assert is_calling_code("387")
    assert not is_calling_code("38")
    assert not is_calling_code("")


numbers = st.integers(min_value=1, max_value=10**9).map(str)


@given(numbers, st.integers(min_value=0, max_value=5_000))
def test_a_range_covers_its_numbers_and_no_others(first: str, more: int) -> None:
    last = str(int(first) + more)
    if len(last) != len(first):
        return
    found = between(first, last)
    assert not isinstance(found, Fault)
    assert len(found) == len(set(found))
    for number in {int(first), int(last), int(first) + more // 2}:
        assert sum(1 for prefix in found if str(number).startswith(prefix)) == 1
    for outside in (int(first) - 1, int(last) + 1):
        if len(str(outside)) == len(first):
            assert not any(str(outside).startswith(prefix) for prefix in found)


@given(st.lists(st.from_regex(r"[1-9][0-9]{3,9}", fullmatch=True), min_size=1, max_size=20, unique=True))
def test_a_list_of_whole_codes_is_itself(codes: list[str]) -> None:
    assert prefixes_of(", ".join(codes)) == codes
    assert prefixes_of(";".join(codes)) == codes
    assert prefixes_of("\n".join(f"+{code}" for code in codes)) == codes


@given(st.text(max_size=60))
def test_no_cell_breaks_the_reader(cell: str) -> None:
    found = prefixes_of(cell)
    if not isinstance(found, Fault):
        assert found
        assert all(prefix == "" or (prefix.isascii() and prefix.isdigit() and len(prefix) <= 15) for prefix in found)
