"""Calls as they run and as they are recorded. One statement each, prepared once: this is the hot path.

A call's row in `live_call` has the id that its CDR will have.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.told import EXPLANATION


class LiveCall(NamedTuple):
    """`record` and `dialogs` are JSON text of services/calls; `answered_mono_ms` is on the clock of run `run_id`."""

    id: int
    run_id: int
    customer_id: int | None
    endpoint_id: int | None
    trunk_id: int | None
    started_at: int
    answered_at: int | None
    answered_mono_ms: int | None
    record: str
    dialogs: str | None


class Cdr(NamedTuple):
    """A call that is over. `attempts` and `media` are JSON text; `result` is the SIP status the caller saw; `direction`: out, in, on_net."""

    id: int
    run_id: int | None
    started_at: int
    answered_at: int | None
    ended_at: int
    duration_ms: int
    late_ms: int
    billed_seconds: int
    reseller_id: int | None
    customer_id: int | None
    endpoint_id: int | None
    trunk_id: int | None
    callee_endpoint_id: int | None
    prefix: str | None
    destination: str | None
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


class CdrPerson(NamedTuple):
    """What identifies somebody in a CDR."""

    cdr_id: int
    call_id: str
    caller: str
    dialled: str
    normalised: str
    trunk_call_id: str
    source: str
    user_agent: str
    callee: str


class Charge(NamedTuple):
    """One level of a call. `customer_id` or `reseller_id` is the party that pays; no entry where the amount is 0.

    `explanation` is JSON text, and is read whole. Written with a `told_id` (`Calls.told_alike`) it is only the call's own: the list of its
    duration in ms, seconds, billed seconds and amount.
    """

    cdr_id: int
    level: int
    account_id: int | None
    customer_id: int | None
    reseller_id: int | None
    tariff_id: int
    rate_id: int | None
    billed_seconds: int
    amount_micros: int
    currency: str
    entry_id: int | None
    explanation: str
    told_id: int | None = None


def _insert(table: str, fields: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(fields)}) VALUES ({', '.join('?' * len(fields))})"


_INSERT_LIVE = _insert("live_call", LiveCall._fields)
_INSERT_CDR = _insert("cdr", Cdr._fields)
_INSERT_PERSON = _insert("cdr_person", CdrPerson._fields)
_INSERT_CHARGE = _insert("charge", Charge._fields)
_ANSWERED = "UPDATE live_call SET trunk_id = ?, answered_at = ?, answered_mono_ms = ?, record = ?, dialogs = ? WHERE id = ?"
_RECORD = "UPDATE live_call SET record = ? WHERE id = ?"
_DIALOGS = "UPDATE live_call SET dialogs = ? WHERE id = ?"
_CHARGES = f"""SELECT {", ".join(EXPLANATION if name == "explanation" else f"h.{name}" for name in Charge._fields)}
  FROM charge h WHERE h.cdr_id = ? ORDER BY h.level"""
_DELETE_LIVE = "DELETE FROM live_call WHERE id = ?"
_LIVE = f"SELECT {', '.join(LiveCall._fields)} FROM live_call"


class Calls:
    """Rows of `live_call`, `cdr`, `cdr_person` and `charge`. Reading records in bulk is `Cdrs`."""

    def __init__(self, database: Database) -> None:
        self._execute = database.execute
        self._db = database

    def next_id(self) -> int:
        """One above every live call and record there is."""
        return int(self._db.value("SELECT max((SELECT coalesce(max(id), 0) FROM cdr), (SELECT coalesce(max(id), 0) FROM live_call)) + 1"))

    def insert_live(self, call: LiveCall) -> None:
        """A call is admitted. Any tuple of the fields in order will do, here and below."""
        self._execute(_INSERT_LIVE, call)

    def update_answered(self, call: int, trunk_id: int | None, answered_at: int, answered_mono_ms: int, record: str, dialogs: str) -> None:
        """A call was answered."""
        self._execute(_ANSWERED, (trunk_id, answered_at, answered_mono_ms, record, dialogs, call))

    def update_record(self, call: int, record: str) -> None:
        """What the CDR will say has changed."""
        self._execute(_RECORD, (record, call))

    def update_dialogs(self, call: int, dialogs: str) -> None:
        """What a BYE after a crash needs has changed."""
        self._execute(_DIALOGS, (dialogs, call))

    def delete_live(self, call: int) -> None:
        """The call is over; in the same unit as its CDR."""
        self._execute(_DELETE_LIVE, (call,))

    def insert_cdr(self, cdr: Cdr, person: CdrPerson) -> None:
        """The record of a call and who it was."""
        self._execute(_INSERT_CDR, cdr)
        self._execute(_INSERT_PERSON, person)

    def insert_charge(self, charge: Charge) -> None:
        """One level's charge; after its entry."""
        self._execute(_INSERT_CHARGE, charge)

    def told_alike(self, told: bytes) -> int:
        """The row that keeps this text (JSON), which the explanations of many charges have in common; made where it is missing."""
        digest = blake2b(told, digest_size=16).digest()
        found = self._db.value("SELECT id FROM charge_told WHERE digest = ?", (digest,))
        return found or self._db.insert("INSERT INTO charge_told (digest, told) VALUES (?, ?)", (digest, told.decode()))

    def live(self, run_id: int | None = None, *, not_run: int | None = None) -> Iterator[LiveCall]:
        """All running calls, or those of one run, or those of every other run (left over from a crash)."""
        return self._db.rows(
            LiveCall._make, _LIVE + " WHERE (?1 IS NULL OR run_id = ?1) AND (?2 IS NULL OR run_id <> ?2) ORDER BY id", (run_id, not_run)
        )

    def emergencies(self, from_at: int, most: int) -> list[tuple[int, int, str, int | None, int | None]]:
        """The newest emergency calls since a moment, oldest first: call, when, number, customer, endpoint."""
        sql = """SELECT c.id, c.started_at, coalesce(p.normalised, ''), c.customer_id, c.endpoint_id
            FROM cdr c LEFT JOIN cdr_person p ON p.cdr_id = c.id WHERE c.emergency = 1 AND c.started_at >= ?
            ORDER BY c.started_at DESC, c.id DESC LIMIT ?"""
        return list(self._db.rows(tuple, sql, (from_at, most)))[::-1]

    def get_live(self, call: int) -> LiveCall | None:
        """One running call."""
        row = self._db.one(_LIVE + " WHERE id = ?", (call,))
        return None if row is None else LiveCall._make(row)

    def get(self, call: int) -> Cdr | None:
        """One record."""
        row = self._db.one(f"SELECT {', '.join(Cdr._fields)} FROM cdr WHERE id = ?", (call,))
        return None if row is None else Cdr._make(row)

    def person(self, call: int) -> CdrPerson | None:
        """Who it was."""
        row = self._db.one(f"SELECT {', '.join(CdrPerson._fields)} FROM cdr_person WHERE cdr_id = ?", (call,))
        return None if row is None else CdrPerson._make(row)

    def told(self) -> Iterator[tuple[int, int, int, int, str]]:
        """(call, level, micros, billed seconds, explanation as JSON text) of every charge, for a proof that works them out again."""
        sql = f"SELECT h.cdr_id, h.level, h.amount_micros, h.billed_seconds, {EXPLANATION} FROM charge h ORDER BY h.cdr_id, h.level"
        return self._db.rows(tuple, sql)

    def charges(self, call: int) -> list[Charge]:
        """Every level of one call, by level."""
        return list(self._db.rows(Charge._make, _CHARGES, (call,)))
