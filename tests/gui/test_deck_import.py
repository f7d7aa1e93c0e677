"""The import of prices: the file, what was guessed and said otherwise, what changes, the import and its undoing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.client import NO_LINE
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.tariffs.deck_import import DONE, FILE, PREVIEW, WRITING, DeckImportScreen
from appliance.gui.screens.tariffs.deck_import_preview import summary
from appliance.gui.screens.tariffs.deck_import_sample import said_otherwise
from appliance.wire.decks import DeckAnswers, ProfilePage, ProfileView
from appliance.wire.price_work import PriceWorks
from appliance.wire.problem import Problem
from appliance.wire.rates import RatesChanged
from tests.gui.fake_client import FakeClient
from tests.gui.price_works import Writing, price_work
from tests.gui.prices import SHEETS, deck, do, enabled, tariffs

Shoot = Callable[[QWidget, str], None]


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk, server: FakeClient) -> DeckImportScreen:
    server.answer("tariffs.list", tariffs())
    server.answer("decks.profiles", ProfilePage([ProfileView("Harbour Carrier", DeckAnswers(decimal=",", increments="60/1", keep=True))]))
    server.answer("decks.preview", deck())
    server.answer("rates.writing", PriceWorks([]))
    made = DeckImportScreen(desk, Place("deck_import", filters={"tariff": "carrier cost"}))
    qtbot.addWidget(made)
    made.resize(1180, 720)
    made.show()
    return made


@pytest.fixture
def quick(screen: DeckImportScreen) -> None:
    """A server that is asked often."""
    screen.watch._timer.setInterval(5)


DONE_WORK = price_work(5, "ready", what="import", tariff="carrier cost")


def previewed(screen: DeckImportScreen, qtbot: QtBot, tmp_path: Path) -> DeckImportScreen:
    file = tmp_path / "rates-november.csv"
    file.write_bytes(b"Destination;Dial code\nAlbania;355\n")
    screen.file_step.read(file)
    qtbot.waitUntil(lambda: screen.view is not None)
    return screen


def test_a_file_is_read_and_shown(screen: DeckImportScreen, qtbot: QtBot, server: FakeClient, tmp_path: Path, shoot: Shoot) -> None:
    assert screen.steps.currentIndex() == FILE
    shoot(screen, "deck-file")
    previewed(screen, qtbot, tmp_path)
    asked = server.asked("decks.preview")[-1]
    assert (asked.tariff, asked.file, asked.content[:11]) == ("carrier cost", "rates-november.csv", b"Destination")
    assert screen.steps.currentIndex() == PREVIEW and screen.preview is not None
    assert [screen.preview.bar.tabText(at) for at in range(4)] == ["File", "Problems (2)", "Price rises (1)", "Differences (355)"]
    assert screen.said.text() == (
        "352 prices are written into carrier cost. 3 that the file does not name are removed. "
        "Calls to removed prefixes are priced by a shorter prefix, or refused where there is none."
    )
    assert screen.primary.isEnabled() and "deck.apply" in enabled(screen)
    assert screen.preview.differences is not None
    whats = [str(screen.preview.differences.model.index(row, 0).data()) for row in range(4)]
    assert whats == ["Dearer", "Added", "Cheaper", "Removed"]
    shoot(screen, "deck-differences")
    for at, name in ((0, "deck-columns"), (1, "deck-problems"), (2, "deck-rises")):
        screen.preview.bar.setCurrentIndex(at)
        shoot(screen, name)


def test_guesses_are_said_otherwise(screen: DeckImportScreen, qtbot: QtBot, server: FakeClient, tmp_path: Path) -> None:
    previewed(screen, qtbot, tmp_path)
    assert screen.reading is not None and screen.preview is not None
    assert screen.reading._boxes["decimal"].itemText(0) == "As found: Comma, as in 0,125"
    assert screen.reading.header.placeholderText() == "As found: 3"
    decimal = screen.reading._boxes["decimal"]
    decimal.setCurrentIndex(decimal.findData("."))
    decimal.activated.emit(decimal.currentIndex())
    qtbot.waitUntil(lambda: server.asked("decks.preview")[-1].decimal == ".")
    qtbot.keyClicks(screen.reading.header, "4")
    qtbot.waitUntil(lambda: server.asked("decks.preview")[-1].header_row == 4)
    screen.reading.keep.setChecked(True)
    qtbot.waitUntil(lambda: server.asked("decks.preview")[-1].keep is True)
    box = screen.preview.sample.boxes[6]
    box.setCurrentIndex(box.findData("valid_until"))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: server.asked("decks.preview")[-1].columns is not None)
    assert server.asked("decks.preview")[-1].columns == {
        "prefix": [2],
        "destination": [1],
        "price": [3],
        "first_increment": [4],
        "next_increment": [4],
        "valid_from": [5],
        "valid_until": [6],
    }
    assert said_otherwise({"price": [3], "prefix": [1, 2]}, 2, "price") == {"prefix": [1], "price": [2]}
    assert said_otherwise({"price": [3]}, 3, None) == {}


def test_a_saved_reading_is_chosen(screen: DeckImportScreen, qtbot: QtBot, server: FakeClient, tmp_path: Path) -> None:
    previewed(screen, qtbot, tmp_path)
    assert screen.reading is not None
    box = screen.reading._boxes["profile"]
    qtbot.waitUntil(lambda: box.count() == 2)
    box.setCurrentIndex(1)
    box.activated.emit(1)
    qtbot.waitUntil(lambda: server.asked("decks.preview")[-1].profile == "Harbour Carrier")
    assert screen.reading.keep.isChecked() and screen.reading.increments.text() == "60/1"
    assert screen.reading.save_as.text() == "Harbour Carrier"


def test_import_says_where_prices_go_and_may_be_undone(
    screen: DeckImportScreen, desk: Desk, qtbot: QtBot, server: FakeClient, tmp_path: Path, shoot: Shoot
) -> None:
    previewed(screen, qtbot, tmp_path)
    assert screen.reading is not None
    screen.reading.save_as.setText("November")
    server.answer("decks.apply", deck(applied=True, import_id=42))
    server.answer("rates.writing", lambda _request: PriceWorks([DONE_WORK] if server.asked("decks.apply") else []))
    do(screen, "deck.apply")
    assert screen.steps.currentIndex() == WRITING and screen.leave(), "the server goes on without this page"
    qtbot.waitUntil(lambda: screen.steps.currentIndex() == DONE)
    asked = server.asked("decks.apply")[-1]
    assert (asked.fingerprint, asked.profile, asked.tariff) == ("f1", "November", "carrier cost")
    assert "16" in screen.done_page.since.text() and "Jan" in screen.done_page.since.text(), "when they began to count, and by whom"
    shoot(screen, "deck-done")
    server.answer("rates.undo_import", RatesChanged(added=340, removed=352))
    do(screen, "deck.undo")
    qtbot.waitUntil(lambda: "undone" in screen.done_page.heading.text())
    assert server.asked("rates.undo_import")[-1].import_id == 42
    assert "deck.undo" not in enabled(screen)
    do(screen, "deck.prices")
    assert desk.places == [Place("tariff", 1)]  # type: ignore[attr-defined]


def test_an_import_is_stopped_and_changes_nothing(
    screen: DeckImportScreen, qtbot: QtBot, server: FakeClient, tmp_path: Path, shoot: Shoot, quick: None
) -> None:
    previewed(screen, qtbot, tmp_path)
    Writing(server, "decks.apply", what="import", tariff="carrier cost", file="rates-november.csv")
    screen.apply()
    qtbot.waitUntil(lambda: "120 of 1,204" in screen.writing.said.text())
    assert "deck.stop" in enabled(screen) and "deck.file" not in enabled(screen)
    shoot(screen, "deck-writing")
    screen.writing.stop.click()
    qtbot.waitUntil(lambda: screen.steps.currentIndex() == PREVIEW)
    assert screen.said.text() == "Stopped. Nothing was changed." and screen.primary.isEnabled(), "it can be begun again"


def test_whoever_comes_back_sees_the_import_going_on_and_its_end(
    screen: DeckImportScreen, qtbot: QtBot, desk: Desk, server: FakeClient, tmp_path: Path, quick: None
) -> None:
    said: list[str] = []
    desk.told.connect(lambda text, _undo: said.append(text))
    previewed(screen, qtbot, tmp_path)
    writing = Writing(server, "decks.apply", what="import", tariff="carrier cost", file="rates-november.csv")
    screen.apply()
    qtbot.waitUntil(lambda: "120 of 1,204" in screen.writing.said.text())
    screen.hide()
    later = DeckImportScreen(desk, Place("deck_import"))
    qtbot.addWidget(later)
    later.show()
    qtbot.waitUntil(lambda: later.steps.currentIndex() == WRITING)
    assert later.writing.heading.text() == "carrier cost   ·   rates-november.csv"
    later.hide()
    writing.end("ready")
    qtbot.waitUntil(lambda: later.steps.currentIndex() == DONE)
    assert said == ["The prices of carrier cost are in use"], "no screen showed it"
    anew = DeckImportScreen(desk, Place("deck_import"))
    qtbot.addWidget(anew)
    anew.show()
    qtbot.waitUntil(lambda: anew.last.text().startswith("rates-november.csv   ·   The prices of carrier cost are in use"))


def test_what_the_server_never_heard_of_is_given_up(screen: DeckImportScreen, qtbot: QtBot, server: FakeClient, tmp_path: Path, quick: None) -> None:
    previewed(screen, qtbot, tmp_path)
    server.answer("rates.writing", PriceWorks([]))
    server.answer("decks.apply", Problem(detail="The server does not answer.", code=NO_LINE))
    screen.apply()
    qtbot.waitUntil(lambda: screen.steps.currentIndex() == PREVIEW)
    assert screen.said.text() == "Nothing was written." and screen.problem.isVisible()


def test_what_is_missing_or_unchanged_cannot_be_imported(
    screen: DeckImportScreen, qtbot: QtBot, server: FakeClient, tmp_path: Path, shoot: Shoot
) -> None:
    server.answer("decks.preview", deck(missing=["price"], rates=0, added=0, changed=0, removed=0, differences=[], rises=[], rise_count=0))
    previewed(screen, qtbot, tmp_path)
    assert screen.said.text() == "Say which column holds: Price."
    assert not screen.primary.isEnabled() and screen.preview is not None and screen.preview.bar.currentIndex() == 0
    shoot(screen, "deck-missing")
    assert "Nothing would change" in summary(deck(added=0, changed=0, removed=0))
    assert "No line" in summary(deck(rates=0))
    assert summary(deck(new_tariff=True, removed=0)).startswith("The base tariff carrier cost is made.")


def test_faults_are_said_where_they_are(screen: DeckImportScreen, qtbot: QtBot, server: FakeClient, tmp_path: Path, shoot: Shoot) -> None:
    screen.file_step.read(tmp_path / "missing.csv")
    assert "could not be read" in screen.file_step.form.problem.text
    server.answer("decks.preview", Problem(status=400, code="deck.empty", detail="The file holds no rows.", field="content"))
    file = tmp_path / "empty.csv"
    file.write_bytes(b"\n")
    screen.file_step.read(file)
    qtbot.waitUntil(lambda: "holds no rows" in screen.file_step.form.problem.text and screen.steps.currentIndex() == FILE)
    shoot(screen, "deck-fault")
    server.answer("decks.preview", deck(removed=0))
    previewed(screen, qtbot, tmp_path)
    server.answer("decks.apply", Problem(status=409, code="deck.changed_since_preview", detail="The tariff was changed meanwhile."))
    do(screen, "deck.apply")
    qtbot.waitUntil(lambda: screen.problem.text == "The tariff was changed meanwhile.")
    assert screen.said.text() == "Nothing was written." and screen.primary.isEnabled() and screen.leave()
    shoot(screen, "deck-refused")


def test_a_tariff_must_be_named(screen: DeckImportScreen, server: FakeClient, tmp_path: Path) -> None:
    screen.file_step.tariff.set_value(None)
    file = tmp_path / "rates.csv"
    file.write_bytes(b"a,b\n")
    screen.file_step.read(file)
    assert not server.asked("decks.preview")
    assert screen.file_step.form._fields["tariff"].fault.text() == "Into tariff is needed."


def test_a_workbook_in_dark_and_arabic(screen: DeckImportScreen, desk: Desk, qtbot: QtBot, server: FakeClient, tmp_path: Path, shoot: Shoot) -> None:
    found = deck()
    server.answer("decks.preview", deck(guessed=type(found.guessed)(**{**_plain(found.guessed), "delimiter": "", "encoding": "", "sheets": SHEETS})))
    desk.theme.choose("dark")
    previewed(screen, qtbot, tmp_path)
    assert screen.reading is not None
    sheets = screen.reading._boxes["sheet"]
    assert [sheets.itemText(at) for at in range(1, 3)] == ["Rates", "Old rates (hidden)"]
    assert screen.reading._boxes["delimiter"].isHidden() or not screen.reading._boxes["delimiter"].isVisible()
    shoot(screen, "deck-dark")
    desk.theme.choose("light")
    words.use("ar")
    QApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    qtbot.wait(20)
    shoot(screen, "deck-arabic")


def _plain(view: object) -> dict[str, object]:
    return {name: getattr(view, name) for name in type(view).__struct_fields__}  # type: ignore[attr-defined]
