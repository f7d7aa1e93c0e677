"""The audit log in Settings: words for every act, before and after as people read them, filters, the way to the thing, a file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk, Place
from appliance.gui.screens.settings import audit_words
from appliance.gui.screens.settings.settings_audit import AuditSettings, changed
from appliance.wire.audit import AuditPage, AuditView
from tests.gui.fake_client import FakeClient

Shoot = Callable[[QWidget, str], None]
SOURCE = Path(audit_words.__file__).parents[3] / "services"
NOTED = re.compile(r'udit\.(?:made|changed|noted)\(\s*[a-z_.]+,\s*"([a-z_.]+)",\s*"([a-z_]+)"')
MOMENT = "2026-01-05T10:00:00Z"
ACTS = [
    AuditView(
        5, "2026-01-05T10:00:00Z", "mira", "customers.update", "customer", 7, {"credit_limit_micros": 0}, {"credit_limit_micros": 7_500_000}, "Alice"
    ),
    AuditView(4, "2026-01-05T09:00:00Z", "mira", "tariffs.update", "tariff", 3, {"markup_ppm": 250_000}, {"markup_ppm": 125_000}, "retail"),
    AuditView(3, "2026-01-05T08:00:00Z", "folder owner", "payments.payment", "payment", 9, None, {"amount": "10.00", "disabled": 1}, ""),
    AuditView(2, "2026-01-04T08:00:00Z", "till", "endpoints.reveal", "endpoint", 2, None, {}, "1000001"),
]


@pytest.fixture
def log(qtbot: QtBot, desk: Desk, server: FakeClient) -> AuditSettings:
    server.answer("audit.list", AuditPage(ACTS))
    made = AuditSettings(desk)
    qtbot.addWidget(made)
    made.resize(1000, 420)
    made.show()
    qtbot.waitUntil(lambda: len(made.model.rows) == len(ACTS))
    return made


def test_every_act_and_kind_that_is_noted_has_words() -> None:
    found = {pair for path in SOURCE.rglob("*.py") for pair in NOTED.findall(path.read_text(encoding="utf-8"))}
    assert len(found) > 100
    for operation, kind in found:
        view = AuditView(1, MOMENT, "mira", operation, kind, 1, None, None)
        assert audit_words.act_text(view) != operation, f"{operation} needs words in audit_words"
        assert kind in audit_words.kinds(), f"{kind} needs words in audit_words"


def test_acts_are_told_in_words(log: AuditSettings, shoot: Shoot) -> None:
    assert [audit_words.act_text(each) for each in ACTS] == ["Changed", "Changed", "Payment", "Password shown"]
    assert [audit_words.thing_text(each) for each in ACTS] == ["Customer · Alice", "Tariff · retail", "Payment · 9", "Endpoint · 1000001"]
    assert changed(ACTS[0]) == [("Credit limit", "0.00", "7.50")] and changed(ACTS[1]) == [("Markup", "25 %", "12.5 %")]
    assert changed(ACTS[2]) == [("Amount", "", "10.00"), ("Disabled", "", "Yes")]
    shoot(log, "audit")


def test_it_is_narrowed_by_person_kind_and_period(qtbot: QtBot, log: AuditSettings, server: FakeClient) -> None:
    log.search.setText("mir")
    log.set_filter("kind", "tariff")
    log.period.setCurrentIndex(log.period.findData("today"))
    qtbot.waitUntil(lambda: server.asked("audit.list")[-1].search == "mir")
    asked = server.asked("audit.list")[-1]
    assert (asked.kind, asked.until) == ("tariff", None) and asked.since is not None
    log.clear_filters()
    qtbot.waitUntil(lambda: server.asked("audit.list")[-1].since is None)


def test_an_act_leads_to_what_it_was_done_to(qtbot: QtBot, log: AuditSettings, desk: Desk, shoot: Shoot) -> None:
    gone: list[Place] = []
    desk.asked_for.connect(gone.append)
    log.show_act(ACTS[0])
    dialog = next(each for each in log.findChildren(QDialog) if each.isVisible())
    texts = [each.text() for each in dialog.findChildren(QLabel)]
    assert "Changed" in texts and any("Customer · Alice" in each for each in texts) and any("7.50" in each for each in texts)
    shoot(dialog, "audit-act")
    next(each for each in dialog.findChildren(QPushButton) if each.text() == "Open").click()
    assert gone == [Place("customer", 7)]
    assert audit_words.page_of(ACTS[2]) is None


def test_a_file_that_cannot_be_written_is_told(log: AuditSettings, desk: Desk, tmp_path: Path) -> None:
    told: list[str] = []
    desk.told.connect(lambda text, undo: told.append(text))
    log.export_to(str(tmp_path / "nowhere" / "audit.csv"))
    assert told and told[0].startswith("The file cannot be written") and log.export_button.isEnabled()
