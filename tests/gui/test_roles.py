"""Who may not do a thing does not see its action: categories, the right bar, menus, empty lists and the palette."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.change_listener import ChangeListener
from appliance.gui.desk import Desk, Place
from appliance.gui.main_window import MainWindow
from appliance.gui.memory import Memory
from appliance.gui.palette import Palette
from appliance.gui.screens.booths.booths import BoothsScreen
from appliance.gui.screens.booths.shop_settings import ShopSettingsScreen
from appliance.gui.screens.customers.customers import CustomersScreen
from appliance.gui.server_watch import ServerWatch
from appliance.gui.signed_in import SignedIn
from appliance.gui.theme import Theme
from appliance.services.ground.access import PERMISSIONS, Grant
from appliance.wire.customers import CustomerPage
from appliance.wire.operations import OPERATIONS
from appliance.wire.operators import GrantView, Session
from appliance.wire.session import SessionView
from tests.gui import people, shops
from tests.gui.fake_client import FakeClient

Shoot = Callable[[QWidget, str], None]
SCREENS = Path(__file__).parents[2] / "appliance" / "gui" / "screens"
NAVIGATES = frozenset(
    {
        "alerts.open", "call.copy", "call.copy_all", "calls.open", "calls.copy", "customers.view", "dashboard.alerts", "live.copy", "resellers.view",
        "settings.alerts", "settings.account", "tariffs.open", "tariffs.details", "trunks.view", "setup.go_on", "setup.back", "setup.skip",
        "setup.leave", "account.factor", "account.password", "account.end_factor",
    }
)  # fmt: skip
"""Actions that ask nothing of the server beyond what their screen does, or what everybody may."""


def window_of(qtbot: QtBot, desk: Desk, server: FakeClient, role: str) -> MainWindow:
    desk.set_permissions(sorted(PERMISSIONS[role]))
    server.answer("customers.list", people.page())
    made = MainWindow(desk, ServerWatch(server, desk.clock, desk))
    qtbot.addWidget(made)
    made.resize(1180, 680)
    made.show()
    return made


def categories(window: MainWindow) -> set[str]:
    return {name for name, each in window.left.buttons.items() if not each.isHidden()}


def actions(window: MainWindow) -> set[str]:
    return set(window.right.buttons)


def test_each_role_sees_its_categories(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    everything = categories(window_of(qtbot, desk, server, "owner"))
    assert {"Customers", "Payments", "Tariffs", "Trunks", "Settings", "Resellers"} <= everything
    clerk = window_of(qtbot, desk, server, "clerk")
    assert {"Customers", "Payments", "Calls"} <= categories(clerk)
    assert not {"Trunks", "Settings", "Tariffs", "Resellers"} & categories(clerk)
    clerk.open_category("Customers")
    qtbot.waitUntil(lambda: "customers.view" in actions(clerk))
    shoot(clerk, "window-clerk")
    accountant = window_of(qtbot, desk, server, "accountant")
    assert {"Payments", "Tariffs"} <= categories(accountant) and "Trunks" not in categories(accountant)


@pytest.mark.parametrize(
    ("role", "there", "hidden"),
    [
        ("owner", {"customers.add", "customers.edit", "customers.add_payment", "customers.archive", "customers.send"}, set()),
        ("clerk", {"customers.add_payment", "customers.calls"}, {"customers.add", "customers.edit", "customers.archive", "customers.disable"}),
        ("read-only", {"customers.view", "customers.payments"}, {"customers.add", "customers.add_payment", "customers.edit", "customers.send"}),
        ("accountant", {"customers.add_payment"}, {"customers.add", "customers.edit", "customers.disable"}),
    ],
)
def test_the_bar_has_what_the_role_allows(qtbot: QtBot, desk: Desk, server: FakeClient, role: str, there: set[str], hidden: set[str]) -> None:
    window = window_of(qtbot, desk, server, role)
    window.open_category("Customers")
    qtbot.waitUntil(lambda: "customers.view" in actions(window))
    assert there <= actions(window) and not hidden & actions(window)
    screen = window.screen_shown
    assert isinstance(screen, CustomersScreen)
    menu = {each.text() for each in screen._menu().actions()}  # type: ignore[attr-defined]
    assert ("Edit" in menu) == ("customers.edit" in there)


def test_the_palette_offers_no_more(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    window = window_of(qtbot, desk, server, "read-only")
    window.open_category("Customers")
    qtbot.waitUntil(lambda: "customers.view" in actions(window))
    window.open_palette()
    found = window.findChildren(Palette)[-1]
    texts = {offer.text for offer in found._offers}
    assert "View" in texts or "Customers" in texts
    assert not {"Add customer", "Trunks", "Settings"} & texts
    assert "trunk" not in found._places
    found.reject()


def test_an_empty_list_offers_only_what_is_allowed(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("customers.list", CustomerPage([]))
    shown = {}
    for role in ("manager", "read-only"):
        desk.set_permissions(sorted(PERMISSIONS[role]))
        screen = CustomersScreen(desk, Place("customers"))
        qtbot.addWidget(screen)
        screen.show()
        screen.refresh()
        qtbot.waitUntil(lambda screen=screen: screen.list._empty_view.sentence is not None)  # type: ignore[misc]
        shown[role] = [each.text() for each in screen.list._empty_view.findChildren(QPushButton)]
    assert shown == {"manager": ["Add customer"], "read-only": []}


def in_a_shop(desk: Desk, role: str) -> None:
    """The person's only role is in one shop."""
    grant = Grant(role, shop_id=7)
    allowed = [each for each in sorted(PERMISSIONS[role]) if grant.allows(each)]
    operator = msgspec.structs.replace(desk.session.operator, grants=[GrantView(role, None, "Corner Calls")])
    desk.session = msgspec.structs.replace(desk.session, operator=operator)
    desk.set_permissions(allowed)


def shop_window(qtbot: QtBot, desk: Desk, server: FakeClient, role: str) -> MainWindow:
    in_a_shop(desk, role)
    shops.answer(server)
    made = MainWindow(desk, ServerWatch(server, desk.clock, desk))
    qtbot.addWidget(made)
    made.resize(1180, 680)
    made.show()
    made.open_first()
    screen = made.screen_shown
    assert isinstance(screen, BoothsScreen)
    qtbot.waitUntil(lambda: bool(screen.grid.cards))
    return made


def test_a_clerk_of_a_shop_begins_at_its_booths(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    """The dashboard and the reseller's lists are not his: they are not there, and what he may do at the till is."""
    window = shop_window(qtbot, desk, server, "clerk")
    assert categories(window) == {"Booths"}
    assert {"booth.open", "booth.pay", "booth.top_up", "booth.move", "booth.join", "till.sell", "till.shift", "till.x_report"} <= actions(window)
    assert {"shop.receipts", "shop.figures"} <= actions(window)
    assert not {"booth.broken", "shop.settings"} & actions(window)
    shoot(window, "window-shop-clerk")
    window.go(Place("dashboard"))
    assert window.places[-1].name == "booths"


def test_a_supervisor_of_a_shop_may_more(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    window = shop_window(qtbot, desk, server, "supervisor")
    assert categories(window) == {"Booths"}
    assert {"booth.broken", "shop.settings"} <= actions(window)
    window.go(Place("shop_settings", filters={"shop": "7"}))
    screen = window.screen_shown
    assert isinstance(screen, ShopSettingsScreen)
    screen.page.open_tab("tills")
    qtbot.waitUntil(lambda: "till.edit" in actions(window))
    assert not {"till.add", "till.archive"} & actions(window)


def test_whoever_keeps_a_shop_has_its_calls_and_customer_too(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    window = shop_window(qtbot, desk, server, "manager")
    assert categories(window) == {"Booths", "Customers", "Calls"}


def test_a_place_that_is_not_allowed_is_told(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    window = window_of(qtbot, desk, server, "clerk")
    window.open_category("Customers")
    window.go(Place("trunks"))
    assert window.places[-1].name == "customers"


def test_a_role_that_changes_changes_the_window_at_once(
    qtbot: QtBot, server: FakeClient, session: Session, memory: Memory, theme: Theme, desk: Desk
) -> None:
    server.base_url = "http://127.0.0.1:9"
    server.answer("customers.list", people.page())
    signed = SignedIn(server, session, memory, theme, desk.clock, memory, lambda url, pin: server)
    signed.begin([Place("customers")])
    window = signed.windows[0]
    assert "customers.add" in actions(window) and "Trunks" in categories(window)
    server.answer("session.view", SessionView(sorted(PERMISSIONS["read-only"]), session.operator))
    signed.listener.tell("operator", frozenset({1}))
    qtbot.waitUntil(lambda: "customers.add" not in actions(window))
    assert "Trunks" not in categories(window)
    signed.end()
    qtbot.wait(20)


def test_what_may_be_done_is_the_tables_word(desk: Desk) -> None:
    desk.set_permissions(["customers.read"])
    assert desk.may("customers.list") and not desk.may("customers.create")
    assert desk.may("") and desk.may("operators.sign_out") and desk.may("session.view")
    assert isinstance(desk.listener, ChangeListener)


def test_every_action_says_what_it_asks() -> None:
    """An action without an operation is one that everybody may do, and stands in the list of those."""
    wrong = []
    for file in sorted(SCREENS.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Action" and isinstance(node.args[0], ast.Constant):
                said = next((each.value.value for each in node.keywords if each.arg == "operation" and isinstance(each.value, ast.Constant)), "")
                if said not in OPERATIONS and node.args[0].value not in NAVIGATES:
                    wrong.append(f"{file.name}: {node.args[0].value}")
    assert not wrong
