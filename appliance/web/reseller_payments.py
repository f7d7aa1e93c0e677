"""Payments: the list, one added after looking the payer up, one reversed, each with its receipt (product.md S8).

Law: a form that moves money carries an id made with it: sent twice, it is booked once.
"""

from __future__ import annotations

from typing import Any

from appliance.errors import UserError
from appliance.web.reseller_forms import amount
from appliance.web.reseller_site import PAGE, ResellerSite, ResellerVisit, again, back, page, show
from appliance.web.visit import Answer
from appliance.wire.customers import CustomerView
from appliance.wire.documents import ReceiptPrint
from appliance.wire.payments import PaymentEffect, PaymentList, PaymentPreview, PaymentRecord, PaymentReverse
from appliance.wire.resellers import ResellerView
from appliance.wire.shapes import ById, Listing

METHODS = ("cash", "bank", "card")
MATCHES = 20


class PaymentPages:
    """Money of the reseller's customers and of its sub-resellers."""

    def __init__(self, site: ResellerSite) -> None:
        self._site = site
        site.add(
            page("/payments", self.payments),
            page("/payments/new", self.add, writes=True),
            page("/payments/{id}/reverse", self.reverse, writes=True),
            page("/payments/{id}/receipt.pdf", self.receipt),
        )

    async def payments(self, visit: ResellerVisit) -> Answer:
        """Newest first, of all or of one customer."""
        customer = None
        if visit.whole("customer"):
            customer = await self._site.ask(visit, "customers.get", ById(visit.whole("customer")))
        search = visit.text("search", 80)
        asked = PaymentList(
            customer=None if customer is None else customer.id,
            reseller=visit.who.reseller.id if customer is None else None,
            search=search,
            after=visit.whole("after"),
            limit=PAGE,
        )
        found = await self._site.ask(visit, "payments.list", asked)
        return show(visit, "payments", page=found, customer=customer, search=search)

    async def add(self, visit: ResellerVisit) -> Answer:
        """Who paid is looked up first; then amount, method, reference, note. What it does may be shown before it is done."""
        payer = await self._payer(visit)
        if payer is None:
            search = visit.text("search", 80)
            found = await self._site.ask(visit, "customers.list", Listing(visit.who.reseller.id, search, limit=MATCHES)) if search else None
            return show(visit, "payment_who", search=search, found=found)
        shown: dict[str, Any] = {**payer, "methods": METHODS, "effect": None, "once": visit.text("once", 60) or self._site.fresh()}
        if not visit.posted:
            return show(visit, "payment_new", **shown)
        who: dict[str, Any] = {"customer": payer["customer"].id} if payer["customer"] else {"account": f"reseller:{payer['branch'].name}"}
        received, net = amount(visit.text("amount", 40)), visit.text("net") == "1"
        try:
            if visit.text("act") == "preview":
                effect: PaymentEffect = await self._site.ask(visit, "payments.preview", PaymentPreview(received, **who, net=net))
                return show(visit, "payment_new", **{**shown, "effect": effect})
            asked = PaymentRecord(
                received,
                **who,
                method=visit.text("method", 40) or METHODS[0],
                reference=visit.text("reference"),
                note=visit.text("note", 1000),
                net=net,
                request_id=f"reseller-{visit.who.operator_id}-{shown['once']}",
            )
            made = await self._site.ask(visit, "payments.record", asked)
        except UserError as error:
            return again(visit, "payment_new", error, **shown)
        return back("/payments", done=str(made.id), **({"customer": str(payer["customer"].id)} if payer["customer"] else {}))

    async def reverse(self, visit: ResellerVisit) -> Answer:
        """The payment was a mistake: what undoing it does is shown, and then done."""
        identity = visit.whole("id")
        effect: PaymentEffect = await self._site.ask(visit, "payments.preview", PaymentPreview(payment=identity))
        shown: dict[str, Any] = {"effect": effect, "id": identity, "once": visit.text("once", 60) or self._site.fresh()}
        if not visit.posted:
            return show(visit, "payment_reverse", **shown)
        try:
            asked = PaymentReverse(identity, visit.text("note", 1000), request_id=f"reseller-{visit.who.operator_id}-{shown['once']}")
            made = await self._site.ask(visit, "payments.reverse", asked)
        except UserError as error:
            return again(visit, "payment_reverse", error, **shown)
        return back("/payments", done=str(made.id))

    async def receipt(self, visit: ResellerVisit) -> Answer:
        """The receipt as a file."""
        document = await self._site.ask(visit, "receipts.pdf", ReceiptPrint(visit.whole("id"), language=visit.words.language))
        return Answer(document.content, 200, document.content_type, file_name=document.name)

    async def _payer(self, visit: ResellerVisit) -> dict[str, Any] | None:
        """The customer or the sub-reseller that the form is about; None where nobody is chosen yet."""
        if visit.whole("customer"):
            view: CustomerView = await self._site.ask(visit, "customers.get", ById(visit.whole("customer")))
            return {"customer": view, "branch": None, "name": view.name, "balance": view.balance, "currency": view.account_currency}
        if visit.whole("reseller"):
            below: ResellerView = await self._site.ask(visit, "resellers.get", ById(visit.whole("reseller")))
            return {"customer": None, "branch": below, "name": below.name, "balance": below.balance or "0", "currency": below.currency}
        return None
