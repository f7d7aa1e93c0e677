"""What a description file may not say: each fault names its field and its line, and nothing of the file is done."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from appliance.errors import UserError
from tests.services.nouns.described import Described, example

Change = Callable[[dict[str, Any]], None]


def put(path: str, value: Any) -> Change:
    """Set a dotted place of the file."""

    def change(file: dict[str, Any]) -> None:
        at: Any = file
        *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        for step in steps:
            at = at[step]
        at[last] = value

    return change


def add(section: str, entry: dict[str, Any]) -> Change:
    return lambda file: file[section].append(entry)


FAULTS: list[tuple[str, Change, str, str]] = [
    ("an unknown field", put("customers.0.endpoints.0.colour", "red"), "request.unknown_field", "customers[0].endpoints[0].colour"),
    ("an unknown section", put("invoices", []), "request.unknown_field", "invoices"),
    ("another version", put("tollhouse", 2), "field.not_a_choice", "tollhouse"),
    ("a word for a count", put("customers.0.endpoints.0.max_calls", "two"), "request.wrong_value", "customers[0].endpoints[0].max_calls"),
    (
        "a number for an amount",
        put("customers.0.credit_account.opening_balance", 10),
        "request.wrong_value",
        "customers[0].credit_account.opening_balance",
    ),
    ("a wrong amount", put("customers.0.credit_account.credit_limit", "1,50"), "amount.invalid", "customers[0].credit_account.credit_limit"),
    ("a wrong opening", put("customers.0.credit_account.opening_balance", "ten"), "amount.invalid", "customers[0].credit_account.opening_balance"),
    ("a wrong price", put("tariffs.0.rates.0.price_per_minute", "0.01 EUR"), "amount.invalid", "tariffs[0].rates[0].price_per_minute"),
    ("a price below zero", put("tariffs.0.rates.0.price_per_minute", "-0.01"), "amount.negative", "tariffs[0].rates[0].price_per_minute"),
    ("a wrong override", put("tariffs.2.overrides.0.connection_fee", "x"), "amount.invalid", "tariffs[2].overrides[0].connection_fee"),
    ("seven decimals", put("tariffs.0.rates.0.connection_fee", "0.0000001"), "amount.too_precise", "tariffs[0].rates[0].connection_fee"),
    ("an increment of zero", put("tariffs.0.rates.0.next_increment", 0), "field.out_of_range", "tariffs[0].rates[0].next_increment"),
    ("letters in a prefix", put("tariffs.0.rates.0.prefix", "31x"), "rate.prefix_not_digits", "tariffs[0].rates[0].prefix"),
    (
        "validity turned round",
        put("tariffs.0.rates.0", {"prefix": "31", "valid_from": "2026-02-01", "valid_until": "2026-01-01"}),
        "rate.validity",
        "tariffs[0].rates[0].valid_until",
    ),
    ("no such day", put("tariffs.0.rates.0.valid_from", "2026-02-30"), "time.invalid", "tariffs[0].rates[0].valid_from"),
    ("a wrong percentage", put("resellers.0.retail_markup_percent", "25%"), "amount.invalid", "resellers[0].retail_markup_percent"),
    ("below minus a hundred percent", put("tariffs.1.markup_percent", "-101"), "percent.too_low", "tariffs[1].markup_percent"),
    ("a second root", add("resellers", {"name": "Another"}), "reseller.second_root", "resellers[2].parent"),
    ("a reseller whose parent is nowhere", add("resellers", {"name": "Lost", "parent": "Nobody"}), "reseller.unknown", "resellers[2].parent"),
    (
        "two that are each other's parents",
        lambda file: file["resellers"].extend([{"name": "A", "parent": "B"}, {"name": "B", "parent": "A"}]),
        "reseller.cycle",
        "resellers[2].parent",
    ),
    ("a reseller twice", add("resellers", {"name": "Sub One", "parent": "root"}), "description.twice", "resellers[2].name"),
    ("a domain of another's", put("resellers.1.sip_domain", "sip.example.test"), "reseller.sip_domain_taken", "resellers[1].sip_domain"),
    ("a web host of another's", put("resellers.1.web_hosts", ["my.example.test"]), "reseller.web_host_taken", "resellers[1].web_hosts"),
    ("no range", put("resellers.1.number_range", "2000000"), "number_range.invalid", "resellers[1].number_range"),
    ("a range turned round", put("resellers.1.number_range", "2999999-2000000"), "number_range.invalid", "resellers[1].number_range"),
    ("emergency numbers in a range", put("resellers.0.number_range", "100-199"), "number_range.emergency", "resellers[0].number_range"),
    ("short numbers in a range", put("resellers.0.number_range", "1200-1299"), "number_range.short_number", "resellers[0].number_range"),
    ("no such time zone", put("resellers.0.timezone", "Europe/Atlantis"), "timezone.unknown", "resellers[0].timezone"),
    ("no such currency", put("resellers.0.currency", "EURO"), "currency.invalid", "resellers[0].currency"),
    ("a limit for the root", put("resellers.0.credit_limit", "5"), "reseller.root_has_no_account", "resellers[0].credit_limit"),
    ("an opening for the root", put("resellers.0.opening_balance", "5"), "reseller.root_has_no_account", "resellers[0].opening_balance"),
    ("a buying tariff for the root", put("resellers.0.tariff", "to-sub-one"), "reseller.root_buys_from_carriers", "resellers[0].tariff"),
    ("a buying tariff that is nowhere", put("resellers.1.tariff", "nothing"), "tariff.unknown", "resellers[1].tariff"),
    ("a base that is nowhere", put("tariffs.1.base", "nothing"), "tariff.unknown", "tariffs[1].base"),
    (
        "tariffs that derive from each other",
        lambda file: file["tariffs"].extend([{"name": "a", "base": "b"}, {"name": "b", "base": "a"}]),
        "tariff.cycle",
        "tariffs[3].base",
    ),
    ("a tariff of itself", add("tariffs", {"name": "mirror", "base": "mirror"}), "tariff.unknown", "tariffs[3].base"),
    ("a tariff twice", add("tariffs", {"name": "retail"}), "description.twice", "tariffs[3].name"),
    ("a markup on nothing", add("tariffs", {"name": "flat", "markup_percent": "5"}), "tariff.no_base_to_mark_up", "tariffs[3].markup_percent"),
    ("rates of a derived tariff", put("tariffs.1.rates", [{"prefix": "1"}]), "tariff.rates_of_derived", "tariffs[1].rates"),
    ("overrides of a base tariff", put("tariffs.0.overrides", [{"prefix": "1"}]), "tariff.overrides_of_base", "tariffs[0].overrides"),
    ("a derived tariff in another currency", put("tariffs.1.currency", "USD"), "tariff.currency_differs", "tariffs[1].currency"),
    ("a rate twice", put("tariffs.2.overrides", [{"prefix": "3197"}, {"prefix": "3197"}]), "rate.twice", "tariffs[2].overrides[1].prefix"),
    ("a cost tariff that is nowhere", put("trunks.0.cost_tariff", "nothing"), "tariff.unknown", "trunks[0].cost_tariff"),
    ("no address", put("trunks.0.addresses", ["127.0.0.1", "example:x"]), "address.invalid", "trunks[0].addresses[1]"),
    ("a number for nobody", put("trunks.0.numbers.0.endpoint", "1999999"), "endpoint.unknown", "trunks[0].numbers[0].endpoint"),
    ("a number twice", put("trunks.0.numbers", [{"did": "1"}, {"did": "1"}]), "description.twice", "trunks[0].numbers[1].did"),
    ("a route by no trunk", put("routes.0.trunks", ["carrier", "pigeon"]), "trunk.unknown", "routes[0].trunks[1]"),
    ("a route in no order", put("routes.0.order", "alphabet"), "field.not_a_choice", "routes[0].order"),
    ("a customer of nobody", put("customers.0.reseller", "Nobody"), "reseller.unknown", "customers[0].reseller"),
    (
        "a tariff of another reseller",
        put("customers.0", {"reseller": "Sub One", "name": "Bob", "tariff": "carrier-cost"}),
        "tariff.unknown",
        "customers[0].tariff",
    ),
    ("a customer twice", add("customers", {"name": "Alice Shop"}), "description.twice", "customers[1].name"),
    (
        "an endpoint of two",
        add("customers", {"name": "Bob", "endpoints": [{"number": "1000001"}]}),
        "description.twice",
        "customers[1].endpoints[0].number",
    ),
    ("no number", put("customers.0.endpoints.0.number", "10-01"), "request.wrong_value", "customers[0].endpoints[0].number"),
    ("an emergency number for a phone", put("customers.0.endpoints.0.number", "112"), "number.short_number", "customers[0].endpoints[0].number"),
    (
        "a web login of two",
        add("customers", {"name": "Bob", "web_logins": [{"login": "alice"}]}),
        "description.twice",
        "customers[1].web_logins[0].login",
    ),
    (
        "an account with two limits",
        add("customers", {"name": "Bob", "credit_account": {"name": "alice", "credit_limit": "5"}}),
        "account.given_twice",
        "customers[1].credit_account.credit_limit",
    ),
    (
        "an account with two openings",
        add("customers", {"name": "Bob", "credit_account": {"name": "alice", "opening_balance": "11"}}),
        "account.given_twice",
        "customers[1].credit_account.opening_balance",
    ),
    (
        "an account in another currency",
        add("customers", {"name": "Bob", "credit_account": {"name": "alice", "currency": "USD"}}),
        "account.currency_fixed",
        "customers[1].credit_account.currency",
    ),
    (
        "a resellers' account name",
        put("customers.0.credit_account.name", "reseller:Sub One"),
        "account.name_reserved",
        "customers[0].credit_account.name",
    ),
    (
        "a fee for another's phone",
        put("customers.0.monthly_fees", [{"name": "line", "amount": "1", "endpoint": "1000002"}]),
        "endpoint.unknown",
        "customers[0].monthly_fees[0].endpoint",
    ),
    ("a role that is none", put("resellers.0.operators.0.role", "king"), "field.not_a_choice", "resellers[0].operators[0].role"),
    ("a login twice", put("resellers.1.operators", [{"login": "owner"}]), "description.twice", "resellers[1].operators[0].login"),
    ("an empty password", put("customers.0.endpoints.0.password", ""), "password.wrong", "customers[0].endpoints[0].password"),
    ("a tax that is none", put("customers.0.tax", "high"), "tax.invalid", "customers[0].tax"),
    ("a dial plan of other words", put("customers.0.dial_plan", {"land": "31"}), "dial_plan.invalid", "customers[0].dial_plan"),
    ("a blank after a name", put("customers.0.name", "Alice "), "field.wrong_name", "customers[0].name"),
    (
        "a band that ends before it starts",
        put("tariffs.0.bands", [{"name": "x", "weekdays": [1], "starts": "10:00", "ends": "09:00"}]),
        "band.times",
        "tariffs[0].bands[0].ends",
    ),
    (
        "bands of a derived tariff",
        put("tariffs.1.bands", [{"name": "x", "weekdays": [1], "starts": "10:00", "ends": "11:00"}]),
        "tariff.bands_of_base",
        "tariffs[1].bands",
    ),
    (
        "a currency for itself",
        put("exchange_rates", [{"base": "EUR", "quote": "EUR", "valid_on": "2026-01-01", "rate": "1"}]),
        "exchange.same_currency",
        "exchange_rates[0].quote",
    ),
    ("a setting without section", put("settings", {"colour": "red"}), "setting.key_invalid", "settings.colour"),
]


@pytest.mark.parametrize(("change", "code", "field"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_a_fault_names_field_and_line_and_nothing_is_done(empty: Described, change: Change, code: str, field: str) -> None:
    file = example()
    file["resellers"][0]["operators"][0]["password"] = file["customers"][0]["web_logins"][0]["password"] = None  # hashing takes its time
    change(file)
    text = json.dumps(file, indent=1)
    with pytest.raises(UserError) as raised:
        empty.apply(text)
    assert (raised.value.code, raised.value.field) == (code, field)
    line = text.split("\n")[int(str(raised.value.parameters["line"])) - 1]
    last = field.rpartition(".")[2]
    assert f'"{last}"' in line or "[" in last or line.strip() == "{"  # the entry itself where the field was left out
    assert empty.store.resellers.root() is None
    assert empty.export()["resellers"] == []


def test_text_that_is_no_json_names_its_line(empty: Described) -> None:
    for text, line, column in (('{"tollhouse": 1,\n "customers" []}', 2, 14), ('{"tollhouse": 1,\n"a":\n', 3, 1), ("", 1, 1), ("[" * 200_000, 1, 1)):
        with pytest.raises(UserError) as raised:
            empty.apply(text)
        assert raised.value.code == "request.not_json"
        assert (raised.value.parameters["line"], raised.value.parameters["column"]) == (line, column)


def test_text_that_is_not_utf8_names_its_line(empty: Described) -> None:
    with pytest.raises(UserError) as raised:
        empty.nouns.description.prepare(b'{"tollhouse": 1,\n"x": "\xff"}')
    assert (raised.value.code, raised.value.parameters["line"]) == ("request.not_json", 2)


def test_a_key_that_stands_twice_is_refused(empty: Described) -> None:
    with pytest.raises(UserError) as raised:
        empty.apply('{"tollhouse": 1,\n "customers": [{"name": "A"}],\n "routes": [],\n "customers": [{"name": "B"}]}')
    assert (raised.value.code, raised.value.field, raised.value.parameters["line"]) == ("description.key_twice", "customers", 4)


def test_a_missing_key_names_the_entry(empty: Described) -> None:
    with pytest.raises(UserError) as raised:
        empty.apply('{"tollhouse": 1,\n "customers": [\n  {"name": "A"},\n  {"tariff": "x"}]}')
    assert (raised.value.code, raised.value.field, raised.value.parameters["line"]) == ("request.missing_field", "customers[1].name", 4)


def test_a_byte_order_mark_is_no_fault(empty: Described) -> None:
    empty.nouns.description.apply_prepared(empty.owner, empty.nouns.description.prepare(b"\xef\xbb\xbf" + json.dumps(example()).encode()))
    assert empty.store.endpoints.find("1000001") is not None
