"""A server that knows a whole trade, so that every screen has something to show."""

from __future__ import annotations

from appliance.gui.desk import Place
from appliance.wire.commissions import CommissionPage
from appliance.wire.decks import ImportPage
from appliance.wire.guard import BanPage
from appliance.wire.invoices import AllocationPage
from appliance.wire.letters import CustomerLetterPage, LetterPage
from appliance.wire.messages import TemplatePage, TemplateView
from appliance.wire.numbers import NumberPage
from appliance.wire.operators import OperatorPage, OperatorView
from appliance.wire.registration import Waiting
from appliance.wire.shops import Exceptions
from appliance.wire.traces import RefusalPage
from appliance.wire.webhooks import WebhookPage
from tests.gui import mending, papers, people, prices, shops, trade
from tests.gui.fake_client import FakeClient

WORDING = TemplateView("letter", "en", False, "News of {brand}", "Dear {customer}", "<p>Dear {customer}</p>", ["customer", "brand"])
OPERATOR = OperatorView(2, 1, "sam", "Sam Clerk", "", "en", False, False, False, False, [])

PAGES = {
    "customer": Place("customer", 1),
    "tariff": Place("tariff", prices.tariff().id),
    "call": Place("call", trade.cdr_view().id),
    "dispute": Place("dispute", 1),
    "reseller": Place("reseller", trade.RESELLERS.resellers[1].id),
    "invoice": Place("invoice", 4),
    "trunk": Place("trunk", trade.trunk().id),
    "till_receipts": Place("till_receipts", filters={"shop": "7"}),
    "shop_figures": Place("shop_figures", filters={"shop": "7"}),
    "shop_settings": Place("shop_settings", filters={"shop": "7"}),
}
"""Places that are of one thing."""


def place_of(name: str) -> Place:
    """Where that screen has something to show."""
    return PAGES.get(name, Place(name))


EMPTY = {
    "bans.list": BanPage([], [], True),
    "refusals.list": RefusalPage([]),
    "messages.letters": LetterPage([]),
    "messages.of_customer": CustomerLetterPage([]),
    "numbers.list": NumberPage([]),
    "rates.imports": ImportPage([]),
}
"""Lists that nothing is in."""


def answer(server: FakeClient) -> None:
    """What such a server answers."""
    shops.answer(server)
    for name, view in {
        **EMPTY,
        "alerts.list": trade.ALERTS,
        "approvals.limits": mending.limits(),
        "approvals.list": papers.approvals(),
        "bank.lines": papers.bank_lines(),
        "bundles.held": mending.held(),
        "bundles.list": mending.bundles(),
        "calls.list": trade.RUNNING,
        "calls.trace": papers.trace(),
        "carriers.list": mending.carriers(),
        "cdrs.corrections": mending.corrections(),
        "cdrs.get": trade.cdr_view(),
        "cdrs.list": trade.cdr_page(),
        "cdrs.totals": trade.TOTALS,
        "commissions.list": CommissionPage("2026-10", []),
        "customers.get": people.whole_customer(),
        "customers.list": people.page(),
        "disputes.evidence": mending.evidence(),
        "disputes.get": mending.dispute(),
        "disputes.list": mending.disputes(),
        "fees.list": papers.fees(),
        "invoices.aging": papers.aging(),
        "invoices.allocations": AllocationPage([], "0.00"),
        "invoices.get": papers.whole_invoice(),
        "invoices.list": papers.invoices(),
        "ledger.accounts": papers.accounts(),
        "ledger.closes": papers.closes(),
        "ledger.trial_balance": papers.trial(),
        "margins.list": mending.margins(),
        "messages.templates": TemplatePage([WORDING]),
        "operators.list": OperatorPage([OPERATOR]),
        "payments.list": prices.payments(),
        "payments.preview": prices.effect(),
        "payments.totals": prices.totals(),
        "rates.grid": prices.grid_page,
        "registration.waiting": Waiting([]),
        "resellers.get": trade.RESELLERS.resellers[1],
        "resellers.list": trade.RESELLERS,
        "resellers.statistics": trade.STATISTICS,
        "routes.list": trade.ROUTES,
        "shops.exceptions": Exceptions([], []),
        "special_rates.list": mending.special(),
        "statistics.calls": trade.month_by_day(),
        "statistics.today": trade.TODAY,
        "tariffs.bands": mending.bands(),
        "tariffs.get": prices.tariff(),
        "tariffs.list": prices.tariffs(),
        "tariffs.tiers": mending.tiers(),
        "taxes.report": papers.tax_report(),
        "trunks.get": trade.trunk(),
        "trunks.list": trade.TRUNKS,
        "vouchers.list": papers.batches(),
        "webhooks.list": WebhookPage([], []),
    }.items():
        server.answer(name, view)
