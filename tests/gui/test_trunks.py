"""Trunks, routes and what a call would cost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import UNSET, UnsetType, structs
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk, Place
from appliance.gui.screens.trunks import trunk_words
from appliance.gui.screens.trunks.certificate_field import CertificateField
from appliance.gui.screens.trunks.route_price import PriceDialog, Step, route_of, tried
from appliance.gui.screens.trunks.route_trunks import TrunkOrder
from appliance.gui.screens.trunks.routes import RoutesScreen
from appliance.gui.screens.trunks.trunk_page import TrunkScreen
from appliance.gui.screens.trunks.trunks import TrunksScreen
from appliance.gui.theme import DARK
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.words import isolate
from appliance.wire.problem import Problem
from appliance.wire.rates import NoPrice, PriceRequest, PriceView
from appliance.wire.shapes import Done
from tests.gui import trade
from tests.gui.fake_client import FakeClient

Shoot = Callable[[QWidget, str], None]


def opened(qtbot: QtBot, screen: QWidget) -> None:
    qtbot.addWidget(screen)
    screen.resize(1000, 620)
    screen.show()


def trunks(qtbot: QtBot, desk: Desk, server: FakeClient) -> TrunksScreen:
    server.answer("trunks.list", trade.TRUNKS)
    screen = TrunksScreen(desk, Place("trunks"))
    opened(qtbot, screen)
    screen.refresh()
    qtbot.waitUntil(lambda: len(screen.list.model.rows) == 3)
    return screen


def dialog_of(screen: QWidget) -> FormDialog:
    found = screen.findChildren(FormDialog)
    assert found
    return found[-1]


def fill(dialog: FormDialog, name: str, text: str) -> None:
    field = dialog.form.field(name)
    assert isinstance(field, QLineEdit)
    field.setText(text)


def run(screen: QWidget, name: str) -> None:
    next(each for each in screen.verbs() if each.name == name).run()  # type: ignore[attr-defined]


@pytest.mark.parametrize("look", ["", "-dark"])
def test_the_list_tells_what_can_be_used_now(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot, look: str) -> None:
    if look:
        desk.theme.choose(DARK)
    screen = trunks(qtbot, desk, server)
    model = screen.list.model
    assert [str(model.index(row, 1).data()) for row in range(3)] == ["Registered", "Not registered", "Disabled"]
    assert str(model.index(0, 2).data()) == "4 of 30"
    assert "403 Forbidden" in trunk_words.state_sentence(trade.TRUNKS.trunks[1])
    shoot(screen, f"trunks{look}")


def test_a_trunk_is_added_with_what_was_typed(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("trunks.create", trade.trunk(9, "New"))
    screen = trunks(qtbot, desk, server)
    screen.add()
    dialog = dialog_of(screen)
    shoot(dialog, "trunk-form")
    dialog.submit()
    assert not server.asked("trunks.create")
    for name, text in (("name", "New"), ("host", "sip.new.example"), ("codecs", "PCMA, G729"), ("password", "secret")):
        fill(dialog, name, text)
    dialog.submit()
    qtbot.waitUntil(lambda: desk.places == [Place("trunk", id=9)])  # type: ignore[attr-defined]
    asked = server.asked("trunks.create")[-1]
    assert (asked.name, asked.codecs, asked.addresses, asked.username, asked.password, asked.port) == (
        "New",
        ["PCMA", "G729"],
        None,
        None,
        "secret",
        5060,
    )


@pytest.mark.parametrize("look", ["", "-dark"])
def test_our_certificate_is_chosen_as_files_and_kept_until_another_is(
    qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot, tmp_path: Path, look: str
) -> None:
    if look:
        desk.theme.choose(DARK)
    kept = structs.replace(trade.trunk(), certificate_name="sip.shop.example", certificate_until="2027-03-12T10:00:00Z")
    server.answer("trunks.get", kept)
    server.answer("trunks.update", kept)
    screen = TrunkScreen(desk, Place("trunk", id=1))
    opened(qtbot, screen)
    screen.refresh()
    qtbot.waitUntil(lambda: screen.view is not None)
    shoot(screen, f"trunk-certificate{look}")
    certificate, key = tmp_path / "shop.crt", tmp_path / "shop.key"
    certificate.write_text("CERTIFICATE")
    key.write_text("KEY")
    expected: list[str | UnsetType] = []
    for files, sent in (([], UNSET), ([certificate, key], "CERTIFICATE\nKEY"), (None, "")):
        run(screen, "trunk.edit")
        dialog = dialog_of(screen)
        field = dialog.form.field("certificate")
        assert isinstance(field, CertificateField) and field.shown.text() == isolate("sip.shop.example")
        fill(dialog, "main_number", f"31{len(expected)}")
        if files is None:
            field.remove_button.click()
            assert field.shown.text() == "The server's own, where it has one" and not field.remove_button.isVisible()
        elif files:
            field.read([tmp_path / "gone.key"])
            assert field.fault.isVisible() and field.content == "sip.shop.example"
            field.read(files)
            assert "shop.crt" in field.shown.text() and not field.fault.isVisible()
        shoot(dialog, f"trunk-form-certificate-{len(expected)}{look}")
        dialog.submit()
        expected.append(sent)
        qtbot.waitUntil(lambda: len(server.asked("trunks.update")) == len(expected))
        qtbot.waitUntil(lambda: not screen.findChildren(FormDialog))
    assert [each.certificate for each in server.asked("trunks.update")] == expected


def test_a_wrong_host_is_said_at_its_field(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("trunks.update", Problem(status=400, code="address.invalid", detail="nonsense! is not an address.", field="host"))
    screen = trunks(qtbot, desk, server)
    screen.list.table.choose(0)
    run(screen, "trunks.edit")
    dialog = dialog_of(screen)
    fill(dialog, "host", "nonsense!")
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("trunks.update")))
    asked = server.asked("trunks.update")[-1]
    assert (asked.id, asked.version, asked.host) == (1, 3, "nonsense!")
    qtbot.waitUntil(lambda: dialog.form._fields["host"].fault.text() == "nonsense! is not an address.")
    shoot(dialog, "trunk-form-error")


def test_the_page_of_a_trunk_and_its_numbers(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("trunks.get", trade.trunk(name=trade.LONG, registered=False, reason="403 Forbidden"))
    server.answer("trunks.update", trade.trunk())
    server.answer("trunks.remove_number", Done())
    undos: list[Callable[[], None]] = []
    desk.told.connect(lambda text, undo: undos.append(undo))
    screen = TrunkScreen(desk, Place("trunk", id=1))
    opened(qtbot, screen)
    screen.refresh()
    qtbot.waitUntil(lambda: screen.view is not None)
    shoot(screen, "trunk")
    screen.page.open_tab("numbers")
    shoot(screen, "trunk-numbers")
    run(screen, "trunk.add_number")
    dialog = dialog_of(screen)
    fill(dialog, "did", "+31 20 765 4321")
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("trunks.update")))
    number = server.asked("trunks.update")[-1].numbers[0]
    assert (number.did, number.endpoint) == ("31207654321", None)
    screen.numbers.table.choose(0)
    run(screen, "trunk.remove_number")
    qtbot.waitUntil(lambda: bool(undos))
    assert server.asked("trunks.remove_number")[-1].did == "31201234567"
    undos[0]()
    assert server.asked("trunks.update")[-1].numbers[0].endpoint == "1000001"


def test_a_disabled_trunk_may_be_undone(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("trunks.update", trade.trunk())
    undos: list[Callable[[], None]] = []
    desk.told.connect(lambda text, undo: undos.append(undo))
    screen = trunks(qtbot, desk, server)
    screen.list.table.choose(0)
    run(screen, "trunks.disable")
    qtbot.waitUntil(lambda: bool(undos))
    undos[0]()
    assert [each.disabled for each in server.asked("trunks.update")] == [True, False]


def test_trunks_of_a_route_are_moved_by_keys(qtbot: QtBot, desk: Desk) -> None:
    order = TrunkOrder(desk)
    qtbot.addWidget(order)
    order.fill(["A", "B", "C"], [3, 1, 1])
    order.rows.setCurrentRow(2)
    QTest.keyClick(order.rows, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert (order.names(), order.weights()) == (["A", "C", "B"], [3, 1, 1])
    QTest.keyClick(order.rows, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(order.rows, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert (order.names(), order.weights()) == (["C", "A", "B"], [1, 3, 1])
    QTest.keyClick(order.rows, Qt.Key.Key_Delete)
    assert len(order.names()) == 2
    order.show_weights(True)
    order.append("A")
    assert order.rows.item(0).text().endswith("of the calls") and len(order.names()) == 2


def test_routes_are_listed_changed_and_removed(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("routes.list", trade.ROUTES)
    server.answer("routes.set", trade.ROUTES.routes[1])
    server.answer("routes.remove", Done())
    screen = RoutesScreen(desk, Place("routes"))
    opened(qtbot, screen)
    screen.refresh()
    qtbot.waitUntil(lambda: len(screen.list.model.rows) == 3)
    shoot(screen, "routes")
    screen.list.table.choose(1)
    run(screen, "routes.edit")
    dialog = dialog_of(screen)
    order = dialog.form.field("trunks")
    assert isinstance(order, TrunkOrder)
    order.rows.setCurrentRow(1)
    order.move_row(-1)
    shoot(dialog, "route-form")
    dialog.submit()
    qtbot.waitUntil(lambda: bool(server.asked("routes.set")))
    asked = server.asked("routes.set")[-1]
    assert (asked.prefix, asked.trunks, asked.order, asked.weights) == ("31", ["Backbone", "KPN"], "priority", [1, 1])
    screen.list.table.choose(2)
    run(screen, "routes.remove")
    qtbot.waitUntil(lambda: bool(server.asked("routes.remove")))
    assert server.asked("routes.remove")[-1].id == 3


def test_the_longest_prefix_decides_and_the_cheapest_goes_first() -> None:
    routes = trade.ROUTES.routes
    found = [route_of(digits, routes, "Harbour Telecom") for digits in ("31612345678", "3197123456", "441234")]
    assert [each.prefix if each is not None else None for each in found] == ["31", "3197", ""]
    assert route_of("441234", routes[1:], "") is None

    def price(amount: str) -> PriceView:
        return PriceView("1", "1", "31", "NL", 60, amount, "EUR", {})

    steps = [Step(trade.TRUNKS.trunks[0], price("0.40")), Step(trade.TRUNKS.trunks[1], price("0.30")), Step(trade.TRUNKS.trunks[2], None)]
    assert [each.trunk.name for each in tried(routes[0], steps)] == ["Backbone", "KPN"]
    assert [each.trunk.name for each in tried(routes[1], steps)] == ["KPN", "Backbone"]


def test_what_a_call_would_cost_and_which_way_it_would_go(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    def price(request: PriceRequest) -> PriceView:
        amount = {"Wholesale": "0.41", "Wholesale B": "0.36"}.get(str(request.tariff), "0.53")
        return PriceView(request.number, "31612345678", "316", "Netherlands mobile", 204, amount, "EUR", {**trade.EXPLAINED, "amount": amount})

    server.answer("calls.price", price)
    server.answer("routes.list", trade.ROUTES)
    server.answer("trunks.list", trade.TRUNKS)
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = PriceDialog(desk, parent)
    dialog.show()
    dialog.form.fill({"number": "0612345678", "tariff": "Retail"})
    dialog.ask()
    dialog.form.fill({"tariff": (7, "Retail")})
    dialog.ask()

    def texts() -> str:
        return "\n".join(each.text() for each in dialog.findChildren(QLabel))

    qtbot.waitUntil(lambda: "margin 0.12\u00a0EUR" in texts())
    shoot(dialog, "price")
    assert "1. KPN" in texts() and "2. Backbone" in texts()
    server.answer("calls.price", NoPrice("blocked"))
    dialog.ask()
    qtbot.waitUntil(lambda: "The tariff blocks this number, so the call is refused." in texts())


def test_without_trunks_one_is_offered(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    screen = TrunksScreen(desk, Place("trunks"))
    opened(qtbot, screen)
    screen.refresh()
    qtbot.waitUntil(lambda: any(each.text() == "Add trunk" for each in screen.findChildren(QPushButton)))
    shoot(screen, "trunks-empty")
