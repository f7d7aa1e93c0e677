"""What the guard keeps: typed limits, fuses that tripped, and who is banned; and what calls cost of late, by customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from appliance.store.database import Database, SqlValue

_LIMIT = (
    "owner_kind, owner_id, calls_per_second, max_seconds, day_micros, month_micros, hour_micros, allowed, blocked, high_risk, "
    "risk_wait_until_at, version, networks, countries"
)
_FUSE = "id, customer_id, reason, detail, spent_micros, limit_micros, currency, tripped_at, released_at, released_by, note"
_CHANGEABLE = frozenset(
    ["calls_per_second", "max_seconds", "day_micros", "month_micros", "hour_micros", "allowed", "blocked", "high_risk", "risk_wait_until_at"]
) | {"networks", "countries"}


class Limit(NamedTuple):
    """Typed limits of a customer, endpoint, trunk or reseller; None and empty are no limit. `allowed` and `blocked` are JSON lists of
    prefixes, `networks` and `countries` of where phones may be."""

    owner_kind: str
    owner_id: int
    calls_per_second: int | None = None
    max_seconds: int | None = None
    day_micros: int | None = None
    month_micros: int | None = None
    hour_micros: int | None = None
    allowed: str = "[]"
    blocked: str = "[]"
    high_risk: str = ""
    risk_wait_until_at: int | None = None
    version: int = 0
    networks: str = "[]"
    countries: str = "[]"


class Fuse(NamedTuple):
    """A customer's calls were stopped; `detail` is what the reason names (a country, a prefix)."""

    id: int
    customer_id: int
    reason: str
    detail: str
    spent_micros: int
    limit_micros: int
    currency: str
    tripped_at: int
    released_at: int | None
    released_by: str
    note: str


class BanRow(NamedTuple):
    """Somebody who is not answered, with wall times."""

    kind: str
    host: str
    name: str
    reason: str
    since_at: int
    until_at: int
    times: int


class Spent(NamedTuple):
    """What a customer's calls that began in one step of time cost."""

    customer_id: int
    step: int
    micros: int


class Busiest(NamedTuple):
    """What the dearest hour and the dearest day of a customer cost, in micros."""

    customer_id: int
    hour: int
    day: int


class Guard:
    """Rows of `guard_limit`, `fuse` and `ban`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # limits ----------------------------------------------------------------------------------------------------
    def limits(self) -> Iterator[Limit]:
        """All that are typed."""
        return self._db.rows(Limit._make, f"SELECT {_LIMIT} FROM guard_limit")

    def limit(self, kind: str, owner_id: int) -> Limit | None:
        """One party's; None where none was ever typed."""
        row = self._db.one(f"SELECT {_LIMIT} FROM guard_limit WHERE owner_kind = ? AND owner_id = ?", (kind, owner_id))
        return None if row is None else Limit._make(row)

    def put_limit(self, kind: str, owner_id: int, changes: Mapping[str, SqlValue]) -> None:
        """Set the given columns of one party's limits."""
        unknown = frozenset(changes) - _CHANGEABLE
        if unknown:
            raise ValueError(f"guard_limit does not change {sorted(unknown)}")
        self._db.execute("INSERT INTO guard_limit (owner_kind, owner_id) VALUES (?, ?) ON CONFLICT DO NOTHING", (kind, owner_id))
        parts = "".join(f'"{name}" = ?, ' for name in changes)
        self._db.change(
            f"UPDATE guard_limit SET {parts}version = version + 1 WHERE owner_kind = ? AND owner_id = ?", (*changes.values(), kind, owner_id)
        )

    # fuses -----------------------------------------------------------------------------------------------------
    def trip(self, customer_id: int, reason: str, detail: str, spent_micros: int, limit_micros: int, currency: str, at: int) -> int:
        """A fuse tripped; its id."""
        return self._db.insert(
            "INSERT INTO fuse (customer_id, reason, detail, spent_micros, limit_micros, currency, tripped_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (customer_id, reason, detail, spent_micros, limit_micros, currency, at),
        )

    def tripped(self) -> Iterator[Fuse]:
        """Fuses that still stop somebody, oldest first."""
        return self._db.rows(Fuse._make, f"SELECT {_FUSE} FROM fuse WHERE released_at IS NULL ORDER BY id")

    def fuses(self, before: int | None = None) -> Iterator[Fuse]:
        """All, newest first; `before`: with a smaller id."""
        return self._db.rows(Fuse._make, f"SELECT {_FUSE} FROM fuse WHERE (?1 IS NULL OR id < ?1) ORDER BY id DESC", (before,))

    def fuse(self, fuse_id: int) -> Fuse | None:
        """One by id."""
        row = self._db.one(f"SELECT {_FUSE} FROM fuse WHERE id = ?", (fuse_id,))
        return None if row is None else Fuse._make(row)

    def tripped_between(self, since: int, until: int) -> Iterator[Fuse]:
        """Fuses that tripped in a time, released since or not."""
        return self._db.rows(Fuse._make, f"SELECT {_FUSE} FROM fuse WHERE tripped_at >= ? AND tripped_at < ? ORDER BY id", (since, until))

    def tripped_of(self, customer_id: int) -> Fuse | None:
        """The one that stops a customer now."""
        row = self._db.one(f"SELECT {_FUSE} FROM fuse WHERE customer_id = ? AND released_at IS NULL ORDER BY tripped_at DESC LIMIT 1", (customer_id,))
        return None if row is None else Fuse._make(row)

    def release(self, fuse_id: int, at: int, by: str, note: str) -> None:
        """The customer calls again."""
        self._db.change("UPDATE fuse SET released_at = ?, released_by = ?, note = ? WHERE id = ?", (at, by, note, fuse_id))

    def released(self, since: int) -> dict[int, int]:
        """When each customer's last fuse since a moment was released."""
        rows = self._db.fetch("SELECT customer_id, max(released_at) FROM fuse WHERE released_at > ? GROUP BY customer_id", (since,))
        return dict(rows)

    # what was spent --------------------------------------------------------------------------------------------
    def records_since(self, since: int) -> int:
        """About how many calls were recorded since a moment: their ids follow each other."""
        first = self._db.value("SELECT id FROM cdr WHERE started_at >= ? ORDER BY started_at LIMIT 1", (since,))
        return 0 if first is None else int(self._db.value("SELECT max(id) FROM cdr")) - int(first) + 1

    def busiest(self, since: int, until: int) -> Iterator[Busiest]:
        """What each customer's dearest hour and day cost, of calls that began between two moments (days of UTC)."""
        return self._db.rows(
            Busiest._make,
            """SELECT customer_id, max(hour), max(day) FROM (
              SELECT customer_id, max(micros) AS hour, sum(micros) AS day FROM (
                SELECT customer_id, started_at / 3600000 AS step, sum(amount_micros) AS micros FROM cdr
                WHERE started_at >= ?1 AND started_at < ?2 AND amount_micros > 0 AND customer_id IS NOT NULL GROUP BY 1, 2
              ) GROUP BY customer_id, step / 24
            ) GROUP BY customer_id""",
            (since, until),
        )

    def spent_before(self, since: int, until: int, whole: tuple[int, int], step_ms: int) -> Iterator[Spent]:
        """As `spent`, up to a moment; what began between the two of `whole` is one sum a customer, named by the last step of it."""
        return self._db.rows(
            Spent._make,
            """SELECT customer_id, max(started_at) / ?5, sum(amount_micros) FROM cdr
            WHERE started_at >= ?1 AND started_at < ?2 AND amount_micros > 0 AND customer_id IS NOT NULL
            GROUP BY customer_id, CASE WHEN started_at >= ?3 AND started_at < ?4 THEN ?3 ELSE started_at / ?5 END ORDER BY 2""",
            (since, until, *whole, step_ms),
        )

    def spent(self, since: int, step_ms: int) -> Iterator[Spent]:
        """What calls that began since a moment cost their customers, by steps of time."""
        return self._db.rows(
            Spent._make,
            """SELECT customer_id, started_at / ?2, sum(amount_micros) FROM cdr
            WHERE started_at >= ?1 AND amount_micros > 0 AND customer_id IS NOT NULL GROUP BY 1, 2 ORDER BY 2""",
            (since, step_ms),
        )

    def prefixes(self, since: int) -> Iterator[tuple[int, str]]:
        """(customer, prefix) of calls that were answered since a moment, each once."""
        return self._db.rows(
            tuple,
            """SELECT DISTINCT customer_id, prefix FROM cdr WHERE started_at >= ? AND answered_at IS NOT NULL AND prefix > ''
            AND customer_id IS NOT NULL AND direction = 'out'""",
            (since,),
        )

    def tries(self, since: int) -> Iterator[tuple[int, int, int | None, int, int, str, str | None]]:
        """(trunk, start, answer, duration, result, cause, attempts as JSON) of calls that went out since a moment, oldest first."""
        return self._db.rows(
            tuple,
            """SELECT trunk_id, started_at, answered_at, duration_ms, result, cause, attempts FROM cdr
            WHERE started_at >= ? AND trunk_id IS NOT NULL AND direction = 'out' AND emergency = 0 ORDER BY started_at""",
            (since,),
        )

    def spent_over_trunk(self, trunk_id: int, since: int) -> int:
        """What the carrier asks for calls over a trunk that began since a moment."""
        row = self._db.one("SELECT coalesce(sum(cost_micros), 0) FROM cdr WHERE trunk_id = ? AND started_at >= ?", (trunk_id, since))
        return int(row[0]) if row is not None else 0

    # bans ------------------------------------------------------------------------------------------------------
    def bans(self, now: int) -> Iterator[BanRow]:
        """Those that are not over."""
        return self._db.rows(
            BanRow._make, "SELECT kind, host, name, reason, since_at, until_at, times FROM ban WHERE until_at > ? ORDER BY since_at", (now,)
        )

    def set_bans(self, rows: Iterable[BanRow]) -> None:
        """Replace what is kept."""
        self._db.execute("DELETE FROM ban")
        self._db.many("INSERT INTO ban (kind, host, name, reason, since_at, until_at, times) VALUES (?, ?, ?, ?, ?, ?, ?)", list(rows))

    def spent_by_endpoint(self, customer_id: int, endpoint_id: int, since: int) -> int:
        """What calls of one endpoint that began since a moment cost its customer."""
        row = self._db.one(
            "SELECT coalesce(sum(amount_micros), 0) FROM cdr WHERE customer_id = ? AND endpoint_id = ? AND started_at >= ?",
            (customer_id, endpoint_id, since),
        )
        return int(row[0]) if row is not None else 0

    def spent_by_reseller(self, reseller_id: int, since: int) -> int:
        """What a reseller paid for calls that began since a moment."""
        row = self._db.one(
            """SELECT coalesce(sum(h.amount_micros), 0) FROM cdr c JOIN charge h ON h.cdr_id = c.id
            WHERE c.started_at >= ? AND h.reseller_id = ? AND h.level > 0""",
            (since, reseller_id),
        )
        return int(row[0]) if row is not None else 0
