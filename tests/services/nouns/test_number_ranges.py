"""Number ranges: what may stand in them, what is warned about, which is free."""

from __future__ import annotations

import pytest

from appliance.errors import UserError
from appliance.services.people.number_ranges import check_range, country_of, free_range, is_short_number, parse_range, warnings
from tests.services.nouns.described import Described


@pytest.mark.parametrize(
    ("numbers", "country", "clash"),
    [
        ("100-199", "NL", "112"),
        ("100-199", "", "112"),
        ("900-919", "US", "911"),
        ("000-099", "AU", "000"),
        ("1200-1299", "NL", "1200"),
        ("116000-116999", "DE", "116000"),
        ("115-115", "DE", "115"),
    ],
)
def test_emergency_and_short_numbers_are_refused_by_name(numbers: str, country: str, clash: str) -> None:
    with pytest.raises(UserError) as raised:
        check_range(*parse_range(numbers), country)
    assert raised.value.parameters["number"] == clash


@pytest.mark.parametrize(
    ("numbers", "country"),
    [("1000000-1999999", "NL"), ("1120000-1129999", "NL"), ("200-299", "NL"), ("9110000-9119999", "US"), ("5000-5099", "NL"), ("113-115", "XX")],
)
def test_a_shared_first_digit_is_no_clash(numbers: str, country: str) -> None:
    check_range(*parse_range(numbers), country)


@pytest.mark.parametrize(
    "text", ["", "1-", "-1", "12-9", "100-99", "100-1000", "a-b", "1000000", "1 - 2 - 3", "1" * 16 + "-" + "2" * 16, "\u0661-\u0662"]
)
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(UserError) as raised:
        parse_range(text)
    assert raised.value.code == "number_range.invalid"


def test_the_country_is_known_by_the_time_zone() -> None:
    assert [country_of("", zone) for zone in ("Europe/Amsterdam", "America/Sao_Paulo", "UTC", "Nowhere")] == ["NL", "BR", "", ""]
    assert country_of("DE", "Europe/Amsterdam") == "DE"


def test_single_short_numbers_are_told(described: Described) -> None:
    assert is_short_number("112", "")
    assert is_short_number("116117", "DE")
    assert not is_short_number("1000001", "NL")


def test_overlaps_are_warned_about(described: Described) -> None:
    others = list(described.store.resellers.list())
    assert free_range(others) == ("3000000", "3999999")
    (overlap,) = warnings("New", "1500000", "1500009", others)
    assert "overlaps that of root (1000000-1999999)" in overlap
    (public,) = warnings("New", "31201234000", "31201234999", others)
    assert "+312012340" in public
    assert warnings("New", "9000000", "9000009", others) == []
