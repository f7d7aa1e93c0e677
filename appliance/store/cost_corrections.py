"""What the carrier asks for calls, put right: a corrected buying deck. The newest row of a call is what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class CostCorrection(NamedTuple):
    """One cost put right; micros of the cost tariff's currency. `recosting` names the request that did it."""

    id: int
    cdr_id: int
    recosting: str
    before_micros: int
    after_micros: int
    currency: str
    account_id: int
    tariff_id: int
    rate_id: int | None
    entry_id: int
    at: int


class Costed(NamedTuple):
    """What a re-costing needs of an answered call that went out by a trunk; `currency` is empty where it cost nothing so far."""

    cdr_id: int
    trunk_id: int
    started_at: int
    answered_at: int
    ended_at: int
    duration_ms: int
    number: str
    cost_micros: int
    currency: str


_NEWEST = "(SELECT k.after_micros FROM cost_correction k WHERE k.cdr_id = c.id ORDER BY k.id DESC LIMIT 1)"
_COSTED = f"""SELECT c.id, c.trunk_id, c.started_at, c.answered_at, c.ended_at, c.duration_ms, coalesce(n.normalised, ''),
  coalesce({_NEWEST}, c.cost_micros), coalesce((SELECT k.currency FROM cost_correction k WHERE k.cdr_id = c.id LIMIT 1), c.cost_currency, '')
  FROM {{source}} LEFT JOIN cdr_person n ON n.cdr_id = c.id
  WHERE {{where}} AND c.answered_at IS NOT NULL AND c.trunk_id IS NOT NULL AND c.emergency = 0 AND c.direction IN ({{directions}})"""


class CostCorrections(Table[CostCorrection]):
    """Rows of `cost_correction`, never changed, and costs read in bulk."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "cost_correction", CostCorrection)

    def costed(self, sources: Iterable[tuple[str, str, list[Any]]], directions: Sequence[str]) -> Iterator[Costed]:
        """Every bought call of a filter (`CallSearch.sources`), in flat memory and no order."""
        for source, where, bindings in sources:
            sql = _COSTED.format(source=source, where=where, directions=", ".join("?" * len(directions)))
            yield from self._db.rows(Costed._make, sql, [*bindings, *directions])

    def current(self, cdr_id: int) -> int:
        """Micros that a call costs now, as the open unit of work has it."""
        return int(self._db.value(f"SELECT coalesce({_NEWEST}, c.cost_micros) FROM cdr c WHERE c.id = ?", (cdr_id,)))

    def known(self, recosting: str) -> bool:
        """Whether a request has put something right already."""
        return bool(self._db.value("SELECT EXISTS (SELECT 1 FROM cost_correction WHERE recosting = ?)", (recosting,)))
