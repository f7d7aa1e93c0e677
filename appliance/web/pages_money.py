"""Payments, receipts, vouchers, invoices."""

from __future__ import annotations

from appliance.errors import NotFound, UserError
from appliance.web import templates
from appliance.web.pages_account import with_scopes
from appliance.web.pages_sign_in import again
from appliance.web.site import Page, Pages
from appliance.web.visit import Answer, Visit, to
from appliance.wire.documents import ReceiptPrint
from appliance.wire.invoices import InvoiceList, InvoicePrint
from appliance.wire.payments import PaymentList
from appliance.wire.shapes import ById
from appliance.wire.vouchers import VoucherRedeem

PAGE = 50


class MoneyPages:
    """What was paid, and what is asked for."""

    def __init__(self, site: Pages) -> None:
        self._site = site
        self._ask = site.backend.ask
        site.add(
            Page("/payments", self.payments, writes=True),
            Page("/payments/{id}/receipt.pdf", self.receipt),
            Page("/invoices", self.invoices),
            Page("/invoices/{id}.pdf", self.invoice),
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
                return again(visit, "payments", error, **await self._list(visit))
            return to("/payments", paid=str(done.credit), currency=str(done.currency))
        return Answer(templates.page(visit, "payments", **await self._list(visit)))

    async def _list(self, visit: Visit) -> dict[str, object]:
        visitor = visit.signed_in
        page = await self._ask(visitor.actor, "payments.list", PaymentList(customer=visitor.customer.id, after=visit.whole("after"), limit=PAGE))
        customer = await self._ask(visitor.actor, "customers.get", ById(visitor.customer.id))
        return {"page": page, "customer": customer, "once": f"web-{visit.form_token[:8]}-{visit.text('code', 60)}"}

    async def receipt(self, visit: Visit) -> Answer:
        """The receipt of a payment; another's is not found."""
        document = await self._ask(visit.signed_in.actor, "receipts.pdf", ReceiptPrint(visit.whole("id"), language=visit.words.language))
        return Answer(document.content, 200, document.content_type, file_name=document.name)

    async def invoices(self, visit: Visit) -> Answer:
        """Invoices and credit notes."""
        visitor = visit.signed_in
        page = await self._ask(visitor.actor, "invoices.list", InvoiceList(customer=visitor.customer.id, after=visit.whole("after"), limit=PAGE))
        return Answer(templates.page(visit, "invoices", page=page))

    async def invoice(self, visit: Visit) -> Answer:
        """The document as a file."""
        visitor = visit.signed_in
        view = await self._ask(visitor.actor, "invoices.get", ById(visit.whole("id")))
        if view.customer_id != visitor.customer.id:
            raise NotFound("invoice.unknown", invoice=view.id)
        document = await self._ask(visitor.actor, "invoices.print", InvoicePrint(view.id))
        return Answer(document.content, 200, document.content_type, file_name=document.name)
