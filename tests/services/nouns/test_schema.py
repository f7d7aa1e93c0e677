"""The JSON Schema beside the program is the one that the program's types make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from appliance.wire.description_schema import schema, text
from tests.services.nouns.described import EXAMPLE

FILE = Path(__file__).resolve().parents[3] / "resources" / "description.schema.json"


def test_the_file_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "write appliance.wire.description_schema.text() into resources/description.schema.json"


def test_it_names_every_field_of_the_contract_and_no_other() -> None:
    definitions = schema()["$defs"]

    def walk(value: Any, name: str) -> None:
        if isinstance(value, dict) and name in definitions:
            assert set(value) <= set(definitions[name]["properties"]), name
            assert definitions[name]["additionalProperties"] is False

    walk(EXAMPLE, "Description")
    for section, name in (
        ("resellers", "ResellerEntry"),
        ("tariffs", "TariffEntry"),
        ("trunks", "TrunkEntry"),
        ("routes", "RouteEntry"),
        ("customers", "CustomerEntry"),
    ):
        for entry in EXAMPLE[section]:
            walk(entry, name)
    customer = EXAMPLE["customers"][0]
    walk(customer["credit_account"], "CreditAccountEntry")
    walk(customer["endpoints"][0], "EndpointEntry")
    walk(customer["web_logins"][0], "WebLoginEntry")
    walk(EXAMPLE["tariffs"][0]["rates"][0], "RateFields")
    walk(EXAMPLE["resellers"][0]["operators"][0], "OperatorEntry")


def test_only_natural_keys_are_required() -> None:
    required = {name: set(definition.get("required", ())) for name, definition in schema()["$defs"].items()}
    assert required == {
        "Description": {"tollhouse"},
        "ResellerEntry": {"name"},
        "OperatorEntry": {"login"},
        "TariffEntry": {"name"},
        "RateFields": {"prefix"},
        "TrunkEntry": {"name"},
        "TrunkNumberEntry": {"did"},
        "NumberSaleEntry": {"reseller"},
        "NumberRuleEntry": {"prefix"},
        "RouteEntry": {"prefix"},
        "CustomerEntry": {"name"},
        "CreditAccountEntry": {"name"},
        "EndpointEntry": {"number"},
        "Forwarding": set(),
        "WebLoginEntry": {"login"},
        "MonthlyFeeEntry": {"amount", "name"},
        "BandEntry": {"ends", "name", "starts", "weekdays"},
        "TierEntry": {"discount_percent", "from_minutes"},
        "BundleEntry": {"name"},
        "HeldBundleEntry": {"bundle"},
        "ExchangeRateEntry": {"base", "quote", "rate", "valid_on"},
        "ShopEntry": set(),
        "BoothEntry": {"number"},
        "TillEntry": {"name"},
        "GoodsEntry": {"name"},
        "ShopOperatorEntry": {"login"},
    }


def test_it_is_json() -> None:
    assert json.loads(FILE.read_text(encoding="utf-8"))["$ref"] == "#/$defs/Description"
