"""The call shops of an exported description: settings, booths, tills, goods, and who works in the shop alone."""

from __future__ import annotations

import json
from collections.abc import Sequence

from appliance.money import format_amount, format_percent
from appliance.store.customers import Customer
from appliance.store.endpoints import Endpoint
from appliance.store.nouns import Nouns
from appliance.store.operators import Grant

Plain = dict[str, object]

TILL_FIELDS = ["name", "printer", "address", "columns", "code_page"]
TILL_FLAGS = ["drawer", "cutter", "native_qr", "print_always"]


def shop(tables: Nouns, row: Customer, endpoints: Sequence[Endpoint], booth_tariff: str | None, grants: Sequence[Grant]) -> Plain:
    """What a file says of a customer's shop. `booth_tariff` by the name that leads back to it, None where none does; `grants` of all operators."""
    chain = None if row.chain_id is None else tables.operators.chain(row.chain_id)
    return {
        **({} if booth_tariff is None else {"booth_tariff": booth_tariff}),
        "chain": None if chain is None else chain.name,
        **_settings(tables, row.id),
        "booths": [_booth(tables, each) for each in sorted(endpoints, key=lambda each: each.number)],
        "tills": [_till(each) for each in tables.tills.of(row.id)],
        "goods": [
            {
                "name": each.name,
                "price": format_amount(each.price_micros),
                "code": each.code,
                "tax_percent": format_percent(each.tax_ppm),
                "cost": format_amount(each.cost_micros),
                "stock": each.stock,
            }
            for each in tables.goods.of(row.id)
        ],
        "operators": list(_operators(tables, row.id, grants)),
    }


def _settings(tables: Nouns, shop_id: int) -> Plain:
    row = tables.booths.shop(shop_id)
    return {
        "receipt_name": row.receipt_name,
        "receipt_head": row.receipt_head,
        "receipt_foot": row.receipt_foot,
        "tax_number": row.tax_number,
        "tax_percent": format_percent(row.tax_ppm),
        "rounding": format_amount(row.rounding_micros),
        "denominations": [format_amount(each) for each in json.loads(row.denominations)],
        "currencies": {currency: format_amount(each) for currency, each in json.loads(row.currencies).items()},
        "forgive_seconds": row.forgive_seconds,
        "forgive_amount": format_amount(row.forgive_micros),
        "warn_seconds": row.warn_seconds,
        "blocked": json.loads(row.blocked),
        "pin_everything": bool(row.pin_everything),
    }


def _booth(tables: Nouns, endpoint: Endpoint) -> Plain:
    row = tables.booths.booth(endpoint.id)
    return {"number": endpoint.number, "name": row.name, "position": row.position, "blocked": json.loads(row.blocked), "desk": bool(row.desk)}


def _till(row: object) -> Plain:
    plain: Plain = {name: getattr(row, name) for name in TILL_FIELDS}
    plain |= {name: bool(getattr(row, name)) for name in TILL_FLAGS}
    return plain | {name: getattr(row, name) for name in ("signing_address", "signing_seconds")}


def _operators(tables: Nouns, shop_id: int, grants: Sequence[Grant]) -> list[Plain]:
    """Those whose roles are in shops alone."""
    elsewhere = {grant.operator_id for grant in grants if grant.reseller_id is not None}
    found = []
    for grant in grants:
        row = tables.operators.get(grant.operator_id) if grant.shop_id == shop_id and grant.operator_id not in elsewhere else None
        person = None if row is None else tables.people.get(row.person_id)
        if row is not None and person is not None:
            entry: Plain = {"login": row.login, "role": grant.role, "name": person.name, "email": person.email}
            found.append({**entry, "language": row.language, "disabled": bool(row.disabled)})
    return sorted(found, key=lambda each: str(each["login"]))
