"""The margin radar, and changes of a tariff tried on past calls."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk, Place
from appliance.gui.screens.parts.difference_view import DifferenceView, difference_words
from appliance.gui.screens.tariffs.margins import MarginsScreen
from appliance.gui.screens.tariffs.price_grid_bulk import BulkDialog
from appliance.gui.screens.tariffs.tariff_details import DetailsTab
from appliance.gui.screens.tariffs.tariff_page import TariffScreen
from appliance.gui.screens.tariffs.tariffs import TariffsScreen
from appliance.gui.widgets.long_work import LongWork
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.wire.corrections import WhatIfView
from appliance.wire.margins import Margins, WrittenSet
from appliance.wire.price_work import PricesChanged
from appliance.wire.problem import Problem
from tests.gui import mending
from tests.gui.fake_client import FakeClient
from tests.gui.prices import CHANGED, dialog, do, enabled, grid_page, retail, tariffs

Shoot = Callable[[QWidget, str], None]
Told = list[tuple[str, Callable[[], None] | None]]


@pytest.fixture
def told(desk: Desk) -> Told:
    found: Told = []
    desk.told.connect(lambda text, undo: found.append((text, undo)))
    return found


@pytest.fixture
def radar(qtbot: QtBot, desk: Desk, server: FakeClient) -> MarginsScreen:
    server.answer("margins.list", mending.margins())
    server.answer("tariffs.list", tariffs())
    made = MarginsScreen(desk, Place("margins"))
    qtbot.addWidget(made)
    made.resize(900, 460)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.found is not None)
    return made


def test_what_loses_money_stands_first_and_says_how_much(radar: MarginsScreen, server: FakeClient, qtbot: QtBot, shoot: Shoot) -> None:
    assert server.asked("margins.list")[-1].margin_percent == "0"
    assert radar.list.footer.text() == "3 prices are too low   ·   2 of them below cost   ·   12,408 prices looked at"
    shoot(radar, "margins")
    radar.list.search.setText("belg")
    assert [each.prefix for each in radar.rows.rows] == ["32"]
    radar.list.clear_filters()
    assert len(radar.rows.rows) == 3
    radar.wish.setCurrentIndex(radar.wish.findData("20"))
    qtbot.waitUntil(lambda: server.asked("margins.list")[-1].margin_percent == "20")


def test_all_are_mended_in_one_step_and_undone(radar: MarginsScreen, server: FakeClient, qtbot: QtBot, told: Told, shoot: Shoot) -> None:
    mended = mending.margins(written=3, sets=[WrittenSet(2, 71), WrittenSet(3, 72)])
    server.answer("margins.mend", mended)
    server.answer("margins.list", Margins(0, 0, 12_408, []))
    do(radar, "margins.mend")
    qtbot.waitUntil(lambda: bool(told))
    assert told[-1][0] == "3 prices are mended"
    assert server.asked("margins.mend")[-1].prefixes is None
    qtbot.waitUntil(lambda: radar.found is not None and radar.found.found == 0)
    shoot(radar, "margins-none")
    undo = told[-1][1]
    assert undo is not None
    server.answer("rates.undo_import", CHANGED)
    undo()
    qtbot.waitUntil(lambda: told[-1][0] == "The prices are as they were")
    assert [(each.tariff, each.import_id) for each in server.asked("rates.undo_import")] == [(2, 71), (3, 72)]


def test_chosen_ones_are_mended_tariff_by_tariff(radar: MarginsScreen, server: FakeClient, qtbot: QtBot, told: Told) -> None:
    server.answer("margins.mend", lambda asked: mending.margins(written=len(asked.prefixes), sets=[WrittenSet(asked.tariff, 70 + asked.tariff)]))
    radar.list.table.selectAll()
    radar.mend_chosen()
    qtbot.waitUntil(lambda: bool(told))
    assert [(each.tariff, each.prefixes) for each in server.asked("margins.mend")] == [(2, ["31612", "881"]), (3, ["32"])]
    assert told[-1][0] == "3 prices are mended"


def test_a_radar_that_fails_says_so(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("margins.list", Problem(status=503, code="server.busy", detail="The server is busy."))
    made = MarginsScreen(desk, Place("margins", filters={"tariff": "2", "name": "retail"}))
    qtbot.addWidget(made)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.list._empty_view.sentence is not None)
    assert server.asked("margins.list")[-1].tariff == 2
    assert not {"margins.mend", "margins.open"} & enabled(made)


def test_the_radar_and_bundles_are_reached_from_the_tariffs(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    screen = TariffsScreen(desk, Place("tariffs"))
    qtbot.addWidget(screen)
    do(screen, "tariffs.radar")
    do(screen, "tariffs.bundles")
    assert [each.name for each in desk.places] == ["margins", "bundles"]  # type: ignore[attr-defined]


# what-if -------------------------------------------------------------------------------------------------------------------
def test_the_difference_is_said_in_figures() -> None:
    said = difference_words(mending.difference())
    assert said.startswith("1,204 calls were looked at; 1,105 charges differ, customers pay +9.25\u00a0EUR in all.")
    assert said.endswith("3 calls have no price there and stay as they are.")
    assert difference_words(mending.difference(changed=0, without_price=0)) == "1,204 calls were looked at; nothing would be charged otherwise."


def details(qtbot: QtBot, desk: Desk, server: FakeClient) -> tuple[TariffScreen, DetailsTab]:
    server.answer("tariffs.get", retail())
    server.answer("tariffs.list", tariffs())
    server.answer("rates.grid", grid_page)
    screen = TariffScreen(desk, Place("tariff", 2, "details"))
    qtbot.addWidget(screen)
    screen.resize(1000, 640)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: "details" in screen.page.built)
    tab = screen.page.built["details"]
    assert isinstance(tab, DetailsTab)
    return screen, tab


def test_a_markup_is_tried_before_it_is_saved(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    screen, tab = details(qtbot, desk, server)
    assert "tariff.try" not in enabled(screen)
    tab.form.field("markup_percent").set_percentage("40")  # type: ignore[attr-defined]
    server.answer("tariffs.what_if", WhatIfView("retail", "2026-10-24T00:00:00Z", mending.difference()))
    server.hold()
    do(screen, "tariff.try")
    work = dialog(LongWork)
    shoot(work, "what-if-progress")
    server.let_go()
    qtbot.waitUntil(lambda: any(isinstance(each, DifferenceView) for each in screen.findChildren(DifferenceView)))
    asked = server.asked("tariffs.what_if")[-1]
    assert (asked.tariff, asked.days, asked.markup_percent, asked.rates) == (2, 30, "40", [])
    shown = dialog(PanelDialog)
    shoot(shown, "what-if")
    assert next(each.party for each in shown.inner.parties.rows).startswith("Maximilian")
    server.answer("tariffs.update", retail(markup_percent="40"))
    shown.submit()
    qtbot.waitUntil(lambda: bool(server.asked("tariffs.update")))
    assert server.asked("tariffs.update")[-1].markup_percent == "40"


def test_a_trial_is_given_up(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    screen, tab = details(qtbot, desk, server)
    tab.form.field("markup_percent").set_percentage("40")  # type: ignore[attr-defined]
    server.answer("tariffs.what_if", WhatIfView("retail", "2026-10-24T00:00:00Z", mending.difference()))
    server.hold()
    do(screen, "tariff.try")
    work = dialog(LongWork)
    reply = work.reply
    work.reject()
    assert reply.abandoned
    server.let_go()
    mending.gone(qtbot)
    assert tab.changed() and not server.asked("tariffs.update")


def test_a_change_that_touches_no_past_call_is_told(qtbot: QtBot, desk: Desk, server: FakeClient, told: Told) -> None:
    screen, tab = details(qtbot, desk, server)
    tab.form.fill({"loss_guard": True})
    tab.form._filled["loss_guard"] = False
    tab.form.edited.emit()
    do(screen, "tariff.try")
    assert told[-1][0].startswith("Markup, surcharge") and not server.asked("tariffs.what_if")


def test_many_prices_are_tried(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    screen, _tab = details(qtbot, desk, server)
    screen.page.open_tab("rates")
    grid = screen.page.built["rates"]
    qtbot.waitUntil(lambda: bool(grid.model.rows))  # type: ignore[attr-defined]
    do(screen, "prices.bulk")
    bulk = dialog(BulkDialog)
    server.answer("rates.change_many_preview", PricesChanged(8, 7, 0, 0, [], "7"))
    bulk.markup.set_percentage("10")
    qtbot.waitUntil(bulk.trial.isEnabled)
    server.answer("tariffs.what_if", WhatIfView("retail", "2026-10-24T00:00:00Z", mending.difference(changed=0)))
    bulk.trial.click()
    qtbot.waitUntil(lambda: bool(server.asked("tariffs.what_if")))
    assert server.asked("tariffs.what_if")[-1].percent == server.asked("rates.change_many_preview")[-1]
    qtbot.waitUntil(lambda: any(isinstance(each, PanelDialog) and each.isVisible() for each in screen.window().findChildren(PanelDialog)))
    dialog(PanelDialog).reject()
    bulk.reject()
