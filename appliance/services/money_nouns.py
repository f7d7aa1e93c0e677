"""The services of tax, documents and incoming money wired together: one part of `Nouns`."""

from __future__ import annotations

from appliance.services.ground.access import Access
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.services.mail.messages import Messages
from appliance.services.mail.notices import Notices
from appliance.services.money.allocations import Allocations
from appliance.services.money.approvals import Approvals
from appliance.services.money.bank import Bank
from appliance.services.money.carriers import Carriers
from appliance.services.money.credit_accounts import CreditAccounts
from appliance.services.money.credit_notes import CreditNotes
from appliance.services.money.fee_taking import FeeTaking
from appliance.services.money.fees import Fees
from appliance.services.money.invoice_draft import Drafts
from appliance.services.money.invoice_mails import InvoiceMails
from appliance.services.money.invoice_print import InvoicePrints
from appliance.services.money.invoice_runs import InvoiceRuns
from appliance.services.money.invoice_sample import InvoiceSamples
from appliance.services.money.invoices import Invoices
from appliance.services.money.layouts import Layouts
from appliance.services.money.money_moves import MoneyMoves
from appliance.services.money.payments import Payments
from appliance.services.money.receipts import Receipts
from appliance.services.money.reminders import Reminders
from appliance.services.money.statements import Statements
from appliance.services.money.taxes import Taxes
from appliance.services.money.trial_balance import TrialBalances
from appliance.services.money.vat_service import VatService
from appliance.services.money.vouchers import Vouchers


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
        self.vat_service = VatService(room, lookups, taxes)
        self.approvals = approvals
        self.payments = Payments(room, access, lookups, audit, once, taxes, approvals)
        self.receipts = Receipts(room, access, audit, messages)
        self.allocations = allocations = Allocations(room, access, lookups, audit)
        self.layouts = Layouts(room, lookups, audit)
        self.drafts = Drafts(room, taxes)
        self.invoices = Invoices(room, access, lookups, audit, once, self.drafts, allocations)
        self.credit_notes = CreditNotes(room, self.invoices, allocations, once)
        self.invoice_prints = InvoicePrints(room, audit, self.invoices, messages)
        self.invoice_samples = InvoiceSamples(room, lookups, messages)
        self.invoice_runs = InvoiceRuns(room, self.invoices)
        self.statements = Statements(room, lookups, messages)
        self.notices = Notices(room, messages)
        self.invoice_mails = InvoiceMails(room, audit, self.invoices, self.notices, self.invoice_prints)
        self.invoices.issued.append(self.invoice_mails.issued)
        messages.outbox.papers = self.invoice_mails.papers
        self.reminders = Reminders(room, audit, self.invoices, self.notices)
        self.fees = Fees(room, audit, access, lookups, once, FeeTaking(room, self.notices, accounts))
        self.vouchers = Vouchers(room, access, lookups, audit, once, self.payments, messages)
        self.bank = Bank(room, access, lookups, audit, once, self.payments, allocations)
        self.moves = MoneyMoves(room, lookups, audit, once, accounts, approvals, allocations)
        self.carriers = Carriers(room, access, lookups, audit, once)
        self.trial_balances = TrialBalances(room, access, lookups, audit)
        self.payments.listeners += [self.receipts.payment_made, allocations.payment_made]
