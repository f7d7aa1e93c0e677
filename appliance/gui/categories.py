"""The categories of the left bar as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.gui.words import _


def titles() -> Mapping[str, str]:
    """{category: its name in the person's language}."""
    return {
        "Dashboard": _("Dashboard"),
        "Customers": _("Customers"),
        "Payments": _("Payments"),
        "Tariffs": _("Tariffs"),
        "Calls": _("Calls"),
        "Booths": _("Booths"),
        "Resellers": _("Resellers"),
        "Invoices": _("Invoices"),
        "Messages": _("Messages"),
        "Reports": _("Reports"),
        "Trunks": _("Trunks"),
        "Settings": _("Settings"),
    }
