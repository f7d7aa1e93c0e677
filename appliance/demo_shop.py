"""The shop of the demo, as a description file: a business, a reseller below it, customers, the sample deck, one trunk."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

DOMAIN = "demo.tollhouse.test"
OWNER, SUPERVISOR, CLERK = "owner", "sara", "cleo"
PIER, SATELLITES = "Pier Call Shop", "Kofi Mensah"
BOOTHS = 3
"""The first so many phones stand in the call shop."""


class DemoPhoneAccount(NamedTuple):
    """One phone of the demo and the numbers it likes to call."""

    number: str
    password: str
    dials: tuple[str, ...]


# Numbers set aside for films and examples, and satellite numbers that run a small balance dry before one's eyes.
LONDON, NEW_YORK, PARIS, SYDNEY, MADRID, ROME = "442079460123", "12125550142", "33199005512", "61255501234", "34910001234", "390612345678"
AMSTERDAM, BERLIN, ACCRA, CAIRO, SATELLITE = "31201234567", "493023125000", "233302012345", "20223456789", "881612345678"

PHONES = (
    DemoPhoneAccount("1000001", "booth-one-4711", (LONDON, "00" + MADRID, "+" + CAIRO)),
    DemoPhoneAccount("1000002", "booth-two-4712", (ACCRA, NEW_YORK, PARIS)),
    DemoPhoneAccount("1000003", "booth-three-4713", (ROME, SYDNEY, "1000011")),
    DemoPhoneAccount("1000011", "maria-5820", (MADRID, PARIS, "1000021")),
    DemoPhoneAccount("1000021", "delta-desk-6931", (BERLIN, AMSTERDAM, LONDON)),
    DemoPhoneAccount("1000022", "delta-truck-6932", (NEW_YORK, BERLIN)),
    DemoPhoneAccount("1000031", "kofi-7042", (SATELLITE,)),
    DemoPhoneAccount("2000001", "yusuf-8153", (CAIRO, "1000001", ACCRA)),
)


def read_deck(file: Path) -> list[dict[str, Any]]:
    """The rates of a sample deck as the description file has them."""
    with file.open(encoding="utf-8", newline="") as rows:
        return [
            {
                "prefix": row["prefix"],
                "destination": row["destination"],
                "price_per_minute": row["price_per_minute"],
                "connection_fee": row["connection_fee"],
                "first_increment": int(row["first_increment"]),
                "next_increment": int(row["next_increment"]),
            }
            for row in csv.DictReader(rows)
        ]


def _customer(name: str, numbers: tuple[str, ...], balance: str, limit: str = "0", **more: Any) -> dict[str, Any]:
    by_number = {phone.number: phone for phone in PHONES}
    first, _, last = name.partition(" ")
    return {
        "reseller": "Harbour Telecom",
        "name": name,
        "first_name": first,
        "last_name": last,
        "tariff": "retail",
        "credit_account": {"name": name.lower().replace(" ", "-"), "currency": "EUR", "credit_limit": limit, "opening_balance": balance},
        "endpoints": [{"number": number, "password": by_number[number].password, "max_calls": 3, "media": "never"} for number in numbers],
        **more,
    }


def _pier(passwords: Mapping[str, str]) -> dict[str, Any]:
    """The call shop: three booths, a till, something to drink, its supervisor and its clerk."""
    return {
        "booth_markup_percent": "60",
        "receipt_name": "Pier Call Shop",
        "receipt_head": "Harbour Quay 7\nRotterdam",
        "receipt_foot": "Thank you. Come again.",
        "tax_number": "NL001234567B01",
        "tax_percent": "21",
        "rounding": "0.05",
        "denominations": ["50", "20", "10", "5", "2", "1", "0.50", "0.20", "0.10", "0.05"],
        "currencies": {"USD": "0.90"},
        "forgive_seconds": 10,
        "forgive_amount": "2.00",
        "booths": [{"number": each.number, "name": f"Booth {at}", "position": at} for at, each in enumerate(PHONES[:BOOTHS], 1)],
        "tills": [{"name": "Counter", "printer": "none"}],
        "goods": [
            {"name": "Water", "price": "1.50", "cost": "0.40", "stock": 48},
            {"name": "Phone card", "price": "10.00", "cost": "8.50", "stock": 20},
            {"name": "Printing, a page", "price": "0.10"},
        ],
        "operators": [
            {"login": SUPERVISOR, "name": "Sara Super", "role": "supervisor", "password": passwords[SUPERVISOR]},
            {"login": CLERK, "name": "Cleo Clerk", "role": "clerk", "password": passwords[CLERK]},
        ],
    }


def _root() -> dict[str, Any]:
    return {
        "name": "Harbour Telecom",
        "currency": "EUR",
        "sip_domain": DOMAIN,
        "web_hosts": ["localhost"],
        "number_range": "1000000-1999999",
        "retail_markup_percent": "30",
        "timezone": "Europe/Amsterdam",
        "country": "NL",
    }


def description(deck: Path, carrier_port: int, passwords: Mapping[str, str]) -> dict[str, Any]:
    """The whole shop; the carrier answers on that loopback port. `passwords` of owner, supervisor and clerk, by login."""
    root = _root() | {"operators": [{"login": OWNER, "name": "Olga Owner", "role": "owner", "password": passwords[OWNER]}]}
    south = root | {
        "operators": [],
        "name": "Harbour South",
        "parent": "Harbour Telecom",
        "sip_domain": f"south.{DOMAIN}",
        "web_hosts": [f"south.{DOMAIN}"],
        "tariff": "for resellers",
        "credit_limit": "0",
        "opening_balance": "100.00",
        "number_range": "2000000-2999999",
        "retail_markup_percent": "25",
    }
    return {
        "tollhouse": 1,
        "resellers": [root, south],
        "tariffs": [
            {
                "reseller": "Harbour Telecom",
                "name": "carrier cost",
                "currency": "EUR",
                "decimals": 4,
                "rounding": "half-up",
                "rates": read_deck(deck),
            },
            {"reseller": "Harbour Telecom", "name": "for resellers", "base": "carrier cost", "markup_percent": "10"},
            {"reseller": "Harbour Telecom", "name": "retail", "base": "carrier cost", "markup_percent": "30"},
        ],
        "trunks": [
            {
                "name": "world carrier",
                "host": "127.0.0.1",
                "port": carrier_port,
                "transport": "udp",
                "addresses": [f"127.0.0.1:{carrier_port}"],
                "cost_tariff": "carrier cost",
                "max_calls": 100,
                "media": "never",
            }
        ],
        "routes": [{"prefix": "", "trunks": ["world carrier"], "order": "priority"}],
        "customers": [
            _customer(PIER, ("1000001", "1000002", "1000003"), "200.00", call_shop=True, shop=_pier(passwords)),
            _customer("Maria Lopez", ("1000011",), "5.00"),
            _customer("Delta Freight", ("1000021", "1000022"), "0.00", limit="50.00"),
            _customer(SATELLITES, ("1000031",), "3.00"),
            _customer("Yusuf Market", ("2000001",), "10.00", reseller="Harbour South"),
        ],
    }
