"""What is past its time: rows that identify somebody are cut, blanked or removed, a stretch of ids at a time. Ledger, charges, records
of calls and documents stay, so every proof of `verify` holds afterwards."""

from __future__ import annotations

from typing import NamedTuple

from appliance.store.database import Database


class Rule(NamedTuple):
    """How rows of a table are forgotten: `change` sets columns, "" removes the row. `where` has the moment as ?1, the stretch of keys as
    ?2 (not in it) and ?3 (in it)."""

    table: str
    key: str
    change: str
    where: str


_PREFIX = "(SELECT coalesce(prefix, '') FROM cdr WHERE cdr.id = cdr_person.cdr_id)"

RULES: dict[str, Rule] = {
    "calls": Rule(
        "cdr_person",
        "cdr_id",
        f"call_id = '', caller = '', trunk_call_id = '', source = '', user_agent = '', callee = '', dialled = {_PREFIX}, normalised = {_PREFIX}",
        "(caller <> '' OR source <> '' OR call_id <> '') AND (SELECT started_at FROM cdr WHERE cdr.id = cdr_person.cdr_id) < ?1",
    ),
    "registrations": Rule("registration_history", "id", "", "until_at < ?1"),
    "old_calls": Rule("old_call", "id", "caller = '', number = ''", "started_at < ?1 AND (caller <> '' OR number <> '')"),
    "ladders": Rule("dispute_ladder", "cdr_id", "", "(SELECT started_at FROM cdr WHERE cdr.id = dispute_ladder.cdr_id) < ?1"),
    "guests": Rule("booth_guest", "session_id", "", "(SELECT closed_at FROM booth_session s WHERE s.id = booth_guest.session_id) < ?1"),
    "audit": Rule("audit", "id", "before = NULL, after = NULL", "at < ?1 AND (before IS NOT NULL OR after IS NOT NULL)"),
    "buyers": Rule(
        "document_party",
        "document_id",
        "buyer = ''",
        "buyer <> '' AND (SELECT issued_at FROM document d WHERE d.id = document_party.document_id) < ?1",
    ),
    "bank_lines": Rule(
        "bank_line",
        "id",
        "name = '', iban = '', text = ''",
        "(name <> '' OR iban <> '' OR text <> '') AND (SELECT imported_at FROM bank_statement s WHERE s.id = bank_line.statement_id) < ?1",
    ),
}


class Retention:
    """By the names of `RULES`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def highest(self, name: str) -> int:
        """The last key of a kind's rows; 0 where there are none."""
        rule = RULES[name]
        return self._db.value(f"SELECT max({rule.key}) FROM {rule.table}") or 0

    def cut(self, name: str, before_at: int, after: int, upto: int) -> int:
        """Forget what is older than a moment (UTC milliseconds) among the rows with keys from `after` (not in it) to `upto`; how many there were."""
        rule = RULES[name]
        act = f"UPDATE {rule.table} SET {rule.change}" if rule.change else f"DELETE FROM {rule.table}"
        where = f"{rule.key} > ?2 AND {rule.key} <= ?3 AND {rule.where}"
        return self._db.change(f"{act} WHERE {where}", (before_at, after, upto))
