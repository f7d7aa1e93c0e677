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
    Entry("alerts", "Dashboard", "alerts:AlertsScreen"),
    Entry("customers", "Customers", "customers:CustomersScreen"),
    Entry("customer", "Customers", "customer_page:CustomerScreen"),
    Entry("payments", "Payments", "payments:PaymentsScreen"),
    Entry("tariffs", "Tariffs", "tariffs:TariffsScreen"),
    Entry("tariff", "Tariffs", "tariff_page:TariffScreen"),
    Entry("deck_import", "Tariffs", "deck_import:DeckImportScreen"),
    Entry("calls", "Calls", "calls:CallsScreen"),
    Entry("call", "Calls", "call_page:CallScreen"),
    Entry("live_calls", "Calls", "live_calls:LiveCallsScreen"),
    Entry("resellers", "Resellers", "resellers:ResellersScreen"),
    Entry("reseller", "Resellers", "reseller_page:ResellerScreen"),
    Entry("trunks", "Trunks", "trunks:TrunksScreen"),
    Entry("trunk", "Trunks", "trunk_page:TrunkScreen"),
    Entry("routes", "Trunks", "routes:RoutesScreen"),
    Entry("settings", "Settings", "settings:SettingsScreen"),
    Entry("operators", "Settings", "operators:OperatorsScreen"),
)
