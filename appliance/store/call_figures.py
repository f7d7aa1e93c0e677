"""Sums of call records by what they have in common: an hour's quarter, a customer, a destination.

Law: a call is met once, by the walks of `CallSearch`; corrections count with the charge that they put right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from appliance.store.database import Database

Sources = Callable[[Any], list[tuple[str, str, list[Any]]]]
"""What `CallSearch.sources` gives for a filter of its own (`Wanted`)."""

QUARTER_MS = 900_000
"""Every time zone's midnight falls on a quarter of an hour of UTC."""

KEYS = {"day": f"c.started_at / {QUARTER_MS}", "customer": "c.customer_id", "destination": "c.destination"}


class Group(NamedTuple):
    """Records of one key, of one reseller's customers, in one currency and one cost currency; `trunk_reseller_id` paid the carrier."""

    key: int | str | None
    reseller_id: int | None
    currency: str | None
    cost_currency: str | None
    trunk_reseller_id: int | None
    calls: int
    answered: int
    duration_ms: int
    amount_micros: int
    cost_micros: int


class Paid(NamedTuple):
    """What records of one key, of one reseller's customers, cost those who were asked about."""

    key: int | str | None
    reseller_id: int | None
    currency: str
    micros: int


_GROUPS = """SELECT {key}, c.reseller_id, c.currency, c.cost_currency, t.reseller_id, count(*), count(c.answered_at), sum(c.duration_ms),
  sum(c.amount_micros), sum(c.cost_micros) FROM {source} LEFT JOIN trunk t ON t.id = c.trunk_id WHERE {where} GROUP BY 1, 2, 3, 4, 5"""
_PUT_RIGHT = """SELECT {key}, c.reseller_id, k.currency, NULL, NULL, 0, 0, 0, sum(k.after_micros - k.before_micros), 0
  FROM {source} CROSS JOIN correction k ON k.cdr_id = c.id WHERE {where} AND k.level = 0 GROUP BY 1, 2, 3"""
_COSTS_RIGHT = """SELECT {key}, c.reseller_id, NULL, k.currency, t.reseller_id, 0, 0, 0, 0, sum(k.after_micros - k.before_micros)
  FROM {source} CROSS JOIN cost_correction k ON k.cdr_id = c.id LEFT JOIN trunk t ON t.id = c.trunk_id WHERE {where} GROUP BY 1, 2, 4, 5"""
_PAID = """SELECT {key}, c.reseller_id, h.currency, sum(h.amount_micros) FROM {source} CROSS JOIN charge h ON h.cdr_id = c.id
  WHERE {where} AND h.reseller_id IN ({marks}) GROUP BY 1, 2, 3"""
_PAID_RIGHT = """SELECT {key}, c.reseller_id, k.currency, sum(k.after_micros - k.before_micros) FROM {source}
  CROSS JOIN charge h ON h.cdr_id = c.id CROSS JOIN correction k ON k.cdr_id = c.id
  WHERE {where} AND k.level = h.level AND h.reseller_id IN ({marks}) GROUP BY 1, 2, 3"""


class CallFigures:
    """Reads `cdr`, `charge` and `correction`."""

    def __init__(self, database: Database, sources: Sources) -> None:
        self._db = database
        self._sources = sources

    def groups(self, wanted: Any, by: str) -> list[Group]:
        """Calls and money of customers and carriers; `by` is one of `KEYS`. A key may come more than once."""
        found: list[Group] = []
        for source, where, bindings in self._sources(wanted):
            for sql in (_GROUPS, *((_PUT_RIGHT,) if self._corrected() else ()), *((_COSTS_RIGHT,) if self._recosted() else ())):
                found += self._db.rows(Group._make, sql.format(key=KEYS[by], source=source, where=where), bindings)
        return found

    def paid(self, wanted: Any, by: str, resellers: Sequence[int]) -> list[Paid]:
        """What these resellers were charged for the records."""
        found: list[Paid] = []
        marks = ", ".join("?" * len(resellers))
        for source, where, bindings in self._sources(wanted) if resellers else ():
            for sql in (_PAID, _PAID_RIGHT) if self._corrected() else (_PAID,):
                filled = sql.format(key=KEYS[by], source=source, where=where, marks=marks)
                found += self._db.rows(Paid._make, filled, (*bindings, *resellers))
        return found

    def _recosted(self) -> bool:
        return bool(self._db.value("SELECT EXISTS (SELECT 1 FROM cost_correction)"))

    def _corrected(self) -> bool:
        return bool(self._db.value("SELECT EXISTS (SELECT 1 FROM correction)"))
