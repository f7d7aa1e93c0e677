"""Receipts of payments: numbered without gaps, when the payment is taxed or else at the first print; copies after that (product.md S8)."""

from __future__ import annotations

from collections.abc import Callable

from appliance.billing.tax import OUTSIDE
from appliance.documents.parties import Receiver
from appliance.documents.receipt import Receipt
from appliance.errors import NotFound
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.numbering import require_certain_time, time_is_certain
from appliance.services.ground.room import Room
from appliance.services.mail.brand import seller_of
from appliance.services.mail.messages import Messages
from appliance.services.mail.papers import PDF, checked_paper, drawn
from appliance.store.accounts import Account
from appliance.store.customers import Customer
from appliance.store.payments import Payment
from appliance.store.receipts import Receipt as Issued
from appliance.wire.documents import ReceiptPrint
from appliance.wire.shapes import Binary
from appliance.words import Words, words

SERIES = "receipt"


class Receipts:
    """The number is drawn in the unit of work; the paper is drawn after it, in a thread where there is one."""

    def __init__(self, room: Room, access: Access, audit: Audit, messages: Messages) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._audit = audit
        self._messages = messages

    def pdf(self, actor: Actor, request: ReceiptPrint) -> Callable[[], Binary]:
        """Draws the receipt of a payment when called, and may be called in a thread."""
        paper = checked_paper(self._room, request.paper, "documents.receipt_paper")
        with self._room.changes.unit():
            payment, account, customer = self._reached(actor, request.id)
            seller = self._store.resellers.get(account.reseller_id)
            assert seller is not None  # foreign key
            spoken = words(self._messages.language_of(customer, seller, request.language))
            issued, copy = self._issued(actor, payment, seller.id)
            undone = None if payment.reverses_payment_id is None else self._store.receipts.find(payment.reverses_payment_id)
            content = Receipt(
                sender=seller_of(self._room, seller),
                receiver=self._receiver(account, customer, spoken),
                number=issued.number,
                kind=payment.kind,
                at=payment.at,
                issued_at=issued.issued_at,
                timezone=(customer.timezone if customer is not None else "") or seller.timezone,
                method=payment.method,
                reference=payment.reference,
                note=payment.note,
                currency=payment.currency,
                gross_micros=payment.gross_micros,
                tax_micros=payment.tax_micros,
                credit_micros=payment.credit_micros,
                tax_ppm=payment.tax_ppm if payment.tax_micros else None,
                balance_micros=self._balance_after(payment),
                account=account.name,
                copy=copy,
                original=undone.number if undone is not None else 0,
            )
        name = f"receipt-{issued.number}.pdf"
        return lambda: Binary(name, PDF, drawn(self._room, content, spoken.language, paper))

    def _issued(self, actor: Actor, payment: Payment, reseller_id: int) -> tuple[Issued, bool]:
        """The receipt's number, and whether it was printed before."""
        issued = self._store.receipts.find(payment.id) or self._issue(payment, reseller_id)
        copy = self._store.receipts.printed(payment.id)
        if not copy:
            self._store.receipts.note_print(payment.id, self._room.clock.utcnow())
        self._audit.noted(actor, "receipts.pdf", "payment", payment.id, number=issued.number, copy=copy)
        return issued, copy

    def payment_made(self, actor: Actor, payment: Payment) -> None:
        """A payment that was taxed has its document at once: a receipt with its number, printed or not."""
        if payment.tax_category != OUTSIDE and time_is_certain(self._room):  # else its first print draws the number
            account = self._store.accounts.get(payment.account_id)
            assert account is not None  # foreign key
            self._issue(payment, account.reseller_id)

    def _issue(self, payment: Payment, reseller_id: int) -> Issued:
        require_certain_time(self._room)
        number = self._store.documents.next_number(reseller_id, SERIES)
        issued = Issued(payment.id, reseller_id, number, self._room.clock.utcnow())
        self._store.receipts.add(issued)
        return issued

    def _reached(self, actor: Actor, payment_id: int) -> tuple[Payment, Account, Customer | None]:
        payment = self._store.payments.get(payment_id)
        if payment is None:
            raise NotFound("payment.unknown", field="id", payment=payment_id)
        account = self._store.accounts.get(payment.account_id)
        assert account is not None  # foreign key
        self._access.need(actor, "payments.read", account.reseller_id, payment.customer_id, what="payment")
        return payment, account, None if payment.customer_id is None else self._store.customers.get(payment.customer_id)

    def _receiver(self, account: Account, customer: Customer | None, spoken: Words) -> Receiver:
        """Who paid: the customer, the reseller whose account it is, or the account's name where several customers share it."""
        person_id = None if customer is None else customer.person_id
        if account.owner_reseller_id is not None:
            owner = self._store.resellers.get(account.owner_reseller_id)
            person_id = None if owner is None else owner.person_id
        person = None if person_id is None else self._store.people.get(person_id)
        if person is None:
            return Receiver(account.name)
        full = f"{person.first_name} {person.last_name}".strip()
        return Receiver(full or person.name, person.company, person.address, spoken.country(person.country), person.vat_number or "")

    def _balance_after(self, payment: Payment) -> int:
        postings = self._store.ledger.postings(payment.entry_id)
        return next((each.balance_after_micros for each in postings if each.account_id == payment.account_id), 0)
