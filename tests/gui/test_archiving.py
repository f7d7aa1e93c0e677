"""Archiving is done at once and undone by the toast or from the list, for each kind of thing; whoever asked may be gone by then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import shiboken6
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Screen
from appliance.gui.screens.customers.customer_page import CustomerScreen
from appliance.gui.screens.resellers.resellers import ResellersScreen
from appliance.gui.screens.tariffs.bundles import BundlesScreen
from appliance.gui.screens.tariffs.tariffs import TariffsScreen
from appliance.gui.screens.trunks.trunks import TrunksScreen
from appliance.gui.widgets import archiving
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.wire.allowances import BundlePage
from appliance.wire.endpoints import EndpointPage
from appliance.wire.problem import Problem
from appliance.wire.resellers import ResellerPage
from appliance.wire.shapes import ById, Done, Restored
from appliance.wire.tariffs import TariffPage
from appliance.wire.trunks import TrunkPage
from tests.gui import mending, people, prices, trade
from tests.gui.fake_client import FakeClient
from tests.gui.prices import do

Shoot = Callable[[QWidget, str], None]
THEN = "2026-01-01T00:00:00Z"
LISTS: dict[str, tuple[type[Screen], Any]] = {
    "trunks": (TrunksScreen, lambda at: TrunkPage([trade.trunk(3, "KPN", archived_at=at)])),
    "resellers": (ResellersScreen, lambda at: ResellerPage([trade.reseller(3, "North", "root", archived_at=at)])),
    "tariffs": (TariffsScreen, lambda at: TariffPage([prices.tariff(3, "retail", archived_at=at)])),
    "bundles": (BundlesScreen, lambda at: BundlePage([mending.bundle(3, name="Welcome", archived_at=at)])),
}


@pytest.fixture
def told(desk: Desk) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    desk.told.connect(lambda text, undo: found.append((text, undo)))
    return found


def chosen(qtbot: QtBot, desk: Desk, server: FakeClient, noun: str, at: str | None, *, kept: bool = True) -> Any:
    kind, page = LISTS[noun]
    server.answer(f"{noun}.list", page(at))
    screen: Any = kind(desk, Place(noun))
    if kept:
        qtbot.addWidget(screen)
    screen.refresh()
    qtbot.waitUntil(lambda: len(screen.list.model.rows) == 1)
    screen.list.table.choose(0)
    return screen


@pytest.mark.parametrize("noun", LISTS)
def test_out_of_use_at_once_and_back_by_undo(qtbot: QtBot, desk: Desk, server: FakeClient, told: list[tuple[str, Any]], noun: str) -> None:
    server.answer(f"{noun}.archive", Done(3))
    server.answer(f"{noun}.restore", Restored(3, []))
    screen = chosen(qtbot, desk, server, noun, None, kept=False)
    do(screen, f"{noun}.archive")
    qtbot.waitUntil(lambda: len(told) == 1)
    shiboken6.delete(screen)  # the person is elsewhere by then
    told[0][1]()
    qtbot.waitUntil(lambda: len(told) == 2)
    assert server.asked(f"{noun}.archive") == server.asked(f"{noun}.restore") == [ById(3)]
    assert told[1][0].endswith("is in use again") and told[1][1] is None


@pytest.mark.parametrize("noun", LISTS)
def test_what_is_archived_has_restore_and_nothing_that_changes_it(
    qtbot: QtBot, desk: Desk, server: FakeClient, told: list[tuple[str, Any]], noun: str
) -> None:
    server.answer(f"{noun}.restore", Restored(3, ["31201112233"]))
    screen = chosen(qtbot, desk, server, noun, THEN)
    names = {each.name: each.enabled for each in screen.verbs()}
    assert names[f"{noun}.restore"] and f"{noun}.archive" not in names and not names.get(f"{noun}.edit", False)
    do(screen, f"{noun}.restore")
    qtbot.waitUntil(lambda: len(told) == 1)
    assert "31201112233" in told[0][0]


def test_a_customers_page_restores_and_a_phone_comes_back(qtbot: QtBot, desk: Desk, server: FakeClient, told: list[tuple[str, Any]]) -> None:
    server.answer("customers.get", people.whole_customer())
    screen = CustomerScreen(desk, Place("customer", 1, "endpoints"))
    qtbot.addWidget(screen)
    screen.refresh()
    qtbot.waitUntil(lambda: bool(screen.endpoints.model.rows))
    screen.endpoints.list.table.choose(0)
    server.answer("endpoints.archive", Done(1))
    server.answer("endpoints.restore", Restored(1, []))
    do(screen, "endpoint.remove")
    qtbot.waitUntil(lambda: len(told) == 1)
    told[0][1]()
    qtbot.waitUntil(lambda: len(told) == 2)
    assert server.asked("endpoints.restore") == server.asked("endpoints.archive")
    server.answer("customers.get", people.whole_customer(archived_at=THEN))
    server.answer("customers.restore", Restored(1, []))
    screen.refresh()
    qtbot.waitUntil(lambda: any(each.name == "customer.restore" and each.enabled for each in screen.verbs()))
    do(screen, "customer.restore")
    qtbot.waitUntil(lambda: len(told) == 3)


def test_who_may_not_restore_has_no_undo_and_a_refusal_is_told(
    qtbot: QtBot, desk: Desk, server: FakeClient, told: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = chosen(qtbot, desk, server, "trunks", None)
    refused: list[str] = []
    screen.tell_problem = lambda problem: refused.append(problem.detail)
    server.answer("trunks.archive", Done(3))
    server.answer("trunks.restore", Problem(detail="There is a trunk KPN already.", code="trunk.name_taken"))
    monkeypatch.setattr(desk, "may", lambda operation: False)
    archiving.archive(desk, screen, "trunks", 3, "KPN", "KPN is archived")
    qtbot.waitUntil(lambda: told == [("KPN is archived", None)])
    archiving.restore(desk, screen, "trunks", 3, "KPN")
    qtbot.waitUntil(lambda: refused == ["There is a trunk KPN already."])


def test_a_phone_removed_long_ago_is_found_again(qtbot: QtBot, desk: Desk, server: FakeClient, told: list[tuple[str, Any]], shoot: Shoot) -> None:
    server.answer("customers.get", people.whole_customer())
    screen = CustomerScreen(desk, Place("customer", 1, "endpoints"))
    qtbot.addWidget(screen)
    screen.refresh()
    qtbot.waitUntil(lambda: bool(screen.endpoints.model.rows))
    server.answer("endpoints.list", EndpointPage([people.endpoint(1)], 0))
    do(screen, "endpoint.restore")
    qtbot.waitUntil(lambda: len(told) == 1)
    assert told[0][0].endswith("was removed.") and server.asked("endpoints.list")[-1].archived
    server.answer("endpoints.list", EndpointPage([people.endpoint(1), people.endpoint(2, archived_at=THEN)], 0))
    server.answer("endpoints.restore", Restored(2, []))
    do(screen, "endpoint.restore")
    qtbot.waitUntil(lambda: bool(screen.findChildren(FormDialog)))
    form = prices.dialog(FormDialog)
    shoot(form, "endpoint-restore")
    form.submit()
    qtbot.waitUntil(lambda: len(told) == 2)
    assert server.asked("endpoints.restore") == [ById(2)] and "is in use again" in told[1][0]


def test_what_others_have_is_told_in_short() -> None:
    assert archiving.restored_words("KPN", Restored(1, [str(each) for each in range(9)])).endswith("0, 1, 2, 3, 4, and 4 more")
