"""Vouchers: made in batches, printed, and turned into credit by their code (product.md P7).

Law: a code is 80 random bits and found by its hash alone; what is printed is sealed under the folder's key until it is used. Whoever
guesses is kept out after a few wrong codes. A voucher is money that came in by the method "voucher": it is taxed like any other.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Sequence
from functools import partial
from time import sleep

import msgspec

from appliance.clock import rfc3339
from appliance.documents.voucher_sheet import VoucherSheet as SheetContent
from appliance.errors import Conflict, NotFound, UserError
from appliance.money import check_currency, format_amount, parse_amount
from appliance.services.ground import columns as col
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import day, stamp
from appliance.services.ground.once import Once, content_of
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Pace, Steps
from appliance.services.mail.brand import brand_of
from appliance.services.mail.messages import Messages
from appliance.services.mail.papers import PDF, checked_paper, drawn
from appliance.services.money.payments import Money, Payments
from appliance.store.resellers import Reseller
from appliance.store.vouchers import Batch, Voucher
from appliance.wire.payments import PaymentView
from appliance.wire.shapes import Binary
from appliance.wire.vouchers import VoucherBatch, VoucherBatches, VoucherCancel, VoucherList, VoucherMake, VoucherRedeem, VoucherSheet
from appliance.words import words

METHOD = "voucher"
PURPOSE = "voucher"
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
MOST = 5000
FEWEST, MOST_AT_ONCE, UNIT_SECONDS = 20, 500, 0.006  # vouchers in one unit of work, and how long it is to take
LOOK_SECONDS = 0.05
UNFINISHED = "vouchers.unfinished"
MOST_WRONG = 5
WRONG_SECONDS = 600.0
MOST_GUESSERS = 10_000


class Vouchers:
    """Making, printing, redeeming."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, once: Once, payments: Payments, messages: Messages) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._once = once
        self._payments = payments
        self._messages = messages
        self._wrong: dict[str, list[float]] = {}
        self._at_work: set[int] = set()

    def list(self, actor: Actor, request: VoucherList) -> VoucherBatches:
        """Newest first."""
        reseller = self._lookups.reseller(actor, request.reseller, "vouchers.read")
        return VoucherBatches([self._view(self._batch(each)) for each in self._store.vouchers.of_reseller(reseller.id)])

    def make(self, actor: Actor, request: VoucherMake) -> Steps[VoucherBatch]:
        """A batch with its codes, sealed for printing, a few a unit of work. What broke off is asked for again, and the rest is made."""
        reseller = self._lookups.reseller(actor, request.reseller, "vouchers.write")
        kept = self._once.seen(actor, "vouchers.make", request.request_id, request, VoucherBatch)
        if kept is not None:
            return kept
        with self._room.changes.unit():
            batch_id = self._begun(actor, reseller, request)
        if batch_id in self._at_work:  # the same request came again, before the first was answered
            while batch_id in self._at_work:
                yield partial(sleep, LOOK_SECONDS)
            kept = self._once.seen(actor, "vouchers.make", request.request_id, request, VoucherBatch)
            if kept is not None:
                return kept
            raise Conflict("voucher.name_taken", field="name", name=request.name)
        self._at_work.add(batch_id)
        try:
            yield from self._filled(batch_id, request.count)
            with self._room.changes.unit():
                self._store.settings.remove(UNFINISHED, f"voucher_batch:{batch_id}")
                self._audit.noted(actor, "vouchers.make", "voucher", batch_id, name=request.name, count=request.count, amount=request.amount)
                self._room.changes.note("voucher", batch_id)
                made = self._view(self._batch(batch_id))
                self._once.keep(actor, "vouchers.make", request.request_id, request, made)
        finally:
            self._at_work.discard(batch_id)
        return made

    def sheet(self, actor: Actor, request: VoucherSheet) -> Callable[[], Binary]:
        """Draws the unused vouchers of a batch when called, and may be called in a thread."""
        paper = checked_paper(self._room, request.paper, "documents.paper")
        with self._room.changes.unit():
            batch = self._reached(actor, request.id)
            sealed = [
                (each.serial, each.code_sealed)
                for each in self._store.vouchers.of_batch(batch.id)
                if each.code_sealed is not None and each.payment_id is None and each.cancelled_at is None
            ]
            self._audit.noted(actor, "vouchers.sheet", "voucher", batch.id, count=len(sealed), format=request.format)
            seller = self._store.resellers.get(batch.reseller_id)
            assert seller is not None  # foreign key
            spoken = words(self._messages.language_of(None, seller, request.language))
            sender = brand_of(self._room, seller)

        def work() -> Binary:
            codes = [(serial, _grouped(self._room.sealer.open(each, PURPOSE))) for serial, each in sealed]
            if request.format == "csv":
                return Binary(f"vouchers-{batch.id}.csv", "text/csv", _csv(batch, codes))
            content = SheetContent(sender, batch.name, batch.amount_micros, batch.currency, batch.expires_on or "", tuple(codes))
            return Binary(f"vouchers-{batch.id}.pdf", PDF, drawn(self._room, content, spoken.language, paper))

        return work

    def redeem(self, actor: Actor, request: VoucherRedeem) -> PaymentView:
        """The code's amount as a payment; once for a voucher."""

        def work() -> PaymentView:
            account, customer = self._lookups.payer(actor, request.customer, request.account, request.reseller, "payments.record")
            voucher, batch = self._found(actor, request.code, account.reseller_id)
            if batch.currency != account.currency:
                raise Conflict("voucher.other_currency", field="code", currency=batch.currency)
            split, tax = self._payments.taken(account, customer, batch.amount_micros)
            payment = self._payments.book(actor, account, customer, Money("payment", METHOD, split, tax, f"{batch.name} {voucher.serial}", ""))
            self._store.vouchers.update(voucher.id, {"payment_id": payment.id, "code_sealed": None})
            self._room.changes.note("voucher", batch.id)
            return self._payments.view(payment)

        return self._once.do(actor, "vouchers.redeem", request.request_id, request, PaymentView, work)

    def cancel(self, actor: Actor, request: VoucherCancel) -> VoucherBatch:
        """Unused vouchers made worthless."""
        with self._room.changes.unit():
            batch = self._reached(actor, request.id)
            cancelled = self._store.vouchers.cancel(batch.id, request.serial, self._room.clock.utcnow())
            if not cancelled:
                raise Conflict("voucher.none_left", field="serial", batch=batch.name)
            self._audit.noted(actor, "vouchers.cancel", "voucher", batch.id, serial=request.serial, count=cancelled)
            self._room.changes.note("voucher", batch.id)
            return self._view(batch)

    # making --------------------------------------------------------------------------------------------------------
    def _begun(self, actor: Actor, reseller: Reseller, request: VoucherMake) -> int:
        """The batch without its codes: a new one, or the one that the same request began and that broke off."""
        amount = parse_amount(request.amount, "amount")
        if amount <= 0:
            raise UserError("amount.not_positive", field="amount")
        col.count(None, 1, MOST)(request.count, "count")
        name, asked = col.name(request.name, "name"), content_of(msgspec.structs.replace(request, request_id=""))
        for batch in map(self._batch, self._store.vouchers.of_reseller(reseller.id)):
            if batch.name == name:
                if self._store.settings.get(UNFINISHED, f"voucher_batch:{batch.id}") == asked:
                    return batch.id
                raise Conflict("voucher.name_taken", field="name", name=name)
        batch_id = self._store.vouchers.batches.insert(
            reseller_id=reseller.id,
            name=name,
            amount_micros=amount,
            currency=check_currency(request.currency or reseller.currency, "currency"),
            expires_on=None if request.expires_on is None else day(request.expires_on, "expires_on"),
            made_at=self._room.clock.utcnow(),
            operator_id=actor.operator_id,
        )
        self._store.settings.put(UNFINISHED, asked, f"voucher_batch:{batch_id}")
        return batch_id

    def _filled(self, batch_id: int, count: int) -> Steps[None]:
        done, pace, clock = self._store.vouchers.counts(batch_id)[0], Pace(FEWEST, MOST_AT_ONCE, UNIT_SECONDS), self._room.clock
        while done < count:
            begun, many = clock.monotonic(), min(pace.count, count - done)
            with self._room.changes.unit():
                for serial in range(done + 1, done + many + 1):
                    code = "".join(LETTERS[byte & 31] for byte in self._room.random_bytes(LENGTH))
                    sealed = self._room.sealer.seal(code, PURPOSE)
                    self._store.vouchers.insert(batch_id=batch_id, serial=serial, code_hash=_hash(code), code_sealed=sealed)
            pace.took(many, clock.monotonic() - begun)
            done += many
            yield None

    # parts ---------------------------------------------------------------------------------------------------------
    def _found(self, actor: Actor, code: str, reseller_id: int) -> tuple[Voucher, Batch]:
        who = actor.name if actor.operator_id is None else str(actor.operator_id)
        now = self._room.clock.monotonic()
        recent = [at for at in self._wrong.get(who, ()) if now - at < WRONG_SECONDS]
        if len(recent) >= MOST_WRONG:
            raise Conflict("voucher.too_many_tries", field="code", minutes=int(WRONG_SECONDS // 60))
        voucher = self._store.vouchers.by_code(_hash(_plain(code)))
        batch = None if voucher is None else self._batch(voucher.batch_id)
        if voucher is None or batch is None or batch.reseller_id != reseller_id:
            if len(self._wrong) >= MOST_GUESSERS:
                self._wrong.clear()
            self._wrong[who] = [*recent, now]
            raise NotFound("voucher.unknown", field="code")
        if voucher.payment_id is not None:
            raise Conflict("voucher.used", field="code", serial=voucher.serial)
        if voucher.cancelled_at is not None or (batch.expires_on is not None and rfc3339(self._room.clock.utcnow())[:10] >= batch.expires_on):
            raise Conflict("voucher.expired", field="code", serial=voucher.serial)
        return voucher, batch

    def _reached(self, actor: Actor, batch_id: int) -> Batch:
        batch = self._store.vouchers.batches.get(batch_id)
        if batch is None:
            raise NotFound("voucher.batch_unknown", field="id", id=batch_id)
        self._access.need(actor, "vouchers.write", batch.reseller_id, what="voucher")
        return batch

    def _batch(self, batch_id: int) -> Batch:
        batch = self._store.vouchers.batches.get(batch_id)
        assert batch is not None  # foreign key
        return batch

    def _view(self, batch: Batch) -> VoucherBatch:
        reseller = self._store.resellers.get(batch.reseller_id)
        assert reseller is not None  # foreign key
        count, redeemed, cancelled = self._store.vouchers.counts(batch.id)
        amount, made_at = format_amount(batch.amount_micros), stamp(batch.made_at) or ""
        return VoucherBatch(batch.id, reseller.name, batch.name, amount, batch.currency, made_at, batch.expires_on, count, redeemed, cancelled)


def _plain(code: str) -> str:
    return "".join(each for each in code.upper().replace("O", "0").replace("I", "1").replace("L", "1") if each.isalnum())[:64]


def _hash(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()


def _grouped(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def _csv(batch: Batch, codes: Sequence[tuple[int, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("batch", "serial", "code", "amount", "currency", "expires_on"))
    for serial, code in codes:
        writer.writerow((batch.name, serial, code, format_amount(batch.amount_micros), batch.currency, batch.expires_on or ""))
    return out.getvalue().encode("utf-8-sig")
