"""The set-up against a real server, a carrier and a phone: from an empty folder to the first billed call, ticked as it happens (N13, N15)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from appliance.clock import SystemClock
from appliance.demo_loop import AgentLoop
from appliance.gui.app import Console
from appliance.gui.memory import Memory
from appliance.gui.screens.settings.operators_code import SecretDialog
from appliance.gui.screens.setup.setup import SetupScreen
from tests.helpers.appliance import Appliance, wait_for
from tests.helpers.phone import Phone, peers
from tests.helpers.trunk import Answer, ScriptedTrunk

Shoot = Callable[[QWidget, str], None]
PASSWORD = "correct horse battery"
SECONDS = 20_000


@pytest.fixture
def loop() -> Iterator[AgentLoop]:
    with peers() as running:
        yield running


@pytest.fixture
def trunk(loop: AgentLoop) -> Iterator[ScriptedTrunk]:
    one = ScriptedTrunk(loop, credentials=("harbour", "carrier-secret"), frequency=620.0, rules={"": Answer(after=0.2)})
    yield one
    one.close()


@pytest.fixture
def appliance(tmp_path: Path) -> Iterator[Appliance]:
    one = Appliance(tmp_path / "server")
    one.folder.mkdir()
    yield one
    one.kill()
    one.assert_clean_log()


@pytest.fixture
def console(qapp: QApplication, qtbot: QtBot, memory: Memory, appliance: Appliance) -> Iterator[Console]:
    """A console at the sign-in of a server that nobody owns yet."""
    ready = appliance.serve("--media", "127.0.0.1:38000-38099")
    code = wait_for(lambda: re.search(r"set-up code: (\S+)", appliance.log()), 20, "the set-up code")[1]
    qapp.setQuitOnLastWindowClosed(False)
    made = Console(qapp, memory, SystemClock(), url=str(ready["web"]), setup_code=code)
    made.begin()
    yield made
    made.close()
    qtbot.wait(50)


def begun(console: Console, qtbot: QtBot) -> SetupScreen:
    """The business and its owner; the set-up opens by itself."""
    dialog = console.dialog
    assert dialog is not None
    dialog.form.fill({"name": "Mira Owner", "login": "mira", "password": PASSWORD, "business": "Harbour Telecom", "country": "NL"})
    dialog.submit()
    qtbot.waitUntil(lambda: console.signed is not None and bool(console.signed.windows), timeout=SECONDS)
    assert console.signed is not None
    window = console.signed.windows[0]
    window.resize(1280, 800)
    screen = window.screen_shown
    assert isinstance(screen, SetupScreen)
    qtbot.waitUntil(lambda: screen.state.known and screen.at == "trunk", timeout=SECONDS)
    return screen


def write(page: Any, **texts: str) -> None:
    for name, text in texts.items():
        field = page.form.field(name)
        assert isinstance(field, QLineEdit)
        field.setText(text)


def second_copy(screen: SetupScreen, qtbot: QtBot, folder: Path) -> None:
    """Dialling as at home, and a copy elsewhere that begins at once."""
    screen.show_step("business")
    page: Any = screen.pages["business"]
    qtbot.waitUntil(lambda: page.form.field("dial_country").text() == "31", timeout=SECONDS)
    page.copy.form.fill({"folder": str(folder)})
    page.copy.start.click()
    qtbot.waitUntil(lambda: any(each.isVisible() for each in screen.window().findChildren(SecretDialog)), timeout=SECONDS)
    phrase = next(each for each in screen.window().findChildren(SecretDialog) if each.isVisible())
    assert len(phrase.secret) == 29
    phrase.accept()
    screen.primary.click()
    qtbot.waitUntil(lambda: screen.at == "trunk", timeout=SECONDS)
    qtbot.waitUntil(lambda: page.copy.told.text() != "" and any(folder.rglob("*.full")), timeout=SECONDS)


def test_from_an_empty_folder_to_the_first_billed_call(
    console: Console, qtbot: QtBot, appliance: Appliance, trunk: ScriptedTrunk, loop: AgentLoop, tmp_path: Path, shoot: Shoot
) -> None:
    screen = begun(console, qtbot)
    elsewhere = tmp_path / "nas"
    elsewhere.mkdir()
    second_copy(screen, qtbot, elsewhere)
    line: Any = screen.pages["trunk"]
    write(line, name="Blue Carrier", host="127.0.0.1", port=str(trunk.port), username="harbour", password="carrier-secret")
    line.form.fill({"register": True})
    screen.primary.click()
    qtbot.waitUntil(lambda: line.found.trunk is not None and line.found.trunk.registered is True, timeout=SECONDS)
    assert "We are registered" in line.state.text()
    write(line.test, number="+31 6 12345678")
    line.test.start_button.click()
    with qtbot.waitSignal(line.test.over, timeout=SECONDS) as told:
        pass
    assert told.args is not None and told.args[0].state == "ended", line.test.told.text()
    shoot(screen.window(), "whole-trunk")
    qtbot.waitUntil(lambda: screen.primary.text() == "Go on", timeout=SECONDS)
    screen.primary.click()
    screen.pages["prices"].sample_button.click()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: screen.at == "markup", timeout=SECONDS)
    markup: Any = screen.pages["markup"]
    qtbot.waitUntil(lambda: bool(markup.rows) and screen.primary.isVisible(), timeout=SECONDS)
    markup.markup.percent_line.setText("40")
    shoot(screen.window(), "whole-markup")
    screen.primary.click()
    qtbot.waitUntil(lambda: screen.at == "customer", timeout=SECONDS)
    first_customer(screen, qtbot, appliance, loop, shoot)
    appliance.verify()


def first_customer(screen: SetupScreen, qtbot: QtBot, appliance: Appliance, loop: AgentLoop, shoot: Shoot) -> None:
    """The phone is set up with what the screen shows, and each tick comes by itself."""
    page: Any = screen.pages["customer"]
    write(page, name="Mira")
    screen.primary.click()
    qtbot.waitUntil(lambda: page.secret is not None, timeout=SECONDS)
    secret = page.secret
    assert (secret.server, secret.port) == ("127.0.0.1", appliance.sip_port), "a phone can reach what the code says"
    phone = Phone(loop, (secret.server, secret.port), secret.auth_name, secret.password, domain=secret.server, frequency=440.0)
    assert page.tried.ticks == [False, False, False]
    assert phone.register(), phone.register_status
    qtbot.waitUntil(lambda: page.tried.ticks == [True, False, False], timeout=SECONDS)
    echo = phone.call_answered(page.found.echo_number)
    qtbot.waitUntil(lambda: page.tried.ticks == [True, True, False], timeout=SECONDS)
    echo.hang_up()
    call = phone.call_answered("0612345678")  # as one dials at home
    qtbot.wait(1100)
    call.hang_up()
    qtbot.waitUntil(lambda: page.tried.ticks == [True, True, True], timeout=SECONDS)
    assert "+31 6 12345678" in page.tried._lines[2][2].text()
    qtbot.waitUntil(lambda: screen.state.found.left == [], timeout=SECONDS)
    shoot(screen.window(), "whole-done")
