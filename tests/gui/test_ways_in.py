"""The console's part of the ways in: phones' links, the brand with its preview, the rules of registering and who waits, web sign-ins."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk, Place
from appliance.gui.qr import QrCode
from appliance.gui.screens.alerts import place_of
from appliance.gui.screens.customers.web_sessions import SessionsPanel, show_sessions
from appliance.gui.screens.parts.phone_link import LinksPanel, show_links, show_made
from appliance.gui.screens.resellers.brand_preview import BrandPreview, Shown, shades
from appliance.gui.screens.resellers.reseller_page import ResellerScreen
from appliance.gui.screens.resellers.settings_brand import BrandSettings
from appliance.gui.screens.settings.settings_registration import RegistrationSettings
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.services.people import brands as served
from appliance.wire.alerts import Alert
from appliance.wire.brands import BrandView
from appliance.wire.customers import WebLoginView
from appliance.wire.problem import Problem
from appliance.wire.provisioning import ProvisioningLink, ProvisioningLinks, ProvisioningMade
from appliance.wire.registration import RegistrationRules, Waiting, WaitingCustomer
from appliance.wire.shapes import Done
from appliance.wire.tariffs import TariffPage
from appliance.wire.web_sessions import WebSessions, WebSessionsEnded, WebSessionView
from tests.gui import people, trade
from tests.gui.fake_client import FakeClient

Shoot = Callable[[QWidget, str], None]
AT = "2026-03-02T10:00:00Z"


def link(number: int, maker: str, state: str, **more: object) -> ProvisioningLink:
    kept = {"mac": "805ec0112233", "fetches": 1, "fetched_at": AT, "fetched_from": "192.0.2.7"} | more
    return ProvisioningLink(number, 1, "1000001", maker, str(kept["mac"]), AT, "owner", AT, int(str(kept["fetches"])), 10, AT, "192.0.2.7", state)


LINKS = ProvisioningLinks([link(3, "linphone", "waiting", mac="", fetches=0), link(2, "yealink", "used"), link(1, "snom", "expired")])
MADE = ProvisioningMade(LINKS.links[0], "https://my.example.test/p/q7y0k3ZkV2hYc1JmT3pXb0FhQmNEZUZn/linphone.xml", "")


def logo() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (120, 32), "#cc3300").save(out, "PNG")
    return out.getvalue()


def brand(**more: object) -> BrandView:
    usual: dict[str, object] = {
        "reseller": "root", "shown_name": "Blue Phones", "name": "Blue Phones", "accent": "#ffcc00", "accent_light": "#8a6e00",
        "accent_dark": "#ffcc00",
        "moved": True, "logo": logo(), "logo_width": 120, "logo_height": 32, "help_email": "help@blue.test", "help_phone": "+31 20 111 22 33",
        "sender_email": "", "languages": [], "web_hosts": ["my.example.test"], "address": "https://my.example.test",
    }  # fmt: skip
    return BrandView(**{**usual, **more})  # type: ignore[arg-type]


def _dialogs() -> list[QDialog]:
    from PySide6.QtWidgets import QApplication

    return [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    made.resize(1000, 640)
    qtbot.addWidget(made)
    made.show()
    return made


def test_links_of_a_phone(qtbot: QtBot, desk: Desk, server: FakeClient, window: QWidget, shoot: Shoot) -> None:
    server.answer("provisioning.list", LINKS)
    server.answer("provisioning.create", MADE)
    server.answer("provisioning.revoke", Done(3))
    dialog = show_links(desk, window, people.endpoint())
    panel = dialog.inner
    assert isinstance(panel, LinksPanel)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 3)
    assert not panel.revoke_button.isEnabled()
    panel.list.table.selectRow(0)
    qtbot.waitUntil(panel.revoke_button.isEnabled)
    shoot(dialog, "phone-links")
    panel.revoke()
    qtbot.waitUntil(lambda: bool(server.asked("provisioning.revoke")))
    assert server.asked("provisioning.revoke")[-1].id == 3
    panel.list.table.selectRow(2)
    qtbot.waitUntil(lambda: not panel.revoke_button.isEnabled())
    panel.make()
    form = next(each for each in _dialogs() if isinstance(each, FormDialog))
    form.form.fill({"maker": "linphone", "mac": "80:5E:C0:11:22:33"})
    shoot(form, "phone-link-form")
    form.submit()
    qtbot.waitUntil(lambda: bool(server.asked("provisioning.create")))
    asked = server.asked("provisioning.create")[-1]
    assert (asked.maker, asked.mac, asked.hours, asked.fetches) == ("linphone", "80:5E:C0:11:22:33", 24, 10)


def test_a_new_link_is_shown_once(qtbot: QtBot, desk: Desk, window: QWidget, shoot: Shoot) -> None:
    dialog = show_made(desk, window, MADE)
    assert dialog.findChild(QrCode) is not None
    assert any(each.text() == MADE.url for each in dialog.findChildren(QLabel))
    shoot(dialog, "phone-link-made")
    dialog.close()
    other = show_made(desk, window, ProvisioningMade(LINKS.links[1], "https://my.example.test/p/abc/", "805ec0112233.cfg"))
    assert other.findChild(QrCode) is None and any("805ec0112233.cfg" in each.text() for each in other.findChildren(QLabel))


def test_the_brand_and_its_preview(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("brands.get", brand())
    server.answer("brands.set", brand(name="Green", shown_name="Green", accent="#00aa00"))
    screen = BrandSettings(desk)
    qtbot.addWidget(screen)
    screen.resize(860, 640)
    screen.show()
    qtbot.waitUntil(lambda: screen.view is not None)
    assert not screen.dirty and "#ffcc00" in screen.moved.text()
    shoot(screen, "brand")
    screen.form.fill({"name": "Blue Phones"})
    screen.colour.line.setText("#00aa0")
    assert shades("#00aa0") == shades(""), "half typed: the usual colour"
    screen.colour.line.setText("#00aa00")
    assert screen.dirty
    screen.save()
    qtbot.waitUntil(lambda: bool(server.asked("brands.set")))
    asked = server.asked("brands.set")[-1]
    assert asked.accent == "#00aa00" and not isinstance(asked.logo, bytes), "only what differs is sent"
    qtbot.waitUntil(lambda: not screen.dirty)
    assert server.asked("brands.set") == [asked]


def test_what_is_no_colour_is_said_at_its_field(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("brands.get", brand())
    server.answer("brands.set", Problem(code="brand.logo_wrong", detail="This is not a picture.", field="logo"))
    screen = BrandSettings(desk)
    qtbot.addWidget(screen)
    qtbot.waitUntil(lambda: screen.view is not None)
    screen.colour.line.setText("blue")
    screen.save()
    assert not server.asked("brands.set")
    screen.colour.line.setText("#123456")
    screen.save()
    qtbot.waitUntil(lambda: bool(server.asked("brands.set")))
    qtbot.waitUntil(lambda: any("not a picture" in each.text() for each in screen.findChildren(QLabel)))


@pytest.mark.parametrize("colour", ["", "#ffcc00", "#000000", "#ffffff", "#1f5fbf", "#7f7f7f"])
def test_the_preview_has_the_servers_colours(colour: str) -> None:
    assert shades(colour) == served.shades(colour)


def test_the_preview_paints_the_colour(qtbot: QtBot) -> None:
    preview = BrandPreview()
    qtbot.addWidget(preview)
    preview.show_brand(Shown("A very long name of a business that does not fit into the line", "#00aa00", logo(), "help@x.test", "123"))
    picture = preview.grab().toImage()
    found = {QColor(picture.pixel(x, y)).name() for x in range(0, picture.width(), 3) for y in range(0, picture.height(), 3)}
    assert set(shades("#00aa00")) <= found


def waiting() -> Waiting:
    usual = (1, "root", "Zoë Doe", "zoe@example.test", "+31201112233", "NL", "1000005", AT, "2026-1", AT)
    return Waiting([WaitingCustomer(5, *usual), WaitingCustomer(6, *usual[:2], "Bob", *usual[3:])])


def test_rules_and_who_waits(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("resellers.registration", RegistrationRules("by_hand", "retail", "2026-1", "https://example.test/terms", reseller="root"))
    server.answer("registration.waiting", waiting())
    server.answer("registration.approve", Done(5))
    server.answer("registration.refuse", Done(6))
    server.answer("tariffs.list", TariffPage([]))
    server.answer("resellers.set_registration", RegistrationRules("open"))
    screen = RegistrationSettings(desk)
    qtbot.addWidget(screen)
    screen.resize(860, 640)
    screen.show()
    qtbot.waitUntil(lambda: screen.model.rowCount() == 2 and screen.rules is not None)
    assert not screen.approve_button.isEnabled()
    screen.list.table.selectRow(0)
    qtbot.waitUntil(screen.approve_button.isEnabled)
    shoot(screen, "registration")
    screen.approve()
    qtbot.waitUntil(lambda: bool(server.asked("registration.approve")))
    assert server.asked("registration.approve")[-1].id == 5
    qtbot.waitUntil(lambda: screen.model.rowCount() == 2)
    screen.list.table.selectRow(1)
    screen.refuse()
    form = next(each for each in _dialogs() if isinstance(each, FormDialog))
    form.form.fill({"reason": "no such person"})
    form.submit()
    qtbot.waitUntil(lambda: bool(server.asked("registration.refuse")))
    assert (server.asked("registration.refuse")[-1].id, server.asked("registration.refuse")[-1].reason) == (6, "no such person")
    qtbot.waitUntil(lambda: not any(isinstance(each, FormDialog) for each in _dialogs()))
    screen.edit()
    form = next(each for each in _dialogs() if isinstance(each, FormDialog))
    shoot(form, "registration-rules")
    form.form.field("policy").setCurrentIndex(2)  # type: ignore[attr-defined]
    form.submit()
    qtbot.waitUntil(lambda: bool(server.asked("resellers.set_registration")))
    assert server.asked("resellers.set_registration")[-1].policy == "open"


def test_the_alert_leads_to_the_queue() -> None:
    assert place_of(Alert("alert.registration_waits", "warning", "", {}, "customer", 5)) == Place("settings", tab="registration")


def test_web_sign_ins(qtbot: QtBot, desk: Desk, server: FakeClient, window: QWidget, shoot: Shoot) -> None:
    rows = [WebSessionView("0123456789abcdef", "alice", AT, AT, "203.0.113.9", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")]
    server.answer("web_sessions.list", WebSessions(rows))
    server.answer("web_sessions.end", WebSessionsEnded(1))
    dialog = show_sessions(desk, window, people.customer())
    panel = dialog.inner
    assert isinstance(panel, SessionsPanel)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 1)
    panel.list.table.selectRow(0)
    qtbot.waitUntil(panel.end_button.isEnabled)
    shoot(dialog, "web-sessions")
    panel.end()
    qtbot.waitUntil(lambda: bool(server.asked("web_sessions.end")))
    assert (server.asked("web_sessions.end")[-1].login, server.asked("web_sessions.end")[-1].key) == ("alice", "0123456789abcdef")


def test_whether_a_login_has_a_second_factor_is_told() -> None:
    assert WebLoginView(1, "alice", False, False).second_factor is False


def test_the_brand_of_a_reseller_below(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("brands.get", brand(reseller="North Voice"))
    server.answer("resellers.get", trade.RESELLERS.resellers[-1])
    server.answer("resellers.statistics", trade.STATISTICS)
    server.answer("resellers.list", trade.RESELLERS)
    screen = ResellerScreen(desk, Place("reseller", id=trade.RESELLERS.resellers[-1].id))
    qtbot.addWidget(screen)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: screen.view is not None)
    next(each for each in screen.verbs() if each.name == "reseller.brand").run()
    qtbot.waitUntil(lambda: bool(server.asked("brands.get")))
    assert server.asked("brands.get")[-1].reseller == trade.RESELLERS.resellers[-1].name
    shoot(_dialogs()[-1], "reseller-brand")
