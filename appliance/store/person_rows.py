"""All rows that tell of one customer, for the person who asks what is known of him; and what is known of a number or an address.

Secrets (hashes, sealed passwords) and the bodies of messages are not among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from appliance.store.database import Database

_MINE = "(SELECT id FROM endpoint WHERE customer_id = ?1)"
_ACCOUNT = "(SELECT credit_account_id FROM customer WHERE id = ?1)"
_PERSON = "(SELECT person_id FROM customer WHERE id = ?1)"

SECTIONS: tuple[tuple[str, str, str, str], ...] = (
    (
        "person",
        "person",
        "name first_name last_name company phone email address country vat_number description credit_description archived_at erased_at",
        f"id = {_PERSON}",
    ),
    (
        "customer",
        "customer",
        "id timezone language currency tax payment_terms_days max_calls caller_number dial_plan free_on_net allow_302 call_shop disabled "
        "created_at archived_at",
        "id = ?1",
    ),
    ("vat_checks", "vat_check", "vat_number valid checked_at how", f"person_id = {_PERSON}"),
    (
        "endpoints",
        "endpoint",
        "id number auth_name display_name caller_number addresses forwarding emergency_address max_calls disabled created_at archived_at",
        "customer_id = ?1",
    ),
    ("numbers", "number", "number assigned_at released_at", f"endpoint_id IN {_MINE}"),
    (
        "verified_numbers",
        "number_verification",
        "number verified_at verified_by method",
        f"(owner_kind = 'customer' AND owner_id = ?1) OR (owner_kind = 'endpoint' AND owner_id IN {_MINE})",
    ),
    ("web_logins", "web_login", "login disabled created_at", "customer_id = ?1"),
    (
        "sessions",
        "session",
        "created_at seen_at expires_at source",
        "kind = 'web_login' AND subject_id IN (SELECT id FROM web_login WHERE customer_id = ?1)",
    ),
    ("registrations", "binding", "endpoint_id contact source transport user_agent since_at refreshed_at expires_at", f"endpoint_id IN {_MINE}"),
    ("earlier_registrations", "registration_history", "endpoint_id contact source user_agent from_at until_at", f"endpoint_id IN {_MINE}"),
    (
        "calls",
        "cdr JOIN cdr_person ON cdr_person.cdr_id = cdr.id",
        "id started_at answered_at ended_at duration_ms billed_seconds endpoint_id caller dialled normalised destination direction result cause "
        "ended_by currency amount_micros source user_agent call_id",
        f"customer_id = ?1 OR callee_endpoint_id IN {_MINE}",
    ),
    ("account", "account", "name currency balance_micros credit_limit_micros created_at", f"id = {_ACCOUNT}"),
    ("payments", "payment", "id at kind method gross_micros tax_micros credit_micros currency reference note", "customer_id = ?1"),
    (
        "bank_lines",
        "bank_line",
        "booked_on amount_micros currency name iban text reference",
        "payment_id IN (SELECT id FROM payment WHERE customer_id = ?1)",
    ),
    ("fees", "monthly_fee", "name amount_micros starts_on ends_on", "customer_id = ?1"),
    (
        "documents",
        "document LEFT JOIN document_party ON document_party.document_id = document.id",
        "id kind label issued_at due_on currency net_micros tax_micros total_micros buyer",
        "customer_id = ?1",
    ),
    ("old_calls", "old_call", "id source started_at seconds caller number destination amount_micros currency", "customer_id = ?1"),
    ("old_invoices", "old_invoice", "id source label issued_on due_on total_micros open_micros currency settled_at", "customer_id = ?1"),
    ("disputes", "dispute", "id against subject state outcome opened_at closed_at", "customer_id = ?1"),
    ("letters", "customer_letter", "at subject text", "customer_id = ?1"),
    ("messages", "outbox", "made_at kind recipient sent_at error", "customer_id = ?1"),
    (
        "audit",
        "audit",
        "at who operation object_kind object_id before after",
        f"(object_kind = 'customer' AND object_id = ?1) OR (object_kind = 'endpoint' AND object_id IN {_MINE})",
    ),
)
"""(name, table, columns, which rows) with the customer's id as ?1."""


class SaidCall(NamedTuple):
    """One call of a disclosure."""

    id: int
    started_at: int
    answered_at: int | None
    ended_at: int
    duration_ms: int
    customer: str
    endpoint: str
    caller: str
    dialled: str
    normalised: str
    result: int
    direction: str
    source: str
    callee: str
    user_agent: str
    call_id: str
    trunk: str
    trunk_call_id: str
    time_uncertain: int


class SaidRegistration(NamedTuple):
    """One registration of a disclosure; `until_at` None: it lasts."""

    endpoint: str
    customer: str
    contact: str
    source: str
    user_agent: str
    from_at: int
    until_at: int | None


_CALLS = """SELECT c.id, c.started_at, c.answered_at, c.ended_at, c.duration_ms, coalesce(p.name, ''), coalesce(e.number, ''), x.caller, x.dialled,
  x.normalised, c.result, c.direction, x.source, x.callee, x.user_agent, x.call_id, coalesce(t.name, ''), x.trunk_call_id, c.time_uncertain
  FROM cdr c JOIN cdr_person x ON x.cdr_id = c.id LEFT JOIN customer k ON k.id = c.customer_id LEFT JOIN person p ON p.id = k.person_id
  LEFT JOIN endpoint e ON e.id = c.endpoint_id LEFT JOIN endpoint o ON o.id = c.callee_endpoint_id LEFT JOIN trunk t ON t.id = c.trunk_id
  WHERE c.started_at >= ?1 AND c.started_at < ?2 AND {which} ORDER BY c.id LIMIT ?4"""
_OF_NUMBER = "(x.normalised = ?3 OR x.dialled = ?3 OR ltrim(x.caller, '+') = ?3 OR e.number = ?3 OR o.number = ?3)"
_OF_ADDRESS = "(x.source LIKE ?3 ESCAPE '!' OR x.callee LIKE ?3 ESCAPE '!')"
_REGISTERED = """SELECT e.number, coalesce(p.name, ''), r.contact, r.source, r.user_agent, r.from_at, r.until_at FROM (
    SELECT endpoint_id, contact, source, user_agent, since_at AS from_at, NULL AS until_at FROM binding
    UNION ALL SELECT endpoint_id, contact, source, user_agent, from_at, until_at FROM registration_history) r
  JOIN endpoint e ON e.id = r.endpoint_id JOIN customer k ON k.id = e.customer_id JOIN person p ON p.id = k.person_id
  WHERE r.from_at < ?2 AND coalesce(r.until_at, ?2) >= ?1 AND {which} ORDER BY r.from_at LIMIT ?4"""


class PersonRows:
    """Reads alone."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def dossier(self, customer_id: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """(section, its rows by column) of everything that is known of a customer."""
        for name, table, columns, where in SECTIONS:
            names = columns.split()
            rows = self._db.fetch(f"SELECT {', '.join(names)} FROM {table} WHERE {where}", (customer_id,))
            yield name, [dict(zip(names, row, strict=True)) for row in rows]

    def holders(self, number: str) -> list[str]:
        """Names of customers who hold a number now."""
        sql = """SELECT p.name FROM endpoint e JOIN customer k ON k.id = e.customer_id JOIN person p ON p.id = k.person_id
          WHERE e.archived_at IS NULL AND (e.number = ?1 OR e.id IN (SELECT endpoint_id FROM trunk_did WHERE did = ?1))"""
        return [row[0] for row in self._db.fetch(sql, (number,))]

    def calls(self, since: int, until: int, *, number: str = "", address: str = "", limit: int) -> list[SaidCall]:
        """Calls of a number, or that came from or went to an address, begun in a period (UTC milliseconds)."""
        which, key = (_OF_NUMBER, number) if number else (_OF_ADDRESS, _pattern(address))
        return list(self._db.rows(SaidCall._make, _CALLS.format(which=which), (since, until, key, limit)))

    def registrations(self, since: int, until: int, *, number: str = "", address: str = "", limit: int) -> list[SaidRegistration]:
        """Registrations of a number or from an address that touch a period."""
        which, key = ("e.number = ?3", number) if number else ("r.source LIKE ?3 ESCAPE '!'", _pattern(address))
        return list(self._db.rows(SaidRegistration._make, _REGISTERED.format(which=which), (since, until, key, limit)))


def _pattern(address: str) -> str:
    """A source is `address:port`, an IPv6 address stands in brackets."""
    host = f"[{address}]" if ":" in address else address
    return host.replace("!", "!!").replace("%", "!%").replace("_", "!_") + ":%"
