"""A customer's calls on paper: what the page of his calls shows, as a document to keep."""

from __future__ import annotations

from collections.abc import Callable

from appliance.documents.call_list import CallList, ListedCall
from appliance.documents.parties import Receiver
from appliance.errors import UserError
from appliance.services.calls.cdrs import Cdrs
from appliance.services.ground.access import Actor
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.room import Room
from appliance.services.mail.brand import brand_of
from appliance.services.mail.messages import Messages
from appliance.services.mail.papers import PDF, checked_paper, drawn
from appliance.wire.cdrs import CdrPrint
from appliance.wire.shapes import Binary
from appliance.words import words

MOST = 2_000
"""Calls on one paper; of more it tells how many."""


class CallPapers:
    """Reads alone."""

    def __init__(self, room: Room, lookups: Lookups, messages: Messages, cdrs: Cdrs) -> None:
        self._room = room
        self._store = room.store
        self._lookups = lookups
        self._messages = messages
        self._cdrs = cdrs

    def print(self, actor: Actor, request: CdrPrint) -> Callable[[], Binary]:
        """Draws it when called; may be called in a thread."""
        if request.customer is None:
            raise UserError("payment.name_customer_or_account", field="customer")
        row = self._lookups.customer(actor, request.customer, request.reseller, "calls.read", archived=True)
        wanted = self._cdrs.wanted(actor, request)
        paper = checked_paper(self._room, request.paper, "documents.paper")
        reseller, person = self._store.resellers.get(row.reseller_id), self._store.people.get(row.person_id)
        account = self._store.accounts.get(row.credit_account_id)
        assert reseller is not None and person is not None and account is not None  # foreign keys
        spoken = words(self._messages.language_of(row, reseller, request.language))
        full = f"{person.first_name} {person.last_name}".strip() or person.name
        receiver = Receiver(full, person.company, person.address, spoken.country(person.country), person.vat_number or "")
        sender, zone, currency = brand_of(self._room, reseller), row.timezone or reseller.timezone, account.currency

        def work() -> Binary:
            with self._store.reader() as tables, tables.snapshot():
                found = tables.call_search.page(wanted, limit=MOST)
                sums = tables.call_search.sums(wanted)
            calls = tuple(
                ListedCall(
                    each.started_at,
                    each.normalised or each.dialled,
                    each.destination or "",
                    each.duration_ms // 1000 if each.answered_at is not None else None,
                    each.amount_micros if each.currency == currency else 0,
                )
                for each in found
            )
            period = " – ".join(
                spoken.day(at, zone) for at in (wanted.from_at, None if wanted.until_at is None else wanted.until_at - 1) if at is not None
            )
            content = CallList(
                sender,
                receiver,
                currency,
                zone,
                period,
                calls,
                sum(each.calls for each in sums) - len(calls),
                sum(each.duration_ms for each in sums) // 1000,
                sum(each.amount_micros for each in sums if each.currency in (currency, None)),
            )
            return Binary("calls.pdf", PDF, drawn(self._room, content, spoken.language, paper))

        return work
