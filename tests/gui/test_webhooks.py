"""Webhooks in the settings: added with their secret, changed, tried, looked at, and sent again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.settings.operators_code import SecretDialog
from appliance.gui.screens.settings.settings import SettingsScreen
from appliance.gui.screens.settings.settings_webhooks import DeliveriesView, WebhookSettings
from appliance.gui.theme import DARK
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.services.webhook_events import EVENTS
from appliance.wire.shapes import Done, Restored
from appliance.wire.webhooks import DeliveryPage, DeliveryView, WebhookCreated, WebhookPage, WebhookView
from tests.gui import mending
from tests.gui.fake_client import FakeClient
from tests.gui.prices import dialog

Shoot = Callable[[QWidget, str], None]
AT = "2026-11-20T09:12:00Z"
BODY = '{"event":"payment.recorded","at":"2026-11-20T09:12:00Z","reseller":"Harbour Telecom","data":{"payment":7,"customer":"Zoë","credit":"5.00"}}'


def hook(identity: int, name: str, **changed: object) -> WebhookView:
    values: dict[str, object] = {
        "id": identity, "version": 2, "name": name, "reseller": "Harbour Telecom", "url": "https://erp.example.com/tollhouse",
        "events": ["call.ended"],
        "disabled": False, "waiting": 0, "dead": 0, "dropped": 0, "error": "", "made_at": AT,
    }  # fmt: skip
    return WebhookView(**(values | changed))  # type: ignore[arg-type]


@pytest.fixture
def dressed_so(request: pytest.FixtureRequest, qapp: QApplication, desk: Desk) -> str:
    if request.param == "-dark":
        desk.theme.choose(DARK)
    if request.param == "-arabic":
        words.use("ar")
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    return str(request.param)


@pytest.fixture
def section(qtbot: QtBot, desk: Desk, server: FakeClient) -> WebhookSettings:
    hooks = [
        hook(1, "Books"),
        hook(2, "Chat", url="https://chat.example.com/hooks/9f3", waiting=12, dead=3, error="HTTP 503"),
        hook(3, "Old", disabled=True),
    ]
    server.answer("webhooks.list", WebhookPage(hooks, list(EVENTS)))
    page = [
        DeliveryView(9, "payment.recorded", AT, "dead", 8, None, None, "HTTP 503", BODY),
        DeliveryView(8, "call.ended", AT, "waiting", 2, AT, None, "HTTP 503", BODY),
        DeliveryView(7, "test", AT, "sent", 1, None, AT, "", BODY),
    ]
    server.answer("webhooks.deliveries", DeliveryPage(page))
    settings = SettingsScreen(desk, Place("settings", tab="webhooks"))
    qtbot.addWidget(settings)
    settings.resize(960, 480)
    settings.show()
    made = settings.built["webhooks"]
    assert isinstance(made, WebhookSettings)
    qtbot.waitUntil(lambda: len(made.list.model.rows) == 3)
    return made


def test_a_webhook_is_added_and_its_secret_shown_once(section: WebhookSettings, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    shoot(section.window(), "webhooks")
    section.add()
    form = dialog(FormDialog)
    form.form.fill({"name": "ERP", "url": "https://erp.example.com/", "events": ["call.ended", "invoice.issued"]})
    shoot(form, "webhooks-add")
    server.answer("webhooks.create", WebhookCreated("nobody-guesses-this", hook(4, "ERP")))
    form.submit()
    qtbot.waitUntil(lambda: any(isinstance(each, SecretDialog) for each in QApplication.topLevelWidgets()))
    asked = server.asked("webhooks.create")[-1]
    assert (asked.name, asked.url, asked.events) == ("ERP", "https://erp.example.com/", ["call.ended", "invoice.issued"])
    dialog(SecretDialog).close()


def test_it_is_changed_tried_and_removed(section: WebhookSettings, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    assert not section.edit_button.isEnabled()
    section.list.table.choose(0)
    section.edit()
    form = dialog(FormDialog)
    form.form.field("disabled").setChecked(True)
    server.answer("webhooks.update", hook(1, "Books", disabled=True))
    form.submit()
    qtbot.waitUntil(lambda: bool(server.asked("webhooks.update")))
    asked = server.asked("webhooks.update")[-1]
    assert (asked.id, asked.version, asked.disabled) == (1, 2, True) and not isinstance(asked.url, str)
    mending.gone(qtbot)
    server.answer("webhooks.test", DeliveryView(10, "test", AT, "waiting", 0, AT, None, "", BODY))
    section.test()
    qtbot.waitUntil(lambda: bool(section.findChildren(DeliveriesView)))
    dialog(PanelDialog).reject()
    section.list.table.choose(1)
    told: list[Any] = []
    section.desk.told.connect(lambda _text, undo: told.append(undo))
    server.answer("webhooks.archive", Done(2))
    server.answer("webhooks.restore", Restored(2, []))
    section.archive()
    qtbot.waitUntil(lambda: len(told) == 1)
    told[0]()
    qtbot.waitUntil(lambda: len(told) == 2)
    assert server.asked("webhooks.archive")[-1].id == server.asked("webhooks.restore")[-1].id == 2
    server.answer("webhooks.list", WebhookPage([hook(2, "Books", archived=True)], []))
    section.list.set_filter("archived", True)
    qtbot.waitUntil(lambda: len(section.list.model.rows) == 1)
    assert server.asked("webhooks.list")[-1].archived
    section.list.table.choose(0)
    assert (section.archive_button.text(), section.edit_button.isEnabled(), section.look_button.isEnabled()) == ("Restore", False, False)
    shoot(section, "webhooks-archived")
    section.archive_button.click()
    qtbot.waitUntil(lambda: len(server.asked("webhooks.restore")) == 2)


@pytest.mark.parametrize("dressed_so", ["", "-dark", "-arabic"], indirect=True)
def test_what_did_not_arrive_is_sent_again(dressed_so: str, section: WebhookSettings, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:

    def chosen() -> bool:
        section.list.table.choose(1)
        return section.list.current() is not None

    qtbot.waitUntil(chosen)
    section.look()
    panel = dialog(PanelDialog)
    view = panel.inner
    qtbot.waitUntil(lambda: len(view.list.model.rows) == 3)
    view.list.table.choose(2)
    assert not view.again.isEnabled()  # it arrived
    view.list.table.choose(0)
    assert '"customer": "Zoë"' in view.body.toPlainText()
    shoot(panel, f"webhooks-events{dressed_so}")
    server.answer("webhooks.resend", DeliveryView(9, "payment.recorded", AT, "waiting", 0, AT, None, "", BODY))
    view.resend()
    qtbot.waitUntil(lambda: bool(server.asked("webhooks.resend")))
    assert server.asked("webhooks.resend")[-1].id == 9
    panel.reject()
