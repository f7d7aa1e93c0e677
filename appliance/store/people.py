"""Persons apart from facts: names and addresses of customers, resellers and operators, and how they are forgotten.

Entries, postings, payments, charges and CDRs name persons by id alone and are not touched by erasure, so every proof
of `verify` holds afterwards. Dialled numbers of old calls are cut to the prefix they were priced by.
"""

from __future__ import annotations

from typing import NamedTuple

from appliance.store.database import Database
from appliance.store.table import Table

_CUT = """UPDATE cdr_person SET call_id = '', caller = '', trunk_call_id = '', source = '', user_agent = '', callee = '',
  dialled = (SELECT coalesce(prefix, '') FROM cdr WHERE cdr.id = cdr_person.cdr_id),
  normalised = (SELECT coalesce(prefix, '') FROM cdr WHERE cdr.id = cdr_person.cdr_id)
"""
_CUT_CALLEE = """UPDATE cdr_person SET dialled = '', normalised = '', callee = '', trunk_call_id = ''
  WHERE cdr_id IN (SELECT id FROM cdr WHERE callee_endpoint_id IN {mine} AND customer_id IS NOT ?1)"""
_BLANK_PERSON = """UPDATE person SET name = 'erased-' || id, first_name = '', last_name = '', company = '', phone = '', email = '', address = '',
  country = '',
  vat_number = NULL, description = '', credit_description = '', erased_at = coalesce(erased_at, ?2), archived_at = coalesce(archived_at, ?2)
  WHERE id = (SELECT person_id FROM customer WHERE id = ?1)"""
_ABOUT_HIM = (
    ("endpoint_secret", "endpoint_id IN {mine}"),
    ("binding", "endpoint_id IN {mine}"),
    ("registration_history", "endpoint_id IN {mine}"),
    ("number_verification", "(owner_kind = 'customer' AND owner_id = ?1) OR (owner_kind = 'endpoint' AND owner_id IN {mine})"),
    ("provision_link", "endpoint_id IN {mine}"),
    ("session", "kind = 'web_login' AND subject_id IN (SELECT id FROM web_login WHERE customer_id = ?1)"),
    ("outbox", "customer_id = ?1"),
    ("customer_letter", "customer_id = ?1"),
    ("old_call", "customer_id = ?1"),
    ("setting", "scope = 'customer:' || ?1 AND key = 'web.identity'"),
    ("dispute_ladder", "cdr_id IN (SELECT id FROM cdr WHERE customer_id = ?1 OR callee_endpoint_id IN {mine})"),
    ("put_away", "(kind = 'customer' AND id = ?1) OR (kind IN ('endpoint', 'endpoint_secret') AND id IN {mine})"),
    ("vat_check", "person_id = (SELECT person_id FROM customer WHERE id = ?1)"),
)
_BLANK_AUDIT = """UPDATE audit SET before = NULL, after = NULL WHERE (object_kind = 'customer' AND object_id = ?1)
  OR (object_kind = 'endpoint' AND object_id IN {mine})
  OR (object_kind = 'web_login' AND object_id IN (SELECT id FROM web_login WHERE customer_id = ?1))"""
_BLANK_MOVED = """UPDATE moved SET written = NULL WHERE (kind = 'customer' AND new_id = ?1) OR (kind = 'endpoint' AND new_id IN {mine})
  OR (kind = 'web_login' AND new_id IN (SELECT id FROM web_login WHERE customer_id = ?1))"""
_BLANK_ENDPOINTS = """UPDATE endpoint SET auth_name = 'erased-' || id, display_name = '', password_sealed = NULL, caller_number = '',
  addresses = '[]',
  forwarding = '{}', emergency_address = '', archived_at = coalesce(archived_at, ?2), version = version + 1 WHERE customer_id = ?1"""
_BLANK_BANK_LINES = """UPDATE bank_line SET name = '', iban = '', text = '' WHERE payment_id IN (SELECT id FROM payment WHERE customer_id = ?1)"""
_BLANK_ACCOUNT = """UPDATE account SET name = 'erased-' || id, version = version + 1 WHERE kind = 'credit' AND name <> 'erased-' || id
  AND id = (SELECT credit_account_id FROM customer WHERE id = ?1)
  AND NOT EXISTS (SELECT 1 FROM customer o JOIN person p ON p.id = o.person_id WHERE o.credit_account_id = account.id AND p.erased_at IS NULL)"""
_CHANGEABLE = "reseller_id name first_name last_name company phone email address country vat_number description credit_description archived_at"


class Person(NamedTuple):
    """`kind`: customer, reseller or operator; `name` is unique in its kind and reseller among the not archived."""

    id: int
    kind: str
    reseller_id: int | None
    name: str
    first_name: str
    last_name: str
    company: str
    phone: str
    email: str
    address: str
    country: str
    vat_number: str | None
    description: str
    credit_description: str
    archived_at: int | None
    erased_at: int | None


class People(Table[Person]):
    """Rows of `person`: `insert(kind=, reseller_id=, name=, …)`, `update(id, {...})`, `get(id)`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "person", Person, _CHANGEABLE)

    def find(self, kind: str, reseller_id: int | None, name: str) -> Person | None:
        """By kind, reseller (None: outside any) and name, among the not archived."""
        where = "WHERE t.kind = ? AND coalesce(t.reseller_id, 0) = ? AND t.name = ? AND t.archived_at IS NULL"
        return self._one(self._select + where, (kind, reseller_id or 0, name))

    def customer_with_email(self, reseller_id: int, email: str) -> bool:
        """Whether a customer in use of that reseller has this address, in whatever case it is written."""
        sql = """SELECT count(*) FROM customer c JOIN person p ON p.id = c.person_id
        WHERE c.reseller_id = ? AND c.archived_at IS NULL AND lower(p.email) = lower(?)"""
        return bool(self._db.value(sql, (reseller_id, email)))

    def cut_calls(self, before_at: int, limit: int = 1000) -> int:
        """Retention: anonymise up to `limit` call records that started before a moment; how many, 0 when done."""
        return self._db.change(
            _CUT
            + """WHERE cdr_id IN (SELECT p.cdr_id FROM cdr c JOIN cdr_person p ON p.cdr_id = c.id
            WHERE c.started_at < ? AND (p.caller <> '' OR p.source <> '' OR p.call_id <> '') LIMIT ?)""",
            (before_at, limit),
        )

    def erase(self, customer_id: int, at: int) -> int:
        """Forget one customer in the open unit of work; how many call records were cut. Twice is harmless.

        Rows about him alone are blanked, archived or removed; the customer, his endpoints and his account stay as
        numbered shells for the facts to name. Calls of others that rang his endpoints lose the side that was his.
        """
        run = self._db.change
        mine = "(SELECT id FROM endpoint WHERE customer_id = ?1)"
        cut = run(_CUT + "WHERE cdr_id IN (SELECT id FROM cdr WHERE customer_id = ?)", (customer_id,))
        cut += run(_CUT_CALLEE.format(mine=mine), (customer_id,))
        run(_BLANK_PERSON, (customer_id, at))
        run(
            """UPDATE customer SET caller_number = '', dial_plan = NULL, tax = NULL, archived_at = coalesce(archived_at, ?2), version = version + 1
            WHERE id = ?1""",
            (customer_id, at),
        )
        for table, where in _ABOUT_HIM:
            run(f"DELETE FROM {table} WHERE {where.format(mine=mine)}", (customer_id,))
        run(_BLANK_AUDIT.format(mine=mine), (customer_id,))
        run(_BLANK_MOVED.format(mine=mine), (customer_id,))
        run("UPDATE number SET endpoint_id = NULL, released_at = coalesce(released_at, ?2) WHERE endpoint_id IN " + mine, (customer_id, at))
        run(_BLANK_ENDPOINTS, (customer_id, at))
        run("DELETE FROM web_login WHERE customer_id = ?", (customer_id,))
        run(_BLANK_BANK_LINES, (customer_id,))
        run(_BLANK_ACCOUNT, (customer_id,))
        return cut
