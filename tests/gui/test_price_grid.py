"""The price grid: pages, search, cells that are changed and changed back, many prices at once, what is below cost."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QModelIndex, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk
from appliance.gui.screens.parts import server_work
from appliance.gui.screens.tariffs import price_writing
from appliance.gui.screens.tariffs.price_grid import PriceGrid
from appliance.gui.screens.tariffs.price_grid_bulk import BulkDialog
from appliance.gui.screens.tariffs.price_grid_changes import restoring
from appliance.gui.screens.tariffs.price_grid_model import DESTINATION, FEE, INCREMENTS, PRICE, edit_of
from appliance.gui.screens.tariffs.price_writing import WritingDialog
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.wire.decks import UndoImport
from appliance.wire.price_work import PriceChanged, PricesChanged, PricesPreview, PriceWorks
from appliance.wire.problem import Problem
from appliance.wire.rates import GridPage, GridRequest, RatesChanged
from appliance.wire.tariffs import TariffView
from tests.gui.fake_client import FakeClient
from tests.gui.price_works import Writing, price_work
from tests.gui.prices import CHANGED, ROWS, dialog, grid_page, many_rows, retail, row, tariff

Shoot = Callable[[QWidget, str], None]


def shown(qtbot: QtBot, desk: Desk, view: TariffView) -> PriceGrid:
    made = PriceGrid(desk, view)
    qtbot.addWidget(made)
    made.resize(1100, 520)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: not made.model.loading)
    return made


@pytest.fixture
def grid(qtbot: QtBot, desk: Desk, server: FakeClient) -> PriceGrid:
    server.answer("rates.grid", grid_page)
    server.answer("rates.set", CHANGED)
    server.answer("rates.remove", RatesChanged(removed=1))
    return shown(qtbot, desk, retail())


def do(grid: PriceGrid, name: str) -> None:
    action = next(each for each in grid.verbs() if each.name == name)
    assert action.enabled, name
    action.run()


def may(grid: PriceGrid, name: str) -> bool:
    return next(each for each in grid.verbs() if each.name == name).enabled


def cell(grid: PriceGrid, prefix: str, title: str) -> QModelIndex:
    at = next(at for at, column in enumerate(grid.prices.columns) if column.title.startswith(title))
    return grid.prices.index(grid.prices.row_of(prefix), at)


def said(grid: PriceGrid, prefix: str, title: str) -> str:
    return str(cell(grid, prefix, title).data())


def test_prices_stand_beside_cost_and_margin(grid: PriceGrid, shoot: Shoot) -> None:
    assert [said(grid, "31612", title) for title in ("Price a", "Whose", "By the base", "Cost", "Margin", "Watch")] == [
        "0.05",
        "Own price",
        "0.0625",
        "0.055",
        "\u221210\u00a0%",
        "Loss",
    ]
    assert said(grid, "3197", "Watch") == "Thin"
    assert said(grid, "900", "Watch") == "Blocked"
    assert said(grid, "31", "Whose") == "From base"
    assert "1 below cost" in grid.footer.text() and "2 of its own" in grid.footer.text()
    grid.table.choose(2)
    shoot(grid, "price-grid")


def test_search_and_filter_go_to_the_server(grid: PriceGrid, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    grid.search.setText("spain")
    qtbot.waitUntil(lambda: [each.prefix for each in grid.model.rows] == ["34"])
    grid.search.setText("+316")
    qtbot.waitUntil(lambda: server.asked("rates.grid")[-1].search == "+316")
    grid.clear_filters()
    grid.set_filter("only", "loss")
    qtbot.waitUntil(lambda: [each.prefix for each in grid.model.rows] == ["31612"])
    grid.search.setText("nowhere")
    qtbot.waitUntil(lambda: not grid.model.rows)
    shoot(grid, "price-grid-nothing")


def test_a_price_is_typed_in_its_cell_and_undone(grid: PriceGrid, qtbot: QtBot, server: FakeClient, shoot: Shoot, qtlog: Any) -> None:
    grid.table.choose(0)
    do(grid, "prices.edit")
    editor = grid.table.findChild(QLineEdit)
    assert editor is not None and editor.text() == "0.0125"
    editor.selectAll()
    qtbot.keyClicks(editor, "0,015")
    shoot(grid, "price-grid-editing")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(server.asked("rates.set")))
    sent = server.asked("rates.set")[-1]
    assert (sent.tariff, sent.rates[0].prefix, sent.rates[0].price_per_minute) == (2, "31", "0.015")
    qtbot.waitUntil(lambda: may(grid, "prices.undo"))
    assert grid.table.currentIndex().row() == 1, "Enter leads down"
    assert not [each.message for each in qtlog.records if "editor" in each.message]
    do(grid, "prices.undo")
    qtbot.waitUntil(lambda: bool(server.asked("rates.remove")))
    assert server.asked("rates.remove")[-1].prefixes == ["31"], "it had no own price before"
    qtbot.waitUntil(lambda: may(grid, "prices.redo"))
    do(grid, "prices.redo")
    qtbot.waitUntil(lambda: len(server.asked("rates.set")) == 2)


def test_an_own_price_is_undone_to_what_it_was(grid: PriceGrid, qtbot: QtBot, server: FakeClient) -> None:
    grid.prices.setData(cell(grid, "316", "Price a"), "0.07")
    qtbot.waitUntil(lambda: may(grid, "prices.undo"))
    do(grid, "prices.undo")
    qtbot.waitUntil(lambda: len(server.asked("rates.set")) == 2)
    back = server.asked("rates.set")[-1].rates[0]
    assert (back.prefix, back.price_per_minute) == ("316", "0.06")


def test_wrong_texts_are_refused_and_nothing_is_sent(grid: PriceGrid, desk: Desk, server: FakeClient) -> None:
    told: list[str] = []
    desk.told.connect(lambda text, undo: told.append(text))
    for title, text in (("Price a", "cheap"), ("Price a", "-1"), ("Increments", "60:1")):
        assert not grid.prices.setData(cell(grid, "31", title), text)
    assert told == ["cheap is not an amount.", "A price is not below zero.", "Write increments as two numbers of seconds, for example 60/10."]
    assert not server.asked("rates.set")


def test_a_refused_change_is_taken_off_the_screen(grid: PriceGrid, desk: Desk, qtbot: QtBot, server: FakeClient) -> None:
    told: list[str] = []
    desk.told.connect(lambda text, undo: told.append(text))
    server.answer("rates.set", Problem(status=400, code="amount.too_large", detail="That is too much.", field="rates[0].price_per_minute"))
    grid.prices.setData(cell(grid, "31", "Price a"), "900000")
    qtbot.waitUntil(lambda: told == ["That is too much."])
    qtbot.waitUntil(lambda: said(grid, "31", "Price a") == "0.0125")
    assert not may(grid, "prices.undo")


def test_removing_own_prices_and_the_way_back(grid: PriceGrid, qtbot: QtBot, server: FakeClient) -> None:
    grid.table.choose(0)
    assert not may(grid, "prices.remove")
    grid.table.choose(1)
    server.answer("rates.remove", RatesChanged(removed=1, import_id=71))
    server.answer("rates.undo_import", RatesChanged(added=1))
    do(grid, "prices.remove")
    qtbot.waitUntil(lambda: may(grid, "prices.undo"))
    assert server.asked("rates.remove")[-1].prefixes == ["316"]
    do(grid, "prices.undo")
    qtbot.waitUntil(lambda: may(grid, "prices.redo"))
    assert server.asked("rates.undo_import")[-1] == UndoImport(grid.tariff.id, 71), "with what the grid shows nothing of"
    server.answer("rates.remove", RatesChanged(removed=1, import_id=73))
    do(grid, "prices.redo")
    qtbot.waitUntil(lambda: may(grid, "prices.undo"))
    do(grid, "prices.undo")
    qtbot.waitUntil(lambda: server.asked("rates.undo_import")[-1].import_id == 73)


def test_prices_of_a_base_tariff_go_at_once_as_one_and_come_back(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    told: list[Any] = []
    desk.told.connect(lambda text, undo: told.append((text, undo)))
    server.answer("rates.grid", many_rows(1_500))
    server.answer("rates.remove", RatesChanged(removed=1_500, import_id=9))
    server.answer("rates.undo_import", RatesChanged(added=1_500))
    grid = shown(qtbot, desk, tariff())
    assert "Whose" not in [column.title for column in grid.prices.columns]
    grid.table.selectAll()
    rows = len(grid.chosen())
    do(grid, "prices.remove")
    qtbot.waitUntil(lambda: bool(told))
    assert told[-1][0] == f"{rows} prices removed"
    assert [len(each.prefixes) for each in server.asked("rates.remove")] == [rows], "one request, one fact"
    told[-1][1]()
    qtbot.waitUntil(lambda: [each.import_id for each in server.asked("rates.undo_import")] == [9])


def percented(request: PricesPreview) -> PricesChanged:
    """What a server says of the rows of `prices.grid_page`."""
    rows = [each for each in grid_page(GridRequest(1)).rates if request.prefixes is None or each.prefix in request.prefixes]
    lines = [PriceChanged(each, "0.05", each.prefix == "32") for each in rows if not each.blocked]
    return PricesChanged(len(rows), len(lines), 1, 0, lines, "7")


def bulk(grid: PriceGrid, qtbot: QtBot, server: FakeClient, percentage: str) -> BulkDialog:
    server.answer("rates.change_many_preview", percented)
    do(grid, "prices.bulk")
    made: BulkDialog = dialog(BulkDialog)
    assert not made.primary.isEnabled(), "nothing is shown yet"
    made.markup.percent_line.setText(percentage)
    qtbot.waitUntil(made.primary.isEnabled)
    return made


def test_many_prices_by_percent(grid: PriceGrid, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    works = [price_work(5, "ready", tariff=grid.tariff.name)]
    server.answer("rates.change_many", PricesChanged(8, 7, 0, 0, [], "8", 42))
    server.answer("rates.writing", lambda _request: PriceWorks(works if server.asked("rates.change_many") else []))
    grid.table.selectAll()
    made = bulk(grid, qtbot, server, "-20")
    assert made.said.text() == "7 prices of 8 change. 1 falls below its cost."
    assert made.examples.text().count("→") == 4
    shoot(made, "price-bulk")
    made.form.fill({"rounding": "up-2"})
    made.form.edited.emit()
    assert not made.primary.isEnabled(), "what is shown is of other words"
    qtbot.waitUntil(made.primary.isEnabled)
    made.confirm()
    qtbot.waitUntil(lambda: may(grid, "prices.undo"))
    asked = server.asked("rates.change_many")[-1]
    assert (asked.percentage, asked.rounding, asked.edition, len(asked.prefixes)) == ("-20", "up-2", "7", 8)
    server.answer("rates.undo_import", RatesChanged(added=7, removed=7))
    do(grid, "prices.undo")
    qtbot.waitUntil(lambda: not may(grid, "prices.undo"))
    assert server.asked("rates.undo_import")[-1] == UndoImport(grid.tariff.id, 42)
    assert not may(grid, "prices.redo"), "it is shown anew before it is done again"


@pytest.mark.parametrize("stopped", [True, False])
def test_all_that_fits_the_search_is_written_behind(
    qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot, monkeypatch: pytest.MonkeyPatch, stopped: bool
) -> None:
    monkeypatch.setattr(server_work, "EVERY_MS", 5)
    monkeypatch.setattr(price_writing, "APPEARS_MS", 0)
    server.answer("rates.grid", many_rows(1200))
    writing = Writing(server, "rates.change_many", tariff=tariff().name)
    said: list[str] = []
    desk.told.connect(lambda text, _undo: said.append(text))
    grid = shown(qtbot, desk, tariff())
    bulk(grid, qtbot, server, "10").confirm()
    qtbot.waitUntil(lambda: any(isinstance(each, WritingDialog) and each.view.bar.value() for each in QApplication.topLevelWidgets()))
    made: WritingDialog = dialog(WritingDialog)
    assert "120 of 1,204" in made.view.said.text()
    assert server.asked("rates.change_many")[-1].prefixes is None
    shoot(made, "price-writing")
    if stopped:
        made.view.stop.click()
        qtbot.waitUntil(lambda: "Stopped. Nothing was changed." in said)
        assert not may(grid, "prices.undo")
        return
    made.view.away.click()
    grid.hide()
    writing.end("ready")
    qtbot.waitUntil(lambda: may(grid, "prices.undo"))
    assert said == [f"The prices of {tariff().name} are in use"]


def test_a_new_prefix(grid: PriceGrid, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    server.answer("rates.set", RatesChanged(added=1))
    do(grid, "prices.add")
    made = dialog(FormDialog)
    made.form.field("prefix").setText("+31 97")
    made.form.field("price_per_minute").line.setText("0.2")
    shoot(made, "price-add")
    made.submit()
    qtbot.waitUntil(lambda: may(grid, "prices.undo"))
    sent = server.asked("rates.set")[-1].rates[0]
    assert (sent.prefix, sent.price_per_minute) == ("3197", "0.20")
    assert len(server.asked("rates.set")) == 1
    do(grid, "prices.undo")
    qtbot.waitUntil(lambda: server.asked("rates.remove") and server.asked("rates.remove")[-1].prefixes == ["3197"])


def test_pages_come_while_scrolling_and_stay_on_a_refresh(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("rates.grid", many_rows(2000))
    grid = shown(qtbot, desk, tariff())
    assert len(grid.model.rows) == 100 and grid.counted.text() == "2,000"
    for _page in range(5):
        began = process_time()
        grid.table.scrollToBottom()
        assert process_time() - began < 0.05
        before = len(grid.model.rows)
        if grid.model.canFetchMore(QModelIndex()):
            grid.model.fetchMore(QModelIndex())
        qtbot.waitUntil(lambda before=before: len(grid.model.rows) > before)
    grid.table.scrollToBottom()
    place = grid.table.verticalScrollBar().value()
    grid.table.choose(len(grid.model.rows) - 3)
    chosen = grid.current().prefix
    grid.refresh()
    qtbot.waitUntil(lambda: not grid.model.loading)
    assert grid.current().prefix == chosen
    assert grid.table.verticalScrollBar().value() >= place - 5


@pytest.mark.parametrize("outcome", ["page", "problem"])
def test_a_grid_that_is_left_while_its_rows_are_on_their_way(qtbot: QtBot, qapp: QApplication, desk: Desk, server: FakeClient, outcome: str) -> None:
    """Nothing is told to what is gone: whatever is raised in an event fails the test."""
    server.answer("rates.grid", grid_page)
    grid = PriceGrid(desk, retail())
    grid.refresh()
    qtbot.waitUntil(lambda: not grid.model.loading)
    server.hold()
    grid.refresh()
    assert len(server.held or []) == 1
    if outcome == "problem":
        server.answer("rates.grid", Problem(status=503, code="console.no_line", detail="The server does not answer."))
    grid.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert not shiboken6.isValid(grid)
    server.let_go()


def test_what_typing_means() -> None:
    base, own = ROWS[0], ROWS[1]
    edit = edit_of(base, PRICE, "0.0125", derived=True)
    assert edit is None
    edit = edit_of(own, PRICE, "", derived=True)
    assert edit is not None and edit.fields.price_per_minute is None and edit.after.price_per_minute == "0.05"
    edit = edit_of(base, PRICE, "0.009", derived=False)
    assert edit is not None and edit.after.loss and edit.after.margin_percent == "-11.12"
    edit = edit_of(base, INCREMENTS, "60", derived=False)
    assert edit is not None and (edit.fields.first_increment, edit.fields.next_increment) == (60, 60)
    edit = edit_of(base, DESTINATION, "Holland", derived=False)
    assert edit is not None and edit.fields.destination == "Holland"
    edit = edit_of(base, FEE, "0", derived=False)
    assert edit is None
    following = row("44", overridden=True, price="0.05", inherited_price="0.05")
    assert restoring(following, None, derived=True).price_per_minute is None


def test_empty_dark_and_arabic(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("rates.grid", GridPage([], "EUR"))
    empty = shown(qtbot, desk, tariff())
    assert any(each.text() == "Add price" and each.isVisible() for each in empty.findChildren(QPushButton))
    shoot(empty, "price-grid-empty")
    server.answer("rates.grid", Problem(status=503, code="console.no_line", detail="The server does not answer."))
    shoot(shown(qtbot, desk, tariff()), "price-grid-failed")
    server.answer("rates.grid", grid_page)
    desk.theme.choose("dark")
    shoot(shown(qtbot, desk, retail()), "price-grid-dark")
    desk.theme.choose("light")
    words.use("ar")
    QApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    shoot(shown(qtbot, desk, retail()), "price-grid-arabic")
