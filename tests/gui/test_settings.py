"""Settings, operators, dashboard and alerts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.alerts import AlertsScreen, AlertWatch
from appliance.gui.screens.dashboard.dashboard import DashboardScreen
from appliance.gui.screens.settings import settings_words
from appliance.gui.screens.settings.operators import OperatorsScreen
from appliance.gui.screens.settings.operators_code import SecretDialog
from appliance.gui.screens.settings.settings import SettingsScreen
from appliance.gui.screens.settings.settings_backup import BackupSettings
from appliance.gui.screens.settings.settings_business import BusinessForm, plan_fields, plan_of
from appliance.gui.screens.settings.settings_catalogue import settings
from appliance.gui.screens.settings.settings_check import CheckSettings
from appliance.gui.screens.settings.settings_form import SettingField, SettingsForm
from appliance.gui.screens.settings.settings_mail import MailSettings
from appliance.gui.theme import DARK
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.long_work import LongWork
from appliance.wire.backups import BackupMade
from appliance.wire.checks import CheckLine, Checks
from appliance.wire.guard import BanPage
from appliance.wire.messages import MessageView
from appliance.wire.operators import GrantView, OneTimeCode, OperatorPage, OperatorView
from appliance.wire.problem import Problem
from appliance.wire.settings import SettingPage
from appliance.wire.traces import RefusalPage
from appliance.wire.verify import Findings
from appliance.wire.webhooks import WebhookPage
from tests.gui import trade
from tests.gui.fake_client import FakeClient

Shoot = Callable[[QWidget, str], None]
KEPT = SettingPage({"sip.max_calls": 500, "mail.host": "smtp.shop.example", "mail.password": "***"})


def opened(qtbot: QtBot, screen: QWidget) -> None:
    qtbot.addWidget(screen)
    screen.resize(1000, 640)
    screen.show()


def section(qtbot: QtBot, desk: Desk, server: FakeClient, name: str) -> tuple[SettingsScreen, QWidget]:
    server.answer("settings.list", KEPT)
    server.answer("resellers.list", trade.RESELLERS)
    server.answer("alerts.list", trade.ALERTS)
    screen = SettingsScreen(desk, Place("settings", tab=name))
    opened(qtbot, screen)
    screen.refresh()
    qtbot.waitUntil(lambda: screen.values is not None)
    return screen, screen.built[name]


def test_nothing_is_saved_where_nothing_came(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    away = Problem(status=0, code="server.away", detail="The server does not answer.")
    for name in ("settings.list", "resellers.list"):
        server.answer(name, away)
    screen = SettingsScreen(desk, Place("settings", tab="business"))
    opened(qtbot, screen)

    def saves() -> bool:
        return next(each for each in screen.verbs() if each.name == "settings.save").enabled

    assert saves()
    screen.refresh()
    qtbot.waitUntil(lambda: not saves())
    server.answer("settings.list", KEPT)
    screen.refresh()
    qtbot.waitUntil(saves)


def test_every_setting_has_a_name() -> None:
    assert set(settings()) == set(settings_words.titles())


def test_every_setting_that_nobody_touched_reads_as_its_default(qtbot: QtBot) -> None:
    """Else its form would be "not saved yet" for ever."""
    for each in settings().values():
        field = SettingField(each)
        qtbot.addWidget(field)
        assert field.read() == (None if each.kind == "secret" else each.default), each.key


def test_settings_show_what_is_kept_and_send_what_differs(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("settings.set", SettingPage({"mail.host": "smtp.shop.example"}))
    _screen, form = section(qtbot, desk, server, "phones")
    assert isinstance(form, SettingsForm)
    field = form.fields["sip.max_calls"]
    assert isinstance(field.editor, QLineEdit) and field.editor.text() == "500" and not form.dirty
    field.editor.setText("0")
    form.save()
    assert form.form._fields["sip.max_calls"].fault.text() == "Give a number from 1 to 100000."
    shoot(_screen, "settings-error")
    field.to_default()
    form.fields["registrar.default_expires"].write(1800)
    form.save()
    qtbot.waitUntil(lambda: bool(server.asked("settings.set")))
    assert server.asked("settings.set")[-1].values == {"sip.max_calls": None, "registrar.default_expires": 1800}


def test_what_somebody_types_stays_while_the_server_tells_of_changes(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    screen, form = section(qtbot, desk, server, "phones")
    assert isinstance(form, SettingsForm)
    form.fields["sip.ring_seconds"].write(60)
    form.show_values(SettingPage({"sip.ring_seconds": 90, "sip.max_calls": 7}))
    assert (form.fields["sip.ring_seconds"].read(), form.fields["sip.max_calls"].read()) == (60, 7)
    assert not screen.leave()
    dialog = screen.findChild(QDialog, "confirm")
    assert dialog is not None
    dialog.findChild(QPushButton, "do").click()  # type: ignore[union-attr]
    assert screen.leave()


def test_the_business_and_how_people_dial(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("resellers.update", trade.RESELLERS.resellers[0])
    screen, form = section(qtbot, desk, server, "business")
    assert isinstance(form, BusinessForm)
    qtbot.waitUntil(lambda: form.view is not None)
    shoot(screen, "settings-business")
    form.form.fill({})
    short = form.form.field("dial_short")
    short.setPlainText("nonsense")  # type: ignore[attr-defined]
    form.save()
    assert form.form._fields["dial_short"].fault.text() == "Write each line as code = number."
    short.setPlainText("112 = 31112\n100=31201234567")  # type: ignore[attr-defined]
    form.save()
    qtbot.waitUntil(lambda: bool(server.asked("resellers.update")))
    assert server.asked("resellers.update")[-1].dial_plan == {"country": "31", "national": "0", "short": {"112": "31112", "100": "31201234567"}}
    assert plan_of(plan_fields({"strip": ["9"], "international": ["00", "011"]})) == {"international": ["00", "011"], "strip": ["9"]}


def test_an_e_mail_is_tried_and_told(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    message = MessageView(
        4, "", "test", "me@shop.example", None, None, "waiting", 1, None, None, "The server smtp.shop.example refused the password."
    )
    server.answer("messages.test", message)
    screen, form = section(qtbot, desk, server, "mail")
    assert isinstance(form, MailSettings)
    assert isinstance(form.fields["mail.password"].editor, QLineEdit) and form.fields["mail.password"].editor.placeholderText() == "Kept as it is"
    form.send_test()
    assert not server.asked("messages.test")
    form.recipient.fill({"recipient": "me@shop.example"})
    form.send_test()
    qtbot.waitUntil(lambda: form.told.text() == "The server smtp.shop.example refused the password.")
    shoot(screen, "settings-mail")


def test_a_backup_now_and_the_second_copy(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("backups.make", BackupMade("tollhouse-2026-01-01.zip", 4_200_000, "ab", "2026-01-01T00:00:00.000Z"))
    screen, form = section(qtbot, desk, server, "keeping")
    assert isinstance(form, BackupSettings)
    qtbot.waitUntil(lambda: bool(form.copy_said.text()))
    assert form.copy_said.text().startswith("No second copy is made.")
    form.back_up()
    qtbot.waitUntil(lambda: "tollhouse-2026-01-01.zip, 4 MB" in form.backup_said.text())
    shoot(screen, "settings-keeping")
    said: list[str] = []
    desk.told.connect(lambda text, _undo: said.append(text))
    server.answer("books.verify", Findings(True, [], 120, 60, 40))
    server.hold()
    form.verify()
    work = next(each for each in screen.window().findChildren(LongWork) if each.isVisible())
    work.stop.click()
    server.let_go()
    qtbot.waitUntil(lambda: said == ["120 ledger entries were checked."])
    assert form.verify_said.isHidden(), "it was told where the person is"


CHECKS = Checks(
    False,
    "2026-01-01T12:00:00.000Z",
    [
        CheckLine("clock", "ok", "check.clock_ok", "", {"now": "2026-01-01T12:00:00.000Z"}),
        CheckLine("disk", "fail", "check.disk_low", "", {"megabytes": "12", "wanted": "1000"}),
        CheckLine("alg", "warn", "check.alg_likely", "", {"phones": "3", "address": "203.0.113.9"}),
        CheckLine("books", "ok", "check.books_ok", "", {"entries": "120", "calls": "60"}),
        CheckLine("tomorrow", "ok", "check.of_a_later_version", "A line that this console does not know.", {}),
    ],
)


def test_the_self_check_tells_what_to_do(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("server.check", CHECKS)
    screen, made = section(qtbot, desk, server, "check")
    assert isinstance(made, CheckSettings)
    qtbot.waitUntil(lambda: made.lines.rowCount() >= 5)
    texts = [each.text() for each in made.findChildren(QLabel)]
    assert made.badge.accessibleName() == "Failed"
    assert texts.index("Disk") < texts.index("SIP ALG") < texts.index("Clock"), "what needs something comes first"
    assert any(text.startswith("Only 12 MB of the disk are free") for text in texts) and "A line that this console does not know." in texts
    shoot(screen, "settings-check")
    made.again.click()
    qtbot.waitUntil(lambda: len(server.asked("server.check")) == 2)
    server.answer("server.check", Problem(status=503, code="server.not_running", detail="Nobody is there."))
    made.check()
    qtbot.waitUntil(lambda: made.when.text() == "Nobody is there.")


@pytest.mark.parametrize("name", ["calls", "papers", "guard", "forgetting", "rates", "tokens", "audit"])
def test_every_group_opens(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot, name: str) -> None:
    screen, made = section(qtbot, desk, server, name)
    assert made.isVisible()
    shoot(screen, f"settings-{name}")


# operators ---------------------------------------------------------------------------------------------------------
MIRA = OperatorView(1, 1, "mira", "Mira Owner", "", "en", True, True, False, False, [GrantView("owner", "Harbour Telecom", None)])
TILL = OperatorView(2, 1, "till", trade.LONG, "", "", False, False, True, False, [GrantView("clerk", None, "Bob's Call Shop")])


def operators(qtbot: QtBot, desk: Desk, server: FakeClient) -> OperatorsScreen:
    server.answer("operators.list", OperatorPage([MIRA, TILL]))
    screen = OperatorsScreen(desk, Place("operators"))
    opened(qtbot, screen)
    screen.refresh()
    qtbot.waitUntil(lambda: len(screen.list.model.rows) == 2)
    return screen


def run(screen: QWidget, name: str) -> None:
    next(each for each in screen.verbs() if each.name == name).run()  # type: ignore[attr-defined]


def test_a_new_operator_has_a_code_shown_once(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("operators.create", OperatorView(3, 1, "new", "", "", "", False, False, True, False, [], "K7QM-22XP"))
    screen = operators(qtbot, desk, server)
    shoot(screen, "operators")
    screen.add()
    dialog = screen.findChildren(FormDialog)[-1]
    shoot(dialog, "operator-form")
    dialog.form.fill({"login": "new"})
    dialog.submit()
    qtbot.waitUntil(lambda: bool(screen.findChildren(SecretDialog)))
    asked = server.asked("operators.create")[-1]
    assert (asked.login, [(each.role, each.reseller, each.shop) for each in asked.grants], asked.password) == ("new", [("clerk", None, None)], None)
    shown = screen.findChildren(SecretDialog)[-1]
    assert shown.secret == "K7QM-22XP"
    shoot(shown, "operator-code")


def test_a_code_is_given_to_others_after_a_question(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("operators.reset", OneTimeCode("till", "AAAA-BBBB", "2026-01-08T00:00:00.000Z"))
    screen = operators(qtbot, desk, server)
    screen.list.table.choose(0)
    assert not next(each for each in screen.verbs() if each.name == "operators.reset").enabled
    screen.list.table.choose(1)
    run(screen, "operators.reset")
    dialog = screen.findChild(QDialog, "confirm")
    assert dialog is not None
    dialog.findChild(QPushButton, "do").click()  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: bool(screen.findChildren(SecretDialog)))
    assert server.asked("operators.reset")[-1].login == "till"


# dashboard and alerts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", ["", "-dark", "-arabic"])
def test_the_dashboard(qtbot: QtBot, qapp: QApplication, desk: Desk, server: FakeClient, shoot: Shoot, look: str) -> None:
    if look == "-dark":
        desk.theme.choose(DARK)
    if look == "-arabic":
        words.use("ar")
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    for name, view in (
        ("statistics.today", trade.TODAY),
        ("alerts.list", trade.ALERTS),
        ("trunks.list", trade.TRUNKS),
        ("summaries.get", trade.SUMMARY),
        ("calls.list", trade.RUNNING),
    ):
        server.answer(name, view)
    server.answer("statistics.calls", trade.month_by_day())
    screen = DashboardScreen(desk, Place("dashboard"))
    opened(qtbot, screen)
    screen.refresh()
    qtbot.waitUntil(lambda: bool(screen.online.text()) and len(screen.live.rows) == 2 and screen.summary.view is not None)
    assert (screen.running.text(), screen.online.text()) == ("2", "31")
    assert [each.owner for each in screen.low] == [trade.LONG, "Bob's Call Shop"]
    shoot(screen, f"dashboard{look}")


def test_a_dashboard_that_cannot_be_had_says_why(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("statistics.today", Problem(status=403, code="access.forbidden", detail="You may not do this."))
    screen = DashboardScreen(desk, Place("dashboard"))
    opened(qtbot, screen)
    screen.refresh()
    qtbot.waitUntil(screen.fault.isVisible)
    shoot(screen, "dashboard-error")


def test_alerts_lead_to_what_they_are_about(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("alerts.list", trade.ALERTS)
    screen = AlertsScreen(desk, Place("alerts"))
    opened(qtbot, screen)
    screen.refresh()
    qtbot.waitUntil(lambda: len(screen.list.model.rows) == 2)
    shoot(screen, "alerts")
    screen.list.table.choose(0)
    run(screen, "alerts.open")
    assert desk.places == [Place("trunk", id=2)]  # type: ignore[attr-defined]
    watch = AlertWatch(desk, screen)
    with qtbot.waitSignal(watch.counted) as counted:
        watch.ask()
    assert counted.args == [2]


def test_every_setting_stands_in_some_group(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("bans.list", BanPage([], [], True))
    server.answer("refusals.list", RefusalPage([]))
    server.answer("webhooks.list", WebhookPage([], []))
    screen, _made = section(qtbot, desk, server, "business")
    found: set[str] = set()
    for at, each in enumerate(screen.sections):
        screen.names.setCurrentRow(at)
        made = screen.built[each.name]
        if isinstance(made, SettingsForm):
            found |= set(made.fields)
    assert found == set(settings())
