"""What stands where in a deck that nobody described."""

from __future__ import annotations

import pytest

from appliance.billing.deck_guess import Given
from appliance.errors import UserError
from tests.billing.decks import columns, prices, reading, refused


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        (
            "Code|Destination|Connection Cost (USD)|Grace Time|Cost / Min (USD)|Initial Increment|Increment",
            "prefix destination connection_fee grace price first_increment next_increment",
        ),
        ("Target Pattern Name|Prefix|Per minute charge|Connection charge|Charge period|", "destination prefix price connection_fee next_increment"),
        ("pattern|comment|connectcost|includedseconds|cost|inc", "prefix destination connection_fee free_seconds price next_increment"),
        (
            "prefix|destination|price_per_minute|connection_fee|first_increment|next_increment",
            "prefix destination price connection_fee first_increment next_increment",
        ),
        ("Vorwahl|Ziel|Preis pro Minute (EUR)|Taktung|Gültig ab", "prefix destination price next_increment valid_from"),
        ("Prefijo|Destino|Precio por minuto|Establecimiento|Fecha", "prefix destination price connection_fee valid_from"),
        ("Indicatif|Libellé|Prix / min|Frais de connexion|Date d'effet", "prefix destination price connection_fee valid_from"),
        ("Prefisso|Destinazione|Prezzo al minuto|Scatto alla risposta", "prefix destination price connection_fee"),
        ("Код|Направление|Цена за минуту", "prefix destination price"),
        ("الرمز|الوجهة|سعر الدقيقة", "prefix destination price"),
        ("区号|目的地|价格", "prefix destination price"),
        ("Alan Kodu|Hedef|Dakika Ücreti", "prefix destination price"),
    ],
)
def test_columns_by_their_names(header: str, roles: str) -> None:
    cells = {"prefix": "4477", "destination": "UK Mobile", "price": "0.05", "connection_fee": "0.01", "valid_from": "2025-05-01"}
    row = "|".join(cells.get(role, "0") for role in roles.split())
    layout, _ = reading(f"{header}\n{row}\n{row.replace('4477', '4478')}")
    assert layout.header == 0
    assert {role: found[0] for role, found in layout.columns.items()} == {role: index for index, role in enumerate(roles.split())}


def test_no_header_at_all() -> None:
    layout, deck = reading("93|AFGHANISTAN Proper|0.243\n9370|AFGHANISTAN |0.219\n355|ALBANIA|0.113")
    assert (layout.header, columns(layout)) == (-1, {"prefix": [1], "price": [3], "destination": [2]})
    assert prices(deck) == {"93": "0.243", "9370": "0.219", "355": "0.113"}


def test_columns_in_another_order_without_header_and_increments() -> None:
    layout, _ = reading("UK Mobile|0.05|60/60|4477\nUK Proper|0.01|60/60|44\nFrance|0.02|60/60|33")
    assert columns(layout) == {"prefix": [4], "price": [2], "destination": [1], "next_increment": [3]}


def test_a_preamble_is_stepped_over() -> None:
    preamble = "\n".join(f"Dear customer, line {number}, 0.5 %||" for number in range(1, 21))
    layout, deck = reading(f"{preamble}\nDate 12 May 2025|Rate sheet|\nPrefix|Name|Rate (US$)\n44|UK|0.01\n")
    assert layout.header == 21
    assert layout.currency == "USD"
    assert (deck.rows, prices(deck)) == (1, {"44": "0.01"})


def test_country_and_description_make_one_name() -> None:
    _, deck = reading(
        "|Prefix|Country|Description|Rate\n|93|AFGHANISTAN|Proper|0.24\n|9370|AFGHANISTAN||0.21\n|9379|AFGHANISTAN|Afghanistan Mobile|0.2"
    )
    assert [rate.destination for rate in deck.rates] == ["AFGHANISTAN Proper", "AFGHANISTAN", "Afghanistan Mobile"]


def test_country_code_beside_area_codes() -> None:
    _, deck = reading("Country|Country Code|Area Codes|Rate\nAustralia|61|38,39|0.02\nAustralia|61||0.03\nUK|44|77-79|0.05")
    assert prices(deck) == {"6138": "0.02", "6139": "0.02", "61": "0.03", "4477": "0.05", "4478": "0.05", "4479": "0.05"}


def test_country_code_that_the_code_has_in_it_already() -> None:
    layout, deck = reading("Country Code|Code|Destination|Rate\n61|6138|AU|0.02\n44|4477|UK|0.05")
    assert "country_code" not in layout.columns
    assert set(prices(deck)) == {"6138", "4477"}


def test_letters_of_a_country_are_no_country_code() -> None:
    layout, _ = reading("Country Code|Prefix|Rate\nAU|61|0.02\nUK|44|0.05")
    assert columns(layout) == {"prefix": [2], "price": [3], "destination": [1]}


def test_two_columns_of_one_name_are_told() -> None:
    layout, deck = reading("Code|Name|Rate|Rate\n44|UK|0.01|0.02")
    assert layout.twice == ("Rate",)
    assert [problem.code for problem in deck.problems] == ["deck.header_twice"]


def test_the_new_rate_wins_over_the_old_one() -> None:
    layout, _ = reading("Code|Old Rate|Rate Name|New Rate|Created Date\n44|0.01|UK|0.02|x")
    assert columns(layout) == {"prefix": [1], "destination": [3], "price": [4]}


@pytest.mark.parametrize(("name", "unit"), [("Price per second", "second"), ("Rate (cents)", "cents"), ("Rate", "minute")])
def test_the_unit_is_read_from_the_name(name: str, unit: str) -> None:
    layout, _ = reading(f"Code|{name}\n44|0.5")
    assert layout.price_unit == unit


def test_what_was_said_is_not_guessed() -> None:
    text = "a|b|c\n44|0.5|55\n33|0.6|66"
    layout, deck = reading(text, Given(header_row=1, columns={"prefix": [3], "price": ["b"]}))
    assert columns(layout) == {"prefix": [3], "price": [2]}
    assert prices(deck) == {"55": "0.50", "66": "0.60"}
    layout, deck = reading(text, Given(header_row=2, columns={"code": [1], "rate": [2]}))
    assert (layout.header, prices(deck)) == (1, {"33": "0.60"})
    layout, _ = reading("44|0.5\n33|0.6", Given(header_row=0))
    assert layout.header == -1


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (Given(header_row=9), "deck.header_row"),
        (Given(columns={"prefix": [7]}), "deck.no_such_column"),
        (Given(columns={"prefix": ["Nowhere"]}), "deck.no_such_column"),
        (Given(columns={"colour": [1]}), "deck.field_unknown"),
    ],
)
def test_what_was_said_wrongly(given: Given, code: str) -> None:
    with pytest.raises(UserError) as caught:
        reading("Code|Rate\n44|0.5", given)
    assert caught.value.code == code


def test_a_file_that_is_no_deck() -> None:
    _, deck = reading("Dear Sir|\nplease find|\nattached|nothing")
    assert deck.missing == ("prefix", "price")
    assert deck.rates == []


def test_a_header_said_again_and_blank_lines_are_passed_over() -> None:
    _, deck = reading("Code|Rate\n44|0.5\n|\nCode|Rate\n33|0.6\nSubject to our terms|")
    assert (deck.rows, prices(deck), refused(deck)) == (2, {"44": "0.50", "33": "0.60"}, [])
    assert [line for line, _ in deck.remarks] == [4, 6]
