"""Statements of account: what moved an account in a period, with the balance before and after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from appliance.clock import rfc3339
from appliance.documents.parties import Receiver
from appliance.documents.statement import Statement, StatementRow, comma_separated
from appliance.errors import UserError
from appliance.money import format_amount
from appliance.services.ground.access import Actor
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.reading import Reading
from appliance.services.ground.room import Room
from appliance.services.mail.brand import seller_of
from appliance.services.mail.messages import Messages
from appliance.services.mail.papers import PDF, checked_paper, drawn
from appliance.services.money.invoice_draft import boundary, zone_of
from appliance.store.accounts import Account
from appliance.store.customers import Customer
from appliance.store.document_sources import Bounds, StatementLine
from appliance.store.nouns import Nouns
from appliance.wire.invoices import StatementPrint, StatementRequest, StatementView
from appliance.wire.invoices import StatementRow as RowView
from appliance.wire.shapes import Binary
from appliance.words import words

CSV = "text/csv"
MOST_ROWS = 20_000


class _Asked(NamedTuple):
    account: Account
    customer: Customer | None
    zone: str
    since_at: int
    until_at: int


class Statements:
    """Reads alone."""

    def __init__(self, room: Room, lookups: Lookups, messages: Messages) -> None:
        self._room = room
        self._store = room.store
        self._lookups = lookups
        self._messages = messages

    def get(self, actor: Actor, request: StatementRequest) -> Reading:
        """As data."""
        asked = self._asked(actor, request)

        def run(tables: Nouns) -> StatementView:
            bounds, rows = _rows(tables, asked)
            return StatementView(
                account=asked.account.name,
                customer=None if asked.customer is None else asked.customer.name,
                currency=asked.account.currency,
                since=rfc3339(asked.since_at),
                until=rfc3339(asked.until_at),
                before=format_amount(bounds.before_micros),
                after=format_amount(bounds.after_micros),
                rows=[
                    RowView(rfc3339(x.at), _kind(x), _text(x), x.pieces, format_amount(x.amount_micros), format_amount(x.balance_micros))
                    for x in rows
                ],
            )

        return Reading(run)

    def print(self, actor: Actor, request: StatementPrint) -> Callable[[], Binary]:
        """On paper or as comma-separated values, when called; may be called in a thread."""
        if request.format not in ("pdf", "csv"):
            raise UserError("document.format", field="format", formats="pdf, csv")
        paper = checked_paper(self._room, request.paper, "documents.paper")
        asked = self._asked(actor, request)
        seller = self._store.resellers.get(asked.account.reseller_id)
        assert seller is not None  # foreign key
        spoken = words(self._messages.language_of(asked.customer, seller, request.language))
        person = None if asked.customer is None else self._store.people.get(asked.customer.person_id)
        receiver = Receiver(asked.account.name)
        if person is not None:
            full = f"{person.first_name} {person.last_name}".strip() or person.name
            receiver = Receiver(full, person.company, person.address, spoken.country(person.country), person.vat_number or "")
        sender, made_at = seller_of(self._room, seller), self._room.clock.utcnow()

        def work() -> Binary:
            with self._store.reader() as tables:
                bounds, rows = _rows(tables, asked)
            content = Statement(
                sender, receiver, asked.account.name, asked.account.currency, asked.zone, made_at, asked.since_at, asked.until_at,
                bounds.before_micros, bounds.after_micros,
                tuple(StatementRow(x.at, _kind(x), _text(x), x.pieces, x.amount_micros, x.balance_micros) for x in rows),
            )  # fmt: skip
            name = f"statement-{asked.account.id}"
            if request.format == "csv":
                return Binary(f"{name}.csv", CSV, comma_separated(content, spoken))
            return Binary(f"{name}.pdf", PDF, drawn(self._room, content, spoken.language, paper))

        return work

    def _asked(self, actor: Actor, request: StatementRequest) -> _Asked:
        account, customer = self._lookups.payer(actor, request.customer, request.account, request.reseller, "accounts.read")
        zone = zone_of(self._room, account, customer)
        since_at, until_at = boundary(request.since, "since", zone), boundary(request.until, "until", zone)
        if since_at >= until_at:
            raise UserError("statement.period", field="until")
        return _Asked(account, customer, zone, since_at, until_at)


def _rows(tables: Nouns, asked: _Asked) -> tuple[Bounds, list[StatementLine]]:
    bounds = tables.document_sources.between(asked.account.id, asked.since_at, asked.until_at)
    offset = ZoneInfo(asked.zone).utcoffset(datetime.fromtimestamp(asked.since_at / 1000, UTC).replace(tzinfo=None))
    offset_ms = 0 if offset is None else int(offset.total_seconds()) * 1000
    rows = []
    for row in tables.document_sources.statement(asked.account.id, bounds, offset_ms=offset_ms):
        rows.append(row)
        if len(rows) > MOST_ROWS:
            raise UserError("statement.too_long", field="until", most=MOST_ROWS)
    return bounds, rows


def _kind(row: StatementLine) -> str:
    return "calls" if row.kind in ("call", "booth") else row.kind


def _text(row: StatementLine) -> str:
    return row.method if row.kind in ("payment", "refund") else row.note or row.reference
