"""What single customers have beside their tariff: special rates, bundles of minutes, and how far they are in volume tiers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Archived, Table


class Bundle(NamedTuple):
    """So many seconds in each `period` (once, day, week, month) to numbers that begin with one of `prefixes` (JSON list)."""

    id: int
    reseller_id: int
    name: str
    prefixes: str
    seconds: int
    period: str
    created_at: int
    archived_at: int | None
    version: int


class CustomerBundle(NamedTuple):
    """A customer has a bundle from a moment until another (None: until it is ended)."""

    id: int
    customer_id: int
    bundle_id: int
    starts_at: int
    ends_at: int | None
    created_at: int


class Held(NamedTuple):
    """A customer's bundle with what it says; its periods begin in `timezone`."""

    id: int
    customer_id: int
    bundle_id: int
    name: str
    prefixes: str
    seconds: int
    period: str
    starts_at: int
    ends_at: int | None
    timezone: str


class Tier(NamedTuple):
    """From `from_seconds` billed in a month on, calls to `prefix` by the tariff cost `discount_ppm` less."""

    tariff_id: int
    prefix: str
    from_seconds: int
    discount_ppm: int


_HELD = """SELECT h.id, h.customer_id, h.bundle_id, b.name, b.prefixes, b.seconds, b.period, h.starts_at, h.ends_at,
  coalesce(nullif(c.timezone, ''), r.timezone)
  FROM customer_bundle h JOIN bundle b ON b.id = h.bundle_id JOIN customer c ON c.id = h.customer_id JOIN reseller r ON r.id = c.reseller_id"""
_COUNT_UP = """INSERT INTO volume_use (customer_id, tariff_id, prefix, month_at, seconds) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET seconds = seconds + excluded.seconds"""


class Bundles(Archived[Bundle]):
    """Rows of `bundle`, `customer_bundle` and `bundle_use`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "bundle", Bundle, "name prefixes seconds period archived_at", versioned=True)
        self.holders = Table(database, "customer_bundle", CustomerBundle, "ends_at")

    def find(self, reseller_id: int, name: str) -> Bundle | None:
        """By reseller and name, among the not archived."""
        return self._one(self._select + "WHERE t.reseller_id = ? AND t.name = ? AND t.archived_at IS NULL", (reseller_id, name))

    def list(self, reseller_id: int, *, archived: bool = False) -> Iterator[Bundle]:
        """A reseller's, by id."""
        return self._rows("WHERE t.reseller_id = ?" + ("" if archived else " AND t.archived_at IS NULL") + " ORDER BY t.id", (reseller_id,))

    def held(self, customer_id: int | None = None) -> Iterator[Held]:
        """One customer's or all, those that end first before the others: in this order they are used."""
        where = " WHERE (?1 IS NULL OR h.customer_id = ?1) ORDER BY h.ends_at IS NULL, h.ends_at, h.id"
        return self._db.rows(Held._make, _HELD + where, (customer_id,))

    def used(self, holder_id: int, period_at: int) -> int:
        """Seconds taken by calls that began in that period."""
        sql = "SELECT coalesce(sum(seconds), 0) FROM bundle_use WHERE customer_bundle_id = ? AND period_at = ?"
        return int(self._db.value(sql, (holder_id, period_at)))

    def use(self, cdr_id: int, holder_id: int, period_at: int, seconds: int) -> None:
        """What one call took; in the unit of its record."""
        self._db.execute(
            "INSERT INTO bundle_use (cdr_id, customer_bundle_id, period_at, seconds) VALUES (?, ?, ?, ?)", (cdr_id, holder_id, period_at, seconds)
        )

    def use_of(self, cdr_id: int) -> tuple[str, int] | None:
        """(bundle's name, seconds) of one call."""
        sql = """SELECT b.name, u.seconds FROM bundle_use u JOIN customer_bundle h ON h.id = u.customer_bundle_id JOIN bundle b ON b.id = h.bundle_id
          WHERE u.cdr_id = ?"""
        row = self._db.one(sql, (cdr_id,))
        return None if row is None else (row[0], row[1])


class Volumes:
    """Rows of `volume_tier` and `volume_use`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def tiers(self, tariff_id: int | None = None) -> Iterator[Tier]:
        """One tariff's or all, by prefix and where they begin."""
        sql = """SELECT tariff_id, prefix, from_seconds, discount_ppm FROM volume_tier WHERE (?1 IS NULL OR tariff_id = ?1)
          ORDER BY tariff_id, prefix, from_seconds"""
        return self._db.rows(Tier._make, sql, (tariff_id,))

    def set_tiers(self, tariff_id: int, tiers: Iterable[tuple[str, int, int]]) -> None:
        """Replace a tariff's by (prefix, from_seconds, discount_ppm)."""
        self._db.change("DELETE FROM volume_tier WHERE tariff_id = ?", (tariff_id,))
        sql = "INSERT INTO volume_tier (tariff_id, prefix, from_seconds, discount_ppm) VALUES (?, ?, ?, ?)"
        self._db.many(sql, ((tariff_id, *tier) for tier in tiers))

    def used(self, customer_id: int, tariff_id: int, prefix: str, month_at: int) -> int:
        """Billed seconds of a customer in a month."""
        sql = "SELECT seconds FROM volume_use WHERE customer_id = ? AND tariff_id = ? AND prefix = ? AND month_at = ?"
        return int(self._db.value(sql, (customer_id, tariff_id, prefix, month_at)) or 0)

    def count_up(self, customer_id: int, tariff_id: int, prefix: str, month_at: int, seconds: int) -> None:
        """A call's billed seconds; in the unit of its record."""
        self._db.execute(_COUNT_UP, (customer_id, tariff_id, prefix, month_at, seconds))


class SpecialTariffs:
    """Rows of `special_tariff`: the derived tariff that holds one customer's special rates."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> dict[int, int]:
        """{customer: tariff}."""
        return dict(self._db.fetch("SELECT customer_id, tariff_id FROM special_tariff"))

    def of(self, customer_id: int) -> int | None:
        """The tariff of a customer's special rates."""
        found = self._db.value("SELECT tariff_id FROM special_tariff WHERE customer_id = ?", (customer_id,))
        return None if found is None else int(found)

    def on(self, base_id: int) -> list[int]:
        """Special tariffs that derive from a tariff."""
        sql = "SELECT s.tariff_id FROM special_tariff s JOIN tariff t ON t.id = s.tariff_id WHERE t.base_id = ?"
        return [row[0] for row in self._db.fetch(sql, (base_id,))]

    def add(self, customer_id: int, tariff_id: int) -> None:
        """A customer has special rates from now on."""
        self._db.execute("INSERT INTO special_tariff (customer_id, tariff_id) VALUES (?, ?)", (customer_id, tariff_id))
