"""Before the window: the server's address, signing in, the code of a first start, the certificate."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import shiboken6
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.connect_dialog import ConnectDialog, address, open_wire
from appliance.gui.memory import Memory
from appliance.gui.pinning import readable
from appliance.wire.operators import Session
from appliance.wire.problem import Problem
from tests.gui.fake_client import FakeClient

Shoot = Callable[[QWidget, str], None]


@pytest.fixture
def dialog(qtbot: QtBot, memory: Memory, server: FakeClient) -> ConnectDialog:
    def make(url: str, pin: str) -> FakeClient:
        server.base_url = url
        server.pinning.pin = pin
        return server

    made = ConnectDialog(memory, make, url="https://shop.example:8443")
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("shop.example", "https://shop.example"),
        ("shop.example:8443/", "https://shop.example:8443"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("localhost:8080", "http://localhost:8080"),
        ("http://10.0.0.5:8080", "http://10.0.0.5:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_addresses(typed: str, url: str) -> None:
    assert address(typed) == url


@pytest.mark.parametrize("typed", ["", "ftp://shop", "shop example", "https://", "https://shop/path"])
def test_what_is_no_address(typed: str) -> None:
    with pytest.raises(ValueError):
        address(typed)


def test_open_wire_is_warned_about() -> None:
    assert open_wire("http://10.0.0.5:8080")
    assert not open_wire("http://127.0.0.1:8080")
    assert not open_wire("https://10.0.0.5:8080")


def test_signing_in(dialog: ConnectDialog, qtbot: QtBot, server: FakeClient, session: Session, memory: Memory, shoot: Shoot) -> None:
    server.answer("operators.sign_in", session)
    qtbot.keyClicks(dialog.form.field("login"), "mira")
    qtbot.keyClicks(dialog.form.field("password"), "correct horse")
    shoot(dialog, "sign-in")
    with qtbot.waitSignal(dialog.connected) as told:
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert told.args == [server, session]
    assert server.token == "token"
    assert memory.get("servers") == ["https://shop.example:8443"]
    assert memory.get("login") == "mira"
    assert "correct horse" not in str(memory.get("servers"))


@pytest.mark.parametrize("outcome", ["in", "refused"])
def test_a_dialog_that_is_closed_while_it_signs_in(
    qtbot: QtBot, qapp: QApplication, memory: Memory, server: FakeClient, session: Session, outcome: str
) -> None:
    """Nothing is told to what is gone: whatever is raised in an event fails the test."""
    dialog = ConnectDialog(memory, lambda url, pin: server, url="https://shop.example:8443")
    dialog.show()
    server.answer("operators.sign_in", session if outcome == "in" else Problem(status=401, code="sign_in.wrong", detail="No."))
    dialog.form.field("login").setText("mira")
    dialog.form.field("password").setText("correct horse")
    server.hold()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert len(server.held or []) == 1
    dialog.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert not shiboken6.isValid(dialog)
    server.let_go()


def test_wrong_password_is_said_at_its_field(dialog: ConnectDialog, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    server.answer("operators.sign_in", Problem(status=403, code="sign_in.wrong", detail="User or password is wrong.", field="password"))
    dialog.form.fill({"login": "mira", "password": "guess"})
    dialog.submit()
    qtbot.waitUntil(lambda: dialog.form._fields["password"].fault.text() == "User or password is wrong.")
    assert dialog.primary.isEnabled()
    shoot(dialog, "sign-in-wrong")


def test_a_missing_second_factor_is_asked_for_at_its_field(dialog: ConnectDialog, qtbot: QtBot, server: FakeClient, session: Session) -> None:
    server.answer("operators.sign_in", Problem(status=403, code="sign_in.second_factor", detail="Type the six digits.", field="totp"))
    dialog.form.fill({"login": "mira", "password": "correct horse"})
    dialog.submit()
    qtbot.waitUntil(lambda: dialog.form._fields["totp"].fault.text() == "Type the six digits.")
    server.answer("operators.sign_in", session)
    dialog.form.fill({"totp": "7F3K-9QWD-0X2M"})
    with qtbot.waitSignal(dialog.connected):
        dialog.submit()
    assert server.asked("operators.sign_in")[-1].totp == "7F3K-9QWD-0X2M", "a recovery code goes in there, too"


def test_first_start_makes_the_owner_and_signs_in(qtbot: QtBot, memory: Memory, server: FakeClient, session: Session, shoot: Shoot) -> None:
    server.answer("operators.redeem", session.operator)
    server.answer("operators.sign_in", session)
    dialog = ConnectDialog(memory, lambda url, pin: server, url="http://127.0.0.1:8080", setup_code="7F3K-9QWD")
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.form.fill({"name": "Mira", "login": "mira", "password": "correct horse", "business": "Harbour Telecom", "country": "GB"})
    assert not dialog.form.field("code").isVisible() and not dialog.server.isVisible()
    currency, country = dialog.form.field("currency"), dialog.form.field("country")
    assert isinstance(currency, QComboBox) and isinstance(country, QComboBox)
    assert currency.currentData() == "GBP", "the country's money is offered"
    dialog.form.fill({"currency": "EUR"})
    country.setEditText("nl")
    shoot(dialog, "first-start")
    with qtbot.waitSignal(dialog.connected):
        dialog.submit()
    asked = server.asked("operators.redeem")[0]
    assert (asked.code, asked.login, asked.name) == ("7F3K-9QWD", "mira", "Mira")
    business = asked.business
    assert (business.name, business.country, business.currency, business.language) == ("Harbour Telecom", "NL", "EUR", "en")
    assert business.timezone


def test_code_of_a_new_server_asks_for_the_business(dialog: ConnectDialog, qtbot: QtBot, server: FakeClient) -> None:
    server.answer("operators.redeem", Problem(status=422, code="operator.no_business_yet", detail="x", field="business"))
    dialog.use_code()
    dialog.form.fill({"code": "7F3K", "login": "mira", "password": "correct horse"})
    dialog.submit()
    business = dialog.form.field("business")
    qtbot.waitUntil(business.isVisible)


def test_certificate_is_shown_first(dialog: ConnectDialog, qtbot: QtBot, server: FakeClient, session: Session, shoot: Shoot) -> None:
    shown = "ab" * 32

    def first(asked: object) -> Problem:
        server.certificate_unknown.emit(shown)
        return Problem(status=0, code="console.certificate", detail="x")

    server.answer("operators.sign_in", first)
    dialog.form.fill({"login": "mira", "password": "correct horse"})
    dialog.submit()
    qtbot.waitUntil(lambda: any(label.text() == readable(shown) and label.isVisible() for label in dialog.findChildren(QLabel)))
    shoot(dialog, "certificate")
    server.answer("operators.sign_in", session)
    trust = next(each for each in dialog.findChildren(QPushButton) if each.text() == "Trust this certificate")
    with qtbot.waitSignal(dialog.connected):
        trust.click()
    assert server.pinning.pin == shown
