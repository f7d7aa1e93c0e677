"""The guard's lists in the settings: stopped customers, who is shut out, high-risk numbers."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk
from appliance.gui.screens.parts.guard_limits import edit_limits
from appliance.gui.screens.parts.trace_tab import TraceTab
from appliance.gui.screens.settings.settings_guard import BanSettings, RiskSettings, StoppedSettings
from appliance.gui.screens.settings.settings_refused import RefusedSettings
from appliance.gui.screens.trunks.trunk_words import health_facts
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.wire.guard import BanLift, BanPage, BanView, FusePage, FuseRelease, FuseView, LimitsSet, LimitsView, RiskPage, RiskView
from appliance.wire.shapes import ById, Done
from appliance.wire.traces import RefusalPage, RefusalView
from appliance.wire.trunks import TrunkHealth
from tests.gui import papers
from tests.gui.fake_client import FakeClient
from tests.gui.test_taxes import dialog

Shoot = Callable[[QWidget, str], None]

SAID = {"limit": "30.00", "currency": "EUR", "detail": "Bonaire"}
TRIPPED = FuseView(7, 3, "Harbour Calls", "root", "fuse.hour", "…", SAID, "2026-11-23T02:12:00Z", None, "", "")
OVER = FuseView(
    6, 4, "Al", "root", "fuse.countries", "…", {**SAID, "detail": "+53"}, "2026-11-22T02:12:00Z", "2026-11-22T08:00:00Z", "olga", "his own"
)
BAN = BanView("user", "192.0.2.7", "1000001", "password", "…", "2026-11-23T02:12:00Z", "2026-11-23T02:17:00Z", 1, "1000001", True)
WHOLE = BanView("address", "198.51.100.4", "", "flood", "…", "2026-11-23T02:10:00Z", "2026-11-23T02:15:00Z", 2, None, False)

ABROAD = BanView("place", "41.58.0.1", "1000002", "country", "…", "2026-11-23T02:12:00Z", "2026-11-24T02:12:00Z", 4, "1000002", False, "NG")


def shown(made: BanSettings | RefusedSettings | RiskSettings | StoppedSettings, row: int) -> list[str]:
    model = made.list.model
    return [str(model.data(model.index(row, at)) or "").replace("\u2068", "").replace("\u2069", "") for at in range(model.columnCount())]


def test_a_fuse_is_released_with_a_note(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("fuses.list", FusePage([TRIPPED, OVER]))
    made = StoppedSettings(desk)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: len(made.list.model.rows) == 2)
    assert shown(made, 0)[:2] == [
        "Harbour Calls",
        "The calls of an hour came to 30.00 EUR, which is far more than usual. The last ones went to: Bonaire.",
    ]
    assert not made.release_button.isEnabled()
    made.list.table.selectRow(1)
    assert not made.release_button.isEnabled(), "released already"
    made.list.table.selectRow(0)
    assert made.release_button.isEnabled()
    server.answer("fuses.release", TRIPPED)
    made.release()
    form = dialog(qtbot)
    form.form.fill({"note": "asked him"})
    form.submit()
    qtbot.waitUntil(lambda: server.asked("fuses.release") == [FuseRelease(7, "asked him")])


def test_a_ban_is_lifted_or_allowed_for_good(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("bans.list", BanPage([BAN, WHOLE], [], True))
    server.answer("bans.lift", Done())
    server.answer("bans.allow", Done())
    made = BanSettings(desk)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: len(made.list.model.rows) == 2)
    assert [shown(made, row)[:3] for row in range(2)] == [
        ["192.0.2.7", "Name 1000001", "Too many wrong passwords."],
        ["198.51.100.4", "The whole address", "Too many requests at once."],
    ]
    made.list.table.selectRow(0)
    made.lift()
    qtbot.waitUntil(lambda: server.asked("bans.lift") == [BanLift("user", "192.0.2.7", "1000001")])


def test_a_phone_abroad_is_named_with_its_country_and_allowed_there(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("bans.list", BanPage([ABROAD], [], True))
    server.answer("bans.allow", Done())
    made = BanSettings(desk)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: len(made.list.model.rows) == 1)
    assert shown(made, 0)[1:3] == ["Phone 1000002", "Nigeria. Right password, wrong country."]
    made.list.table.selectRow(0)
    made.allow()
    asked = made.findChild(QDialog, "confirm")
    assert isinstance(asked, QDialog) and "Nigeria" in asked.windowTitle()
    asked.accept()
    qtbot.waitUntil(lambda: server.asked("bans.allow") == [BanLift("place", "41.58.0.1", "1000002")])


def test_the_list_of_numbers_says_what_is_blocked(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("high_risk.list", RiskPage([RiskView("4490", "premium", "", True), RiskView("1876", "overseas", "Jamaica", False)]))
    made = RiskSettings(desk)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: len(made.list.model.rows) == 2)
    assert shown(made, 0) == ["+4490", "Premium rate", "", "Blocked for new customers"]
    assert shown(made, 1)[2:] == ["Jamaica", "Listed"]


def test_a_trunk_s_last_minutes_are_told_in_words() -> None:
    told = dict(health_facts(TrunkHealth(40, 30, 4, 75, 95, 1840, 2, 30, 1, 0, None)))
    assert (
        told["Answered"].replace("\u00a0", " ") == "30 (75 %)" and told["Until it rings"] == "1.8 s" and told["Mean length of a call"] == "1 min 35 s"
    )


def test_only_what_was_changed_of_the_limits_is_sent(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    view = LimitsView("customer", 3, "Harbour", "EUR", 2, None, 3600, "50.00", None, None, [], ["4490"], "", None, "1", "2", "3", "30.00", "120.00")
    server.answer("limits.get", view)
    server.answer("limits.set", view)
    owner = RiskSettings(desk)
    qtbot.addWidget(owner)
    edit_limits(desk, owner, "customer", 3)
    form = dialog(qtbot)
    form.form.field("blocked").setPlainText("4490\n53")  # type: ignore[attr-defined]
    form.form.field("calls_per_second").setText("2")  # type: ignore[attr-defined]
    form.form.field("countries").setText("nl, BE")  # type: ignore[attr-defined]
    form.submit()
    wanted = LimitsSet("customer", 3, calls_per_second=2, blocked=["4490", "53"], countries=["nl", "BE"])
    qtbot.waitUntil(lambda: server.asked("limits.set") == [wanted])


def test_phones_that_did_not_get_in_stand_with_the_reason_and_what_was_said(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    wrong = RefusalView(
        4, "2026-03-04T09:00:00Z", "REGISTER", "1000002", "1000002", "192.0.2.7:5060", "udp", "desk phone 2", 3, "trace.password", {}, "Wrong."
    )
    parts = {"peer": "192.0.2.8:5060", "status": "403", "reason": "Disabled"}
    other = RefusalView(3, "2026-03-04T08:00:00Z", "INVITE", "x", None, "192.0.2.8:5060", "tcp", "", 1, "trace.refused_here", parts, "Refused.")
    server.answer("refusals.list", RefusalPage([wrong, other]))
    server.answer("refusals.trace", papers.trace())
    made = RefusedSettings(desk)
    made.resize(960, 420)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: len(made.list.model.rows) == 2)
    assert [shown(made, row)[1:3] for row in range(2)] == [
        ["1000002", "The password is wrong."],
        ["x", "Tollhouse refused 192.0.2.8:5060: 403 Disabled."],
    ]
    assert not made.trace_button.isEnabled()
    made.list.table.selectRow(0)
    shoot(made, "refused-phones")
    assert made.trace_button.isEnabled()
    made.show_trace()
    panel = made.findChild(PanelDialog)
    assert isinstance(panel, PanelDialog) and isinstance(panel.inner, TraceTab)
    qtbot.waitUntil(lambda: server.asked("refusals.trace") == [ById(4)])
    qtbot.waitUntil(lambda: len(panel.inner.steps.rows) == 3)
    assert panel.windowTitle().strip("\u2068\u2069") == "1000002"
    shoot(panel, "refused-phone")
    saving = panel.findChildren(QPushButton)
    assert all(each.isEnabled() for each in saving)
    panel.reject()
