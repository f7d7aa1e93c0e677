"""A month of a shop's life in a folder: described, then lived call by call with a stepped clock and chance that repeats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from appliance.cli_reach import Local
from appliance.clock import parse_rfc3339
from appliance.demo_shop import DOMAIN, read_deck
from tests.services.shop import Shop

NOW = "2026-03-12T13:30:00Z"
"""The hour of every picture."""

DAYS = 29
OWNER = ("mira", "correct horse battery")
SAMPLE = Path(__file__).parents[2] / "resources" / "sample_decks" / "world.csv"

# name, company, tariff, funds, credit limit, how busy, numbers
PEOPLE: tuple[tuple[str, str, str, str, str, int, tuple[str, ...]], ...] = (
    ("Pier Call Shop", "Pier Call Shop", "retail", "400.00", "0", 9, ("1000001", "1000002", "1000003")),
    ("Maria López", "", "retail", "25.00", "0", 4, ("1000011",)),
    ("Delta Freight", "Delta Freight BV", "business", "120.00", "500.00", 7, ("1000021", "1000022")),
    ("Kofi Mensah", "", "retail", "20.00", "0", 3, ("1000031",)),
    ("Amina Yusuf", "", "retail", "60.00", "0", 4, ("1000041",)),
    ("Blue Anchor Hotel", "Blue Anchor Hotel GmbH", "business", "250.00", "1000.00", 6, ("1000051", "1000052", "1000053")),
    ("Chen Wei", "", "retail", "15.00", "0", 2, ("1000061",)),
    ("Ganga Travel", "Ganga Travel Ltd", "retail", "80.00", "0", 4, ("1000071",)),
    ("Hassan Öztürk", "", "retail", "30.00", "0", 3, ("1000081",)),
    ("Ingrid Larsen", "", "retail", "10.00", "0", 1, ("1000091",)),
    ("José da Silva", "", "retail", "45.00", "0", 3, ("1000101",)),
    ("Nadia Haddad", "", "retail", "5.00", "0", 1, ("1000111",)),
)
LONG = " of the Incorporated Society of Long-Distance Merchants and Freight Forwarders at the Eastern Harbour"
CALLED = (
    "442079460123", "12125550142", "33199005512", "61255501234", "34910001234", "390612345678", "31201234567", "493023125000",
    "233302012345", "20223456789", "905321234567", "919876543210", "8613912345678", "2348031234567", "5511912345678", "31612345678",
)  # fmt: skip
OUTCOMES = (("busy", 486), ("no_answer", 480), ("refused", 503))

PARLOUR, BOOTHS = "Dock Street Calls", ("1000201", "1000202", "1000203", "1000204")
"""The call shop, and who is at its counter in the pictures."""

GUESTS = ("Ama", "Bo", "Chen")


def description(port: int, *, long: bool = False) -> dict[str, Any]:
    """The shop as a description file has it; `long`: every name as long as somebody may make it."""

    def named(name: str) -> str:
        return f"{name}{LONG}" if long else name

    root = {
        "name": named("Harbour Telecom"),
        "currency": "EUR",
        "sip_domain": DOMAIN,
        "web_hosts": ["my.harbour.example"],
        "number_range": "1000000-1999999",
        "retail_markup_percent": "30",
        "timezone": "Europe/Amsterdam",
        "country": "NL",
        "operators": [
            {"login": OWNER[0], "name": named("Mira Owner"), "password": OWNER[1], "role": "owner", "email": "mira@harbour.example"},
            {"login": "sam", "name": named("Sam Clerk"), "password": "till number two", "role": "clerk"},
        ],
    }
    south = {
        **{key: value for key, value in root.items() if key not in {"operators", "country"}},
        "name": named("Harbour South"),
        "parent": root["name"],
        "sip_domain": f"south.{DOMAIN}",
        "web_hosts": ["south.harbour.example"],
        "tariff": named("for resellers"),
        "credit_limit": "50",
        "opening_balance": "300.00",
        "number_range": "2000000-2999999",
        "retail_markup_percent": "25",
    }
    return {
        "tollhouse": 1,
        "resellers": [root, south],
        "tariffs": _tariffs(str(root["name"]), named),
        "trunks": [
            {**_trunk(named("world carrier"), port), "cost_tariff": named("carrier cost"), "max_calls": 100, "numbers": _numbers()},
            {**_trunk(named("second carrier"), port + 1), "cost_tariff": named("carrier cost"), "disabled": True},
        ],
        "routes": [
            {"prefix": "", "trunks": [named("world carrier"), named("second carrier")], "order": "priority"},
            {"prefix": "31", "trunks": [named("world carrier")], "order": "priority"},
        ],
        "customers": [_customer(root["name"], named, each) for each in PEOPLE]
        + [_parlour(_customer(root["name"], named, (PARLOUR, PARLOUR, "retail", "", "200.00", 0, BOOTHS)))]
        + [_customer(south["name"], named, ("Yusuf Market", "", "", "40.00", "0", 3, ("2000001",)))],
    }


def _parlour(customer: dict[str, Any]) -> dict[str, Any]:
    """The customer as a call shop: booths with a tariff of their own, a till, goods."""
    goods = [{"name": "Water", "price": "1.20", "stock": 24}, {"name": "Phone card", "price": "10.00"}, {"name": "Printing, a page", "price": "0.20"}]
    return {
        **customer,
        "call_shop": True,
        "shop": {
            "booth_markup_percent": "40",
            "receipt_name": customer["name"][:100],
            "tax_percent": "21",
            "booths": [{"number": number, "name": f"Booth {at}", "position": at} for at, number in enumerate(BOOTHS, 1)],
            "tills": [{"name": "Counter"}],
            "goods": goods,
        },
    }


def _tariffs(owner: str, named: Callable[[str], str]) -> list[dict[str, Any]]:
    return [
        {
            "reseller": owner,
            "name": named("carrier cost"),
            "currency": "EUR",
            "decimals": 4,
            "rounding": "half-up",
            "rates": read_deck(SAMPLE),
        },
        {"reseller": owner, "name": named("for resellers"), "base": named("carrier cost"), "markup_percent": "10"},
        {"reseller": owner, "name": named("retail"), "base": named("carrier cost"), "markup_percent": "30"},
        {
            "reseller": owner,
            "name": named("business"),
            "base": named("carrier cost"),
            "markup_percent": "18",
            "overrides": [{"prefix": "49", "destination": "Germany", "price_per_minute": "0.0199"}],
        },
    ]


def _trunk(name: str, port: int) -> dict[str, Any]:
    return {"name": name, "host": "127.0.0.1", "port": port, "transport": "udp", "addresses": [f"127.0.0.1:{port}"], "media": "never"}


def _numbers() -> list[dict[str, Any]]:
    """What people are called at from outside: three phones' own, and one that is free."""
    taken = [numbers[0] for *_row, numbers in PEOPLE[:3]]
    return [
        *({"did": f"3120555010{at}", "endpoint": number, "monthly_fee": "2.50"} for at, number in enumerate(taken)),
        {"did": "31205550109"},
    ]


def _customer(reseller: object, named: Any, row: tuple[str, str, str, str, str, int, tuple[str, ...]]) -> dict[str, Any]:
    name, company, tariff, _funds, limit, _busy, numbers = row
    first, _, last = name.partition(" ")
    return {
        "reseller": reseller,
        "name": named(name),
        "first_name": first,
        "last_name": named(last),
        "company": named(company) if company else "",
        "email": f"{first.lower().encode('ascii', 'ignore').decode()}@example.net",
        **({"tariff": named(tariff)} if tariff else {}),
        "credit_account": {"name": named(name.lower()), "currency": "EUR", "credit_limit": limit},
        "endpoints": [{"number": number, "password": f"secret-{number}", "max_calls": 3, "media": "never"} for number in numbers],
    }


def lived_in(folder: Path, port: int, *, long: bool = False) -> None:
    """Fill an empty folder with the shop and its month; `port` is where its carrier will answer."""
    shop = Shop(folder)
    now = parse_rfc3339(NOW)
    shop.clock.jump((now - shop.clock.utcnow()) / 1000 - DAYS * 86_400)
    shop.start()
    local = Local(shop.services)
    _ask(shop, local, "description.apply", {"text": _json(description(port, long=long))})
    chance = Random(20260312)
    endpoints = {each.number: each.id for each in shop.store.endpoints.list()}
    trunk = min(each.id for each in shop.store.trunks.list())
    customers = {row["name"]: row["id"] for row in local.do("customers.list", {"limit": 200})["customers"]}
    for name, _company, _tariff, funds, *_rest in PEOPLE:
        shop.clock.advance(chance.randrange(600, 3000))
        _ask(shop, local, "payments.record", {"customer": customers[f"{name}{LONG}" if long else name], "amount": funds, "method": _method(chance)})
    busy = [number for *_row, times, numbers in PEOPLE for number in numbers for _each in range(times)] + ["2000001"] * 3
    for day in range(DAYS + 1):
        _day(shop, chance, day, now, busy, endpoints, trunk)
        if day in (9, 17, 25):
            name = PEOPLE[day % len(PEOPLE)][0]
            request = {"customer": customers[f"{name}{LONG}" if long else name], "amount": f"{10 * (day - 7)}.00", "method": "card"}
            _ask(shop, local, "payments.record", request)
    _afterwards(shop, local, customers)
    _at_the_counter(shop, local, customers[f"{PARLOUR}{LONG}" if long else PARLOUR], endpoints, trunk)
    shop.store.close()


def _day(shop: Shop, chance: Random, day: int, now: int, busy: list[str], endpoints: dict[str, int], trunk: int) -> None:
    begin = now - (DAYS - day) * 86_400_000 - 6 * 3_600_000
    shop.clock.advance(max(0.0, (begin - shop.clock.utcnow()) / 1000))
    for _call in range(chance.randrange(14, 26)):
        shop.clock.advance(chance.randrange(120, 900))
        if shop.clock.utcnow() > now - 900_000:
            return
        number = chance.choice(busy)
        answer = shop.attempt(endpoints[number], chance.choice(CALLED), caller=number)
        if not hasattr(answer, "call"):
            continue
        call = answer.call
        shop.run(chance.randrange(2, 9))
        if chance.random() < 0.12:
            cause, status = chance.choice(OUTCOMES)
            shop.end(call, cause, "callee", status, trunk)
            continue
        shop.answer(call, trunk)
        ended = shop.run(chance.choice((12, 47, 95, 182, 260, 431, 777)) + chance.randrange(20))
        if call not in {each for each, _cause in ended}:
            shop.end(call, "normal", chance.choice(("caller", "callee")), 200, trunk)


def _afterwards(shop: Shop, local: Local, customers: dict[str, int]) -> None:
    """What an owner did lately: a refund, a reversal, a bundle and a special rate given, a dispute, somebody shut out."""
    paid = local.do("payments.list", {})["payments"]
    _ask(shop, local, "payments.refund", {"payment": paid[4]["id"], "amount": "5.00", "method": "cash", "note": "Closed one line"})
    _ask(shop, local, "payments.reverse", {"payment": paid[1]["id"], "note": "Typed for the wrong customer"})
    for each in list(customers.values())[:2]:
        _ask(shop, local, "invoices.make", {"customer": each})
    first = next(iter(customers.values()))
    bundle = _ask(shop, local, "bundles.create", {"name": "Europe 300", "prefixes": ["31", "32", "44", "49"], "minutes": 300})
    _ask(shop, local, "bundles.give", {"customer": first, "bundle": bundle["id"]})
    _ask(shop, local, "special_rates.set", {"customer": first, "rates": [{"prefix": "44", "price_per_minute": "0.015"}]})
    calls = [each["id"] for each in _ask(shop, local, "cdrs.list", {"customer": first, "result": "answered", "limit": 2})["cdrs"]]
    _ask(shop, local, "disputes.open", {"subject": "One-way sound", "calls": calls, "held": "1.20", "note": "Nobody could hear the guest."})
    last = next(number for name, number in customers.items() if name.startswith(PEOPLE[-1][0]))
    _ask(shop, local, "customers.update", {"id": last, "disabled": True})


def _at_the_counter(shop: Shop, local: Local, parlour: int, endpoints: dict[str, int], trunk: int) -> None:
    """A shift, water sold and paid, three guests in booths, each with a call behind him."""
    of_it = {"shop": parlour}
    till = _ask(shop, local, "tills.list", of_it)["tills"][0]["id"]
    _ask(shop, local, "shifts.open", {"till": till, "counted": {"EUR": {"20.00": 2, "10.00": 4, "1.00": 20}}})
    water = next(each["id"] for each in _ask(shop, local, "goods.list", of_it)["goods"] if each["name"] == "Water")
    bill = _ask(shop, local, "bills.open", of_it)["id"]
    _ask(shop, local, "bills.add_goods", {"id": bill, "goods": water, "quantity": 2})
    _ask(shop, local, "bills.pay", {"id": bill, "till": till, "tenders": [{"method": "cash", "amount": "5.00"}]})
    booths = _ask(shop, local, "booths.list", of_it)["booths"]
    for at, guest in enumerate(GUESTS):
        deposit = {"mode": "deposit", "deposit": "10.00", "till": till} if at == 1 else {}
        _ask(shop, local, "booth_sessions.open", {"booth": booths[at]["id"], "note": guest, **deposit})
        call = shop.attempt(endpoints[BOOTHS[at]], CALLED[at], caller=BOOTHS[at]).call
        shop.run(3)
        shop.answer(call, trunk)
        shop.run(41 + 60 * at)
        shop.end(call, "normal", "caller", 200, trunk)


def _ask(shop: Shop, local: Local, operation: str, request: dict[str, Any]) -> Any:
    return local.do(operation, request)


def _method(chance: Random) -> str:
    return chance.choice(("cash", "cash", "bank", "card"))


def _json(value: object) -> str:
    import json

    return json.dumps(value)
