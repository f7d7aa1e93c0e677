"""Messages: letters to a selection, the outbox, the wordings with what one reads of them, and a customer's letters."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.customers.customer_letters import LettersTab
from appliance.gui.screens.messages.letter_new import LetterScreen
from appliance.gui.screens.messages.letters import LettersScreen
from appliance.gui.screens.messages.mail_templates import TemplatesScreen
from appliance.gui.screens.messages.outbox import OutboxScreen
from appliance.gui.theme import DARK
from appliance.wire.endpoints import EndpointPage
from appliance.wire.letters import CustomerLetterPage, CustomerLetterView, LetterCount, LetterPage, LetterPreview, LetterSelection, LetterView
from appliance.wire.messages import MessagePage, MessagePreview, MessageView, TemplatePage, TemplatePreview, TemplateSet, TemplateView
from appliance.wire.problem import Problem
from appliance.wire.shapes import Done
from tests.gui.fake_client import FakeClient
from tests.gui.people import endpoint
from tests.gui.prices import dialog, do, enabled

Shoot = Callable[[QWidget, str], None]
AT = "2026-11-20T09:12:00Z"


@pytest.fixture
def told(desk: Desk) -> list[str]:
    found: list[str] = []
    desk.told.connect(lambda text, undo: found.append(text))
    return found


def page_of(text: str) -> str:
    return f'<html><body style="font-family:sans-serif"><h2 style="color:#1f5fbf">Harbour Telecom</h2><p>{text}</p></body></html>'


def templates(own: str = "") -> TemplatePage:
    found = []
    for name in ("details", "letter", "payments_page"):
        for language in ("en", "es", "ar"):
            text = own if own and name == "letter" and language == "en" else f"Dear {{customer}}, this is the {name} in {language}."
            found.append(
                TemplateView(
                    name, language, bool(own) and text == own, f"News of {{brand}} ({language})", text, f"<p>{text}</p>", ["customer", "brand"]
                )
            )
    return TemplatePage(found)


def preview(asked: TemplatePreview) -> MessagePreview | Problem:
    if "{pasword}" in asked.text:
        return Problem(status=422, code="template.field", detail="There is no field {pasword} in this template.", field="text")
    text = asked.text.replace("{customer}", "Anna de Vries")
    return MessagePreview(asked.subject.replace("{brand}", "Harbour Telecom"), text, page_of(text))


def letter_preview(asked: LetterPreview) -> MessagePreview:
    text = next((each.text for each in asked.texts.values()), "Dear {customer}, the office is closed on Friday.")
    text = text.replace("{customer}", "Anna de Vries")
    return MessagePreview("News of Harbour Telecom", text, page_of(text))


def messages() -> MessagePage:
    def one(identity: int, kind: str, state: str, **more: object) -> MessageView:
        values: dict[str, object] = {
            "id": identity, "made_at": AT, "kind": kind, "recipient": "anna@example.com", "customer": "Anna de Vries", "reseller": "Harbour Telecom",
            "state": state, "tries": 1, "next_try_at": None, "sent_at": AT if state == "sent" else None, "error": None,
        }  # fmt: skip
        return MessageView(**(values | more))  # type: ignore[arg-type]

    gone = "550 5.1.1 <nobody@old.example>: there is no such mailbox here"
    waits = "The e-mail server mail.harbour.example did not answer."
    return MessagePage([
        one(4, "letter", "waiting", error=waits, next_try_at="2026-11-20T09:17:00Z"),
        one(3, "invoice", "failed", error=gone, recipient="nobody@old.example", customer="Locutorio Central"),
        one(2, "details", "sent"),
        one(1, "test", "sent", customer=None),
    ])  # fmt: skip


# letters -------------------------------------------------------------------------------------------------------------------
def test_a_letter_goes_to_a_selection_that_was_counted_and_seen(qtbot: QtBot, desk: Desk, server: FakeClient, told: list[str], shoot: Shoot) -> None:
    def count(asked: LetterSelection) -> LetterCount:
        return (
            LetterCount(2, 1, {"en": 1}, ["Anna de Vries", "Anna Bell"])
            if asked.search
            else LetterCount(214, 190, {"en": 100, "es": 90}, ["Anna de Vries"])
        )

    server.answer("messages.count", count)
    server.answer("messages.letter_preview", letter_preview)
    screen = LetterScreen(desk, Place("letter"))
    qtbot.addWidget(screen)
    screen.resize(980, 620)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: "Friday" in screen.preview.text.toPlainText())
    assert screen.told.text() == "214 customers, 190 with an e-mail address." and screen.named.text() == "Anna de Vries and 213 more"
    assert screen.preview.subject.text() == "News of Harbour Telecom"
    shoot(screen, "letter-new")
    screen.whom.field("search").setText("anna")  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: screen.told.text().startswith("2 customers"))
    do(screen, "letter.send")
    asked = dialog()
    assert any("1 e-mail goes out" in each.text() for each in asked.findChildren(QLabel))
    shoot(asked, "letter-confirm")
    server.answer("messages.send_letter", LetterView(7, AT, "Harbour Telecom", "mira", "letter", "News", 1, 0))
    asked.findChild(QPushButton, "do").click()
    qtbot.waitUntil(lambda: bool(told))
    sent = server.asked("messages.send_letter")[-1]
    assert (sent.search, sent.expected, sent.texts) == ("anna", 1, {})
    assert desk.places[-1].name == "letters"  # type: ignore[attr-defined]


def test_a_letter_is_written_in_two_languages_to_chosen_customers(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("messages.count", LetterCount(2, 2, {"en": 1, "es": 1}, ["Anna de Vries", "Carlos"]))
    server.answer("messages.letter_preview", letter_preview)
    server.answer("messages.templates", templates())
    screen = LetterScreen(desk, Place("letter", filters={"customers": "4,9"}))
    qtbot.addWidget(screen)
    screen.resize(980, 760)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: "letter.send" in enabled(screen))
    assert server.asked("messages.count")[-1].customers == [4, 9]
    screen.how.fill({"wording": "own"})
    qtbot.waitUntil(lambda: "the letter in en" in screen.wording.text.toPlainText())
    screen.wording.text.setPlainText("Dear {customer}, we move to a new shop.")
    screen.wording.put("brand")
    qtbot.waitUntil(lambda: "Anna de Vries, we move" in screen.preview.text.toPlainText())
    shoot(screen, "letter-own")
    screen.how.fill({"language": "es"})
    qtbot.waitUntil(lambda: "the letter in es" in screen.wording.text.toPlainText())
    screen.wording.text.setPlainText("Hola {customer}, nos mudamos.")
    qtbot.waitUntil(lambda: any("es" in each.texts for each in server.asked("messages.letter_preview")))
    texts = server.asked("messages.letter_preview")[-1].texts
    assert set(texts) == {"en", "es"} and "{brand}" in texts["en"].text
    assert not screen.leave()  # it asks first
    dialog().reject()


def test_letters_say_how_far_they_are(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("messages.letters", LetterPage([
        LetterView(2, AT, "Harbour Telecom", "mira", "letter", "We are closed on Friday", 190, 41),
        LetterView(1, AT, "Harbour Telecom", "tollhouse", "price_rise", "New prices from 1 December", 12, 12),
    ]))  # fmt: skip
    screen = LettersScreen(desk, Place("letters"))
    qtbot.addWidget(screen)
    screen.resize(900, 360)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: bool(screen.list.model.rows))
    shoot(screen, "letters")
    do(screen, "letters.write")
    assert desk.places[-1].name == "letter"  # type: ignore[attr-defined]


# outbox --------------------------------------------------------------------------------------------------------------------
def test_the_outbox_says_why_and_tries_again(qtbot: QtBot, desk: Desk, server: FakeClient, told: list[str], shoot: Shoot) -> None:
    server.answer("messages.list", messages())
    screen = OutboxScreen(desk, Place("outbox"))
    qtbot.addWidget(screen)
    screen.resize(1000, 360)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: len(screen.list.model.rows) == 4)
    assert screen.list.footer.text() == "1 waiting   ·   1 given up"
    shoot(screen, "outbox")
    screen.list.table.choose(2)
    assert "outbox.retry" not in enabled(screen)  # it went
    screen.list.table.choose(1)
    server.answer("messages.retry", Done())
    do(screen, "outbox.retry")
    qtbot.waitUntil(lambda: bool(told))
    assert server.asked("messages.retry")[-1].id == 3
    screen.list.set_filter("state", "failed")
    qtbot.waitUntil(lambda: server.asked("messages.list")[-1].state == "failed")


# wordings ------------------------------------------------------------------------------------------------------------------
@pytest.fixture
def wordings(qtbot: QtBot, desk: Desk, server: FakeClient) -> TemplatesScreen:
    server.answer("messages.templates", templates())
    server.answer("messages.preview", preview)
    made = TemplatesScreen(desk, Place("templates", filters={"name": "letter"}))
    qtbot.addWidget(made)
    made.resize(1000, 560)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: "Anna" in made.preview.text.toPlainText())
    return made


def test_a_wording_is_seen_while_it_is_typed_saved_and_reset(
    wordings: TemplatesScreen, qtbot: QtBot, desk: Desk, server: FakeClient, told: list[str], shoot: Shoot
) -> None:
    undos: list[Callable[[], None] | None] = []
    desk.told.connect(lambda text, undo: undos.append(undo))
    assert wordings.current is not None and wordings.current.name == "letter" and "template.save" not in enabled(wordings)
    wordings.wording.text.setPlainText("Hello {customer}, the bridge is open again.")
    assert "template.save" in enabled(wordings)
    qtbot.waitUntil(lambda: "Anna de Vries, the bridge" in wordings.preview.text.toPlainText())
    shoot(wordings, "templates")

    def kept(asked: TemplateSet) -> TemplateView:
        return TemplateView(
            asked.name, asked.language, bool(asked.text), asked.subject or "News", asked.text or "Dear {customer}.", asked.html, ["customer"]
        )

    server.answer("messages.set_template", kept)
    do(wordings, "template.save")
    qtbot.waitUntil(lambda: bool(told))
    asked = server.asked("messages.set_template")[-1]
    assert (asked.name, asked.language, asked.text) == ("letter", "en", "Hello {customer}, the bridge is open again.")
    assert "template.save" not in enabled(wordings) and "template.reset" in enabled(wordings)
    do(wordings, "template.reset")
    qtbot.waitUntil(lambda: len(told) == 2)
    assert server.asked("messages.set_template")[-1].text == "" and "template.reset" not in enabled(wordings)
    undo = undos[-1]
    assert undo is not None
    undo()
    qtbot.waitUntil(lambda: server.asked("messages.set_template")[-1].text.startswith("Hello"))


def test_what_is_typed_stays_while_others_are_looked_at(wordings: TemplatesScreen, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    wordings.wording.text.setPlainText("Hello {pasword}.")
    qtbot.waitUntil(lambda: "no field {pasword}" in wordings.wording.problem.text)
    shoot(wordings, "templates-fault")
    wordings.names.setCurrentRow(2)
    qtbot.waitUntil(lambda: wordings.wording.problem.text == "")
    assert "payments_page" in wordings.wording.text.toPlainText() and not wordings.dirty
    wordings.language.setCurrentIndex(wordings.language.findData("es"))
    assert "in es" in wordings.wording.text.toPlainText()
    wordings.language.setCurrentIndex(wordings.language.findData("en"))
    wordings.names.setCurrentRow(1)
    assert wordings.wording.text.toPlainText() == "Hello {pasword}." and wordings.dirty
    assert not wordings.leave()
    dialog().reject()
    do(wordings, "template.drop")
    assert not wordings.dirty and "the letter in en" in wordings.wording.text.toPlainText()


def test_a_wording_is_seen_with_the_data_of_a_real_endpoint_where_there_is_one(wordings: TemplatesScreen, qtbot: QtBot, server: FakeClient) -> None:
    assert server.asked("messages.preview")[-1].endpoint is None, "nobody has a phone yet"
    assert wordings.whose.text().startswith("Every name, sum and date below is made up.")
    server.answer("endpoints.list", EndpointPage([endpoint(7)]))
    wordings.refresh()
    qtbot.waitUntil(lambda: server.asked("messages.preview")[-1].endpoint == 7)
    assert wordings.whose.text().startswith("Sums, dates, links and passwords below are made up")
    server.answer("endpoints.list", EndpointPage([endpoint(7), endpoint(8, number="1000002")]))
    wordings.somebody.ask()
    qtbot.waitUntil(lambda: wordings.somebody.findText("1000002", Qt.MatchFlag.MatchStartsWith) >= 0)
    at = wordings.somebody.findText("1000002", Qt.MatchFlag.MatchStartsWith)
    wordings.somebody.setCurrentIndex(at)
    wordings.somebody.activated.emit(at)
    qtbot.waitUntil(lambda: server.asked("messages.preview")[-1].endpoint == 8)


def test_the_e_mail_stands_below_its_wording_where_the_window_is_narrow(wordings: TemplatesScreen, qtbot: QtBot) -> None:
    beside = wordings.halves.orientation()
    wordings.resize(620, 480)
    qtbot.waitUntil(lambda: wordings.halves.orientation() == Qt.Orientation.Vertical)
    wordings.resize(1000, 560)
    qtbot.waitUntil(lambda: wordings.halves.orientation() == beside == Qt.Orientation.Horizontal)


# a customer's --------------------------------------------------------------------------------------------------------------
def test_a_customer_was_told(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("messages.of_customer", CustomerLetterPage([
        CustomerLetterView(2, 2, AT, "letter", "We are closed on Friday", "Dear Anna,\n\nwe are closed on Friday.", "sent"),
        CustomerLetterView(1, 1, AT, "price_rise", "New prices", "Dear Anna,\n\nprices rise.", ""),
    ]))  # fmt: skip
    tab = LettersTab(desk, 4)
    qtbot.addWidget(tab)
    tab.resize(860, 420)
    tab.show()
    tab.refresh()
    qtbot.waitUntil(lambda: bool(tab.list.model.rows))
    tab.list.table.choose(0)
    assert tab.text.toPlainText().startswith("Dear Anna")
    shoot(tab, "customer-letters")
    tab.write()
    assert desk.places[-1].filters == {"customers": "4"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("look", ["dark", "arabic"])
def test_looks(qtbot: QtBot, qapp: QApplication, desk: Desk, server: FakeClient, shoot: Shoot, look: str) -> None:
    if look == "dark":
        desk.theme.choose(DARK)
    else:
        words.use("ar")
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    server.answer("messages.list", messages())
    server.answer("messages.templates", templates())
    server.answer("messages.preview", preview)
    server.answer("messages.count", LetterCount(2, 2, {"en": 2}, ["Anna de Vries", "Carlos"]))
    server.answer("messages.letter_preview", letter_preview)
    for name, kind in (("outbox", OutboxScreen), ("templates", TemplatesScreen), ("letter", LetterScreen)):
        made = kind(desk, Place(name))
        qtbot.addWidget(made)
        made.resize(640, 480)
        made.show()
        made.refresh()
        qtbot.waitUntil(lambda made=made: bool(made.list.model.rows if isinstance(made, OutboxScreen) else made.preview.text.toPlainText()))  # type: ignore[misc]
        shoot(made, f"{name}-{look}")
