"""Registrations: where an endpoint's phones are, and where they were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from appliance.store.database import Database

_UPSERT = """INSERT INTO binding (endpoint_id, contact, source, transport, listener, call_id, cseq, q, path, instance, reg_id, user_agent,
  natted, since_at, refreshed_at, expires_at, place)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET source = excluded.source, transport = excluded.transport,
  listener = excluded.listener,
  call_id = excluded.call_id, cseq = excluded.cseq, q = excluded.q, path = excluded.path, user_agent = excluded.user_agent,
  natted = excluded.natted, refreshed_at = excluded.refreshed_at, expires_at = excluded.expires_at"""
_HISTORY = "INSERT INTO registration_history (endpoint_id, contact, source, user_agent, from_at, until_at) VALUES (?, ?, ?, ?, ?, ?)"


Key = tuple[str, str, int, str]
"""What makes a binding of an endpoint one: contact, instance, reg-id (two flows of a phone say the same contact, RFC 5626) and place."""


class Binding(NamedTuple):
    """One contact. `source` is address:port, `path` JSON text; `since_at` is kept at a refresh. `place`: of a phone behind NAT the
    address it comes from, since two homes have the same addresses inside; else empty."""

    endpoint_id: int
    contact: str
    source: str
    transport: str
    listener: str
    call_id: str
    cseq: int
    q: int
    path: str
    instance: str
    reg_id: int
    user_agent: str
    natted: int
    since_at: int
    refreshed_at: int
    expires_at: int
    place: str = ""

    @property
    def key(self) -> Key:
        """See `Key`."""
        return self.contact, self.instance, self.reg_id, self.place


class BindingLine(NamedTuple):
    """One binding as `bindings` prints it; `endpoint` is the number."""

    endpoint: str
    contact: str
    source: str
    transport: str
    expires_at: int
    user_agent: str
    customer: str
    natted: int
    since_at: int


class BindingRow(NamedTuple):
    """One binding in a list, with whose it is."""

    endpoint_id: int
    endpoint: str
    display_name: str
    reseller_id: int
    customer_id: int
    customer: str
    contact: str
    source: str
    transport: str
    natted: int
    since_at: int
    refreshed_at: int
    expires_at: int
    user_agent: str


class Past(NamedTuple):
    """A registration that is over."""

    endpoint_id: int
    contact: str
    source: str
    user_agent: str
    from_at: int
    until_at: int


_SELECT = f"SELECT {', '.join(Binding._fields)} FROM binding"
_ONE = "WHERE endpoint_id = ? AND contact = ? AND instance = ? AND reg_id = ? AND place = ?"


class Bindings:
    """Rows of `binding` and `registration_history`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def save(self, binding: Binding) -> None:
        """New or refreshed; `since_at` of a known contact stays."""
        self._db.execute(_UPSERT, binding)

    def end(self, endpoint_id: int, key: Key, at: int) -> None:
        """One binding is gone at `at` and becomes history."""
        row = self._db.one(f"{_SELECT} {_ONE}", (endpoint_id, *key))
        if row is not None:
            old = Binding._make(row)
            self.remember(Past(endpoint_id, old.contact, f"{old.source}/{old.transport}", old.user_agent, old.since_at, at))
            self._db.change(f"DELETE FROM binding {_ONE}", (endpoint_id, *key))

    def end_expired(self, at: int) -> int:
        """Turn what ran out by `at` into history; how many."""
        count = self._db.change(
            """INSERT INTO registration_history (endpoint_id, contact, source, user_agent, from_at, until_at)
            SELECT endpoint_id, contact, source || '/' || transport, user_agent, since_at, expires_at FROM binding WHERE expires_at <= ?""",
            (at,),
        )
        if count:
            self._db.change("DELETE FROM binding WHERE expires_at <= ?", (at,))
        return count

    def of(self, endpoint_id: int, at: int) -> list[Binding]:
        """Not yet expired at `at`."""
        return list(self._db.rows(Binding._make, _SELECT + " WHERE endpoint_id = ? AND expires_at > ?", (endpoint_id, at)))

    def all(self, at: int) -> Iterator[Binding]:
        """Of every endpoint, not yet expired at `at`."""
        return self._db.rows(Binding._make, _SELECT + " WHERE expires_at > ?", (at,))

    def lines(self, at: int) -> Iterator[BindingLine]:
        """What `bindings` prints."""
        return self._db.rows(
            BindingLine._make,
            """SELECT e.number, b.contact, b.source, b.transport, b.expires_at, b.user_agent, p.name, b.natted, b.since_at
            FROM binding b JOIN endpoint e ON e.id = b.endpoint_id JOIN customer c ON c.id = e.customer_id JOIN person p ON p.id = c.person_id
            WHERE b.expires_at > ? ORDER BY e.number, b.contact""",
            (at,),
        )

    def page(self, at: int, *, after_endpoint: int = 0, customer_id: int | None = None, endpoint_id: int | None = None) -> Iterator[BindingRow]:
        """Not yet expired at `at`, by endpoint and contact, of endpoints with a greater id than `after_endpoint`."""
        return self._db.rows(
            BindingRow._make,
            """SELECT b.endpoint_id, e.number, e.display_name, c.reseller_id, c.id, p.name, b.contact, b.source, b.transport, b.natted, b.since_at,
            b.refreshed_at, b.expires_at, b.user_agent
            FROM binding b CROSS JOIN endpoint e ON e.id = b.endpoint_id CROSS JOIN customer c ON c.id = e.customer_id
            CROSS JOIN person p ON p.id = c.person_id
            WHERE b.endpoint_id > ?2 AND b.expires_at > ?1 AND (?3 IS NULL OR c.id = ?3) AND (?4 IS NULL OR e.id = ?4)
            ORDER BY b.endpoint_id, b.contact""",
            (at, after_endpoint, customer_id, endpoint_id),
        )

    def online(self, at: int, resellers: Iterable[int] | None = None) -> int:
        """How many endpoints of these resellers' customers (of all) are registered at `at`."""
        if resellers is None:
            return int(self._db.value("SELECT count(DISTINCT endpoint_id) FROM binding WHERE expires_at > ?", (at,)))
        sql = f"""SELECT count(DISTINCT b.endpoint_id) FROM binding b JOIN endpoint e ON e.id = b.endpoint_id JOIN customer c ON c.id = e.customer_id
            WHERE b.expires_at > ? AND c.reseller_id IN ({", ".join(str(int(each)) for each in resellers)})"""
        return int(self._db.value(sql, (at,)))

    def remember(self, past: Past) -> None:
        """A registration that is over, for disclosure."""
        self._db.execute(_HISTORY, past)

    def history(self, endpoint_id: int, from_at: int, until_at: int) -> Iterator[Past]:
        """Registrations of one endpoint that touch a period."""
        return self._db.rows(
            Past._make,
            """SELECT endpoint_id, contact, source, user_agent, from_at, until_at FROM registration_history
            WHERE endpoint_id = ? AND from_at < ? AND until_at > ? ORDER BY from_at""",
            (endpoint_id, until_at, from_at),
        )

    def forget_history(self, before_at: int) -> int:
        """Retention: remove registrations that ended before a moment; how many."""
        return self._db.change("DELETE FROM registration_history WHERE until_at < ?", (before_at,))
