"""Whose things are: the reseller, and the customer where there is one, of any kind that the change stream names."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.store.database import Database

Owner = tuple[int | None, int | None]
"""(reseller, customer); None: nobody's."""

_ENDPOINT = "SELECT e.id, c.reseller_id, c.id FROM endpoint e JOIN customer c ON c.id = e.customer_id WHERE e.id IN ({ids})"
_ACCOUNT = "SELECT id, reseller_id, NULL FROM account WHERE id IN ({ids})"
_TRUNK = "SELECT id, reseller_id, NULL FROM trunk WHERE id IN ({ids})"
_CALL = "SELECT id, reseller_id, customer_id FROM cdr WHERE id IN ({ids})"
_TARIFF = """SELECT id, reseller_id, NULL FROM tariff WHERE id IN ({ids}) UNION ALL
  SELECT tariff_id, id, NULL FROM reseller WHERE tariff_id IN ({ids})"""  # who sells by it, and who buys by it
_OF_SHOP = "SELECT t.id, c.reseller_id, c.id FROM {table} t JOIN customer c ON c.id = t.shop_id WHERE t.id IN ({ids})"
_SHOP_TABLES = (("bill", "bill"), ("shift", "shift"), ("till", "till"), ("goods", "goods"), ("till_receipt", "till_document"))

_SQL: dict[str, str] = {
    "booth": _ENDPOINT,
    "shop": "SELECT id, reseller_id, id FROM customer WHERE id IN ({ids})",
    "fuse": "SELECT id, reseller_id, id FROM customer WHERE id IN ({ids})",  # told with the customer whose calls it stops
    **{kind: _OF_SHOP.replace("{table}", table) for kind, table in _SHOP_TABLES},
    "print_job": """SELECT j.id, c.reseller_id, c.id FROM print_job j JOIN till t ON t.id = j.till_id JOIN customer c ON c.id = t.shop_id
      WHERE j.id IN ({ids})""",
    "reseller": "SELECT id, id, NULL FROM reseller WHERE id IN ({ids})",
    "summary": "SELECT id, id, NULL FROM reseller WHERE id IN ({ids})",  # told with the reseller whose day it is
    "customer": "SELECT id, reseller_id, id FROM customer WHERE id IN ({ids})",
    "registration": "SELECT id, reseller_id, id FROM customer WHERE id IN ({ids})",  # told with the customer that it made
    "endpoint": _ENDPOINT,
    "binding": _ENDPOINT,
    "account": _ACCOUNT,
    "balance": _ACCOUNT,
    "payment": "SELECT p.id, a.reseller_id, p.customer_id FROM payment p JOIN account a ON a.id = p.account_id WHERE p.id IN ({ids})",
    "tariff": _TARIFF,
    "rate": _TARIFF,
    "trunk": _TRUNK,
    "trunk_state": _TRUNK,
    "did": _TRUNK,
    "number": "SELECT id, id, NULL FROM reseller WHERE id IN ({ids})",  # told with the reseller that has it
    "route": "SELECT id, reseller_id, NULL FROM route WHERE id IN ({ids})",
    "web_login": "SELECT id, reseller_id, customer_id FROM web_login WHERE id IN ({ids})",
    "operator": """SELECT g.operator_id, coalesce(g.reseller_id, c.reseller_id), NULL FROM operator_grant g LEFT JOIN customer c ON c.id = g.shop_id
      WHERE g.operator_id IN ({ids})""",
    "webhook": "SELECT id, reseller_id, NULL FROM webhook WHERE id IN ({ids})",
    "api_token": "SELECT id, reseller_id, NULL FROM api_token WHERE id IN ({ids})",
    "call": _CALL,
    "echo_heard": _CALL,
    "emergency": _CALL,
    "trunk_test": _CALL,
}

OWNED = frozenset(_SQL)


class Owners:
    """Reads many tables, and only their keys."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, kind: str, ids: Iterable[int]) -> dict[int, list[Owner]]:
        """Owners by id; what is not there any more is left out. `kind` is one of OWNED."""
        found: dict[int, list[Owner]] = {}
        listed = ", ".join(str(int(each)) for each in ids)
        for row_id, reseller, customer in self._db.fetch(_SQL[kind].format(ids=listed)):
            found.setdefault(row_id, []).append((reseller, customer))
        return found
