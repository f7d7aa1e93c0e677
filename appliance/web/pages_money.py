"""Payments, receipts, vouchers, invoices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from appliance.errors import NotFound, UserError
from appliance.services.money.online_payments import OnlinePayments
from appliance.services.money.payments_page import PaymentsPages
from appliance.web import templates
from appliance.web.pages_account import with_scopes
from appliance.web.pages_sign_in import again
from appliance.web.paying import Provider
from appliance.web.site import Page, Pages
from appliance.web.visit import Answer, Visit, to
from appliance.wire.documents import ReceiptPrint
from appliance.wire.invoices import InvoiceList, InvoicePrint, StatementPrint
from appliance.wire.payments import PaymentList
from appliance.wire.shapes import ById
from appliance.wire.vouchers import VoucherRedeem

PAGE = 50
MOST_MONTHS = 23
_MONTH = re.compile(r"^20[0-9]{2}-(0[1-9]|1[0-2])$")
_PAID = re.compile(r"^[0-9]{1,12}(\.[0-9]{1,6})?$")


class MoneyPages:
    """What was paid, and what is asked for."""

    def __init__(self, site: Pages, pages: PaymentsPages, online: OnlinePayments, providers: Sequence[Provider]) -> None:
        self._site = site
        self._ask = site.backend.ask
        self._pages = pages
        self._online = online
        self._providers = providers
        site.add(
            Page("/payments", self.payments, writes=True),
            Page("/payments/{id}/receipt.pdf", self.receipt),
            Page("/invoices", self.invoices),
            Page("/invoices/{id}.pdf", self.invoice),
            Page("/statement.pdf", self.statement),
            Page("/statement.csv", self.statement),
        )

    async def payments(self, visit: Visit) -> Answer:
        """The list; a voucher's code may be sent."""
        visitor = visit.signed_in
        if visit.posted:
            self._site.limits.guess(visit.source)
            asked = VoucherRedeem(visit.text("code", 60), customer=visitor.customer.id, request_id=visit.text("once", 60))
            try:
                done = await self._ask(with_scopes(visitor, "payments.record"), "vouchers.redeem", asked)
            except UserError as error:
                self._site.limits.refused(visit.source)
                return again(visit, "payments", error, **await self.shown(visit))
            return to("/payments", paid=str(done.credit), currency=str(done.currency))
        return Answer(templates.page(visit, "payments", **await self.shown(visit)))

    async def shown(self, visit: Visit) -> dict[str, object]:
        visitor = visit.signed_in
        page = await self._ask(visitor.actor, "payments.list", PaymentList(customer=visitor.customer.id, after=visit.whole("after"), limit=PAGE))
        customer = await self._ask(visitor.actor, "customers.get", ById(visitor.customer.id))
        language = visit.words.language

        def rest() -> tuple[tuple[str, str, str | None], list[tuple[str, str]], tuple[str, str]]:
            ready = [(each.name, each.title) for each in self._providers if each.ready()] if self._online.offered(visitor.customer.id) else []
            return self._pages.shown(visitor.customer, language), ready, self._online.bounds()

        (heading, before, after), ready, bounds = await self._site.turn(rest)
        paid = visit.text("paid", 20) if _PAID.match(visit.text("paid", 20)) and not visit.posted else ""
        told = visit.text("online", 20) if not visit.posted else ""
        once = f"web-{visit.form_token[:8]}-{visit.text('code', 60)}"
        shown: dict[str, object] = {"page": page, "customer": customer, "once": once, "paid": paid, "told": told}
        return {**shown, "heading": heading, "before": before, "after": after, "providers": ready, "bounds": bounds}

    async def receipt(self, visit: Visit) -> Answer:
        """The receipt of a payment; another's is not found."""
        document = await self._ask(visit.signed_in.actor, "receipts.pdf", ReceiptPrint(visit.whole("id"), language=visit.words.language))
        return Answer(document.content, 200, document.content_type, file_name=document.name)

    async def invoices(self, visit: Visit) -> Answer:
        """Invoices and credit notes."""
        visitor = visit.signed_in
        page = await self._ask(visitor.actor, "invoices.list", InvoiceList(customer=visitor.customer.id, after=visit.whole("after"), limit=PAGE))
        return Answer(templates.page(visit, "invoices", page=page, months=_months(visit)))

    async def statement(self, visit: Visit) -> Answer:
        """What moved the account in a month."""
        visitor, month = visit.signed_in, visit.text("month", 7)
        if not _MONTH.match(month):
            raise NotFound("request.no_such_path", path=visit.path)
        year, number = int(month[:4]), int(month[5:])
        until = f"{year + number // 12:04d}-{number % 12 + 1:02d}-01"
        kind = visit.path.rpartition(".")[2]
        asked = StatementPrint(f"{month}-01", until, customer=visitor.customer.id, format=kind, language=visit.words.language)
        document = await self._ask(visitor.actor, "statements.print", asked)
        return Answer(document.content, 200, document.content_type, file_name=document.name)

    async def invoice(self, visit: Visit) -> Answer:
        """The document as a file."""
        visitor = visit.signed_in
        view = await self._ask(visitor.actor, "invoices.get", ById(visit.whole("id")))
        if view.customer_id != visitor.customer.id:
            raise NotFound("invoice.unknown", invoice=view.id)
        document = await self._ask(visitor.actor, "invoices.print", InvoicePrint(view.id))
        return Answer(document.content, 200, document.content_type, file_name=document.name)


def _months(visit: Visit) -> list[str]:
    """This month and those before it, as far as the customer goes back, at most two years."""
    now, since = datetime.now(UTC), datetime.fromtimestamp(visit.signed_in.customer.created_at / 1000, UTC)
    last, first = now.year * 12 + now.month - 1, since.year * 12 + since.month - 1
    return [f"{each // 12:04d}-{each % 12 + 1:02d}" for each in range(last, max(first, last - MOST_MONTHS) - 1, -1)]
