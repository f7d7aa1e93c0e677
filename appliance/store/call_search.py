"""Call records sought by what people know of them: pages, the newest first, and sums.

Law: every page walks an index in the order (started_at, id) downwards and stops when it is full, so that its cost
does not grow with the records there are. What is sought in several places (the resellers of a branch, causes) is
walked in each, and the walks are merged. Beginnings of numbers have no such order: their records go by id, the order
in which calls began.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from appliance.store.database import Database, SqlValue

MOST_SOUGHT = 20_000
"""Records of a number beginning that are gathered and sorted; where there are more, they are soon met on the way down."""

CHUNK = 250
LAST_ID = (1 << 63) - 1

MOST_OUTCOMES = 1000


class Wanted(NamedTuple):
    """Which records; None and empty: all. Ids are of rows, moments UTC milliseconds, `until_at` not included.

    `resellers` and `customers` bound together what may be seen: records of any of them. `numbers`: the number called
    or the caller's begins with any; `called`: the number called begins so. `results`: ranges of SIP codes, the end
    not included.
    """

    resellers: tuple[int, ...] | None = None
    customers: tuple[int, ...] = ()
    customer_id: int | None = None
    endpoint_id: int | None = None
    trunk_id: int | None = None
    destination: str | None = None
    called: str = ""
    numbers: tuple[str, ...] = ()
    results: tuple[tuple[int, int], ...] = ()
    cause: str | None = None
    direction: str | None = None
    from_at: int | None = None
    until_at: int | None = None


class Found(NamedTuple):
    """One record with names in the place of ids."""

    id: int
    started_at: int
    answered_at: int | None
    duration_ms: int
    billed_seconds: int
    reseller_id: int | None
    reseller: str | None
    customer_id: int | None
    customer: str | None
    endpoint: str | None
    caller: str
    dialled: str
    normalised: str
    destination: str | None
    prefix: str | None
    trunk_reseller_id: int | None
    trunk: str | None
    result: int
    cause: str
    ended_by: str
    amount_micros: int
    currency: str | None
    cost_micros: int
    cost_currency: str | None
    direction: str
    emergency: int


class Sum(NamedTuple):
    """Records of one customer's currency and one cost currency; `trunk_reseller_id` is who paid the carrier."""

    currency: str | None
    cost_currency: str | None
    trunk_reseller_id: int | None
    calls: int
    answered: int
    duration_ms: int
    billed_seconds: int
    amount_micros: int
    cost_micros: int


class _Walk(NamedTuple):
    """One index and where in it; `source` is the text after FROM."""

    source: str
    key: str
    bindings: tuple[SqlValue, ...]


_FOUND = """SELECT c.id, c.started_at, c.answered_at, c.duration_ms, c.billed_seconds, c.reseller_id, r.name, c.customer_id, p.name, e.number,
  coalesce(w.caller, ''), coalesce(w.dialled, ''), coalesce(w.normalised, ''), c.destination, c.prefix, t.reseller_id, t.name, c.result, c.cause,
  c.ended_by, coalesce((SELECT x.after_micros FROM correction x WHERE x.cdr_id = c.id AND x.level = 0 ORDER BY x.id DESC LIMIT 1), c.amount_micros),
  c.currency, coalesce((SELECT y.after_micros FROM cost_correction y WHERE y.cdr_id = c.id ORDER BY y.id DESC LIMIT 1), c.cost_micros),
  c.cost_currency, c.direction, c.emergency
  FROM cdr c LEFT JOIN cdr_person w ON w.cdr_id = c.id LEFT JOIN reseller r ON r.id = c.reseller_id LEFT JOIN customer k ON k.id = c.customer_id
  LEFT JOIN person p ON p.id = k.person_id LEFT JOIN endpoint e ON e.id = c.endpoint_id LEFT JOIN trunk t ON t.id = c.trunk_id
  WHERE c.id IN ({marks})"""
_SUM = """SELECT c.currency, c.cost_currency, t.reseller_id, count(*), count(c.answered_at), sum(c.duration_ms), sum(c.billed_seconds),
  sum(c.amount_micros), sum(c.cost_micros) FROM {source} LEFT JOIN trunk t ON t.id = c.trunk_id WHERE {where} GROUP BY 1, 2, 3"""
_PUT_RIGHT = """SELECT k.currency, sum(k.after_micros - k.before_micros) FROM {source} CROSS JOIN correction k ON k.cdr_id = c.id
  WHERE {where} GROUP BY 1"""
_COSTS_RIGHT = """SELECT NULL, k.currency, t.reseller_id, 0, 0, 0, 0, 0, sum(k.after_micros - k.before_micros) FROM {source}
  CROSS JOIN cost_correction k ON k.cdr_id = c.id LEFT JOIN trunk t ON t.id = c.trunk_id WHERE {where} GROUP BY 2, 3"""
_CALLED = "SELECT cdr_id FROM cdr_person INDEXED BY cdr_person_normalised WHERE normalised <> '' AND normalised >= ? AND normalised < ?"
_CALLER = "SELECT cdr_id FROM cdr_person INDEXED BY cdr_person_caller WHERE caller <> '' AND caller >= ? AND caller < ?"


class CallSearch:
    """Reads `cdr` and what belongs to it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def page(self, wanted: Wanted, after: int = 0, limit: int = 100) -> list[Found]:
        """Up to `limit` records, the newest first, after the record of that id (0: from the top)."""
        places = self._places(wanted, after, limit)
        if not places:
            return []
        ids = [identity for _, identity in places]
        found = {row.id: row for row in self._db.rows(Found._make, _FOUND.format(marks=", ".join("?" * len(ids))), ids)}
        return [found[identity] for identity in ids]

    def every(self, wanted: Wanted, step: int = 500) -> Iterator[Found]:
        """All records, the newest first, in flat memory."""
        after = 0
        while True:
            rows = self.page(wanted, after, step)
            yield from rows
            if len(rows) < step:
                return
            after = rows[-1].id

    def sums(self, wanted: Wanted) -> list[Sum]:
        """What all records of the filter come to; a currency may come more than once."""
        found: list[Sum] = []
        for walk in self._walks(wanted):
            where, bindings = _bounds(wanted, walk)
            found += self._db.rows(Sum._make, _SUM.format(source=walk.source, where=where), (*walk.bindings, *bindings))
            if self._corrected():
                rows = self._db.fetch(_PUT_RIGHT.format(source=walk.source, where=where + " AND k.level = 0"), (*walk.bindings, *bindings))
                found += [Sum(currency, None, None, 0, 0, 0, 0, micros, 0) for currency, micros in rows]
            if self._recosted():
                found += self._db.rows(Sum._make, _COSTS_RIGHT.format(source=walk.source, where=where), (*walk.bindings, *bindings))
        return found

    def sources(self, wanted: Wanted) -> list[tuple[str, str, list[Any]]]:
        """(text after FROM, text after WHERE, bindings) of statements that together meet every record once; `c` is the record."""
        found = []
        for walk in self._walks(wanted):
            where, bindings = _bounds(wanted, walk)
            found.append((walk.source, where, [*walk.bindings, *bindings]))
        return found

    def _recosted(self) -> bool:
        return bool(self._db.value("SELECT EXISTS (SELECT 1 FROM cost_correction)"))

    def _corrected(self) -> bool:
        return bool(self._db.value("SELECT EXISTS (SELECT 1 FROM correction)"))

    def explanations(self, calls: Sequence[int]) -> dict[int, str]:
        """{call: how its customer's charge came about (JSON)} where a rate of exchange stands in it."""
        marks = ", ".join("?" * len(calls))
        sql = f"SELECT cdr_id, explanation FROM charge WHERE cdr_id IN ({marks}) AND level = 0 AND explanation LIKE '%\"exchange\"%'"
        return dict(self._db.fetch(sql, tuple(calls))) if calls else {}

    def paid_by(self, calls: Sequence[int], resellers: Sequence[int]) -> dict[int, tuple[int, str]]:
        """{call: (micros, currency)} that one of these resellers was charged; calls without such a charge are left out."""
        if not calls or not resellers:
            return {}
        sql = f"""SELECT cdr_id, amount_micros, currency FROM charge WHERE cdr_id IN ({", ".join("?" * len(calls))})
          AND reseller_id IN ({", ".join("?" * len(resellers))})"""
        return {row[0]: (row[1], row[2]) for row in self._db.fetch(sql, (*calls, *resellers))}

    def paid_in_all(self, wanted: Wanted, resellers: Sequence[int]) -> dict[str, int]:
        """{currency: micros} that these resellers were charged for all records of the filter."""
        sums: dict[str, int] = {}
        if not resellers:
            return sums
        for walk in self._walks(wanted):
            where, bindings = _bounds(wanted, walk)
            sql = f"""SELECT h.currency, sum(h.amount_micros) FROM {walk.source} CROSS JOIN charge h ON h.cdr_id = c.id
              WHERE {where} AND h.reseller_id IN ({", ".join("?" * len(resellers))}) GROUP BY 1"""
            for currency, micros in self._db.fetch(sql, (*walk.bindings, *bindings, *resellers)):
                sums[currency] = sums.get(currency, 0) + micros
            if self._corrected():
                source = f"{walk.source} CROSS JOIN charge h ON h.cdr_id = c.id"
                where += f" AND k.level = h.level AND h.reseller_id IN ({', '.join('?' * len(resellers))})"
                for currency, micros in self._db.fetch(_PUT_RIGHT.format(source=source, where=where), (*walk.bindings, *bindings, *resellers)):
                    sums[currency] = sums.get(currency, 0) + micros
        return sums

    # the way down ------------------------------------------------------------------------------------------------
    def _places(self, wanted: Wanted, after: int, limit: int) -> list[tuple[int, int]]:
        """(started_at, id) of the page's records in its order."""
        if _by_number(wanted):
            return self._numbered(wanted, after, limit)
        start = self._db.value("SELECT started_at FROM cdr WHERE id = ?", (after,)) if after else None
        found: list[tuple[int, int]] = []
        for walk in self._walks(wanted):
            where, bindings = _bounds(wanted, walk)
            if start is not None:
                where += " AND c.started_at <= ? AND (c.started_at < ? OR c.id < ?)"
                bindings = [*bindings, start, start, after]
            sql = f"SELECT c.started_at, c.id FROM {walk.source} WHERE {where} ORDER BY c.started_at DESC, c.id DESC LIMIT ?"
            found += self._db.fetch(sql, (*walk.bindings, *bindings, limit))
        return sorted(found, reverse=True)[:limit]

    def _numbered(self, wanted: Wanted, after: int, limit: int) -> list[tuple[int, int]]:
        """The same for numbers, by id."""
        parts, ends = _sought(wanted)
        where, bindings = _bounds(wanted, _Walk("cdr c", "TRUE", ()))
        if not self._few(parts, ends):
            sql = f"SELECT c.started_at, c.id FROM cdr c WHERE {where} AND c.id < ? ORDER BY c.id DESC LIMIT ?"
            return self._db.fetch(sql, (*bindings, after or LAST_ID, limit))
        ids = {row[0] for row in self._db.fetch(" UNION ALL ".join(parts), ends)}
        found: list[tuple[int, int]] = []
        left = sorted((each for each in ids if not after or each < after), reverse=True)
        for first in range(0, len(left), CHUNK):
            chunk = left[first : first + CHUNK]
            sql = f"SELECT c.started_at, c.id FROM cdr c WHERE c.id IN ({', '.join('?' * len(chunk))}) AND {where} ORDER BY c.id DESC"
            found += self._db.fetch(sql, (*chunk, *bindings))
            if len(found) >= limit:
                break
        return found[:limit]

    def _walks(self, wanted: Wanted) -> list[_Walk]:
        """The indices to walk, which together meet every record once."""
        if wanted.endpoint_id is not None:
            own = wanted.endpoint_id
            customer = self._db.value("SELECT customer_id FROM endpoint WHERE id = ?", (own,))
            return [
                _walk("cdr_customer", "c.customer_id = ? AND c.endpoint_id = ?", customer, own),
                _walk("cdr_callee", "c.callee_endpoint_id = ? AND c.direction = 'on_net' AND c.endpoint_id IS NOT ?", own, own),
            ]
        if wanted.customer_id is not None:
            return self._of_customer(wanted.customer_id)
        if _by_number(wanted):
            parts, ends = _sought(wanted)
            if self._few(parts, ends):
                return [_Walk(f"({' UNION '.join(parts)}) x CROSS JOIN cdr c ON c.id = x.cdr_id", "TRUE", ends)]
        if wanted.resellers is not None or wanted.customers:
            return [
                *(_walk("cdr_reseller", "c.reseller_id = ?", each) for each in wanted.resellers or ()),
                *(walk for each in wanted.customers for walk in self._of_customer(each)),
            ]
        if wanted.destination is not None:
            return [_walk("cdr_destination", "c.destination = ?", wanted.destination)]
        if wanted.cause is not None or wanted.results:
            pairs = [pair for pair in self._outcomes(wanted.cause) if _within(pair[1], wanted.results)]
            return [_walk("cdr_outcome", "c.cause = ? AND c.result = ?", *pair) for pair in pairs]
        if wanted.trunk_id is not None:
            return [_walk("cdr_trunk", "c.trunk_id = ?", wanted.trunk_id)]
        return [_walk("cdr_started", "TRUE")]

    def _of_customer(self, customer_id: int) -> list[_Walk]:
        """One walk a phone of the customer, and one for records of none."""
        phones = [row[0] for row in self._db.fetch("SELECT id FROM endpoint WHERE customer_id = ?", (customer_id,))]
        return [
            *(_walk("cdr_customer", "c.customer_id = ? AND c.endpoint_id = ?", customer_id, each) for each in phones),
            _walk("cdr_customer", "c.customer_id = ? AND c.endpoint_id IS NULL", customer_id),
        ]

    def _few(self, parts: Sequence[str], ends: Sequence[SqlValue]) -> bool:
        sql = f"SELECT count(*) FROM (SELECT 1 FROM ({' UNION ALL '.join(parts)}) LIMIT ?)"
        return bool(self._db.value(sql, (*ends, MOST_SOUGHT + 1)) <= MOST_SOUGHT)

    def _outcomes(self, cause: str | None) -> list[tuple[str, int]]:
        """Every (cause, result) there is, by a leap each."""
        found: list[tuple[str, int]] = []
        at: tuple[str, int] | None = None if cause is None else (cause, -1)
        while len(found) < MOST_OUTCOMES:
            row = None
            if at is not None:
                row = self._db.one("SELECT cause, result FROM cdr INDEXED BY cdr_outcome WHERE cause = ? AND result > ? ORDER BY result LIMIT 1", at)
            if row is None and cause is None:
                last = "" if at is None else at[0]
                row = self._db.one("SELECT cause, result FROM cdr INDEXED BY cdr_outcome WHERE cause > ? ORDER BY cause, result LIMIT 1", (last,))
            if row is None:
                break
            at = (row[0], row[1])
            found.append(at)
        return found


def _by_number(wanted: Wanted) -> bool:
    """Whether beginnings of numbers are the way in: nothing narrower is wanted."""
    return bool(wanted.numbers or wanted.called) and wanted.endpoint_id is None and wanted.customer_id is None


def _walk(index: str, key: str, *bindings: SqlValue) -> _Walk:
    return _Walk(f"cdr c INDEXED BY {index}", key, bindings)


def _after(beginning: str) -> str:
    """The least text above all that begin so."""
    return beginning[:-1] + chr(ord(beginning[-1]) + 1)


def _range(beginning: str) -> tuple[str, str]:
    return beginning, _after(beginning)


def _sought(wanted: Wanted) -> tuple[list[str], tuple[SqlValue, ...]]:
    """SELECTs of the records whose numbers begin as wanted, and their bindings; the other wish, if any, bounds the rest."""
    if not wanted.numbers:
        return [_CALLED], _range(wanted.called)
    parts = [part for _ in wanted.numbers for part in (_CALLED, _CALLER)]
    return parts, tuple(end for each in wanted.numbers for _ in (_CALLED, _CALLER) for end in _range(each))


def _within(result: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return not ranges or any(low <= result < high for low, high in ranges)


def _bounds(wanted: Wanted, walk: _Walk) -> tuple[str, list[Any]]:
    """WHERE of a walk with all that is wanted beside its own key, and the bindings after the walk's own."""
    where: list[str] = [walk.key]
    bindings: list[Any] = []

    def add(text: str, *values: SqlValue) -> None:
        where.append(text)
        bindings.extend(values)

    if wanted.from_at is not None:
        add("c.started_at >= ?", wanted.from_at)
    if wanted.until_at is not None:
        add("c.started_at < ?", wanted.until_at)
    _scope(wanted, add)
    for column, value in (
        ("customer_id", wanted.customer_id),
        ("trunk_id", wanted.trunk_id),
        ("destination", wanted.destination),
        ("cause", wanted.cause),
        ("direction", wanted.direction),
    ):
        if value is not None:
            add(f"+c.{column} = ?", value)
    if wanted.results:
        add("(" + " OR ".join("+c.result >= ? AND +c.result < ?" for _ in wanted.results) + ")", *(end for each in wanted.results for end in each))
    if wanted.called:
        add("EXISTS (SELECT 1 FROM cdr_person n WHERE n.cdr_id = c.id AND n.normalised >= ? AND n.normalised < ?)", *_range(wanted.called))
    if wanted.numbers:
        any_of = " OR ".join("n.normalised >= ? AND n.normalised < ? OR n.caller >= ? AND n.caller < ?" for _ in wanted.numbers)
        ends = (end for each in wanted.numbers for _ in (_CALLED, _CALLER) for end in _range(each))
        add(f"EXISTS (SELECT 1 FROM cdr_person n WHERE n.cdr_id = c.id AND ({any_of}))", *ends)
    return " AND ".join(where), bindings


def _scope(wanted: Wanted, add: Any) -> None:
    if wanted.resellers is None and not wanted.customers:
        return
    parts: list[str] = []
    values: list[SqlValue] = []
    for column, listed in (("reseller_id", wanted.resellers or ()), ("customer_id", wanted.customers)):
        if listed:
            parts.append(f"+c.{column} IN ({', '.join('?' * len(listed))})")
            values += listed
    add(f"({' OR '.join(parts) or 'FALSE'})", *values)
