"""What stands beside a tariff's prices: time bands, volume tiers, bundles, a customer's special rates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import UNSET
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.customers.customer_page import CustomerScreen
from appliance.gui.screens.customers.customer_special import SpecialTab
from appliance.gui.screens.tariffs.bundles import BundlesScreen, read_prefixes
from appliance.gui.screens.tariffs.tariff_bands import Week
from appliance.gui.screens.tariffs.tariff_bands_tab import BandsTab
from appliance.gui.screens.tariffs.tariff_page import TariffScreen
from appliance.gui.screens.tariffs.tariff_tiers import TiersTab
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.wire.allowances import BandsView, SpecialRates
from appliance.wire.description import BandEntry
from appliance.wire.problem import Problem
from appliance.wire.tariffs import TariffView
from tests.gui import mending
from tests.gui.fake_client import FakeClient
from tests.gui.people import whole_customer
from tests.gui.prices import dialog, do, enabled, grid_page, retail, tariff, tariffs

Shoot = Callable[[QWidget, str], None]


@pytest.fixture
def told(desk: Desk) -> list[tuple[str, Callable[[], None] | None]]:
    found: list[tuple[str, Callable[[], None] | None]] = []
    desk.told.connect(lambda text, undo: found.append((text, undo)))
    return found


def opened(qtbot: QtBot, desk: Desk, server: FakeClient, tab: str, view: TariffView | None = None) -> TariffScreen:
    server.answer("tariffs.get", view or tariff())
    server.answer("tariffs.list", tariffs())
    server.answer("rates.grid", grid_page)
    made = TariffScreen(desk, Place("tariff", 1, tab))
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: tab in made.page.built)
    return made


def week(qtbot: QtBot, screen: TariffScreen) -> BandsTab:
    made = screen.page.built["bands"]
    assert isinstance(made, BandsTab)
    qtbot.waitUntil(lambda: made.view is not None)
    return made


# bands ---------------------------------------------------------------------------------------------------------------------
def test_a_week_becomes_entries_and_a_week_again() -> None:
    found = mending.bands(
        BandEntry(name="peak", weekdays=[1, 2, 5], starts="08:15", ends="18:00"), BandEntry(name="night", weekdays=[7], starts="22:00", ends="24:00")
    )
    made = Week(found.bands)
    assert made.bands() == found.bands and made.step() == 15
    assert (made.at(0, 8 * 60 + 14), made.at(0, 8 * 60 + 15), made.at(6, 23 * 60)) == ("", "peak", "night")
    assert made.minutes_of("peak") == 3 * 585
    made.rename("peak", "")
    assert [each.name for each in made.bands()] == ["night"] and made.step() == 60


def test_hours_are_given_by_keyboard_and_saved(
    qtbot: QtBot, desk: Desk, server: FakeClient, told: list[tuple[str, Callable[[], None] | None]], shoot: Shoot
) -> None:
    server.answer("tariffs.bands", mending.bands())
    screen = opened(qtbot, desk, server, "bands")
    tab = week(qtbot, screen)
    grid = tab.grid
    shoot(screen, "tariff-bands")
    assert "bands.save" not in enabled(screen)
    grid.setCurrentIndex(grid.week_model.index(20, 4))
    grid.setFocus()
    QTest.keyClick(grid, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(grid, Qt.Key.Key_2)
    assert QGuiApplication.keyboardModifiers() == Qt.KeyboardModifier.NoModifier  # the next choice would go on from here
    assert grid.week_model.week.at(4, 21 * 60) == "weekend" and "bands.save" in enabled(screen)
    assert not screen.leave()
    grid.setCurrentIndex(grid.week_model.index(8, 0))
    QTest.keyClick(grid, Qt.Key.Key_Delete)
    server.answer("tariffs.set_bands", lambda asked: mending.bands(*asked.bands, band_rule=asked.band_rule))
    do(screen, "bands.save")
    qtbot.waitUntil(lambda: bool(told) and told[-1][0] == "The time bands are saved")
    asked = server.asked("tariffs.set_bands")[-1]
    assert BandEntry(name="weekend", weekdays=[5], starts="20:00", ends="22:00") in asked.bands
    assert BandEntry(name="peak", weekdays=[1], starts="09:00", ends="18:00") in asked.bands
    assert screen.leave()


def test_a_band_over_midnight_is_added_renamed_and_removed(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("tariffs.bands", BandsView("carrier cost", "UTC", "start", [], ""))
    screen = opened(qtbot, desk, server, "bands")
    tab = week(qtbot, screen)
    assert tab.said.text().startswith("Every hour costs the same.")
    do(screen, "bands.add")
    asked = dialog(PanelDialog)
    form = asked.inner
    form.fill({"name": "night", "starts": "22:00", "ends": "06:30"} | {f"day{at}": at == 0 for at in range(7)})
    shoot(asked, "tariff-bands-add")
    asked.submit()
    made = tab.grid.week_model.week
    assert [(each.starts, each.ends) for each in made.bands()] == [("00:00", "06:30"), ("22:00", "24:00")]
    assert tab.step.currentData() == 30 and tab.bands.item(0).text().startswith("1  night")
    tab.bands.setCurrentRow(0)
    do(screen, "bands.rename")
    asked = dialog(PanelDialog)
    asked.inner.fill({"name": "dark"})
    asked.submit()
    assert {each.name for each in made.bands()} == {"dark"}
    tab.bands.setCurrentRow(0)
    do(screen, "bands.remove")
    assert not made.bands()
    do(screen, "bands.discard")
    assert not tab.dirty


def test_what_the_server_refuses_is_said_and_nothing_is_lost(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("tariffs.bands", mending.bands())
    screen = opened(qtbot, desk, server, "bands")
    tab = week(qtbot, screen)
    tab.bands.setCurrentRow(0)
    do(screen, "bands.remove")
    server.answer("tariffs.set_bands", Problem(status=400, code="band.has_rates", detail="Prices of prefix 31 are in band peak."))
    do(screen, "bands.save")
    qtbot.waitUntil(lambda: bool(tab.problem.text))
    assert "band peak" in tab.problem.text and tab.dirty
    tab.refresh()
    qtbot.waitUntil(lambda: len(server.asked("tariffs.bands")) > 1)
    assert "peak" not in tab.names


def test_a_derived_tariff_shows_the_hours_of_its_base(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("tariffs.bands", mending.bands())
    screen = opened(qtbot, desk, server, "bands", retail())
    tab = week(qtbot, screen)
    assert tab.said.text() == "These are the hours of the base tariff; they are changed there."
    tab.grid.setCurrentIndex(tab.grid.week_model.index(1, 1))
    QTest.keyClick(tab.grid, Qt.Key.Key_1)
    assert not tab.dirty and not {"bands.add", "bands.save"} & enabled(screen)


# tiers ---------------------------------------------------------------------------------------------------------------------
def test_tiers_are_added_changed_and_taken_back(
    qtbot: QtBot, desk: Desk, server: FakeClient, told: list[tuple[str, Callable[[], None] | None]], shoot: Shoot
) -> None:
    server.answer("tariffs.tiers", mending.tiers())
    server.answer("tariffs.set_tiers", lambda asked: mending.TiersView("carrier cost", asked.tiers))
    screen = opened(qtbot, desk, server, "tiers")
    tab = screen.page.built["tiers"]
    assert isinstance(tab, TiersTab)
    qtbot.waitUntil(lambda: len(tab.tiers.rows) == 3)
    shoot(screen, "tariff-tiers")
    do(screen, "tiers.add")
    form = dialog(FormDialog)
    form.form.fill({"prefix": "34", "from_minutes": 500, "discount_percent": "12.5"})
    form.submit()
    qtbot.waitUntil(lambda: len(tab.tiers.rows) == 4)
    made = server.asked("tariffs.set_tiers")[-1].tiers[-1]
    assert (made.prefix, made.from_minutes, made.discount_percent) == ("34", 500, "12.5")
    tab.table.choose(0)
    do(screen, "tiers.remove")
    qtbot.waitUntil(lambda: len(tab.tiers.rows) == 3)
    undo = told[-1][1]
    assert undo is not None
    undo()
    qtbot.waitUntil(lambda: len(tab.tiers.rows) == 4)
    assert server.asked("tariffs.set_tiers")[-1].tiers[0].prefix == "31"


# bundles and special rates ---------------------------------------------------------------------------------------------------
def test_prefixes_are_read_as_they_are_typed() -> None:
    assert read_prefixes(" 31, 32;+49\n4420 ") == ["31", "32", "49", "4420"]


def test_bundles_are_made_and_changed(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("bundles.list", mending.bundles())
    screen = BundlesScreen(desk, Place("bundles"))
    qtbot.addWidget(screen)
    screen.resize(820, 420)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: bool(screen.list.model.rows))
    shoot(screen, "bundles")
    server.answer("bundles.create", mending.bundle(4))
    do(screen, "bundles.add")
    form = dialog(FormDialog)
    form.form.fill({"name": "Spain", "minutes": 100, "period": "week", "prefixes": ["34"]})
    shoot(form, "bundles-add")
    form.submit()
    qtbot.waitUntil(lambda: bool(server.asked("bundles.create")))
    made = server.asked("bundles.create")[-1]
    assert (made.name, made.minutes, made.period, made.prefixes) == ("Spain", 100, "week", ["34"])
    mending.gone(qtbot)
    screen.list.table.choose(0)
    server.answer("bundles.update", mending.bundle(minutes=400))
    do(screen, "bundles.edit")
    form = dialog(FormDialog)
    form.form.field("minutes").setText("400")
    form.submit()
    qtbot.waitUntil(lambda: bool(server.asked("bundles.update")))
    changed = server.asked("bundles.update")[-1]
    assert (changed.minutes, changed.version, changed.name) == (400, 1, UNSET)
    screen.list.table.choose(2)
    assert not {"bundles.edit", "bundles.archive"} & enabled(screen)


def customer_page(qtbot: QtBot, desk: Desk, server: FakeClient) -> tuple[CustomerScreen, SpecialTab]:
    server.answer("customers.get", whole_customer())
    server.answer("special_rates.list", mending.special())
    server.answer("bundles.held", mending.held())
    screen = CustomerScreen(desk, Place("customer", 1, "special"))
    qtbot.addWidget(screen)
    screen.resize(900, 600)
    screen.show()
    screen.refresh()
    tab = screen.special
    qtbot.waitUntil(lambda: bool(tab.rates.rows) and bool(tab.held.rows) and screen.view is not None)
    return screen, tab


def test_a_customer_gets_a_price_of_its_own_and_loses_it(
    qtbot: QtBot, desk: Desk, server: FakeClient, told: list[tuple[str, Callable[[], None] | None]], shoot: Shoot
) -> None:
    screen, tab = customer_page(qtbot, desk, server)
    shoot(screen, "customer-special")
    server.answer("special_rates.set", mending.special())
    do(screen, "special.add")
    form = dialog(FormDialog)
    form.form.fill({"prefix": "+34", "price": "0.02"})
    shoot(form, "customer-special-add")
    form.submit()
    qtbot.waitUntil(lambda: bool(server.asked("special_rates.set")))
    (rate,) = server.asked("special_rates.set")[-1].rates
    assert (rate.prefix, words.micros(str(rate.price_per_minute)), rate.blocked) == ("34", 20_000, False)
    qtbot.waitUntil(lambda: bool(told))
    tab.rates.table.choose(0)
    server.answer("special_rates.remove", SpecialRates("Anna de Vries", "retail", 41, "EUR", mending.special().rates[1:]))
    do(screen, "special.remove")
    qtbot.waitUntil(lambda: len(tab.rates.rows) == 2)
    assert server.asked("special_rates.remove")[-1].prefixes == ["31"]
    undo = told[-1][1]
    assert undo is not None
    undo()
    qtbot.waitUntil(lambda: len(tab.rates.rows) == 3)
    assert server.asked("special_rates.set")[-1].rates[0].price_per_minute == "0.01"


def test_a_bundle_is_given_and_taken_away(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    screen, tab = customer_page(qtbot, desk, server)
    server.answer("bundles.list", mending.bundles())
    server.answer("bundles.give", mending.held())
    do(screen, "special.give")
    form = dialog(FormDialog)
    form.form.fill({"bundle": (1, "Europe 300")})
    form.submit()
    qtbot.waitUntil(lambda: bool(server.asked("bundles.give")))
    assert (server.asked("bundles.give")[-1].bundle, server.asked("bundles.give")[-1].customer) == (1, 1)
    mending.gone(qtbot)
    tab.held.table.choose(0)
    server.answer("bundles.take", mending.HeldBundles("Anna de Vries", []))
    told: list[Any] = []
    desk.told.connect(lambda _text, undo: told.append(undo))
    do(screen, "special.take")
    qtbot.waitUntil(lambda: not tab.held.rows)
    assert server.asked("bundles.take")[-1].id == 7
    server.answer("bundles.give_again", mending.held())
    told[0]()
    qtbot.waitUntil(lambda: bool(tab.held.rows))
    assert server.asked("bundles.give_again")[-1].id == 7
