"""Shops, their booths and the sessions in them (callshop.md). An endpoint or shop without a row has the row's defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import NamedTuple

from appliance.store.database import Database, SqlValue
from appliance.store.table import Table

_SESSION = "state mode money_limit_micros time_limit_seconds talked_ms endpoint_id bill_id locked_at closed_at closed_by outcome"
_SHOP = (
    "receipt_name receipt_head receipt_foot tax_number tax_ppm rounding_micros denominations currencies forgive_seconds forgive_micros "
    "warn_seconds blocked pin_everything"
)
_BOOTH = "name position out_of_order reason blocked desk"


class Shop(NamedTuple):
    """Settings of a shop. `denominations`, `currencies` and `blocked` are JSON text; amounts in them are micros."""

    customer_id: int
    receipt_name: str = ""
    receipt_head: str = ""
    receipt_foot: str = ""
    tax_number: str = ""
    tax_ppm: int = 0
    rounding_micros: int = 0
    denominations: str = "[]"
    currencies: str = "{}"
    forgive_seconds: int = 0
    forgive_micros: int = 0
    warn_seconds: int = 60
    blocked: str = "[]"
    pin_everything: int = 0
    version: int = 1


class Booth(NamedTuple):
    """Settings of a booth. `blocked` is JSON text; `desk`: the shop's own phone."""

    endpoint_id: int
    name: str = ""
    position: int = 0
    out_of_order: int = 0
    reason: str = ""
    blocked: str = "[]"
    desk: int = 0
    version: int = 1


class Session(NamedTuple):
    """One guest in a booth."""

    id: int
    shop_id: int
    endpoint_id: int
    bill_id: int
    state: str
    mode: str
    money_limit_micros: int | None
    time_limit_seconds: int | None
    talked_ms: int
    opened_at: int
    opened_by: int | None
    locked_at: int | None
    closed_at: int | None
    closed_by: int | None
    outcome: str
    version: int


class Seat(NamedTuple):
    """What a call from a booth must know of the session that is open in it."""

    session_id: int
    bill_id: int
    shop_id: int
    state: str
    account_id: int
    currency: str
    time_limit_seconds: int | None
    talked_ms: int


class Booths:
    """Rows of `shop`, `booth`, `booth_session` and `booth_guest`."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._sessions: Table[Session] = Table(database, "booth_session", Session, _SESSION, versioned=True)

    # settings ------------------------------------------------------------------------------------------------------
    def shop(self, customer_id: int) -> Shop:
        """Its settings, or the defaults."""
        row = self._db.one(f"SELECT {', '.join(Shop._fields)} FROM shop WHERE customer_id = ?", (customer_id,))
        return Shop(customer_id) if row is None else Shop._make(row)

    def set_shop(self, customer_id: int, changes: Mapping[str, SqlValue]) -> None:
        """Change some settings."""
        self._put("shop", "customer_id", customer_id, changes, frozenset(_SHOP.split()))

    def booth(self, endpoint_id: int) -> Booth:
        """Its settings, or the defaults."""
        row = self._db.one(f"SELECT {', '.join(Booth._fields)} FROM booth WHERE endpoint_id = ?", (endpoint_id,))
        return Booth(endpoint_id) if row is None else Booth._make(row)

    def set_booth(self, endpoint_id: int, changes: Mapping[str, SqlValue]) -> None:
        """Change some settings."""
        self._put("booth", "endpoint_id", endpoint_id, changes, frozenset(_BOOTH.split()))

    def positions(self, customer_id: int) -> dict[int, int]:
        """{endpoint: its place and number key} of a shop: those that were given one keep it, the others fill the gaps by number."""
        rows = self._db.fetch(
            """SELECT e.id, coalesce(b.position, 0), coalesce(b.desk, 0) FROM endpoint e LEFT JOIN booth b ON b.endpoint_id = e.id
            WHERE e.customer_id = ? AND e.archived_at IS NULL ORDER BY length(e.number), e.number""",
            (customer_id,),
        )
        given = {row[1] for row in rows if row[1]}
        free = (place for place in count(1) if place not in given)
        return {endpoint: position or (0 if desk else next(free)) for endpoint, position, desk in rows}

    def _put(self, table: str, key: str, row_id: int, changes: Mapping[str, SqlValue], known: frozenset[str]) -> None:
        unknown = frozenset(changes) - known
        if unknown:
            raise ValueError(f"{table} does not change {sorted(unknown)}")
        if changes:
            self._db.execute(f"INSERT INTO {table} ({key}) VALUES (?) ON CONFLICT DO NOTHING", (row_id,))
            listed = ", ".join(f"{name} = ?" for name in changes)
            self._db.change(f"UPDATE {table} SET {listed}, version = version + 1 WHERE {key} = ?", (*changes.values(), row_id))

    # sessions ------------------------------------------------------------------------------------------------------
    def seat(self, endpoint_id: int) -> Seat | None:
        """The session that is open in a booth, for one of its calls."""
        row = self._db.one(
            """SELECT s.id, s.bill_id, s.shop_id, s.state, b.account_id, b.currency, s.time_limit_seconds, s.talked_ms
            FROM booth_session s JOIN bill b ON b.id = s.bill_id WHERE s.endpoint_id = ? AND s.closed_at IS NULL""",
            (endpoint_id,),
        )
        return None if row is None else Seat._make(row)

    def session(self, session_id: int) -> Session | None:
        """One session."""
        return self._sessions.get(session_id)

    def open_in(self, endpoint_id: int) -> Session | None:
        """The session that is open in a booth."""
        return self._one("WHERE t.endpoint_id = ? AND t.closed_at IS NULL", (endpoint_id,))

    def open_on(self, bill_id: int) -> list[Session]:
        """Sessions that are open on a bill, the oldest first."""
        return list(self._rows("WHERE t.bill_id = ? AND t.closed_at IS NULL ORDER BY t.id", (bill_id,)))

    def of_bill(self, bill_id: int) -> list[Session]:
        """All sessions of a bill."""
        return list(self._rows("WHERE t.bill_id = ? ORDER BY t.id", (bill_id,)))

    def open_sessions(self, shop_id: int | None = None) -> list[Session]:
        """All that are open, of one shop or of all."""
        return list(self._rows("WHERE t.closed_at IS NULL AND (?1 IS NULL OR t.shop_id = ?1) ORDER BY t.id", (shop_id,)))

    def newest(self, shop_id: int, before_id: int | None = None) -> Iterator[Session]:
        """Sessions of a shop, newest first."""
        return self._rows("WHERE t.shop_id = ?1 AND (?2 IS NULL OR t.id < ?2) ORDER BY t.id DESC", (shop_id, before_id))

    def insert_session(self, **columns: SqlValue) -> int:
        """A new session; Conflict("store.taken") where the booth has one."""
        return self._sessions.insert(**columns)

    def update_session(self, session_id: int, changes: Mapping[str, SqlValue], version: int | None = None) -> None:
        """Change some columns."""
        self._sessions.update(session_id, changes, version)

    def talked(self, session_id: int, duration_ms: int) -> None:
        """A call of a session is over."""
        self._db.change("UPDATE booth_session SET talked_ms = talked_ms + ? WHERE id = ?", (duration_ms, session_id))

    def running(self, endpoint_id: int) -> list[str]:
        """The records (JSON) of calls that a booth has, by rows that neither a crash nor a restart forgets."""
        return [row[0] for row in self._db.fetch("SELECT record FROM live_call WHERE endpoint_id = ?", (endpoint_id,))]

    # guests --------------------------------------------------------------------------------------------------------
    def guest(self, session_id: int) -> str:
        """Who is in the booth, as the clerk noted."""
        return str(self._db.value("SELECT note FROM booth_guest WHERE session_id = ?", (session_id,)) or "")

    def set_guest(self, session_id: int, note: str) -> None:
        """Note who it is, or (empty) forget it."""
        self._db.execute("DELETE FROM booth_guest WHERE session_id = ?", (session_id,))
        if note:
            self._db.execute("INSERT INTO booth_guest (session_id, note) VALUES (?, ?)", (session_id, note))

    def _one(self, where: str, bindings: tuple[SqlValue, ...]) -> Session | None:
        return next(iter(self._rows(where, bindings)), None)

    def _rows(self, where: str, bindings: tuple[SqlValue, ...]) -> Iterator[Session]:
        columns = ", ".join(f"t.{name}" for name in Session._fields)
        return self._db.rows(Session._make, f"SELECT {columns} FROM booth_session t {where}", bindings)
