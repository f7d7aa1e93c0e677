"""An invoice that nobody is sent: what the layout looks like on paper while it is being changed, with a made-up buyer and sums."""

from __future__ import annotations

from collections.abc import Callable

from appliance.billing.invoice import reference
from appliance.clock import rfc3339
from appliance.documents.invoice import Bank, Invoice, InvoiceLine, TaxRow
from appliance.documents.parties import Receiver
from appliance.money import MICROS
from appliance.services.ground.access import Actor
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.room import Room
from appliance.services.mail.brand import seller_of
from appliance.services.mail.messages import Messages
from appliance.services.mail.papers import PDF, checked_paper, drawn
from appliance.services.money.invoices import NUMBER_WIDTH
from appliance.services.money.layouts import changed, layout_of
from appliance.store.resellers import Reseller
from appliance.wire.invoices import Layout, LayoutSet
from appliance.wire.shapes import Binary
from appliance.words import Words, words

DAY_MS = 86_400_000
PERIOD_DAYS, TERM_DAYS = 30, 14
CALLS, FEE, TAX_PERCENT = 80, 20, 21
"""Sums before the tax, in whole units of the reseller's currency."""


class InvoiceSamples:
    """Draws it; nothing is kept."""

    def __init__(self, room: Room, lookups: Lookups, messages: Messages) -> None:
        self._room = room
        self._lookups = lookups
        self._messages = messages

    def preview(self, actor: Actor, request: LayoutSet) -> Callable[[], Binary]:
        """The sample with the layout that `invoices.set_layout` would make of the request; drawn when called, maybe in a thread."""
        reseller = self._lookups.reseller(actor, request.reseller, "templates.write")
        paper = checked_paper(self._room, "", "documents.paper")
        spoken = words(self._messages.language_of(None, reseller))
        content = self._content(reseller, changed(layout_of(self._room.store, reseller.id), request), spoken)
        return lambda: Binary("preview.pdf", PDF, drawn(self._room, content, spoken.language, paper))

    def _content(self, reseller: Reseller, layout: Layout, spoken: Words) -> Invoice:
        store, now = self._room.store, self._room.clock.utcnow()
        person = store.people.get(reseller.person_id)
        country = ((person.country if person is not None else "") or reseller.country).upper()
        percent = 100 + TAX_PERCENT if layout.tax_included else 100
        calls, fee = (whole * MICROS * percent // 100 for whole in (CALLS, FEE))
        net, tax = (CALLS + FEE) * MICROS, (CALLS + FEE) * MICROS * TAX_PERCENT // 100
        return Invoice(
            kind="invoice",
            sender=seller_of(self._room, reseller),
            receiver=Receiver("Maria Example", "Example Ltd", "1 Example Street\n10000 Example", spoken.country(country)),
            seller_country=country,
            buyer_country=country,
            buyer_email="maria@example.net",
            registration=layout.registration,
            note=layout.note,
            logo=layout.logo or store.brands.get(reseller.id).logo or b"",
            number=f"{layout.prefix}{1:0{NUMBER_WIDTH}d}",
            corrects="",
            corrects_at=0,
            reason="",
            issued_at=now,
            from_at=now - PERIOD_DAYS * DAY_MS,
            until_at=now,
            due_on=rfc3339(now + TERM_DAYS * DAY_MS)[:10],
            timezone=reseller.timezone,
            currency=reseller.currency,
            reference=reference("I1"),
            bank=Bank(layout.bank_name, layout.iban.replace(" ", ""), layout.bic.replace(" ", "")),
            lines=(InvoiceLine("calls", "", 42, 7384, calls), InvoiceLine("fee", spoken._("Monthly fee"), 1, 0, fee)),
            taxes=(TaxRow("S", "", TAX_PERCENT * 10_000, country, net, tax),),
            net_micros=net,
            tax_micros=tax,
            total_micros=net + tax,
            open_micros=net + tax,
            taxed_by="usage",
            tax_included=layout.tax_included,
            balance_before_micros=0,
            balance_after_micros=-net - tax,
            account="Example Ltd",
            movements=(),
            calls=(),
        )
