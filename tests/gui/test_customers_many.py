"""Several customers changed at once: the difference first, each whole, what is refused told, and back again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk, Place
from appliance.gui.screens.customers.customers import CustomersScreen
from appliance.gui.screens.customers.customers_edit import edit_many
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.wire.customers import CustomerPage, CustomerUpdate
from appliance.wire.problem import Problem
from tests.gui import mending, people
from tests.gui.fake_client import FakeClient
from tests.gui.prices import dialog, do, enabled

Shoot = Callable[[QWidget, str], None]
VIEWS = [
    people.customer(1, "Anna de Vries", language="nl"),
    people.customer(2, "Bright Calls Ltd", language="en", tariff="business"),
    people.customer(3, "Carlos", language="es", credit_limit="50.00"),
    people.customer(4, "Gone", archived_at="2026-01-01T00:00:00Z"),
]


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk, server: FakeClient) -> CustomersScreen:
    server.answer("customers.list", CustomerPage(VIEWS))
    made = CustomersScreen(desk, Place("customers"))
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: len(made.list.model.rows) == 4)
    return made


def test_the_difference_comes_first_and_undo_sets_back(screen: CustomersScreen, desk: Desk, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    told: list[tuple[str, Any]] = []
    desk.told.connect(lambda text, undo: told.append((text, undo)))
    screen.list.table.selectAll()
    assert "customers.many" in enabled(screen)
    do(screen, "customers.many")
    asked = dialog(PanelDialog)
    asked.submit()  # nothing chosen
    assert asked.isVisible()
    asked.inner.fill({"language": "es", "tariff": (9, "business"), "credit_limit": "50"})
    shoot(asked, "customers-many")
    asked.submit()
    qtbot.waitUntil(lambda: any(each.windowTitle() == "The difference" for each in screen.findChildren(PanelDialog)))
    shown = next(each for each in screen.findChildren(PanelDialog) if each.windowTitle() == "The difference")
    shoot(shown, "customers-many-difference")

    def updated(request: CustomerUpdate) -> Any:
        if request.id == 3:
            return Problem(status=409, code="store.changed_meanwhile", detail="Somebody else changed it meanwhile.")
        return VIEWS[request.id - 1]

    server.answer("customers.update", updated)
    server.answer("credit_accounts.update", lambda request: Problem(detail="No") if request.id == 101 else mending.carriers())
    shown.submit()
    qtbot.waitUntil(lambda: bool(told))
    sent = server.asked("customers.update")
    assert [(each.id, each.tariff, each.language) for each in sent][:2] == [(1, 9, "es"), (2, sent[1].tariff, "es")]
    assert not isinstance(sent[1].tariff, (int, str)) and sent[2].id == 3  # Bright Calls has that tariff already
    assert [each.id for each in server.asked("credit_accounts.update")] == [101, 102]  # Carlos has that limit already
    text, undo = told[-1]
    assert text == "2 customers are changed. 2 changes were refused: Anna de Vries: No"
    undo()
    qtbot.waitUntil(lambda: len(told) == 2)
    back = server.asked("customers.update")[3:]
    assert [(each.id, each.language) for each in back] == [(1, "nl"), (2, "en")] and back[0].tariff == "retail"
    assert server.asked("credit_accounts.update")[-1].credit_limit == "0.00" and told[-1] == ("2 customers are as before", None)


def test_what_is_so_already_is_left_alone(screen: CustomersScreen, desk: Desk, qtbot: QtBot) -> None:
    asked = edit_many(desk, screen, VIEWS[:1], lambda: None)
    asked.inner.fill({"language": "nl"})
    asked.submit()
    shown = next(each for each in screen.findChildren(PanelDialog) if each.windowTitle() == "The difference")
    assert shown.primary.isHidden() and not shown.inner.findChildren(type(screen.list.table))[0].pages.rows
    shown.reject()


def test_a_letter_goes_to_those_who_are_chosen(screen: CustomersScreen, desk: Desk) -> None:
    screen.list.table.selectAll()
    do(screen, "customers.write")
    place = desk.places[-1]  # type: ignore[attr-defined]
    assert (place.name, place.filters) == ("letter", {"customers": "1,2,3"})
