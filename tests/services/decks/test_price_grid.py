"""The grid of prices: pages, search, what an override hides, what a price costs us."""

from __future__ import annotations

import pytest

from appliance.clock import rfc3339
from appliance.errors import NotFound, UserError
from appliance.wire.exchange_rates import ExchangeRateSet
from tests.services.decks.conftest import Importing
from tests.services.nouns.described import example

DECK = """Code,Destination,Rate,Connection,Increments
31,Netherlands,0.01,0.001,60/6
316,Netherlands Mobile,0.05,0.001,60/6
44,UK,0.02,0.001,60/6
4477,UK Mobile,0.03,0.001,60/6
"""


@pytest.fixture
def grid(selling: Importing) -> Importing:
    """carrier-cost is what the trunk costs, retail follows it by 25 % and says 3197 itself."""
    selling.import_(DECK, "carrier-cost")
    return selling


def test_a_row_says_price_cost_and_margin(grid: Importing) -> None:
    page = grid.grid("retail")
    assert [row.prefix for row in page.rates] == ["31", "316", "3197", "44", "4477"]
    assert (page.next, page.total, page.currency) == ("", 5, "EUR")
    row = page.rates[1]
    assert (row.destination, row.price_per_minute, row.connection_fee) == ("Netherlands Mobile", "0.0625", "0.00125")
    assert (row.first_increment, row.next_increment) == (60, 6)
    assert (row.cost, row.cost_by, row.cost_prefix) == ("0.05", "carrier-cost", "316")
    assert (row.margin, row.margin_percent, row.loss) == ("0.0125", "20", False)
    assert (row.overridden, row.inherited_price) == (False, None)
    special = page.rates[2]
    assert (special.overridden, special.price_per_minute, special.inherited_price, special.cost) == (True, "0.05", "0.0125", "0.01")


def test_pages_by_prefix(grid: Importing) -> None:
    seen, after = [], ""
    while True:
        page = grid.grid("retail", limit=2, after=after)
        seen += [row.prefix for row in page.rates]
        after = page.next
        if not after:
            break
    assert seen == ["31", "316", "3197", "44", "4477"]


@pytest.mark.parametrize(
    ("search", "prefixes"),
    [
        ("31", "31 316 3197"),
        ("31612345678", "31 316"),
        ("+4477", "44 4477"),
        ("mobile", "316 4477"),
        ("NETHER", "31 316 3197"),
        ("99", ""),
        ("nowhere", ""),
    ],
)
def test_search_by_prefix_number_and_name(grid: Importing, search: str, prefixes: str) -> None:
    page = grid.grid("retail", search=search)
    assert [row.prefix for row in page.rates] == prefixes.split()
    assert grid.grid("retail", search=search, after="316").rates == [row for row in page.rates if row.prefix > "316"]


def test_only_what_is_overridden_at_a_loss_or_thin(grid: Importing) -> None:
    grid.import_("Code,Rate\n316,0.04\n4477,0.0376\n", "retail", keep=True)
    assert [row.prefix for row in grid.grid("retail", only="overridden").rates] == ["316", "3197", "4477"]
    assert [(row.prefix, row.margin) for row in grid.grid("retail", only="loss").rates] == [("316", "-0.01")]
    thin = grid.grid("retail", only="thin", thin_percent="20.3")
    assert [row.prefix for row in thin.rates] == ["31", "316", "44", "4477"]
    with pytest.raises(UserError, match=r"field\.not_a_choice"):
        grid.grid("retail", only="best")


def test_a_short_price_must_carry_the_dearest_cost_below_it(grid: Importing) -> None:
    grid.import_("Code,Rate\n31,0.02\n44,0.04\n", "flat")
    rows = {row.prefix: row for row in grid.grid("flat").rates}
    assert (rows["31"].cost, rows["31"].cost_prefix, rows["31"].loss) == ("0.05", "316", True)
    assert (rows["44"].cost, rows["44"].cost_prefix, rows["44"].loss) == ("0.03", "4477", False)


def test_the_cost_tariff_itself_has_no_cost_and_a_sub_reseller_pays_its_buying_tariff(grid: Importing) -> None:
    assert {row.cost for row in grid.grid("carrier-cost").rates} == {None}
    grid.import_("Code,Rate\n31,0.012\n", "shop", reseller="Sub One")
    row = grid.grid("shop", reseller="Sub One").rates[0]
    assert (row.cost, row.cost_by, row.cost_prefix) == ("0.055", "to-sub-one", "316")


def test_a_cost_in_another_currency_is_exchanged(grid: Importing) -> None:
    dollars = {"reseller": "root", "name": "dollars", "currency": "USD", "rates": [{"prefix": "31", "price_per_minute": "0.1"}]}
    grid.apply({"tollhouse": 1, "tariffs": [dollars]})
    assert grid.grid("dollars").rates[0].cost is None
    grid.nouns.exchange_rates.set(grid.owner, ExchangeRateSet(base="EUR", quote="USD", valid_on="2025-01-01", rate="1.5"))
    assert grid.grid("dollars").rates[0].cost == "0.075"


def test_buying_prices_are_not_everybodys_business(grid: Importing) -> None:
    description = example()["resellers"][0]
    description["operators"] = [{"login": "reader", "password": "correct horse", "role": "read-only"}]
    grid.apply({"tollhouse": 1, "resellers": [description]})
    row = grid.grid("retail", actor=grid.operator("reader")).rates[0]
    assert (row.price_per_minute, row.cost, row.margin, row.loss) == ("0.0125", None, None, False)
    with pytest.raises(NotFound):
        grid.grid("nothing")


def test_a_price_that_comes_is_told(grid: Importing) -> None:
    day = rfc3339(grid.clock.utcnow() + 5 * 86_400_000)[:10]
    grid.import_(f"Code,Rate,Effective date\n31,0.02,{day}\n", "carrier-cost", keep=True)
    row = grid.grid("carrier-cost").rates[0]
    assert (row.price_per_minute, row.coming_price) == ("0.01", "0.02")
    assert row.coming_at == rfc3339(grid.clock.utcnow() + 5 * 86_400_000 - 3_600_000)  # midnight in Amsterdam
    assert grid.grid("retail").rates[0].coming_price == "0.025"
