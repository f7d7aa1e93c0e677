"""What a person arranged is there again: columns, their order and width, the order of the rows, the filters; each person's own."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from appliance.clock import SteppedClock
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.main_window import MainWindow
from appliance.gui.ordering import ordered
from appliance.gui.palette import Palette
from appliance.gui.screens.customers.customers import CustomersScreen
from appliance.gui.screens.payments.payments import PaymentsScreen
from appliance.gui.server_watch import ServerWatch
from appliance.gui.table_model import MOST_SORTED, PageModel
from appliance.gui.widgets.table import Table
from appliance.wire.customers import CustomerList, CustomerPage
from tests.gui import whole_trade
from tests.gui.fake_client import FakeClient
from tests.gui.people import customer

NAMES = ("Östen", "anna", "Zoe", "Bob")


def many(number: int) -> Any:
    """A server of so many customers, in pages as they are asked for."""

    def answer(asked: CustomerList) -> CustomerPage:
        last = min(number, asked.after + asked.limit)
        return CustomerPage([customer(at, f"Customer {number - at}") for at in range(asked.after + 1, last + 1)], last if last < number else 0)

    return answer


def screen_of(qtbot: QtBot, desk: Desk, place: Place | None = None) -> CustomersScreen:
    made = CustomersScreen(desk, place or Place("customers"))
    qtbot.addWidget(made)
    made.resize(1000, 500)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.list.model.asked and not made.list.model.loading)
    return made


def names(screen: CustomersScreen) -> list[str]:
    return [row.name for row in screen.list.model.rows]


def column_at(table: Table, name: str) -> int:
    return next(at for at, column in enumerate(table.pages.columns) if column.name == name)


def test_a_click_on_the_head_orders_the_rows_and_a_third_gives_back_the_usual(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("customers.list", CustomerPage([customer(at, name) for at, name in enumerate(NAMES, 1)]))
    screen = screen_of(qtbot, desk)
    table = screen.list.table
    header = table.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(0) + 20, header.height() // 2)
    for wanted in (["anna", "Bob", "Östen", "Zoe"], ["Zoe", "Östen", "Bob", "anna"], list(NAMES)):
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
        qtbot.waitUntil(lambda wanted=wanted: names(screen) == wanted)
    assert not header.isSortIndicatorShown()


def test_a_list_of_several_pages_is_ordered_whole(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("customers.list", many(720))
    screen = screen_of(qtbot, desk)
    assert len(screen.list.model.rows) == 100
    screen.list.model.set_order(("name", False))
    qtbot.waitUntil(lambda: len(screen.list.model.rows) == 720)
    assert names(screen)[:3] == ["Customer 0", "Customer 1", "Customer 2"] and names(screen)[-1] == "Customer 719"
    screen.list.refresh()
    qtbot.waitUntil(lambda: not screen.list.model.loading)
    assert names(screen)[0] == "Customer 0" and len(names(screen)) == 720


def test_a_list_too_long_to_be_ordered_says_so(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("customers.list", many(MOST_SORTED * 3))
    told: list[str] = []
    desk.told.connect(lambda text, _undo: told.append(text))
    screen = screen_of(qtbot, desk)
    screen.list.model.set_order(("name", False))
    qtbot.waitUntil(lambda: told == ["A list this long cannot be sorted. Search or filter first."])
    assert screen.list.model.order is None and names(screen)[0] == f"Customer {MOST_SORTED * 3 - 1}"


@pytest.mark.parametrize(
    ("kind", "values", "wanted"),
    [
        ("money", ["9.50", None, "-3.00", "10.00"], ["-3.00", "9.50", "10.00", None]),
        ("percent", ["7", "-114.08", "15.25"], ["-114.08", "7", "15.25"]),
        ("count", [12, None, 3], [3, 12, None]),
        ("moment", ["2026-03-01T00:00:00Z", "2025-12-31T00:00:00Z"], ["2025-12-31T00:00:00Z", "2026-03-01T00:00:00Z"]),
        ("text", ["Item 10", "item 9", "", "Änne", "Zoe"], ["Änne", "item 9", "Item 10", "Zoe", ""]),
        ("state", [State("Talking"), State("Ended")], [State("Ended"), State("Talking")]),
    ],
)
def test_each_kind_by_its_own_measure(kind: str, values: list[Any], wanted: list[Any]) -> None:
    column = Column(lambda row: row[0], "Of", kind)
    rows = [(value,) for value in values]
    assert [row[0] for row in ordered(rows, column, descending=False)] == wanted
    full = [value for value in wanted if value not in (None, "")]
    assert [row[0] for row in ordered(rows, column, descending=True)] == full[::-1] + wanted[len(full) :]


def test_columns_width_and_order_are_there_again(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("customers.list", CustomerPage([customer(at, name) for at, name in enumerate(NAMES, 1)]))
    table = screen_of(qtbot, desk).list.table
    header, company, balance = table.horizontalHeader(), column_at(table, "company"), column_at(table, "balance")
    table._show_column(company, False)
    header.resizeSection(balance, 171)
    header.moveSection(header.visualIndex(balance), 1)
    table._clicked(column_at(table, "name"))
    again = screen_of(qtbot, desk)
    head = again.list.table.horizontalHeader()
    assert again.list.table.isColumnHidden(company) and head.visualIndex(balance) == 1
    assert names(again) == ["anna", "Bob", "Östen", "Zoe"] and head.isSortIndicatorShown()
    assert again.list.table._drawn == {"balance": 171}
    another = Desk(server, desk.session, desk.listener, desk.memory.of("sam"), desk.theme, desk.clock, desk)
    other = screen_of(qtbot, another)
    assert not other.list.table.isColumnHidden(company) and names(other) == list(NAMES)


def test_filters_are_there_again_but_for_a_list_that_is_opened_for_something(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    whole_trade.answer(server)

    def opened(place: Place) -> PaymentsScreen:
        made = PaymentsScreen(desk, place)
        qtbot.addWidget(made)
        made.show()
        made.refresh()
        return made

    first = opened(Place("payments"))
    box = first.list.filters["method"]
    box.setCurrentIndex(1)
    box.activated.emit(1)
    wanted = box.itemData(1)
    second = opened(Place("payments"))
    assert server.asked("payments.list")[-1].method == wanted and second.list.filters["method"].currentData() == wanted
    opened(Place("payments", filters={"customer": "Alice"}))
    assert not server.asked("payments.list")[-1].method
    second.list.clear_filters()
    opened(Place("payments"))
    assert not server.asked("payments.list")[-1].method


def test_states_are_read_whole_in_a_language_of_long_words(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    """The column was made for English words."""
    column = Column(lambda _row: State("Teilweise zurückgezahlt", "accent"), "Ergebnis", "state", width=60)
    model = PageModel(server, "customers.list", CustomerList(), [Column("name", "Name", grows=True), column])
    table = Table(model, desk.theme)
    qtbot.addWidget(table)
    table.resize(500, 200)
    table.show()
    server.answer("customers.list", CustomerPage([customer()]))
    model.ask()
    qtbot.waitUntil(lambda: bool(model.rows))
    assert table.columnWidth(1) >= table.fontMetrics().horizontalAdvance("Teilweise zurückgezahlt") + 38


def test_titles_are_written_out_where_there_is_room(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    titles = ("Eingehende Nummern", "Gleichzeitige Anrufe höchstens")
    model = PageModel(
        server, "customers.list", CustomerList(), [Column("name", "Name", grows=True), *(Column("id", each, "count") for each in titles)]
    )
    table = Table(model, desk.theme)
    qtbot.addWidget(table)
    table.resize(900, 200)
    table.show()
    header = table.horizontalHeader()
    assert all(table.columnWidth(at) >= header.sectionSizeHint(at) for at in (1, 2))
    table.resize(300, 200)
    assert table.columnWidth(1) == 120


def test_amounts_and_moments_are_whole_where_texts_give_way(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    columns = [
        Column("name", "Name", grows=True),
        Column(lambda _row: "123456789.50", "Amount", "money", width=200),
        Column("created_at", "At", "moment", 40),
    ]
    model = PageModel(server, "customers.list", CustomerList(), columns)
    table = Table(model, desk.theme)
    qtbot.addWidget(table)
    table.resize(300, 200)
    table.show()
    server.answer("customers.list", CustomerPage([customer(1, "Maximilian Alexander von Hohenstein-Wittelsbach")]))
    model.ask()
    qtbot.waitUntil(lambda: bool(model.rows))
    needed = [table.fontMetrics().horizontalAdvance(model.index(0, at).data()) + 16 for at in (1, 2)]
    assert [table.columnWidth(at) >= need for at, need in enumerate(needed, 1)] == [True, True]
    assert table.columnWidth(1) < 200 and table.columnWidth(0) < 120


def test_the_palette_leads_to_the_columns(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    whole_trade.answer(server)
    window = MainWindow(desk, ServerWatch(server, SteppedClock()))
    qtbot.addWidget(window)
    window.show()
    window.go(Place("tariffs"))
    qtbot.waitUntil(lambda: bool(window.screen_shown and window.screen_shown.findChildren(Table)[0].pages.rows))
    window.open_palette()
    palette = next(each for each in QApplication.topLevelWidgets() if isinstance(each, Palette) and each.isVisible())
    qtbot.keyClicks(palette.line, "columns")
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    menu = next(each for each in QApplication.topLevelWidgets() if isinstance(each, QMenu) and each.isVisible())
    shown = [each.text() for each in menu.actions() if each.text()]
    assert shown[:2] == ["Name", "Kind"] and shown[-1] == "Sort by"
    assert menu.activeAction() is menu.actions()[0], "arrows and Return go on from there"
    menu.close()
