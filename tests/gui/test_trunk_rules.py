"""What a trunk does with numbers, what an incoming number costs and where it goes then, and limits from every page that has them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec import UNSET
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.parts.guard_limits import edit_limits
from appliance.gui.screens.settings.settings_guard import BanSettings, RiskSettings, StoppedSettings
from appliance.gui.screens.trunks.number_rules import rules_of, rules_text
from appliance.gui.screens.trunks.trunk_form import edit_trunk
from appliance.gui.screens.trunks.trunk_numbers import put_number
from appliance.gui.screens.trunks.trunk_page import TrunkScreen
from appliance.gui.theme import DARK
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.wire.guard import BanPage, FusePage, LimitsGet, LimitsView, RiskPage, RiskView
from appliance.wire.trunks import NumberRule, NumberRuleView, TrunkHealth, TrunkNumber, TrunkNumberView, TrunkView
from tests.gui import trade
from tests.gui.fake_client import FakeClient
from tests.gui.test_settings_guard import ABROAD, BAN, OVER, TRIPPED, WHOLE
from tests.gui.test_taxes import dialog

Shoot = Callable[[QWidget, str], None]
NUMBER = TrunkNumberView("31201234567", "1000001", ["0612345678", "1000002"], "0.0125", "2.50", "EUR")


def ruled() -> TrunkView:
    return trade.trunk(
        rules=[NumberRuleView("0031", 4, "31"), NumberRuleView("", 0, "00")],
        caller_rules=[NumberRuleView("31", 2, "0")],
        hours="08:00-20:00",
        never_rests=True,
        numbers=[NUMBER, TrunkNumberView("31201234568", None)],
        health=TrunkHealth(40, 30, 4, 75, 95, 1840, 2, 30, 1, 0, None),
    )


def newest(qtbot: QtBot, owner: QWidget, number: int) -> FormDialog:
    """The dialog that was opened last, of so many."""
    qtbot.waitUntil(lambda: len(owner.findChildren(FormDialog)) == number)
    return owner.findChildren(FormDialog)[-1]


def test_rules_are_read_as_they_are_written() -> None:
    rules = [NumberRule("0031", 4, "31"), NumberRule("", 0, "00"), NumberRule("07", 1, "+447"), NumberRule("900")]
    assert rules_text(rules) == "0031 -4 +31\n* +00\n07 -1 ++447\n900"
    assert rules_of(rules_text(rules)) == rules
    assert rules_of("  \n 49   +0 \n") == [NumberRule("49", 0, "0")]
    for wrong in ("0031 4 31", "0031 -x", "0031 -", "0031 +"):
        with pytest.raises(ValueError, match="Line 2"):
            rules_of(f"1\n{wrong}")


def test_only_the_rules_that_changed_are_sent(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("trunks.update", ruled())
    owner = RiskSettings(desk)
    qtbot.addWidget(owner)
    edit_trunk(desk, owner, ruled())
    form = dialog(qtbot)
    typed = form.form.field("rules")
    assert isinstance(typed, QPlainTextEdit)
    typed.setPlainText("0031 4")
    form.submit()
    assert "Line 1 is no rule" in form.form._fields["rules"].fault.text()
    typed.setPlainText("0031 -4")
    form.submit()
    qtbot.waitUntil(lambda: bool(server.asked("trunks.update")))
    sent = server.asked("trunks.update")[-1]
    assert (sent.rules, sent.caller_rules, sent.hours) == ([NumberRule("0031", 4, "")], UNSET, UNSET)


def test_an_incoming_number_has_its_price_and_where_it_goes_then(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("trunks.get", ruled())
    server.answer("trunks.update", ruled())
    server.answer("trunks.remove_number", trade.trunk())
    screen = TrunkScreen(desk, Place("trunk", id=1))
    qtbot.addWidget(screen)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: screen.view is not None)
    put_number(desk, screen, ruled(), NUMBER)
    form = dialog(qtbot)
    tried, price = form.form.field("failover"), form.form.field("monthly_fee")
    assert isinstance(tried, QPlainTextEdit)
    assert tried.toPlainText() == "0612345678\n1000002"
    tried.setPlainText("1000002\n\n 1000003 ")
    price.findChild(QLineEdit).setText("3")
    form.submit()
    qtbot.waitUntil(lambda: bool(server.asked("trunks.update")))
    assert server.asked("trunks.update")[-1].numbers == [TrunkNumber("31201234567", failover=["1000002", "1000003"], monthly_fee="3.00")]


@pytest.mark.parametrize("kind", ["endpoint", "trunk", "reseller"])
def test_each_kind_has_a_form_of_its_own_limits(qtbot: QtBot, desk: Desk, server: FakeClient, kind: str) -> None:
    view = LimitsView(kind, 1, "X", "EUR", 2, None, None, None, None, None, [], [], "")
    server.answer("limits.get", view)
    server.answer("limits.set", view)
    owner = RiskSettings(desk)
    qtbot.addWidget(owner)
    edit_limits(desk, owner, kind, 1)
    fields = set(newest(qtbot, owner, 1).form._fields)
    assert fields == ({"calls_per_second", "max_seconds", "day", "allowed", "blocked"} | (set() if kind == "trunk" else {"countries", "networks"}))
    assert server.asked("limits.get") == [LimitsGet(kind, 1)]


def test_the_trunk_s_page_opens_its_limits(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("trunks.get", ruled())
    server.answer("limits.get", LimitsView("trunk", 1, "KPN", "", 2, None, None, None, None, None, [], [], ""))
    screen = TrunkScreen(desk, Place("trunk", id=1))
    qtbot.addWidget(screen)
    screen.refresh()
    qtbot.waitUntil(lambda: screen.view is not None)
    next(each for each in screen.verbs() if each.name == "trunk.limits").run()
    qtbot.waitUntil(lambda: server.asked("limits.get") == [LimitsGet("trunk", 1)])
    assert "Limits of" in dialog(qtbot).windowTitle()


@pytest.mark.parametrize("look", ["", "-dark", "-arabic", "-small"])
def test_pictures(qtbot: QtBot, qapp: QApplication, desk: Desk, server: FakeClient, shoot: Shoot, look: str) -> None:
    """Every look can be drawn; where somebody wants to see them they are kept."""
    if look == "-dark":
        desk.theme.choose(DARK)
    if look == "-arabic":
        words.use("ar")
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    server.answer("trunks.get", ruled())
    server.answer("fuses.list", FusePage([TRIPPED, OVER]))
    server.answer("bans.list", BanPage([ABROAD, BAN, WHOLE], ["127.0.0.0/8"], True))
    server.answer("high_risk.list", RiskPage([RiskView("4490", "premium", "", True), RiskView("1876", "overseas", "Jamaica", False)]))
    screen = TrunkScreen(desk, Place("trunk", id=1))
    parts: list[QWidget] = [screen, StoppedSettings(desk), BanSettings(desk), RiskSettings(desk)]
    for part in parts:
        qtbot.addWidget(part)
        part.resize(*((820, 520) if look == "-small" else (1060, 700)))
        part.show()
    screen.refresh()
    qtbot.waitUntil(lambda: screen.view is not None)
    for part, name in zip(parts, ("trunk", "stopped", "bans", "risk"), strict=True):
        shoot(part, f"{name}{look}")
    screen.page.open_tab("numbers")
    shoot(screen, f"numbers{look}")
    made: list[QWidget] = [edit_trunk(desk, screen, ruled()), put_number(desk, screen, ruled(), NUMBER)]
    for kind in ("endpoint", "trunk", "reseller"):
        server.answer(
            "limits.get",
            LimitsView(
                kind, 1, "KPN", "EUR", 2, 3, 3600, "50.00", None, None, ["31", "49"], ["4490"], "", networks=["192.0.2.0/24"], countries=["NL"]
            ),
        )
        edit_limits(desk, screen, kind, 1)
        made.append(newest(qtbot, screen, len(made) + 1))
    for one, name in zip(made, ("form", "number", "limits-endpoint", "limits-trunk", "limits-reseller"), strict=True):
        if look == "-small":
            one.resize(one.width(), min(one.height(), 520))
        shoot(one, f"{name}{look}")
        assert one.isVisible()
