"""One's own account: another password, the second factor from its QR code to its recovery codes; the icon in the tray."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.memory import Memory
from appliance.gui.screens.settings.account import AccountScreen
from appliance.gui.screens.settings.account_factor import FactorDialog, RecoveryDialog
from appliance.gui.signed_in import SignedIn
from appliance.gui.theme import DARK, Theme
from appliance.gui.tray import Tray, picture
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.wire.alerts import Alert, Alerts
from appliance.wire.operators import Session
from appliance.wire.problem import Problem
from appliance.wire.session import RecoveryCodes, SecondFactorOffer, SessionView
from appliance.wire.shapes import Done
from tests.gui.fake_client import FakeClient

Shoot = Callable[[QWidget, str], None]
OFFER = SecondFactorOffer(
    "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "otpauth://totp/Tollhouse:mira?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Tollhouse"
)
CODES = [f"7F3K-9QWD-{at}X2M" for at in range(8)]


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk, server: FakeClient) -> AccountScreen:
    view = SessionView(desk.session.permissions, desk.session.operator)
    server.answer("session.view", lambda asked: msgspec.structs.replace(view, operator=view.operator))
    made = AccountScreen(desk, Place("account"))
    qtbot.addWidget(made)
    made.resize(880, 660)
    made.show()
    made.refresh()
    return made


def of(screen: QWidget, kind: type[Any], qtbot: QtBot) -> Any:
    qtbot.waitUntil(lambda: any(each.isVisible() for each in screen.findChildren(kind)))
    return next(each for each in screen.findChildren(kind) if each.isVisible())


@pytest.mark.parametrize("look", ["", "-dark", "-arabic"])
def test_how_it_looks(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot, look: str) -> None:
    if look == "-dark":
        desk.theme.choose(DARK)
    if look == "-arabic":
        words.use("ar")
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    screen = AccountScreen(desk, Place("account"))
    qtbot.addWidget(screen)
    screen.resize(880, 660)
    screen.show()
    shoot(screen, f"account{look}")
    assert screen.end_button.isHidden()


def test_a_second_factor_is_proven_before_it_is_on(qtbot: QtBot, desk: Desk, server: FakeClient, screen: AccountScreen, shoot: Shoot) -> None:
    server.answer("second_factor.offer", OFFER)
    server.answer("second_factor.confirm", Problem(status=422, code="second_factor.wrong", detail="Not the digits of now.", field="code"))
    screen.factor_button.click()
    dialog = of(screen, FactorDialog, qtbot)
    dialog.form.fill({"code": "123 456", "password": "correct horse"})
    shoot(dialog, "second-factor")
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.form._fields["code"].fault.text() == "Not the digits of now.")
    operator = msgspec.structs.replace(desk.session.operator, second_factor=True)
    server.answer("second_factor.confirm", RecoveryCodes(CODES))
    server.answer("session.view", SessionView(desk.session.permissions, operator))
    dialog.submit()
    shown = of(screen, RecoveryDialog, qtbot)
    asked = server.asked("second_factor.confirm")[-1]
    assert (asked.secret, asked.code, asked.password) == (OFFER.secret, "123 456", "correct horse")
    assert shown.codes == CODES
    shoot(shown, "recovery-codes")
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    assert shown.isVisible(), "nobody loses the codes by a stray key"
    shown.copy()
    assert QApplication.clipboard().text().splitlines() == CODES
    shown.accept()
    qtbot.waitUntil(lambda: not screen.end_button.isHidden())


def test_it_is_taken_off_by_the_password(qtbot: QtBot, desk: Desk, server: FakeClient, screen: AccountScreen) -> None:
    screen.show_operator(msgspec.structs.replace(desk.session.operator, second_factor=True))
    assert "account.end_factor" in {each.name for each in screen.verbs()}
    server.answer("second_factor.end", Problem(status=403, code="own_account.wrong_password", detail="Not your password.", field="password"))
    screen.end_button.click()
    dialog = of(screen, FormDialog, qtbot)
    dialog.form.fill({"password": "guessed"})
    dialog.submit()
    qtbot.waitUntil(lambda: dialog.form._fields["password"].fault.text() == "Not your password.")
    server.answer("second_factor.end", Done())
    dialog.submit()
    qtbot.waitUntil(screen.end_button.isHidden)


def test_another_password(qtbot: QtBot, server: FakeClient, screen: AccountScreen) -> None:
    server.answer("session.set_password", Done(1))
    screen.form.fill({"password": "correct horse", "new_password": "a better one", "again": "a bitter one"})
    screen.change.click()
    assert "not the same" in screen.form._fields["again"].fault.text() and not server.asked("session.set_password")
    screen.form.fill({"again": "a better one"})
    screen.change.click()
    qtbot.waitUntil(lambda: screen.form.field("password").text() == "")  # type: ignore[attr-defined]
    asked = server.asked("session.set_password")[-1]
    assert (asked.password, asked.new_password) == ("correct horse", "a better one")


class Notices:
    """What the tray has said, in the place of the system."""

    def __init__(self, tray: Tray, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: list[str] = []
        monkeypatch.setattr(tray, "_notice", lambda text, mark: self.texts.append(text))


def alert(code: str, identity: int, severity: str = "warning") -> Alert:
    return Alert(code, severity, f"{code} {identity}", {}, "trunk", identity)


def test_the_tray_counts_alerts_and_tells_the_new_ones(qtbot: QtBot, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    tray = Tray(desk.theme, desk)
    notices = Notices(tray, monkeypatch)
    tray.show_alerts(Alerts([alert("alert.one", 1)]))
    assert tray.number == 1 and notices.texts == [], "what was there at the sign-in is no news"
    assert "1 alert" in tray.icon.toolTip()
    tray.show_alerts(Alerts([alert("alert.one", 1), alert("alert.two", 2, "error")]))
    tray.show_alerts(Alerts([alert("alert.one", 1), alert("alert.two", 2, "error")]))
    assert len(notices.texts) == 1 and tray.number == 2
    tray.show_away(True)
    tray.show_away(True)
    assert len(notices.texts) == 2 and "does not answer" in tray.icon.toolTip()
    tray.show_away(False)
    tray.show_alerts(Alerts([]))
    assert "No alerts" in tray.icon.toolTip()
    with qtbot.waitSignal(tray.opened):
        tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    tray.close()


def test_the_icon_of_each_state_differs(theme: Theme) -> None:
    shown = [picture(theme, number, away=away).toImage() for number, away in ((0, False), (3, False), (12, False), (0, True))]
    assert all(one != other for at, one in enumerate(shown) for other in shown[at + 1 :])


def test_the_tray_brings_a_window_forward_and_goes_with_the_session(
    qtbot: QtBot, server: FakeClient, session: Session, memory: Memory, theme: Theme, desk: Desk
) -> None:
    server.base_url = "http://127.0.0.1:9"
    server.answer("alerts.list", Alerts([alert("alert.one", 1)]))
    signed = SignedIn(server, session, memory, theme, desk.clock, memory, lambda url, pin: server)
    signed.show_tray()
    signed.begin([Place("customers")])
    tray = signed.tray
    assert tray is not None
    qtbot.waitUntil(lambda: tray.number == 1)
    tray.alerts_wanted.emit()
    assert signed.windows[0].places[-1].name == "alerts"
    signed.end()
    assert signed.tray is None
    qtbot.wait(20)
