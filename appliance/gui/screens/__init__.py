"""The screens, one file each, and the table that names them: a line here is all the window knows of a screen.

The first line of a category is what its button at the left opens. Modules are imported when their screen is first shown.
"""

from __future__ import annotations

from appliance.gui.screen import Entry

CATEGORIES = (
    "Dashboard",
    "Customers",
    "Payments",
    "Tariffs",
    "Calls",
    "Booths",
    "Resellers",
    "Invoices",
    "Messages",
    "Reports",
    "Trunks",
    "Settings",
)

SCREENS = (
    Entry("dashboard", "Dashboard", "dashboard.dashboard:DashboardScreen"),
    Entry("setup", "Dashboard", "setup.setup:SetupScreen", "settings.set"),
    Entry("alerts", "Dashboard", "alerts:AlertsScreen"),
    Entry("customers", "Customers", "customers.customers:CustomersScreen", "customers.list"),
    Entry("customer", "Customers", "customers.customer_page:CustomerScreen", "customers.get"),
    Entry("move", "Customers", "moving.move:MoveScreen", "move.apply"),
    Entry("payments", "Payments", "payments.payments:PaymentsScreen", "payments.list"),
    Entry("vouchers", "Payments", "payments.vouchers:VouchersScreen", "vouchers.list"),
    Entry("approvals", "Payments", "payments.approvals:ApprovalsScreen", "approvals.list"),
    Entry("bank", "Payments", "payments.bank:BankScreen", "bank.lines"),
    Entry("tariffs", "Tariffs", "tariffs.tariffs:TariffsScreen", "tariffs.list"),
    Entry("tariff", "Tariffs", "tariffs.tariff_page:TariffScreen", "tariffs.get"),
    Entry("margins", "Tariffs", "tariffs.margins:MarginsScreen", "margins.list"),
    Entry("bundles", "Tariffs", "tariffs.bundles:BundlesScreen", "bundles.list"),
    Entry("deck_import", "Tariffs", "tariffs.deck_import:DeckImportScreen", "decks.apply"),
    Entry("calls", "Calls", "calls.calls:CallsScreen", "cdrs.list"),
    Entry("call", "Calls", "calls.call_page:CallScreen", "cdrs.get"),
    Entry("live_calls", "Calls", "calls.live_calls:LiveCallsScreen", "calls.list"),
    Entry("answer", "Calls", "calls.number_answer:NumberAnswerScreen", "calls.explain"),
    Entry("disputes", "Calls", "calls.disputes:DisputesScreen", "disputes.list"),
    Entry("dispute", "Calls", "calls.dispute_page:DisputeScreen", "disputes.get"),
    Entry("booths", "Booths", "booths.booths:BoothsScreen", "booths.list"),
    Entry("till_receipts", "Booths", "booths.till_receipts:TillReceiptsScreen", "till_receipts.list"),
    Entry("shop_figures", "Booths", "booths.shop_figures:ShopFiguresScreen", "shifts.list"),
    Entry("shop_settings", "Booths", "booths.shop_settings:ShopSettingsScreen", "booths.update"),
    Entry("resellers", "Resellers", "resellers.resellers:ResellersScreen", "resellers.list"),
    Entry("reseller", "Resellers", "resellers.reseller_page:ResellerScreen", "resellers.get"),
    Entry("invoices", "Invoices", "invoices.invoices:InvoicesScreen", "invoices.list"),
    Entry("invoice", "Invoices", "invoices.invoice_page:InvoiceScreen", "invoices.get"),
    Entry("aging", "Invoices", "invoices.aging:AgingScreen", "invoices.aging"),
    Entry("letters", "Messages", "messages.letters:LettersScreen", "messages.letters"),
    Entry("letter", "Messages", "messages.letter_new:LetterScreen", "messages.send_letter"),
    Entry("outbox", "Messages", "messages.outbox:OutboxScreen", "messages.list"),
    Entry("templates", "Messages", "messages.mail_templates:TemplatesScreen", "messages.templates"),
    Entry("reports", "Reports", "reports.reports:ReportsScreen", "ledger.trial_balance"),
    Entry("trunks", "Trunks", "trunks.trunks:TrunksScreen", "trunks.list"),
    Entry("trunk", "Trunks", "trunks.trunk_page:TrunkScreen", "trunks.get"),
    Entry("routes", "Trunks", "trunks.routes:RoutesScreen", "routes.list"),
    Entry("numbers", "Trunks", "trunks.numbers:NumbersScreen", "numbers.list"),
    Entry("carriers", "Trunks", "trunks.carriers:CarriersScreen", "carriers.list"),
    Entry("settings", "Settings", "settings.settings:SettingsScreen", "settings.list"),
    Entry("account", "Settings", "settings.account:AccountScreen"),
    Entry("operators", "Settings", "settings.operators:OperatorsScreen", "operators.list"),
)
