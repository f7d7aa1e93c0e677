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
    Entry("dashboard", "Dashboard", "dashboard:DashboardScreen"),
    Entry("setup", "Dashboard", "setup:SetupScreen", "settings.set"),
    Entry("alerts", "Dashboard", "alerts:AlertsScreen"),
    Entry("customers", "Customers", "customers:CustomersScreen", "customers.list"),
    Entry("customer", "Customers", "customer_page:CustomerScreen", "customers.get"),
    Entry("payments", "Payments", "payments:PaymentsScreen", "payments.list"),
    Entry("vouchers", "Payments", "vouchers:VouchersScreen", "vouchers.list"),
    Entry("approvals", "Payments", "approvals:ApprovalsScreen", "approvals.list"),
    Entry("bank", "Payments", "bank:BankScreen", "bank.lines"),
    Entry("tariffs", "Tariffs", "tariffs:TariffsScreen", "tariffs.list"),
    Entry("tariff", "Tariffs", "tariff_page:TariffScreen", "tariffs.get"),
    Entry("deck_import", "Tariffs", "deck_import:DeckImportScreen", "decks.apply"),
    Entry("calls", "Calls", "calls:CallsScreen", "cdrs.list"),
    Entry("call", "Calls", "call_page:CallScreen", "cdrs.get"),
    Entry("live_calls", "Calls", "live_calls:LiveCallsScreen", "calls.list"),
    Entry("booths", "Booths", "booths:BoothsScreen", "booths.list"),
    Entry("till_receipts", "Booths", "till_receipts:TillReceiptsScreen", "till_receipts.list"),
    Entry("shop_figures", "Booths", "shop_figures:ShopFiguresScreen", "shifts.list"),
    Entry("shop_settings", "Booths", "shop_settings:ShopSettingsScreen", "booths.update"),
    Entry("resellers", "Resellers", "resellers:ResellersScreen", "resellers.list"),
    Entry("reseller", "Resellers", "reseller_page:ResellerScreen", "resellers.get"),
    Entry("invoices", "Invoices", "invoices:InvoicesScreen", "invoices.list"),
    Entry("invoice", "Invoices", "invoice_page:InvoiceScreen", "invoices.get"),
    Entry("aging", "Invoices", "aging:AgingScreen", "invoices.aging"),
    Entry("reports", "Reports", "reports:ReportsScreen", "ledger.trial_balance"),
    Entry("trunks", "Trunks", "trunks:TrunksScreen", "trunks.list"),
    Entry("trunk", "Trunks", "trunk_page:TrunkScreen", "trunks.get"),
    Entry("routes", "Trunks", "routes:RoutesScreen", "routes.list"),
    Entry("settings", "Settings", "settings:SettingsScreen", "settings.list"),
    Entry("account", "Settings", "account:AccountScreen"),
    Entry("operators", "Settings", "operators:OperatorsScreen", "operators.list"),
)
