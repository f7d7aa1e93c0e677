"""Staying signed in by the computer's keyring, and servers found on the LAN: both beside the sign-in, which works without them."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import keys
from appliance.gui.connect_dialog import ConnectDialog
from appliance.gui.memory import Memory
from appliance.gui.staying import Staying
from appliance.wire.lan import LanServer
from appliance.wire.operators import Session
from appliance.wire.problem import Problem
from appliance.wire.session import SessionView
from tests.gui.fake_client import FakeClient

Shoot = Callable[[QWidget, str], None]
URL = "https://shop.example:8443"


class Ring:
    """A keyring in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, name: str) -> str | None:
        if self.locked:
            raise RuntimeError("the keyring is locked")
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, secret: str) -> None:
        if self.locked:
            raise RuntimeError("the keyring is locked")
        self.kept[service, name] = secret

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


@pytest.fixture
def ring() -> Ring:
    return Ring()


@pytest.fixture
def open_dialog(qtbot: QtBot, memory: Memory, server: FakeClient, ring: Ring) -> Callable[..., ConnectDialog]:
    def make(url: str, pin: str) -> FakeClient:
        server.base_url = url
        return server

    def opened(**other: object) -> ConnectDialog:
        made = ConnectDialog(memory, make, url=URL, staying=Staying(memory, lambda: ring), **other)  # type: ignore[arg-type]
        qtbot.addWidget(made)
        made.show()
        return made

    return opened


def stay_box(dialog: ConnectDialog) -> QCheckBox:
    box = dialog.form.field("stay")
    assert isinstance(box, QCheckBox)
    return box


def sign_in(dialog: ConnectDialog, qtbot: QtBot) -> None:
    dialog.form.fill({"login": "mira", "password": "correct horse"})
    with qtbot.waitSignal(dialog.connected):
        dialog.submit()


def test_who_asks_for_it_goes_straight_in_next_time(
    open_dialog: Callable[..., ConnectDialog], qtbot: QtBot, server: FakeClient, session: Session, memory: Memory, ring: Ring, shoot: Shoot
) -> None:
    server.answer("operators.sign_in", session)
    first = open_dialog()
    stay_box(first).click()
    shoot(first, "sign-in-stay")
    sign_in(first, qtbot)
    assert server.asked("operators.sign_in")[-1].stay and server.stays
    assert list(ring.kept.values()) == ["token"] and memory.get("stays") == {URL: "mira"}
    assert "correct horse" not in str(ring.kept) and "token" not in str(memory.get("stays"))
    server.token, server.stays = "", False
    server.answer("session.view", SessionView(session.permissions, session.operator, "2027-01-01T00:00:00Z"))
    with qtbot.waitSignal(open_dialog().connected) as told:
        pass
    assert told.args is not None and told.args[1] == session
    assert server.token == "token" and server.stays and len(server.asked("operators.sign_in")) == 1


def test_a_token_that_is_good_no_more_leads_to_the_password(
    open_dialog: Callable[..., ConnectDialog], qtbot: QtBot, server: FakeClient, memory: Memory, ring: Ring
) -> None:
    memory.put("stays", {URL: "mira"})
    ring.kept[keys.NAME, f"mira at {URL}"] = "old"
    server.answer("session.view", Problem(status=401, code="access.sign_in", detail="Sign in first."))
    dialog = open_dialog()
    qtbot.waitUntil(lambda: memory.get("stays") is None)
    qtbot.waitUntil(lambda: not ring.kept)
    assert dialog.primary.isEnabled() and server.token == "" and not dialog.form.problem.isVisible()


def test_a_server_that_is_away_keeps_the_token(
    open_dialog: Callable[..., ConnectDialog], qtbot: QtBot, server: FakeClient, memory: Memory, ring: Ring
) -> None:
    memory.put("stays", {URL: "mira"})
    ring.kept[keys.NAME, f"mira at {URL}"] = "old"
    server.answer("session.view", Problem(status=0, code="console.no_line", detail="The server does not answer."))
    dialog = open_dialog()
    qtbot.waitUntil(dialog.form.problem.isVisible)
    assert memory.get("stays") == {URL: "mira"} and ring.kept and dialog.primary.isEnabled()


def test_without_a_keyring_it_is_said_at_the_tick_and_one_signs_in_as_usual(
    qtbot: QtBot, memory: Memory, server: FakeClient, session: Session, shoot: Shoot
) -> None:
    def none() -> keys.Keyring:
        raise keys.NoKeyring("keyring.backends.fail")

    dialog = ConnectDialog(memory, lambda url, pin: server, url=URL, staying=Staying(memory, none))
    qtbot.addWidget(dialog)
    dialog.show()
    stay_box(dialog).click()
    fault = dialog.form._fields["stay"].fault
    qtbot.waitUntil(lambda: fault.text() != "")
    assert "no keyring" in fault.text() and not stay_box(dialog).isChecked()
    shoot(dialog, "sign-in-no-keyring")
    server.answer("operators.sign_in", session)
    sign_in(dialog, qtbot)
    assert not server.stays and memory.get("stays") is None and not server.asked("operators.sign_in")[-1].stay


def test_a_keyring_that_locks_meanwhile_is_told_after_the_sign_in(
    open_dialog: Callable[..., ConnectDialog], qtbot: QtBot, server: FakeClient, session: Session, memory: Memory, ring: Ring
) -> None:
    server.answer("operators.sign_in", session)
    dialog = open_dialog()
    stay_box(dialog).setChecked(True)
    ring.locked = True
    sign_in(dialog, qtbot)
    assert "no keyring" in dialog.notice and not server.stays and memory.get("stays") is None


def test_signing_out_forgets_it(memory: Memory, server: FakeClient, ring: Ring, qtbot: QtBot) -> None:
    memory.put("stays", {URL: "mira", "https://other": "ann"})
    ring.kept[keys.NAME, f"mira at {URL}"] = "old"
    Staying(memory, lambda: ring).forget(server, URL)
    assert memory.get("stays") == {"https://other": "ann"}
    qtbot.waitUntil(lambda: not ring.kept)


def test_this_computers_keyring_is_one_that_keeps_secrets_or_none() -> None:
    try:
        ring = keys.of_this_computer()
    except keys.NoKeyring as none:
        assert str(none)
    else:
        assert callable(ring.get_password)


class Lan:
    """A network with servers that come and go."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.tell: Callable[[str, LanServer | None], None] | None = None

    def browse(self, tell: Callable[[str, LanServer | None], None]) -> Callable[[], None]:
        self.tell = tell
        tell("a", LanServer("Tollhouse on till-1", "http://192.0.2.7:8080"))
        tell("b", LanServer("Tollhouse on back-office", "https://192.0.2.9:8443"))
        tell("c", LanServer("The same by another name", "http://192.0.2.7:8080"))
        return self.ended.set


def links(dialog: ConnectDialog) -> list[QPushButton]:
    return [each for each in dialog.findChildren(QPushButton) if each.toolTip().startswith("http") and not each.isHidden()]


def test_what_announces_itself_is_offered_and_goes_with_it(open_dialog: Callable[..., ConnectDialog], qtbot: QtBot, shoot: Shoot) -> None:
    lan = Lan()
    dialog = open_dialog(browse=lan.browse)
    assert dialog.server.currentText() == URL, "what one typed or remembers stays"
    qtbot.waitUntil(lambda: len(links(dialog)) == 2)
    shoot(dialog, "sign-in-lan")
    links(dialog)[0].click()
    assert dialog.server.currentText() == links(dialog)[0].toolTip()
    assert lan.tell is not None
    lan.tell("b", None)
    qtbot.waitUntil(lambda: [each.toolTip() for each in links(dialog)] == ["http://192.0.2.7:8080"])
    dialog.reject()
    assert lan.ended.wait(10), "nobody looks once the sign-in is closed"


@pytest.mark.parametrize("fault", [ImportError("zeroconf"), OSError("no network")])
def test_without_network_or_library_one_types_the_address(open_dialog: Callable[..., ConnectDialog], qtbot: QtBot, fault: Exception) -> None:
    asked = threading.Event()

    def browse(tell: object) -> Callable[[], None]:
        asked.set()
        raise fault

    dialog = open_dialog(browse=browse)
    qtbot.waitUntil(asked.is_set)
    assert links(dialog) == [] and dialog.primary.isEnabled()
