"""Persons: what is known of one, given to him; one forgotten; what an authority is told.

Law: money stays. A person is forgotten only when nothing is owed either way, and every proof of the books holds afterwards. Whoever
looks a person up for somebody else says for whom and why, and the audit log keeps it.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from typing import Any

from appliance.clock import rfc3339
from appliance.errors import UserError
from appliance.money import format_amount
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import moment, stamp
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps
from appliance.services.people.customers import Customers
from appliance.store.nouns import Nouns
from appliance.store.person_rows import SaidCall, SaidRegistration
from appliance.wire.privacy import DisclosedCall, DisclosedRegistration, Disclosure, DisclosureRequest, PersonErase, PersonErased
from appliance.wire.shapes import Binary, ById

MOST_ROWS = 50_000
LONGEST_WORDS = 500
_JSON_COLUMNS = frozenset({"dial_plan", "addresses", "forwarding", "before", "after", "buyer"})


class Privacy:
    """`persons.*` are permissions of owners."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, customers: Customers) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._customers = customers

    def export(self, actor: Actor, request: ById) -> Steps[Binary]:
        """All that is known of a customer as one JSON file, archived customers too; who took it stands in the audit log."""
        row = self._lookups.customer(actor, request.id, None, "persons.export", "id", archived=True)
        with self._room.changes.unit():
            self._audit.noted(actor, "customers.person", "customer", row.id)
        made_at = rfc3339(self._room.clock.utcnow())

        def write() -> bytes:
            with self._store.reader() as tables, tables.snapshot():
                return dossier(tables, row.id, made_at)

        content: bytes = yield write
        return Binary(f"person-{row.id}.json", "application/json", content)

    def erase(self, actor: Actor, request: PersonErase) -> PersonErased:
        """Forget a customer: his name, addresses, logins, phones, and the ends of the numbers that he dialled.

        Conflict "account.not_settled" while something is owed, UserError "person.name_differs" for a mistyped name. Twice is harmless.
        """
        with self._room.changes.unit():
            row = self._lookups.customer(actor, request.id, None, "persons.erase", "id", archived=True)
            if request.name.strip() != row.name:
                raise UserError("person.name_differs", field="name")
            reason = _said(request.reason, "reason")
            if row.archived_at is None:
                self._customers.archive(actor, ById(row.id))
            endpoints = [each.id for each in self._store.endpoints.list(row.id, archived=True)]
            calls = self._store.people.erase(row.id, self._room.clock.utcnow())
            self._audit.noted(actor, "customers.erase", "erasure", row.id, reason=reason, calls=calls)
            note = self._room.changes.note
            note("customer", row.id)
            note("account", row.credit_account_id)
            for endpoint in endpoints:
                note("endpoint", endpoint)
        return PersonErased(row.id, calls)

    def disclose(self, actor: Actor, request: DisclosureRequest) -> Steps[Disclosure]:
        """Calls and registrations of a number or an address in a period. The audit log has it before anybody sees it."""
        self._access.need(actor, "persons.disclose", None)
        since, until = moment(request.since, "since") or 0, moment(request.until, "until") or 0
        if since >= until:
            raise UserError("disclosure.period", field="until")
        number, address = _subject(request)
        asker, reason = _said(request.asker, "asker"), _said(request.reason, "reason")
        with self._room.changes.unit():
            self._audit.noted(
                actor, "disclosures.make", "disclosure", 0, number=number, address=address, since=rfc3339(since), until=rfc3339(until),
                asker=asker, reason=reason,
            )  # fmt: skip
            noted = next(iter(self._store.audit.list(before_id=None, limit=1)))

        def read() -> tuple[list[str], list[SaidCall], list[SaidRegistration]]:
            with self._store.reader() as tables, tables.snapshot():
                rows, limit = tables.person_rows, MOST_ROWS + 1
                return (
                    rows.holders(number) if number else [],
                    rows.calls(since, until, number=number, address=address, limit=limit),
                    rows.registrations(since, until, number=number, address=address, limit=limit),
                )

        holders, calls, registrations = yield read
        if max(len(calls), len(registrations)) > MOST_ROWS:
            raise UserError("disclosure.too_many", field="until", most=MOST_ROWS)
        return Disclosure(
            noted.id, rfc3339(since), rfc3339(until), holders, [_call(each) for each in calls], [_registration(each) for each in registrations]
        )


def dossier(tables: Nouns, customer_id: int, made_at: str) -> bytes:
    """Everything known of a customer as JSON, moments as RFC 3339, amounts as decimals, secrets and message bodies left out."""
    found: dict[str, Any] = {"tollhouse_person": 1, "made_at": made_at}
    found |= {name: [_plain(row) for row in rows] for name, rows in tables.person_rows.dossier(customer_id)}
    return json.dumps(found, ensure_ascii=False, indent=1).encode()


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in row.items():
        if name.endswith("_micros"):
            shown[name.removesuffix("_micros")] = None if value is None else format_amount(value)
        elif name == "at" or name.endswith("_at"):
            shown[name] = stamp(value)
        elif name in _JSON_COLUMNS and value:
            shown[name] = json.loads(value)
        else:
            shown[name] = value
    return shown


def _said(text: str, field: str) -> str:
    """Words that the audit log keeps; UserError "person.say_why" where there are none."""
    words = " ".join(text.split())
    if not words:
        raise UserError("person.say_why", field=field)
    if len(words) > LONGEST_WORDS:
        raise UserError("field.wrong_text", field=field, longest=LONGEST_WORDS)
    return words


def _subject(request: DisclosureRequest) -> tuple[str, str]:
    """(number as digits, address), one of them empty."""
    if bool(request.number.strip()) is bool(request.address.strip()):
        raise UserError("disclosure.number_or_address", field="number")
    if request.number.strip():
        number = "".join(sign for sign in request.number if sign not in " +-.()/")
        if not number or len(number) > 32:
            raise UserError("disclosure.number", field="number")
        return number, ""
    try:
        return "", str(ipaddress.ip_address(request.address.strip()))
    except ValueError:
        raise UserError("disclosure.address", field="address") from None


def _call(row: SaidCall) -> DisclosedCall:
    said = row._asdict()
    moments = {name: stamp(said[name]) for name in ("started_at", "answered_at", "ended_at")}
    return DisclosedCall(**{**said, **moments, "time_uncertain": bool(row.time_uncertain)})


def _registration(row: SaidRegistration) -> DisclosedRegistration:
    said = row._asdict()
    return DisclosedRegistration(**{**said, "from_at": stamp(row.from_at) or "", "until_at": stamp(row.until_at)})
