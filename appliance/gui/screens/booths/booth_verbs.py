"""What can be done at the booths: F-keys for the guest in the chosen booth, Ctrl for the counter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.gui.desk import Place
from appliance.gui.screen import Action
from appliance.gui.screens.booths import booth_tablet
from appliance.gui.words import _

if TYPE_CHECKING:
    from appliance.gui.screens.booths.booths import BoothsScreen


def verbs(screen: BoothsScreen) -> list[Action]:
    """The right bar, by what the chosen booth allows."""
    return [*_guest(screen), *booth_tablet.verbs(screen), *_counter(screen), *_places(screen)]


def _guest(screen: BoothsScreen) -> list[Action]:
    booth, session = screen.booth, screen.session
    sits = session is not None
    talks = booth is not None and booth.call is not None
    still = sits and not talks
    closed = booth is not None and booth.state == "closed"
    waits = session is not None and session.state in ("paused", "locked")
    broken = booth is not None and booth.state == "out_of_order"
    return [
        Action("booth.open", _("Open booth"), screen.open_booth, "F2", "add", enabled=closed, primary=not sits, operation="booth_sessions.open"),
        Action("booth.pay", _("Pay and close"), screen.check_out, "F4", "money", enabled=sits, primary=sits, operation="bills.pay"),
        Action("booth.top_up", _("Take more money"), screen.top_up, "F3", "payments", enabled=sits, operation="booth_sessions.top_up"),
        Action("booth.move", _("Move guest"), screen.move_guest, "F6", "swap", enabled=still, group=1, operation="booth_sessions.transfer"),
        Action("booth.join", _("Join to a bill"), screen.join, "F7", "link", enabled=still, group=1, operation="booth_sessions.join"),
        Action(
            "booth.pause",
            _("Calls again") if waits else _("Pause"),
            screen.pause,
            "F8",
            "pause",
            enabled=sits,
            group=1,
            operation="booth_sessions.set_state",
        ),
        Action(
            "booth.lock", _("Lock, to pay"), screen.lock, "F9", "password", enabled=sits and not waits, group=1, operation="booth_sessions.set_state"
        ),
        Action("booth.change", _("Note and limits"), screen.change, "F11", "edit", enabled=sits, group=1, operation="booth_sessions.update"),
        Action(
            "booth.hang_up",
            _("Hang up"),
            screen.hang_up,
            "Del",
            "hang_up",
            enabled=talks,
            dangerous=True,
            group=1,
            operation="booth_sessions.hang_up",
        ),
        Action(
            "booth.broken",
            _("Back in use") if broken else _("Out of order"),
            screen.out_of_order,
            "",
            "disable",
            enabled=closed or broken,
            group=1,
            operation="booths.update",
        ),
    ]


def _counter(screen: BoothsScreen) -> list[Action]:
    till = screen.counter.till
    there, running = till is not None, till is not None and till.shift is not None
    return [
        Action("till.sell", _("Sell goods"), screen.sell, "Ctrl+G", "booths", enabled=running, group=2, operation="bills.open"),
        Action(
            "till.price",
            _("Price of a call"),
            screen.look_up,
            "/",
            "search",
            enabled=screen.counter.shop is not None,
            group=2,
            operation="shops.prices",
        ),
        Action(
            "till.shift",
            _("Close shift") if running else _("Open shift"),
            screen.shift,
            "Ctrl+Shift+S",
            "calendar",
            enabled=there,
            group=2,
            operation="shifts.open",
        ),
        Action("till.cash", _("Cash in or out"), screen.move_cash, "Ctrl+M", "payments", enabled=running, group=2, operation="shifts.move"),
        Action("till.x_report", _("X report"), screen.x_report, "", "reports", enabled=running, group=2, operation="shifts.report"),
        Action("till.drawer", _("Open the drawer"), screen.open_drawer, "", "money", enabled=there, group=2, operation="tills.open_drawer"),
    ]


def _places(screen: BoothsScreen) -> list[Action]:
    shop = screen.counter.shop
    there = shop is not None
    filters = {"shop": str(shop.id)} if shop is not None else {}

    def to(name: str) -> None:
        screen.desk.go(Place(name, filters=filters))

    return [
        Action(
            "shop.receipts", _("Receipts"), lambda: to("till_receipts"), "Ctrl+R", "invoices", enabled=there, group=3, operation="till_receipts.list"
        ),
        Action("shop.figures", _("Figures of the shop"), lambda: to("shop_figures"), "", "reports", enabled=there, group=3, operation="shifts.list"),
        Action("shop.settings", _("Shop settings"), lambda: to("shop_settings"), "", "settings", enabled=there, group=3, operation="booths.update"),
        Action("shop.pin", _("My PIN"), screen.set_pin, "", "password", group=3, operation="pins.set"),
    ]
