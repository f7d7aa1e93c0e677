"""The services of tax, documents and incoming money wired together: one part of `Nouns`."""

from __future__ import annotations

from appliance.services.access import Access
from appliance.services.allocations import Allocations
from appliance.services.approvals import Approvals
from appliance.services.audit import Audit
from appliance.services.bank import Bank
from appliance.services.carriers import Carriers
from appliance.services.credit_accounts import CreditAccounts
from appliance.services.credit_notes import CreditNotes
from appliance.services.fee_taking import FeeTaking
from appliance.services.fees import Fees
from appliance.services.invoice_draft import Drafts
from appliance.services.invoice_print import InvoicePrints
from appliance.services.invoice_runs import InvoiceRuns
from appliance.services.invoices import Invoices
from appliance.services.layouts import Layouts
from appliance.services.lookups import Lookups
from appliance.services.messages import Messages
from appliance.services.money_moves import MoneyMoves
from appliance.services.notices import Notices
from appliance.services.once import Once
from appliance.services.payments import Payments
from appliance.services.receipts import Receipts
from appliance.services.reminders import Reminders
from appliance.services.room import Room
from appliance.services.statements import Statements
from appliance.services.taxes import Taxes
from appliance.services.trial_balance import TrialBalances
from appliance.services.vouchers import Vouchers


class MoneyNouns:
    """One attribute a noun; every method of theirs is `method(actor, request) -> view`."""

    def __init__(
        self,
        room: Room,
        access: Access,
        lookups: Lookups,
        audit: Audit,
        once: Once,
        messages: Messages,
        accounts: CreditAccounts,
        approvals: Approvals,
    ) -> None:
        self.taxes = taxes = Taxes(room, access, lookups, audit)
        self.approvals = approvals
        self.payments = Payments(room, access, lookups, audit, once, taxes, approvals)
        self.receipts = Receipts(room, access, audit, messages)
        self.allocations = allocations = Allocations(room, access, lookups, audit)
        self.layouts = Layouts(room, lookups, audit)
        self.drafts = Drafts(room, taxes)
        self.invoices = Invoices(room, access, lookups, audit, once, self.drafts, allocations)
        self.credit_notes = CreditNotes(room, self.invoices, allocations, once)
        self.invoice_prints = InvoicePrints(room, audit, self.invoices, messages)
        self.invoice_runs = InvoiceRuns(room, self.invoices)
        self.statements = Statements(room, lookups, messages)
        self.notices = Notices(room, messages)
        self.reminders = Reminders(room, audit, self.invoices, self.notices)
        self.fees = Fees(room, audit, access, lookups, FeeTaking(room, self.notices, accounts))
        self.vouchers = Vouchers(room, access, lookups, audit, once, self.payments, messages)
        self.bank = Bank(room, access, lookups, audit, self.payments, allocations)
        self.moves = MoneyMoves(room, lookups, audit, once, accounts, approvals, allocations)
        self.carriers = Carriers(room, access, lookups, audit, once)
        self.trial_balances = TrialBalances(room, access, lookups, audit)
        self.payments.listeners += [self.receipts.payment_made, allocations.payment_made]
