"""Call records read in bulk: what `cdrs` prints and screens list. A million pass in flat memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from appliance.store.database import Database, SqlValue
from appliance.store.told import EXPLANATION


class ChargeLine(NamedTuple):
    """One level of a record; `party` is a name, 'guest' at level -1; `explanation` is JSON text."""

    level: int
    party: str
    tariff: str
    amount_micros: int
    currency: str
    billed_seconds: int
    explanation: str


class CdrLine(NamedTuple):
    """One record with names in the place of ids; the ids beside them. `charges` goes by level from the customer up."""

    id: int
    call_id: str
    started_at: int
    answered_at: int | None
    ended_at: int
    duration_ms: int
    late_ms: int
    billed_seconds: int
    reseller_id: int | None
    reseller: str | None
    customer_id: int | None
    customer: str | None
    endpoint_id: int | None
    endpoint: str | None
    caller: str
    dialled: str
    normalised: str
    destination: str | None
    prefix: str | None
    trunk: str | None
    trunk_call_id: str
    source: str
    user_agent: str
    callee: str
    callee_endpoint: str | None
    result: int
    cause: str
    ended_by: str
    cost_micros: int
    cost_currency: str | None
    currency: str | None
    amount_micros: int
    attempts: str | None
    media: str | None
    emergency: int
    time_uncertain: int
    direction: str
    charges: tuple[ChargeLine, ...]


_SELECT = """SELECT c.id, coalesce(w.call_id, ''), c.started_at, c.answered_at, c.ended_at, c.duration_ms, c.late_ms, c.billed_seconds,
  c.reseller_id, r.name, c.customer_id, p.name, c.endpoint_id, e.number, coalesce(w.caller, ''), coalesce(w.dialled, ''), coalesce(w.normalised, ''),
  c.destination, c.prefix, t.name, coalesce(w.trunk_call_id, ''), coalesce(w.source, ''), coalesce(w.user_agent, ''), coalesce(w.callee, ''),
  ce.number,
  c.result, c.cause, c.ended_by, c.cost_micros, c.cost_currency, c.currency, c.amount_micros, c.attempts, c.media, c.emergency, c.time_uncertain,
  c.direction
  FROM cdr c LEFT JOIN cdr_person w ON w.cdr_id = c.id LEFT JOIN reseller r ON r.id = c.reseller_id LEFT JOIN customer k ON k.id = c.customer_id
  LEFT JOIN person p ON p.id = k.person_id LEFT JOIN endpoint e ON e.id = c.endpoint_id LEFT JOIN endpoint ce ON ce.id = c.callee_endpoint_id
  LEFT JOIN trunk t ON t.id = c.trunk_id"""
_CHARGES = f"""SELECT h.level, CASE WHEN h.level < 0 THEN 'guest' ELSE coalesce(p.name, r.name, '') END, t.name, h.amount_micros, h.currency,
  h.billed_seconds, {EXPLANATION}
  FROM charge h JOIN tariff t ON t.id = h.tariff_id LEFT JOIN customer k ON k.id = h.customer_id LEFT JOIN person p ON p.id = k.person_id
  LEFT JOIN reseller r ON r.id = h.reseller_id WHERE h.cdr_id = ? ORDER BY h.level < 0, h.level"""


class CdrFilter(NamedTuple):
    """Which records. `from_at` and `until_at` bound the start (until not included); `results` are SIP codes; ids are those of rows.

    `answered`: True for answered calls only, False for the rest only. `resellers`: of any of these.
    """

    customer_id: int | None = None
    endpoint_id: int | None = None
    trunk_id: int | None = None
    resellers: tuple[int, ...] | None = None
    from_at: int | None = None
    until_at: int | None = None
    results: tuple[int, ...] | None = None
    causes: tuple[str, ...] | None = None
    answered: bool | None = None
    emergency: bool | None = None


EVERY = CdrFilter()


class Cdrs:
    """Records with their names and charges."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def lines(self, which: CdrFilter = EVERY, *, after_id: int | None = None, newest_first: bool = False, limit: int = -1) -> Iterator[CdrLine]:
        """Records in order of id. `after_id` is the last id the caller has (in that same direction); `limit` -1: no end."""
        where, bindings = _where(which)
        if after_id is not None:
            where.append("c.id < ?" if newest_first else "c.id > ?")
            bindings.append(after_id)
        clause = f" WHERE {' AND '.join(where)}" if where else ""
        order = " ORDER BY c.id DESC" if newest_first else " ORDER BY c.id"
        bindings.append(limit)
        for row in self._db.rows(tuple, _SELECT + clause + order + " LIMIT ?", bindings):
            yield self._with_charges(row)

    def line(self, call: int) -> CdrLine | None:
        """One record."""
        row = self._db.one(_SELECT + " WHERE c.id = ?", (call,))
        return None if row is None else self._with_charges(row)

    def by_call_id(self, call_id: str) -> list[CdrLine]:
        """Records of a SIP Call-ID as the caller's phone said it."""
        sql = _SELECT + " WHERE c.id IN (SELECT cdr_id FROM cdr_person WHERE call_id = ?) ORDER BY c.id"
        return [self._with_charges(row) for row in self._db.fetch(sql, (call_id,))]

    def count(self, which: CdrFilter = EVERY) -> tuple[int, int]:
        """(records, sum of their duration in ms)."""
        where, bindings = _where(which)
        clause = f" WHERE {' AND '.join(where)}" if where else ""
        row = self._db.one(f"SELECT count(*), coalesce(sum(c.duration_ms), 0) FROM cdr c{clause}", bindings)
        return (0, 0) if row is None else (row[0], row[1])

    def newest_started(self) -> int:
        """The latest start recorded, 0 where there is none (a clock before it is wrong)."""
        return int(self._db.value("SELECT max(started_at) FROM cdr") or 0)

    def started_at(self, call: int) -> int | None:
        """When a recorded call began."""
        found = self._db.value("SELECT started_at FROM cdr WHERE id = ?", (call,))
        return None if found is None else int(found)

    def first_since(self, at: int) -> int | None:
        """The record of the first call that began at a moment or later."""
        found = self._db.value("SELECT id FROM cdr WHERE started_at >= ? ORDER BY started_at, id LIMIT 1", (at,))
        return None if found is None else int(found)

    def last_id(self) -> int:
        """The greatest id of a call, ended or not; 0 where there was none."""
        sql = "SELECT max(coalesce((SELECT max(id) FROM cdr), 0), coalesce((SELECT max(id) FROM live_call), 0))"
        return int(self._db.value(sql))

    def _with_charges(self, row: tuple[Any, ...]) -> CdrLine:
        charges = tuple(self._db.rows(ChargeLine._make, _CHARGES, (row[0],)))
        return CdrLine._make((*row, charges))


def _where(which: CdrFilter) -> tuple[list[str], list[SqlValue]]:
    where: list[str] = []
    bindings: list[SqlValue] = []

    def add(text: str, *values: SqlValue) -> None:
        where.append(text)
        bindings.extend(values)

    def among(column: str, values: Iterable[SqlValue]) -> None:
        listed = tuple(values)
        add(f"{column} IN ({', '.join('?' * len(listed))})", *listed)

    if which.customer_id is not None:
        add("c.customer_id = ?", which.customer_id)
    if which.endpoint_id is not None:  # an endpoint keeps its customer, and customers are indexed
        add("c.customer_id = (SELECT customer_id FROM endpoint WHERE id = ?) AND c.endpoint_id = ?", which.endpoint_id, which.endpoint_id)
    if which.trunk_id is not None:
        add("c.trunk_id = ?", which.trunk_id)
    if which.resellers is not None:
        among("c.reseller_id", which.resellers)
    if which.from_at is not None:
        add("c.started_at >= ?", which.from_at)
    if which.until_at is not None:
        add("c.started_at < ?", which.until_at)
    if which.results is not None:
        among("c.result", which.results)
    if which.causes is not None:
        among("c.cause", which.causes)
    if which.answered is not None:
        add(f"c.answered_at IS {'NOT ' if which.answered else ''}NULL")
    if which.emergency is not None:
        add("c.emergency = ?", int(which.emergency))
    return where, bindings
