"""Money moved without coming in or going out: debts given up, credit passed on, cash brought to the bank (money.md, Payments)."""

from __future__ import annotations

from appliance.billing import ledger as events
from appliance.billing.ledger import Side
from appliance.errors import Conflict, UserError
from appliance.money import currency_decimals, format_amount, parse_amount, round_ratio
from appliance.services.ground.access import Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.numbering import require_certain_time
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.services.money import books
from appliance.services.money.allocations import Allocations
from appliance.services.money.approvals import Approvals
from appliance.services.money.credit_accounts import CreditAccounts
from appliance.store.accounts import Account
from appliance.wire.credit_accounts import CreditAccountView, CreditAccountWriteOff, CreditTransfer, MoneyMove, MoneyMoved

SERIES = "transfer"
PLACES = ("cash", "bank")


class MoneyMoves:
    """Every method takes the client's request id."""

    def __init__(
        self,
        room: Room,
        lookups: Lookups,
        audit: Audit,
        once: Once,
        accounts: CreditAccounts,
        approvals: Approvals,
        allocations: Allocations,
    ) -> None:
        self._room = room
        self._store = room.store
        self._lookups = lookups
        self._audit = audit
        self._once = once
        self._accounts = accounts
        self._approvals = approvals
        self._allocations = allocations
        approvals.executors["credit_accounts.write_off"] = (CreditAccountWriteOff, self.write_off)
        approvals.executors["credit_accounts.transfer"] = (CreditTransfer, self.transfer)

    def write_off(self, actor: Actor, request: CreditAccountWriteOff) -> CreditAccountView:
        """What an account owes is given up, with the tax that its open invoices had put on it."""

        def work() -> CreditAccountView:
            account = self._lookups.account(actor, request.account, request.reseller, "accounts.adjust")
            owed = max(-account.balance_micros, 0)
            amount = owed if request.amount is None else parse_amount(request.amount, "amount")
            if not 0 < amount <= owed:
                raise UserError("write_off.too_much", field="amount", owed=format_amount(owed))
            if not request.reason.strip():
                raise UserError("adjustment.reason_missing", field="reason")
            self._approvals.guard(actor, account, "adjustment", amount, "credit_accounts.write_off", request)
            self._give_up(actor, account, amount, request.reason)
            return self._shown(account)

        operation = "credit_accounts.write_off"
        return self._approvals.asking(actor, lambda: self._once.do(actor, operation, request.request_id, request, CreditAccountView, work))

    def _give_up(self, actor: Actor, account: Account, amount: int, reason: str) -> None:
        tax, parts, left = 0, [], amount
        for invoice in self._store.allocations.open(account.id):
            part = min(left, invoice.open_micros)
            document = self._store.documents.get(invoice.id)
            assert document is not None  # just listed
            if part > 0:
                parts.append((invoice.id, part))
                tax += round_ratio(document.tax_micros * part, document.total_micros, currency_decimals(account.currency))
                left -= part
        now = self._room.clock.utcnow()
        entry = events.write_off(account.id, account.reseller_id, amount, account.currency, tax)
        assert entry is not None  # the amount is not zero
        entry_id = books.post(self._room.ledger, now, entry, operator_id=actor.operator_id, note=reason)
        customers = [each.id for each in self._store.customers.of_account(account.id)]
        payment = self._store.payments.insert(
            account_id=account.id,
            customer_id=customers[0] if len(customers) == 1 else None,
            entry_id=entry_id,
            at=now,
            kind="write_off",
            method="write_off",
            gross_micros=amount,
            credit_micros=amount,
            currency=account.currency,
            note=reason,
            operator_id=actor.operator_id,
        )
        for document_id, part in parts:
            self._store.allocations.insert(
                document_id=document_id, payment_id=payment, credit_note_id=None, amount_micros=part, at=now, operator_id=actor.operator_id
            )
            self._room.changes.note("invoice", document_id)
        self._audit.noted(actor, "credit_accounts.write_off", "account", account.id, amount=format_amount(amount), reason=reason, entry=entry_id)
        self._room.changes.note("payment", payment)

    def transfer(self, actor: Actor, request: CreditTransfer) -> CreditAccountView:
        """Credit passed from one account to another of the reseller's: what is there and held by no running call."""

        def work() -> CreditAccountView:
            source = self._lookups.account(actor, request.source, request.reseller, "accounts.adjust", "source")
            target = self._lookups.account(actor, request.target, request.reseller, "accounts.adjust", "target")
            amount = parse_amount(request.amount, "amount")
            if amount <= 0:
                raise UserError("amount.not_positive", field="amount")
            if source.id == target.id or source.currency != target.currency or source.reseller_id != target.reseller_id:
                raise Conflict("transfer.accounts", field="target", source=source.name, target=target.name)
            if source.tax_point != target.tax_point:
                raise Conflict("transfer.tax_point", field="target")
            free = source.balance_micros - self._accounts.reserved(source.id)
            if amount > free:
                raise UserError("transfer.too_much", field="amount", free=format_amount(max(free, 0)))
            for account in (source, target):
                self._approvals.guard(actor, account, "adjustment", amount, "credit_accounts.transfer", request)
            entry = events.transfer(Side(-amount, source.currency, source.id), Side(amount, target.currency, target.id))
            assert entry is not None  # the amount is not zero
            entry_id = books.post(self._room.ledger, self._room.clock.utcnow(), entry, operator_id=actor.operator_id, note=request.reason)
            shown = format_amount(amount)
            self._audit.noted(actor, "credit_accounts.transfer", "account", source.id, amount=shown, target=target.id, entry=entry_id)
            return self._shown(source)

        operation = "credit_accounts.transfer"
        return self._approvals.asking(actor, lambda: self._once.do(actor, operation, request.request_id, request, CreditAccountView, work))

    def move(self, actor: Actor, request: MoneyMove) -> MoneyMoved:
        """The reseller's own money from one place to another, by a numbered transfer."""

        def work() -> MoneyMoved:
            reseller = self._lookups.reseller(actor, request.reseller, "accounts.adjust")
            currency = request.currency or reseller.currency
            amount = parse_amount(request.amount, "amount")
            if amount <= 0:
                raise UserError("amount.not_positive", field="amount")
            source, target = _place(request.source, "source"), _place(request.target, "target")
            if source == target:
                raise UserError("transfer.same_place", field="target")
            now = require_certain_time(self._room)
            number = self._store.documents.next_number(reseller.id, SERIES)
            entry = events.transfer(
                Side(amount, currency, None, source[0], reseller.id, source[1]), Side(-amount, currency, None, target[0], reseller.id, target[1])
            )
            assert entry is not None  # the amount is not zero
            entry_id = books.post(
                self._room.ledger, now, entry, reference=f"transfer {number}", operator_id=actor.operator_id, note=request.note[:500]
            )
            self._audit.noted(actor, "ledger.move", "entry", entry_id, number=number, amount=format_amount(amount))
            self._room.changes.note("ledger", entry_id)
            return MoneyMoved(number, entry_id, ":".join(filter(None, source)), ":".join(filter(None, target)), format_amount(amount), currency)

        return self._once.do(actor, "ledger.move", request.request_id, request, MoneyMoved, work)

    def _shown(self, account: Account) -> CreditAccountView:
        after = self._store.accounts.get(account.id)
        assert after is not None  # accounts stay
        return self._accounts.view(after)


def _place(text: str, field: str) -> tuple[str, str]:
    """`cash`, `cash:NAME` of a till, `bank:METHOD`; UserError transfer.place."""
    kind, _, name = text.strip().partition(":")
    if kind not in PLACES or (kind == "bank" and not name) or len(name) > 100:
        raise UserError("transfer.place", field=field, text=text[:60])
    return kind, name
