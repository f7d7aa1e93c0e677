"""Several customers changed at once: the difference first, what is refused told, stopped, and back again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import shiboken6
from msgspec import UNSET
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk, Place
from appliance.gui.screens.customers.customers import CustomersScreen
from appliance.gui.screens.customers.customers_edit import ManyForm, announced, change, change_words, edit_many, set_back
from appliance.gui.widgets.long_work import LongWork
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.wire.customers import CustomerPage
from appliance.wire.many import ManyChange, ManyDone, ManyLine, ManyRefusal, ManySum, ManyView
from appliance.wire.problem import Problem
from tests.gui import people
from tests.gui.fake_client import FakeClient
from tests.gui.prices import dialog, do, enabled

Shoot = Callable[[QWidget, str], None]
VIEWS = [
    people.customer(1, "Anna de Vries", language="nl"),
    people.customer(2, "Bright Calls Ltd", language="en", tariff="business"),
    people.customer(3, "Carlos", language="es", credit_limit="50.00"),
    people.customer(4, "Gone", archived_at="2026-01-01T00:00:00Z"),
]


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk, server: FakeClient) -> CustomersScreen:
    server.answer("customers.list", CustomerPage(VIEWS))
    made = CustomersScreen(desk, Place("customers"))
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: len(made.list.model.rows) == 4)
    return made


def difference(screen: CustomersScreen) -> PanelDialog | None:
    return next((each for each in screen.findChildren(PanelDialog) if each.windowTitle() == "The difference" and each.isVisible()), None)


def seen(**other: Any) -> ManyView:
    lines = [
        ManyLine("Anna de Vries", "", "language", "nl", "es"),
        ManyLine("Anna de Vries", "1000001", "endpoint_disabled", "0", "1"),
        ManyLine("Bright Calls Ltd", "", "credit_limit", "0.00", "50.00"),
    ]
    view = ManyView(1204, 2, 2, 1, {"language": 2, "credit_limit": 400, "endpoint_disabled": 1}, [], lines, [], 0)
    return msgspec.structs.replace(view, limits=[ManySum("EUR", "10.00", "20050.00")], **other)


def test_all_that_the_list_shows_is_counted_changed_and_set_back(
    screen: CustomersScreen, desk: Desk, qtbot: QtBot, server: FakeClient, shoot: Shoot
) -> None:
    told: list[tuple[str, Any]] = []
    desk.told.connect(lambda text, undo: told.append((text, undo)))
    screen.list.search.setText("harbour")
    qtbot.waitUntil(lambda: server.asked("customers.list")[-1].search == "harbour" and not screen.list.model.loading)
    refused = {"refused": [ManyRefusal("Carlos", "store.changed_meanwhile", "Somebody else changed it.")], "refused_count": 1}
    server.answer("customers.change_many_preview", seen())
    server.answer("customers.change_many", seen(edit=7, **refused))
    server.answer("customers.change_back", ManyDone(3, 0))
    screen.list.table.selectAll()
    assert "customers.many" in enabled(screen)
    do(screen, "customers.many")
    asked = dialog(PanelDialog)
    asked.submit()  # nothing to set
    assert asked.isVisible() and not server.asked("customers.change_many_preview")
    asked.inner.fill({"scope": "all", "language": "es", "tariff": (9, "business"), "credit_limit": "50", "endpoint_disabled": True})
    shoot(asked, "customers-many")
    asked.submit()
    qtbot.waitUntil(lambda: difference(screen) is not None)
    shown = difference(screen)
    assert shown is not None
    shoot(shown, "customers-many-difference")
    sent = server.asked("customers.change_many_preview")[-1]
    assert (sent.customers, sent.search, sent.tariff, sent.language, sent.endpoint_disabled) == (None, "harbour", 9, "es", True)
    assert sent.disabled is UNSET and sent.max_calls is UNSET
    texts = [each.text() for each in shown.findChildren(QLabel)]
    assert "2 customers change. Calls that run go on as they began." in texts and "and 400 more" in texts
    assert any("10.00" in text and "20,050.00" in text for text in texts)  # what all the limits come to
    assert shown.primary.text().replace("&", "") == "Change 2 customers" and not told
    shown.submit()
    qtbot.waitUntil(lambda: bool(told))
    done = server.asked("customers.change_many")[-1]
    assert (done.expected, done.search, done.language) == (1204, "harbour", "es")
    text, undo = told[-1]
    assert text == "2 customers are changed. 1 change was refused: Carlos: Somebody else changed it."
    undo()
    qtbot.waitUntil(lambda: len(told) == 2)
    assert server.asked("customers.change_back")[-1].edit == 7 and told[-1] == ("2 customers are as before", None)


def test_those_who_are_chosen_and_what_is_so_already(screen: CustomersScreen, desk: Desk, qtbot: QtBot, server: FakeClient) -> None:
    server.answer("customers.change_many_preview", ManyView(3, 0, 0, 0, {}, [], [], [], 0))
    asked = edit_many(desk, screen, VIEWS, screen.list, lambda: None)
    assert isinstance(asked.inner, ManyForm)
    asked.inner.fill({"disabled": False})
    asked.submit()
    qtbot.waitUntil(lambda: difference(screen) is not None)
    sent = server.asked("customers.change_many_preview")[-1]
    assert (sent.customers, sent.disabled) == ([1, 2, 3], False)  # who is archived stays
    shown = difference(screen)
    assert shown is not None and shown.primary.isHidden()
    shown.reject()


def test_a_change_of_many_is_stopped_and_a_refused_one_says_why(screen: CustomersScreen, desk: Desk, qtbot: QtBot, server: FakeClient) -> None:
    told: list[tuple[str, Any]] = []
    desk.told.connect(lambda text, undo: told.append((text, undo)))
    server.hold()
    change(desk, screen, ManyChange(language="es", expected=1204), seen(), lambda: None)
    work = dialog(LongWork)
    assert work.halt.isVisible() and work.bar.maximum() == 403, "customers, accounts and phones"
    work._heard({"customer": frozenset({1}), "account": frozenset({1, 2}), "endpoint": frozenset({1})})
    assert work.bar.value() == 4 and "4 of 403" in work.said.text()
    work.break_off()
    assert work.reply.abandoned and told[-1][0].startswith("Stopped.")
    server.let_go()
    server.answer("customers.change_back", ManyDone(3, 0))
    told[-1][1]()
    qtbot.waitUntil(lambda: len(told) == 2)
    assert server.asked("customers.change_back")[-1].edit == 0 and told[-1] == ("Undo: 3", None), "what was done by then"
    server.answer("customers.change_many", Problem(status=409, code="many.other_count", detail="Meanwhile 3 customers fit."))
    change(desk, screen, ManyChange(language="es", expected=1204), seen(), lambda: None)
    again = next(each for each in screen.window().findChildren(LongWork) if each is not work)
    qtbot.waitUntil(lambda: again.over)
    assert again.isVisible() and again.problem.isVisible()
    again.reject()


def test_a_change_that_went_on_behind_is_undone_from_anywhere(desk: Desk, qtbot: QtBot, server: FakeClient) -> None:
    told: list[tuple[str, Any]] = []
    desk.told.connect(lambda text, undo: told.append((text, undo)))
    server.answer("customers.list", CustomerPage(VIEWS))
    server.answer("customers.change_many", seen(edit=7))
    server.answer("customers.change_back", ManyDone(3, 0))
    left = CustomersScreen(desk, Place("customers"))
    owner = QWidget()
    qtbot.addWidget(owner)
    server.hold()
    change(desk, owner, ManyChange(endpoint_media="always"), seen(fields={"endpoint_media": 1}, customers_changed=0), left.refresh)
    dialog(LongWork).reject()
    server.let_go()
    qtbot.waitUntil(lambda: len(told) == 1)
    text, undo = told[0]
    assert text == "2 customers are changed" and callable(undo)
    shiboken6.delete(left)
    set_back(desk, left, seen(edit=7), left.refresh)
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told[1] == ("2 customers are as before", None) and server.asked("customers.change_back")[-1].edit == 7


@pytest.mark.parametrize(
    ("fields", "phones", "kinds", "total"),
    [
        ({"endpoint_media": 4}, 4, {"endpoint"}, 4),
        ({"credit_limit": 5}, 0, {"account"}, 5),
        ({"language": 2, "payment_terms_days": 3}, 0, {"customer"}, 2),
        ({"language": 2, "credit_limit": 5, "endpoint_disabled": 1}, 1, {"customer", "account", "endpoint"}, 8),
        ({}, 0, set(), 0),
    ],
)
def test_whatever_changes_is_counted(fields: dict[str, int], phones: int, kinds: set[str], total: int) -> None:
    assert announced(seen(fields=fields, endpoints_changed=phones)) == (frozenset(kinds), total)


def test_days_to_pay_and_the_way_of_sound_are_asked_and_told(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    form = ManyForm(desk, 2, "3 customers")
    qtbot.addWidget(form)
    form.fill({"payment_terms_days": 0, "endpoint_media": "always", "free_on_net": False})
    assert form.wanted() == {"scope": "chosen", "payment_terms_days": 0, "endpoint_media": "always", "free_on_net": False}
    lines = [
        (ManyLine("Anna", "", "payment_terms_days", "14", "0"), "Days to pay an invoice: 14 → 0"),
        (ManyLine("Anna", "1", "endpoint_media", "auto", "always"), "Phones, Sound: Relayed where it is needed → Always relayed"),
        (ManyLine("Anna", "", "allow_302", "0", "1"), "Phones may send calls on: No → Yes"),
    ]
    for line, text in lines:
        assert change_words(line) == text


def test_what_was_changed_meanwhile_is_told_to_have_stayed(screen: CustomersScreen, desk: Desk, qtbot: QtBot, server: FakeClient) -> None:
    told: list[str] = []
    desk.told.connect(lambda text, undo: told.append(text))
    server.answer("customers.change_back", ManyDone(5, 1))
    set_back(desk, screen, seen(edit=7), lambda: None)
    qtbot.waitUntil(lambda: bool(told))
    assert told == ["Undo: 5   ·   1 change that was made here stayed."]


def test_a_letter_goes_to_those_who_are_chosen(screen: CustomersScreen, desk: Desk) -> None:
    screen.list.table.selectAll()
    do(screen, "customers.write")
    place = desk.places[-1]  # type: ignore[attr-defined]
    assert (place.name, place.filters) == ("letter", {"customers": "1,2,3"})
