"""What is known of a customer as a file, and forgetting him."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk, Place
from appliance.gui.screens.customers.customer_page import CustomerScreen
from appliance.gui.screens.customers.customer_privacy import write_person
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.wire.privacy import PersonErased
from appliance.wire.shapes import Binary
from tests.gui.fake_client import FakeClient
from tests.gui.people import whole_customer

Shoot = Callable[[QWidget, str], None]


@pytest.fixture
def thing(qtbot: QtBot, desk: Desk, server: FakeClient) -> CustomerScreen:
    server.answer("customers.get", whole_customer())
    made = CustomerScreen(desk, Place("customer", 1))
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.view is not None)
    return made


def do(thing: CustomerScreen, name: str) -> None:
    next(each for each in thing.verbs() if each.name == name).run()


def test_forgetting_wants_the_name_and_a_reason(thing: CustomerScreen, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    assert thing.view is not None
    server.answer("customers.erase", PersonErased(1, 12))
    do(thing, "customer.erase")
    dialog = next(each for each in QApplication.topLevelWidgets() if isinstance(each, FormDialog) and each.isVisible())
    shoot(dialog, "customer-forget")
    dialog.submit()
    assert not server.asked("customers.erase"), "nothing is sent without a name"
    dialog.form.fill({"name": thing.view.name, "reason": "letter of 3 May"})
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("customers.erase")))
    asked = server.asked("customers.erase")[-1]
    assert (asked.id, asked.name, asked.reason) == (thing.view.id, thing.view.name, "letter of 3 May")
    qtbot.waitUntil(lambda: len(server.asked("customers.get")) > 1)


def test_all_that_is_known_goes_into_a_file(thing: CustomerScreen, qtbot: QtBot, desk: Desk, server: FakeClient, tmp_path: Path) -> None:
    assert thing.view is not None
    server.answer("customers.person", Binary("person-1.json", "application/json", b'{"person": []}'))
    do(thing, "customer.person")
    chooser = next(each for each in thing.findChildren(QFileDialog))
    assert chooser.acceptMode() == QFileDialog.AcceptMode.AcceptSave
    chooser.reject()
    assert not server.asked("customers.person")
    write_person(desk, thing, thing.view, str(tmp_path / "person.json"))
    qtbot.waitUntil((tmp_path / "person.json").exists)
    assert (tmp_path / "person.json").read_bytes() == b'{"person": []}'
