"""Rate versions: written in sets, never edited; a set counts from its activation on and may be undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table


class Rate(NamedTuple):
    """One version. In a derived tariff an override: a field that is None follows the base. Prices are micros per minute."""

    id: int
    rate_set_id: int
    tariff_id: int
    prefix: str
    destination: str | None
    price_micros: int | None
    connection_fee_micros: int | None
    first_increment: int | None
    next_increment: int | None
    minimum_seconds: int | None
    free_below_seconds: int | None
    free_seconds: int | None
    minimum_charge_micros: int | None
    maximum_charge_micros: int | None
    blocked: int | None
    band: str
    valid_from_at: int | None
    valid_until_at: int | None


class NewRate(NamedTuple):
    """What `Rates.add` takes: a `Rate` before it has ids."""

    prefix: str
    destination: str | None = None
    price_micros: int | None = None
    connection_fee_micros: int | None = None
    first_increment: int | None = None
    next_increment: int | None = None
    minimum_seconds: int | None = None
    free_below_seconds: int | None = None
    free_seconds: int | None = None
    minimum_charge_micros: int | None = None
    maximum_charge_micros: int | None = None
    blocked: int | None = None
    band: str = ""
    valid_from_at: int | None = None
    valid_until_at: int | None = None


class RateSet(NamedTuple):
    """What came in together. `activated_at` None: being written; `undone_at` set: as if it had never been."""

    id: int
    tariff_id: int
    source: str
    created_at: int
    activated_at: int | None
    undone_at: int | None
    operator_id: int | None


_ACTIVE = """SELECT {columns} FROM rate r JOIN rate_set s ON s.id = r.rate_set_id
  WHERE {where} s.activated_at IS NOT NULL AND s.undone_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM rate_withdrawal w JOIN rate_set ws ON ws.id = w.rate_set_id
    WHERE w.rate_id = r.id AND ws.activated_at IS NOT NULL AND ws.undone_at IS NULL)
  ORDER BY r.id"""
_COLUMNS = ", ".join(f"r.{field}" for field in Rate._fields)
_ALL_ACTIVE = _ACTIVE.format(columns=_COLUMNS, where="")
_ACTIVE_OF = _ACTIVE.format(columns=_COLUMNS, where="r.tariff_id = ? AND")
_ACTIVE_PREFIX = _ACTIVE.format(columns=_COLUMNS, where="r.tariff_id = ? AND r.prefix = ? AND")
_OF_SET = f"SELECT {_COLUMNS} FROM rate r WHERE r.rate_set_id = ? AND r.id > ? ORDER BY r.id LIMIT ?"
_ENDED_BY = f"""SELECT {_COLUMNS} FROM rate_withdrawal w JOIN rate r ON r.id = w.rate_id JOIN rate_set s ON s.id = r.rate_set_id
  WHERE w.rate_set_id = ?1 AND w.rate_id > ?2 AND s.activated_at IS NOT NULL AND s.undone_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM rate_withdrawal o JOIN rate_set os ON os.id = o.rate_set_id
    WHERE o.rate_id = r.id AND o.rate_set_id <> ?1 AND os.activated_at IS NOT NULL AND os.undone_at IS NULL)
  ORDER BY w.rate_id LIMIT ?3"""
FOR_EVER = 1 << 62
_EVER = f"""SELECT {_COLUMNS} FROM rate r JOIN rate_set s ON s.id = r.rate_set_id
  WHERE r.tariff_id = ? AND s.activated_at IS NOT NULL ORDER BY r.id"""
_ACTIVE_SETS = "SELECT id, activated_at, undone_at FROM rate_set WHERE tariff_id = ? AND activated_at IS NOT NULL"
_ENDINGS = """SELECT w.rate_id, s.activated_at, s.undone_at FROM rate_set s JOIN rate_withdrawal w ON w.rate_set_id = s.id
  WHERE s.tariff_id = ? AND s.activated_at IS NOT NULL"""
_ADD = f"INSERT INTO rate (rate_set_id, tariff_id, {', '.join(NewRate._fields)}) VALUES ({', '.join('?' * (2 + len(NewRate._fields)))})"


class Rates(Table[Rate]):
    """Rows of `rate`, `rate_set` and `rate_withdrawal`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "rate", Rate)
        self._sets = Table(database, "rate_set", RateSet, "activated_at undone_at")

    def open_set(self, tariff_id: int, source: str, created_at: int, operator_id: int | None = None) -> int:
        """A new set that does not count yet; its id."""
        return self._sets.insert(tariff_id=tariff_id, source=source, created_at=created_at, operator_id=operator_id)

    def add(self, rate_set_id: int, tariff_id: int, rates: Iterable[NewRate]) -> None:
        """Write versions into an open set; a chunk of an import a call."""
        self._db.many(_ADD, ((rate_set_id, tariff_id, *rate) for rate in rates))

    def last_id(self) -> int:
        """The id of the newest version; those of one `add` follow each other."""
        return int(self._db.value("SELECT coalesce(max(id), 0) FROM rate"))

    def withdraw(self, rate_set_id: int, rate_ids: Iterable[int]) -> None:
        """Versions that end when the set is activated (they were replaced or removed)."""
        self._db.many("INSERT OR IGNORE INTO rate_withdrawal (rate_set_id, rate_id) VALUES (?, ?)", ((rate_set_id, each) for each in rate_ids))

    def activate(self, rate_set_id: int, at: int) -> None:
        """The one short write that makes a set count."""
        self._sets.update(rate_set_id, {"activated_at": at})

    def undo(self, rate_set_id: int, at: int) -> None:
        """The set's versions count no more, and those it withdrew count again."""
        self._sets.update(rate_set_id, {"undone_at": at})

    def set_of(self, rate_set_id: int) -> RateSet | None:
        """One set."""
        return self._sets.get(rate_set_id)

    def sets(self, tariff_id: int) -> list[RateSet]:
        """All of a tariff, newest first."""
        sql = f"SELECT {', '.join(RateSet._fields)} FROM rate_set WHERE tariff_id = ? ORDER BY id DESC"
        return list(self._db.rows(RateSet._make, sql, (tariff_id,)))

    def active(self, tariff_id: int | None = None) -> Iterator[Rate]:
        """Versions that count, of one tariff or of all; those of future or past validity are among them."""
        if tariff_id is None:
            return self._db.rows(Rate._make, _ALL_ACTIVE)
        return self._db.rows(Rate._make, _ACTIVE_OF, (tariff_id,))

    def ever(self, tariff_id: int) -> tuple[list[Rate], dict[int, tuple[tuple[int, int], ...]]]:
        """Every version that a tariff ever had, and {its id: moments between which it counted}."""
        rows = list(self._db.rows(Rate._make, _EVER, (tariff_id,)))
        begins = {row[0]: (row[1], row[2]) for row in self._db.fetch(_ACTIVE_SETS, (tariff_id,))}
        ends: dict[int, list[tuple[int, int]]] = {}
        for rate_id, begin, end in self._db.fetch(_ENDINGS, (tariff_id,)):
            ends.setdefault(rate_id, []).append((begin, FOR_EVER if end is None else end))
        counted = {}
        for row in rows:
            begin, undone = begins[row.rate_set_id]
            counted[row.id] = _without((begin, FOR_EVER if undone is None else undone), ends.get(row.id, ()))
        return rows, counted

    def at_prefix(self, tariff_id: int, prefix: str) -> list[Rate]:
        """Versions that count of one tariff and exactly this prefix."""
        return list(self._db.rows(Rate._make, _ACTIVE_PREFIX, (tariff_id, prefix)))

    def of_set(self, rate_set_id: int, after: int, limit: int) -> list[Rate]:
        """A page of a set's versions by id."""
        return list(self._db.rows(Rate._make, _OF_SET, (rate_set_id, after, limit)))

    def ended_by(self, rate_set_id: int, after: int, limit: int) -> list[Rate]:
        """A page by id of the versions that would count if this set had not ended them."""
        return list(self._db.rows(Rate._make, _ENDED_BY, (rate_set_id, after, limit)))

    def edition(self, tariff_id: int) -> int:
        """Grows with every set that is activated or undone: the same number, the same rates."""
        sql = "SELECT count(activated_at) + count(undone_at) FROM rate_set WHERE tariff_id = ?"
        return int(self._db.value(sql, (tariff_id,)))

    def counting(self, tariff_id: int) -> frozenset[int]:
        """Ids of the sets that count."""
        sql = "SELECT id FROM rate_set WHERE tariff_id = ? AND activated_at IS NOT NULL AND undone_at IS NULL"
        return frozenset(row[0] for row in self._db.fetch(sql, (tariff_id,)))

    def withdrawn(self, rate_set_id: int) -> list[tuple[str, int]]:
        """(prefix, id) of the versions that a set ended."""
        sql = "SELECT r.prefix, r.id FROM rate_withdrawal w JOIN rate r ON r.id = w.rate_id WHERE w.rate_set_id = ?"
        return [(row[0], row[1]) for row in self._db.fetch(sql, (rate_set_id,))]

    def sizes(self, rate_set_id: int) -> tuple[int, int]:
        """How many versions a set wrote and how many it ended."""
        sql = "SELECT (SELECT count(*) FROM rate WHERE rate_set_id = ?1), (SELECT count(*) FROM rate_withdrawal WHERE rate_set_id = ?1)"
        row = self._db.one(sql, (rate_set_id,))
        return (0, 0) if row is None else (row[0], row[1])


def _without(span: tuple[int, int], gaps: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """What of a span lies in none of the gaps."""
    left = [span]
    for begin, end in gaps:
        left = [part for low, high in left for part in ((low, min(high, begin)), (max(low, end), high)) if part[0] < part[1]]
    return tuple(left)
