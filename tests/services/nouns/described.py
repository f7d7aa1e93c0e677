"""A whole shop in a temporary folder, made by description files: real store, stepped clock, chance that repeats."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from appliance.clock import SteppedClock
from appliance.services.ground.access import Actor, folder_owner
from appliance.services.ground.settings import Settings
from appliance.services.nouns import Nouns
from appliance.services.services import Services
from appliance.store.store import Store
from appliance.wire.description import Applied, DescriptionText, ExportRequest
from appliance.wire.verify import VerifyRequest

EXAMPLE: dict[str, Any] = {
    "tollhouse": 1,
    "resellers": [
        {
            "name": "root",
            "currency": "EUR",
            "sip_domain": "sip.example.test",
            "web_hosts": ["my.example.test"],
            "number_range": "1000000-1999999",
            "retail_markup_percent": "25",
            "timezone": "Europe/Amsterdam",
            "operators": [{"login": "owner", "password": "correct horse", "role": "owner"}],
        },
        {
            "name": "Sub One",
            "parent": "root",
            "currency": "EUR",
            "sip_domain": "sip.sub1.test",
            "web_hosts": ["my.sub1.test"],
            "tariff": "to-sub-one",
            "credit_limit": "0",
            "opening_balance": "100.00",
            "number_range": "2000000-2999999",
        },
    ],
    "tariffs": [
        {
            "reseller": "root",
            "name": "carrier-cost",
            "currency": "EUR",
            "decimals": 4,
            "rounding": "half-up",
            "rates": [
                {
                    "prefix": "31",
                    "destination": "Netherlands",
                    "price_per_minute": "0.0100",
                    "connection_fee": "0",
                    "first_increment": 1,
                    "next_increment": 1,
                    "minimum_seconds": 0,
                    "free_below_seconds": 0,
                    "free_seconds": 0,
                    "minimum_charge": "0",
                    "maximum_charge": None,
                    "blocked": False,
                    "valid_from": None,
                    "valid_until": None,
                }
            ],
        },
        {"reseller": "root", "name": "to-sub-one", "base": "carrier-cost", "markup_percent": "10"},
        {
            "reseller": "root",
            "name": "retail",
            "base": "carrier-cost",
            "markup_percent": "25",
            "overrides": [{"prefix": "3197", "price_per_minute": "0.0500"}],
        },
    ],
    "trunks": [
        {
            "name": "carrier",
            "host": "127.0.0.1",
            "port": 5090,
            "transport": "udp",
            "username": None,
            "password": None,
            "register": False,
            "addresses": ["127.0.0.1"],
            "cost_tariff": "carrier-cost",
            "max_calls": 500,
            "strip": 0,
            "prepend": "",
            "media": "auto",
            "numbers": [{"did": "31201234567", "endpoint": "1000001"}],
        }
    ],
    "routes": [{"prefix": "", "trunks": ["carrier"], "order": "priority"}],
    "customers": [
        {
            "reseller": "root",
            "name": "Alice Shop",
            "first_name": "Alice",
            "last_name": "Shop",
            "tariff": "retail",
            "credit_account": {"name": "alice", "currency": "EUR", "credit_limit": "0", "opening_balance": "10.00"},
            "call_shop": False,
            "disabled": False,
            "email": "alice@example.test",
            "phone": "+31201112233",
            "country": "NL",
            "timezone": "Europe/Amsterdam",
            "language": "en",
            "currency": "EUR",
            "company": "",
            "description": "",
            "credit_description": "",
            "address": "",
            "vat_number": None,
            "tax": None,
            "payment_terms_days": 14,
            "monthly_fees": [],
            "endpoints": [{"number": "1000001", "password": "secret-1", "media": "auto", "max_calls": 2}],
            "web_logins": [{"login": "alice", "password": "walk on water"}],
        }
    ],
}
"""The contract's example (operations.md), with passwords."""


class Described:
    """Services over a folder; `owner` is the folder's owner."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SteppedClock()
        self.store = Store(folder, self.clock)
        self.services = Services(self.store, self.clock, Settings(), Random(7).randbytes)
        self.nouns: Nouns = self.services.nouns
        self.owner: Actor = folder_owner()

    def apply(self, description: dict[str, Any] | str) -> Applied:
        text = description if isinstance(description, str) else json.dumps(description, indent=1)
        return self.nouns.description.apply(self.owner, DescriptionText(text))

    def export(self) -> dict[str, Any]:
        exported: dict[str, Any] = json.loads(self.nouns.export.export(self.owner, ExportRequest()).text)
        return exported

    def verified(self) -> bool:
        findings = self.nouns.verify.verify(self.owner, VerifyRequest())
        assert findings.faults == []
        return findings.ok

    def balance(self, account: str, reseller: str = "root") -> int:
        return self.nouns.lookups.account(self.owner, account, reseller, "accounts.read").balance_micros

    def operator(self, login: str) -> Actor:
        row = self.store.operators.find(login)
        assert row is not None
        return self.nouns.operators.actor(row)


def example(**sections: Any) -> dict[str, Any]:
    """A copy of the contract's example with sections replaced."""
    return {**copy.deepcopy(EXAMPLE), **sections}


@contextmanager
def opened(folder: Path) -> Iterator[Described]:
    shop = Described(folder)
    try:
        yield shop
    finally:
        shop.store.close()
