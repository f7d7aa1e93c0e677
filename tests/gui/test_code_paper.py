"""A new password on paper: the operator's one-time code and the customer's, as a page with a code that a telephone reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.customers.endpoint_forms import web_code
from appliance.gui.screens.parts.code_paper import CodePaper, drawn
from appliance.gui.screens.settings.operators import OperatorsScreen
from appliance.gui.screens.settings.operators_code import SecretDialog
from appliance.gui.widgets.document_view import DocumentDialog, Pages
from appliance.wire.customers import WebLoginView
from appliance.wire.operators import OneTimeCode
from appliance.wire.web_codes import WebCode
from tests.gui import people
from tests.gui.fake_client import FakeClient

Shoot = Callable[[QWidget, str], None]
UNTIL = "2026-02-01T10:00:00.000Z"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_page_holds_the_code_and_its_steps(qapp: QApplication, shoot: Shoot, language: str) -> None:
    if language == "ar":
        words.use("ar")
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    link = "https://my.example.test/new-password?code=7F3K-9QWD-2X2M-AAAA"
    paper = CodePaper(
        "New password for anna", "Harbour Telecom", "7F3K-9QWD-2X2M-AAAA", ["Open https://my.example.test/new-password.", "Type the code."], link
    )
    made = drawn(paper)
    pages = Pages(made.content)
    assert made.content_type == "application/pdf" and len(pages) == 1
    image = pages.image(0, 100)
    dark = sum(image.pixelColor(x, y).lightness() < 80 for x in range(0, image.width(), 4) for y in range(0, image.height(), 4))
    assert dark > 150  # the text and the picture are on it
    without = Pages(drawn(paper._replace(link="")).content).image(0, 100)
    assert sum(without.pixelColor(x, y).lightness() < 80 for x in range(0, without.width(), 4) for y in range(0, without.height(), 4)) < dark
    text = pages._document[0].get_textpage().get_text_range()
    assert "7F3K-9QWD-2X2M-AAAA" in text and "Type the code" in text


def test_an_operators_code_goes_on_paper(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    screen = OperatorsScreen(desk, Place("operators"))
    qtbot.addWidget(screen)
    screen.show()
    screen._code(OneTimeCode("till", "AAAA-BBBB-CCCC-DDDD", UNTIL))
    dialog = screen.findChild(SecretDialog)
    assert dialog is not None
    dialog.print_button.click()
    paper = screen.findChild(DocumentDialog)
    assert paper is not None and len(paper.pages) == 1 and "AAAA-BBBB-CCCC-DDDD" in paper.pages._document[0].get_textpage().get_text_range()


def test_a_customer_without_e_mail_gets_a_code_on_paper(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer(
        "customers.web_code",
        WebCode("Harbour Telecom", "anna", "AAAA-BBBB-CCCC-DDDD", "https://my.test/new-password", "https://my.test/new-password?code=A", UNTIL),
    )
    owner = QWidget()
    qtbot.addWidget(owner)
    owner.show()
    web_code(desk, owner, people.customer(), WebLoginView(1, "anna", False, False, False))
    asking = owner.findChild(QDialog, "confirm")
    assert asking is not None
    asking.findChild(QPushButton, "do").click()  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: owner.findChild(DocumentDialog) is not None)
    paper = owner.findChild(DocumentDialog)
    assert paper is not None
    assert server.asked("customers.web_code")[-1].login == "anna"
    shoot(paper, "code-paper")
