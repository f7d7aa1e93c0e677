"""Parts of screens: pages of a list, forms, money, choices, undo."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.column import Column
from appliance.gui.table_model import SKELETON_ROLE, PageModel
from appliance.gui.widgets import confirm
from appliance.gui.widgets.choice import Choice
from appliance.gui.widgets.empty import Empty, EmptyView
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.money_edit import MoneyEdit
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.gui.widgets.pick_box import PickBox
from appliance.gui.widgets.ranked import ranked
from appliance.gui.widgets.toast import WIDEST, Toast
from appliance.wire.customers import CustomerList, CustomerPage
from appliance.wire.problem import Problem
from tests.gui.fake_client import FakeClient
from tests.gui.people import customer

PAGES = 25


def paged(asked: CustomerList) -> CustomerPage:
    """2,500 customers by id, as the server gives them."""
    first = asked.after + 1
    last = min(first + asked.limit - 1, PAGES * 100)
    rows = [customer(each, f"Customer {each}") for each in range(first, last + 1)]
    return CustomerPage(rows, last if last < PAGES * 100 else 0)


@pytest.fixture
def model(server: FakeClient, qtbot: QtBot) -> PageModel:
    server.answer("customers.list", paged)
    columns = [Column("name", "Name"), Column("balance", "Balance", "money", currency="account_currency")]
    made = PageModel(server, "customers.list", CustomerList(), columns)
    made.ask()
    qtbot.waitUntil(lambda: len(made.rows) == 100)
    return made


def test_pages_come_as_one_scrolls(model: PageModel, server: FakeClient, qtbot: QtBot) -> None:
    assert model.canFetchMore(QModelIndex())
    model.fetchMore(QModelIndex())
    model.fetchMore(QModelIndex())
    qtbot.waitUntil(lambda: len(model.rows) == 200)
    assert [asked.after for asked in server.asked("customers.list")] == [0, 100]
    assert model.index(150, 0).data() == "Customer 151"


def test_last_page_ends_the_list(model: PageModel, qtbot: QtBot) -> None:
    while model.canFetchMore(QModelIndex()):
        before = len(model.rows)
        model.fetchMore(QModelIndex())
        qtbot.waitUntil(lambda before=before: len(model.rows) > before)
    assert len(model.rows) == PAGES * 100
    assert model.complete


def test_refresh_lays_new_rows_over_the_old(model: PageModel, server: FakeClient, qtbot: QtBot) -> None:
    server.answer("customers.list", lambda asked: CustomerPage([customer(each, f"New {each}") for each in range(1, 101)]))
    with qtbot.waitSignal(model.dataChanged):
        model.refresh()
    assert model.index(0, 0).data() == "New 1"


def test_answer_to_an_older_question_is_dropped(model: PageModel, server: FakeClient, qtbot: QtBot) -> None:
    server.hold()
    model.ask(CustomerList(search="a"))
    model.ask(CustomerList(search="b"))
    server.answer("customers.list", lambda asked: CustomerPage([customer(1, asked.search)]))
    server.let_go()
    qtbot.waitUntil(lambda: len(model.rows) == 1)
    assert model.rows[0].name == "b"


def test_skeleton_stands_until_rows_come(server: FakeClient, qtbot: QtBot) -> None:
    server.hold()
    made = PageModel(server, "customers.list", CustomerList(), [Column("name", "Name")])
    made.ask()
    assert made.rowCount() == 0
    qtbot.waitUntil(lambda: made.rowCount() == 8)
    assert made.index(0, 0).data(SKELETON_ROLE) is True
    server.let_go()
    qtbot.waitUntil(lambda: made.rowCount() == 0)


def test_money_field_shows_what_it_understood(qtbot: QtBot) -> None:
    edit = MoneyEdit("EUR")
    qtbot.addWidget(edit)
    qtbot.keyClicks(edit.line, "1 250,5")
    assert edit.understood.text() == "1,250.50\u00a0EUR"
    assert edit.amount() == "1250.50"
    qtbot.keyClicks(edit.line, "x")
    assert edit.understood.text() == "This is not an amount."
    with pytest.raises(ValueError):
        edit.amount()


def test_form_reads_only_what_can_be_read(qtbot: QtBot) -> None:
    form = Form()
    qtbot.addWidget(form)
    form.text("name", "&Name", required=True)
    form.money("amount", "&Amount")
    form.whole("calls", "&Calls", least=1, most=10, empty=True)
    assert form.values() is None
    form.fill({"name": "Anna", "amount": "12.50", "calls": 3})
    assert form.values() == {"name": "Anna", "amount": "12.50", "calls": 3}
    assert form.changed() == {}
    form.fill({"calls": None})
    assert form.values() == {"name": "Anna", "amount": "12.50", "calls": None}
    form.field("calls").setText("11")  # type: ignore[attr-defined]
    assert form.values() is None
    assert form._fields["calls"].fault.text() == "Give a whole number from 1 to 10."


def test_problem_without_a_field_is_said_above(qtbot: QtBot) -> None:
    form = Form()
    qtbot.addWidget(form)
    form.text("name", "&Name")
    form.show_problem(Problem(status=409, code="store.changed_meanwhile", detail="Somebody changed it meanwhile.", field="version"))
    assert form.problem.text == "version: Somebody changed it meanwhile."
    form.show_problem(Problem(status=422, detail="Too long.", field="name"))
    assert form._fields["name"].fault.text() == "Too long."


def test_labels_reach_their_fields(qtbot: QtBot) -> None:
    form = Form()
    qtbot.addWidget(form)
    line = form.text("name", "&Name")
    assert line.accessibleName() == "Name"


def test_choice_finds_by_typing(qtbot: QtBot, server: FakeClient) -> None:
    server.answer("customers.list", CustomerPage([customer(1), customer(2, "Bright Calls")]))
    choice = Choice(server, "customers.list")
    qtbot.addWidget(choice)
    choice.show()
    qtbot.keyClicks(choice.lineEdit(), "bri")
    qtbot.waitUntil(lambda: any(asked.search == "bri" for asked in server.asked("customers.list")))
    qtbot.waitUntil(lambda: choice.count() == 2)
    assert choice.value() is None
    choice.setEditText("Bright Calls")
    assert choice.value() == 2
    choice.set_value(9, "Somebody")
    assert choice.value() == 9


def test_what_is_only_told_has_one_button(qtbot: QtBot) -> None:
    """There is nothing to cancel any more; Return, Escape and the button are the same."""
    owner = QWidget()
    qtbot.addWidget(owner)
    dialog = confirm.tell(owner, "Invoices are made", "Two invoices were issued.")
    assert [each.text() for each in dialog.findChildren(QPushButton) if each.isVisible()] == ["Close"]
    qtbot.keyClick(dialog.findChild(QPushButton, "do"), Qt.Key.Key_Return)
    assert not dialog.isVisible()


def test_a_long_tick_box_goes_on_in_the_next_line(qtbot: QtBot) -> None:
    form = Form()
    qtbot.addWidget(form)
    box = form.check("walk_out", "Auch Gehen ohne zu bezahlen verlangt die PIN eines Supervisors")
    form.resize(220, 200)
    form.show()
    qtbot.waitUntil(lambda: box.height() >= 2 * box.fontMetrics().lineSpacing())
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(box.width() // 2, box.height() - 4))
    assert box.isChecked(), "the whole text is the box's"


def test_the_shorter_column_of_a_form_is_not_drawn_out(qtbot: QtBot) -> None:
    form = Form()
    qtbot.addWidget(form)
    left, right = form.columns(2)
    with form.group(left):
        form.lines("notes", "Notes")
    with form.group(right):
        for at in range(8):
            form.text(f"more{at}", f"More {at}")
    form.resize(600, form.sizeHint().height())
    form.show()
    label = next(each for each in form.findChildren(QLabel) if each.buddy() is form.field("notes"))
    assert form.field("notes").y() - label.geometry().bottom() < 12


def test_dialogs_stay_on_a_small_screen_and_grow_with_what_is_said(qtbot: QtBot, server: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    room = QRect(0, 0, 1024, 600)
    monkeypatch.setattr(QScreen, "availableGeometry", lambda _screen: room)
    tall = Form()
    for at in range(14):
        tall.text(f"field{at}", f"Field {at}")
    owner, short = QWidget(), Form()
    said = short.note("Wait.")
    panel = PanelDialog(owner, "Change many", tall, verb="Change", run=lambda: True)
    asked = FormDialog(server, owner, title="Make invoice", form=short, verb="Make", operation="customers.list", request=lambda _values: None)
    for each in (owner, panel, asked):
        qtbot.addWidget(each)
        each.show()
    chain = [panel.nextInFocusChain()]
    while chain[-1] not in (panel.primary, tall.field("field0")):
        chain.append(chain[-1].nextInFocusChain())
    assert chain[-1] is not panel.primary, "the keyboard begins in the form"
    assert panel.height() <= 540 and panel.primary.geometry().bottom() < panel.height() and tall.height() > 540
    before = asked.height()
    said.setText("There is nothing new on this account. " * 8)
    qtbot.waitUntil(lambda: asked.height() > before)


def test_a_choice_too_long_for_its_place_is_told_whole(qtbot: QtBot) -> None:
    box = PickBox()
    qtbot.addWidget(box)
    box.addItems(["Short", "After some days without money the service is stopped"])
    box.resize(140, 30)
    box.show()
    box.setCurrentIndex(1)
    box.grab()
    assert box.toolTip() == box.currentText()
    box.showPopup()
    assert box.view().width() > 140
    box.hidePopup()
    box.setCurrentIndex(0)
    box.grab()
    assert box.toolTip() == ""


def test_an_empty_list_says_why_in_a_narrow_place_too(qtbot: QtBot) -> None:
    view, place = EmptyView(), QStackedWidget()
    qtbot.addWidget(place)
    place.addWidget(view)
    view.show_empty(Empty("No program is told of anything yet. " * 3, "Add webhook", lambda: None))
    place.show()
    for width, said in ((900, 480), (400, 352)):
        place.resize(width, 300)
        assert view.sentence is not None and (view.width(), view.sentence.width()) == (width, said)


def test_undo_is_offered_and_done_once(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(600, 300)
    parent.show()
    toast = Toast(parent)
    done: list[int] = []
    toast.say("Disabled", lambda: done.append(1))
    assert toast.text == "Disabled"
    qtbot.mouseClick(toast.button, Qt.MouseButton.LeftButton)
    assert done == [1]
    assert toast.text == ""
    toast.say("Saved")
    assert not toast.button.isVisible() and not toast.take_back()
    parent.resize(1280, 300)
    toast.say(f"{'A long name ' * 20}is in use again", lambda: done.append(2))
    assert toast.width() == WIDEST and toast.button.geometry().right() > WIDEST - 40, "Undo at its end, not in the middle"
    assert toast.take_back() and done == [1, 2]


def test_what_begins_with_the_letters_is_offered_before_what_holds_them(qtbot: QtBot) -> None:
    names = ["Caribbean Netherlands", "Netherlands", "New Netherlands", "Niger", "Nigeria", "Sint Maarten"]
    assert ranked(names, "neth")[:3] == ["Netherlands", "Caribbean Netherlands", "New Netherlands"]
    assert ranked(names, "NIGER")[:2] == ["Niger", "Nigeria"] and ranked(reversed(names), "niger")[:2] == ["Niger", "Nigeria"]
    assert ranked(names, "aarten")[-1] == "Sint Maarten" and ranked(names, "") == names
    form = Form()
    field = form.pick("country", "Country", [("", ""), ("BQ", "Caribbean Netherlands"), ("NL", "Netherlands")], search=True)
    qtbot.addWidget(form)
    form.show()
    field.setFocus()
    qtbot.keyClicks(field.lineEdit(), "neth")
    offers = field.completer()
    assert offers is not None and offers.popup().isVisible()
    assert [offers.completionModel().index(row, 0).data() for row in range(offers.completionCount())] == ["Netherlands", "Caribbean Netherlands"]
    qtbot.keyClick(offers.popup(), Qt.Key.Key_Down)
    qtbot.keyClick(offers.popup(), Qt.Key.Key_Return)
    assert form.values() == {"country": "NL"}
