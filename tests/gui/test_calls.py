"""Calls and running calls as a person uses them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.calls import call_explained, call_page
from appliance.gui.screens.calls.call_page import CallScreen
from appliance.gui.screens.calls.calls import CallsScreen
from appliance.gui.screens.calls.live_calls import LiveCallsScreen
from appliance.gui.screens.parts.call_filters import bounds, today
from appliance.gui.screens.parts.file_export import Export
from appliance.gui.theme import DARK
from appliance.wire.calls import LiveNews, RunningCalls
from appliance.wire.cdrs import CdrExport, CdrPage, CdrWorkbook
from appliance.wire.customers import CustomerPage
from appliance.wire.problem import Problem
from appliance.wire.rates import RatesChanged
from appliance.wire.records import MediaView
from appliance.wire.shapes import Done
from tests.gui import trade
from tests.gui.fake_client import FakeClient

Shoot = Callable[[QWidget, str], None]
WIDE = (1100, 640)


def shown(qtbot: QtBot, screen: QWidget) -> None:
    qtbot.addWidget(screen)
    screen.resize(*WIDE)
    screen.show()


def calls(qtbot: QtBot, desk: Desk, server: FakeClient, **filters: str) -> CallsScreen:
    server.answer("cdrs.list", trade.cdr_page())
    server.answer("cdrs.totals", trade.TOTALS)
    screen = CallsScreen(desk, Place("calls", filters=filters))
    shown(qtbot, screen)
    screen.refresh()
    qtbot.waitUntil(lambda: screen.list.totals is not None)
    return screen


def do(screen: QWidget, name: str) -> None:
    """Run an action of the right bar by its name."""
    next(each for each in screen.verbs() if each.name == name).run()  # type: ignore[attr-defined]


def test_calls_are_listed_with_the_totals_of_all_that_fits(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    screen = calls(qtbot, desk, server)
    assert screen.list.counted.text() == "1,204"
    assert "price 1,250.40\u00a0EUR" in screen.list.footer.text()
    assert "margin 270.30\u00a0EUR" in screen.list.footer.text()
    request = server.asked("cdrs.list")[-1]
    assert request.since is not None and request.until is None
    shoot(screen, "calls")


def test_the_filter_line_narrows_list_and_totals_alike(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    screen = calls(qtbot, desk, server)
    screen.list.calls.search.setText("+31 6")
    qtbot.waitUntil(lambda: server.asked("cdrs.list")[-1].number == "316")
    qtbot.waitUntil(lambda: server.asked("cdrs.totals")[-1].number == "316")
    screen.list.calls.search.setText("mobile")
    qtbot.waitUntil(lambda: server.asked("cdrs.list")[-1].destination == "mobile")
    screen.list.filters["result"].setCurrentIndex(1)
    qtbot.waitUntil(lambda: server.asked("cdrs.list")[-1].result == "answered")
    screen.list.calls.trunk.set_value("KPN")
    qtbot.waitUntil(lambda: server.asked("cdrs.list")[-1].trunk == "KPN")
    screen.list.clear_filters()
    qtbot.waitUntil(lambda: server.asked("cdrs.list")[-1] == msgspec.structs.replace(server.asked("cdrs.list")[0], limit=100))
    assert not screen.list.calls.narrowed()


def test_a_place_brings_its_filters(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    calls(qtbot, desk, server, customer="Alice Smith", period="today")
    request = server.asked("cdrs.list")[-1]
    assert (request.customer, request.since) == ("Alice Smith", bounds("today", today(desk.clock))[0])
    calls(qtbot, desk, server, trunk="KPN")
    assert (server.asked("cdrs.list")[-1].trunk, server.asked("cdrs.list")[-1].since) == ("KPN", None)


def test_no_calls_offer_all_time(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    screen = CallsScreen(desk, Place("calls"))
    shown(qtbot, screen)
    screen.refresh()
    qtbot.waitUntil(lambda: bool(server.asked("cdrs.list")))
    qtbot.waitUntil(lambda: any(each.text() == "Show all time" for each in screen.findChildren(QPushButton)))
    shoot(screen, "calls-empty")
    next(each for each in screen.findChildren(QPushButton) if each.text() == "Show all time").click()
    qtbot.waitUntil(lambda: server.asked("cdrs.list")[-1].since is None)


def test_a_list_that_could_not_be_had_says_why(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("cdrs.list", Problem(status=503, code="store.busy", detail="The disk is busy. Try again in a moment."))
    screen = CallsScreen(desk, Place("calls"))
    shown(qtbot, screen)
    screen.refresh()
    qtbot.waitUntil(lambda: any(each.text() == "Try again" for each in screen.findChildren(QPushButton)))
    shoot(screen, "calls-error")


def test_actions_of_a_chosen_call(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    screen = calls(qtbot, desk, server)
    assert not next(each for each in screen.verbs() if each.name == "calls.open").enabled
    screen.list.table.choose(0)
    do(screen, "calls.open")
    assert desk.places[-1] == Place("call", id=30)  # type: ignore[attr-defined]
    do(screen, "calls.copy")
    assert QGuiApplication.clipboard().text() == "31612345678"
    told: list[str] = []
    desk.told.connect(lambda text, undo: told.append(text))
    server.answer("customers.list", CustomerPage([]))
    do(screen, "calls.customer")
    qtbot.waitUntil(lambda: told == ["Alice Smith is not among the customers any more."])


def test_new_calls_come_by_themselves_and_not_too_often(qtbot: QtBot, desk: Desk, server: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.gui.screens.calls.calls.FRESH_MS", 30)
    screen = calls(qtbot, desk, server)
    before = len(server.asked("cdrs.list"))
    for _each in range(20):
        screen.on_changes({"call": frozenset({1})})
    qtbot.waitUntil(lambda: len(server.asked("cdrs.list")) == before + 1)
    qtbot.wait(80)
    assert len(server.asked("cdrs.list")) == before + 1


class Network(QObject):
    """A network reply that the test feeds."""

    readyRead = Signal()  # noqa: N815
    finished = Signal()


def test_an_export_writes_line_by_line_and_leaves_nothing_when_cancelled(qtbot: QtBot, desk: Desk, server: FakeClient, tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    export = Export(desk.client, CdrExport(trunk="KPN"), str(file))
    export._file.open(export._file.OpenModeFlag.WriteOnly)
    counted: list[int] = []
    export.progressed.connect(counted.append)
    export.take(b"id,started_at\r\n1,now\r\n")
    export.take(b"2,then\r\n")
    with qtbot.waitSignal(export.done) as done:
        export.close()
    assert (counted, done.args, file.read_bytes().count(b"\n")) == ([1, 2], [2], 3)
    other = Export(desk.client, CdrExport(), str(tmp_path / "other.csv"))
    other._file.open(other._file.OpenModeFlag.WriteOnly)
    other.take(b"half")
    other.cancel()
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_cannot_be_written_is_told(qtbot: QtBot, desk: Desk, server: FakeClient, tmp_path: Path) -> None:
    screen = calls(qtbot, desk, server)
    told: list[str] = []
    desk.told.connect(lambda text, undo: told.append(text))
    screen.export_to(str(tmp_path / "nowhere" / "calls.csv"))
    assert told and told[0].startswith("The file cannot be written")
    qtbot.waitUntil(lambda: screen.export_bar is None)


# the page of a call ------------------------------------------------------------------------------------------------


def page(qtbot: QtBot, desk: Desk, server: FakeClient, **other: object) -> CallScreen:
    server.answer("cdrs.get", trade.cdr_view(**other))
    screen = CallScreen(desk, Place("call", id=30))
    shown(qtbot, screen)
    screen.refresh()
    qtbot.waitUntil(lambda: screen.view is not None)
    return screen


def test_a_price_is_explained_line_by_line_at_each_level(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    screen = page(qtbot, desk, server)
    shoot(screen, "call")
    told = [(each.text, each.amount.replace("\u00a0", " ")) for each in call_explained.lines(trade.charge())]
    assert told == [
        ("Tariff Retail: the longest prefix that fits the number is 316, Netherlands mobile.", ""),
        ("It is made from another tariff, where prefix 316 costs 0.12\u00a0EUR a minute.", ""),
        ("Plus 25\u00a0%: 0.15\u00a0EUR a minute.", ""),
        ("The price is 0.15\u00a0EUR a minute.", ""),
        ("The call lasted 200.400 s, rounded up to whole seconds: 3 min 21 s.", ""),
        ("Time counts in steps: the first 60 s, then each 6 s. A step that has begun counts whole.", ""),
        ("Billed: 204 seconds.", ""),
        ("Connection fee", "0.02 EUR"),
        ("204 s × 0.15\u00a0EUR a minute ÷ 60", "0.51 EUR"),
        ("The sum is rounded to 4 decimals, a half upwards.", ""),
        ("Charged to Alice Smith", "0.53 EUR"),
    ]
    for tab in ("way", "fields"):
        screen.page.open_tab(tab)
        shoot(screen, f"call-{tab}")


def test_other_explanations() -> None:
    def said(**other: object) -> list[str]:
        return [each.text for each in call_explained.lines(trade.charge(explanation={**trade.EXPLAINED, **other}))]

    assert said(why="override")[0] == "Tariff Retail has a price of its own for prefix 316, Netherlands mobile."
    assert "So short a call costs nothing." in said(seconds=4, free_below_seconds=5, billed_seconds=0)
    assert "A call costs at least 0.10\u00a0EUR." in said(minimum_charge="0.10")
    assert "peak: 60 s × 0.20\u00a0EUR a minute ÷ 60" in said(band="peak", spans=[{"seconds": 60, "band": "peak", "price_per_minute": "0.20"}])
    exchange = {"from": "USD", "to": "EUR", "rate": "0.92", "valid_on": "2026-01-01", "source": "typed"}
    assert said(exchange=exchange)[-2] == "The tariff is in USD, the account in EUR: 1 USD is 0.92 EUR by the rate of 2026-01-01."
    assert call_explained.lines(trade.charge(explanation={"why": "on_net"}))[0].text == "Calls between own numbers cost nothing here."


def test_ways_and_sound_in_words() -> None:
    view = trade.cdr_view()
    assert call_page.route_sentences(view) == ["1. Backbone had no capacity (503).", "2. KPN took the call."]
    assert call_page.sound_sentences(MediaView(True, 1000, 50, 40))[1] == "danger"
    assert call_page.sound_sentences(MediaView(True, 0, 0, 0))[0] == ["No sound passed through the server."]
    assert call_page.sound_sentences(MediaView(False))[1] == ""
    assert "Call-ID: call" not in call_page.as_text(view)
    assert "Charged to Alice Smith  0.53" in call_page.as_text(view)


def test_an_unanswered_call_says_why_nothing_was_charged(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    screen = page(qtbot, desk, server, answered_at=None, result=402, cause="no_funds", charges=[], attempts=[], trunk=None, customer=trade.LONG)
    shoot(screen, "call-refused-long")
    assert screen.page.badge.accessibleName() == "No funds"


def test_a_destination_is_blocked_at_once_and_may_be_given_back(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("rates.set", RatesChanged(changed=1, import_id=12))
    server.answer("rates.undo_import", RatesChanged(added=1, removed=1))
    undos: list[object] = []
    desk.told.connect(lambda text, undo: undos.append(undo))
    screen = page(qtbot, desk, server)
    do(screen, "call.block")
    qtbot.waitUntil(lambda: bool(undos))
    asked = server.asked("rates.set")[-1]
    assert (asked.tariff, asked.rates[0].prefix, asked.rates[0].blocked) == (7, "316", True)
    undos[0]()  # type: ignore[operator]
    qtbot.waitUntil(lambda: len(undos) == 2)
    assert (server.asked("rates.undo_import")[-1].tariff, server.asked("rates.undo_import")[-1].import_id) == (7, 12)


# running calls -----------------------------------------------------------------------------------------------------


def live(qtbot: QtBot, desk: Desk, server: FakeClient) -> LiveCallsScreen:
    server.answer("calls.list", trade.RUNNING)
    screen = LiveCallsScreen(desk, Place("live_calls"))
    shown(qtbot, screen)
    screen.refresh()
    qtbot.waitUntil(lambda: len(screen.model.rows) == 2)
    return screen


def cell(screen: LiveCallsScreen, row: int, column: int) -> str:
    return str(screen.model.index(row, column).data())


def test_running_calls_follow_the_news_of_each_second(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    screen = live(qtbot, desk, server)
    assert (cell(screen, 0, 5), cell(screen, 0, 6), cell(screen, 0, 7)) == ("2 min 0 s", "0.24\u00a0EUR", "7 min 30 s")
    assert cell(screen, 1, 5) == ""
    shoot(screen, "live-calls")
    desk.clock.advance(5)  # type: ignore[attr-defined]
    assert cell(screen, 0, 5) == "2 min 5 s"
    news = LiveNews([trade.running(1, consumed="0.30"), trade.running(3, customer="Bob")], [2], {"EUR": "0.0125"}, 2)
    desk.live.emit(msgspec.to_builtins(news))
    assert [row.id for row in screen.model.rows] == [1, 3]
    assert cell(screen, 0, 6) == "0.30\u00a0EUR"
    assert screen.list.footer.text().startswith("2 running calls   ·   0.0125\u00a0EUR a second   ·   2 run out")
    desk.live.emit({"calls": "nonsense"})
    assert len(screen.model.rows) == 2


def test_a_call_is_hung_up_after_a_question_in_figures(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("calls.hang_up", Done())
    screen = live(qtbot, desk, server)
    screen.list.table.choose(0)
    do(screen, "live.hang_up")
    dialog = screen.findChild(QDialog, "confirm")
    assert dialog is not None
    said = " ".join(each.text() for each in dialog.findChildren(QLabel))
    assert "Alice Smith has talked to +31 6 12345678 for 2 min 0 s. 0.24\u00a0EUR are charged so far and stay charged." in said
    dialog.findChild(QPushButton, "do").click()  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: bool(server.asked("calls.hang_up")))
    assert server.asked("calls.hang_up")[-1].id == 1


def test_a_hundred_calls_a_second_cost_little(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    import time

    server.answer("calls.list", RunningCalls([trade.running(at) for at in range(1, 101)]))
    screen = LiveCallsScreen(desk, Place("live_calls"))
    shown(qtbot, screen)
    screen.refresh()
    qtbot.waitUntil(lambda: len(screen.model.rows) == 100)
    news = msgspec.to_builtins(LiveNews([trade.running(at, consumed="0.31") for at in range(1, 101)], [], {"EUR": "0.2"}, 100))
    began = time.process_time()
    for _second in range(5):
        desk.live.emit(news)
        screen.model.tick()
        QApplication.processEvents()
    assert (time.process_time() - began) / 5 < 0.1


@pytest.mark.parametrize("look", ["dark", "arabic"])
def test_looks(qtbot: QtBot, qapp: QApplication, desk: Desk, server: FakeClient, shoot: Shoot, look: str) -> None:
    if look == "dark":
        desk.theme.choose(DARK)
    else:
        words.use("ar")
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    screen = calls(qtbot, desk, server)
    server.answer("cdrs.list", CdrPage([trade.cdr_row(3)]))
    shoot(screen, f"calls-{look}")
    shoot(page(qtbot, desk, server), f"call-{look}")
    shoot(live(qtbot, desk, server), f"live-calls-{look}")


def test_a_spreadsheet_is_asked_for_by_the_file_s_name(desk: Desk, tmp_path: Path) -> None:
    sheet, plain = (
        Export(desk.client, CdrExport(trunk="KPN"), str(tmp_path / "calls.XLSX")),
        Export(desk.client, CdrExport(), str(tmp_path / "calls.csv")),
    )
    assert (sheet.operation.name, sheet._request) == ("cdrs.workbook", CdrWorkbook(trunk="KPN"))
    assert plain.operation.name == "cdrs.export" and plain.counts and not sheet.counts
