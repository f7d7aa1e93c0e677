"""Tariffs: the list, the forms, the page with its details and versions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.screens.parts.tariff_words import cost_of_price, factor_of, percentage_of
from appliance.gui.screens.tariffs.tariff_details import DetailsTab
from appliance.gui.screens.tariffs.tariff_forms import NewTariffForm
from appliance.gui.screens.tariffs.tariff_markup import MarkupEdit
from appliance.gui.screens.tariffs.tariff_page import TariffScreen
from appliance.gui.screens.tariffs.tariff_print import write_price_list
from appliance.gui.screens.tariffs.tariff_versions import Versions
from appliance.gui.screens.tariffs.tariffs import TariffsScreen
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.wire.decks import ImportPage, ImportView
from appliance.wire.problem import Problem
from appliance.wire.rates import RatesChanged
from appliance.wire.shapes import Binary, Done, Restored
from appliance.wire.tariffs import TariffPage, TariffView
from tests.gui.fake_client import FakeClient
from tests.gui.prices import dialog, do, enabled, grid_page, retail, tariff, tariffs

Shoot = Callable[[QWidget, str], None]


def shown(qtbot: QtBot, desk: Desk, server: FakeClient) -> TariffsScreen:
    made = TariffsScreen(desk, Place("tariffs"))
    qtbot.addWidget(made)
    made.resize(960, 520)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: not made.list.model.loading)
    return made


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk, server: FakeClient) -> TariffsScreen:
    server.answer("tariffs.list", tariffs())
    return shown(qtbot, desk, server)


def opened(qtbot: QtBot, desk: Desk, server: FakeClient, view: TariffView, tab: str) -> TariffScreen:
    server.answer("tariffs.get", view)
    server.answer("tariffs.list", tariffs())
    server.answer("rates.grid", grid_page)
    made = TariffScreen(desk, Place("tariff", view.id, tab))
    qtbot.addWidget(made)
    made.resize(1000, 640)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.tariff is not None)
    return made


def test_list_shows_kind_markup_and_currency(screen: TariffsScreen, shoot: Shoot) -> None:
    model = screen.list.model
    cells = [[str(model.index(row, column).data() or "") for column in range(6)] for row in range(model.rowCount())]
    assert cells[0] == ["carrier cost", "Base", "", "", "12,408", "EUR"]
    assert cells[1] == ["retail", "Derived", "carrier cost", "+25\u00a0%", "14", "EUR"]
    assert cells[2][3] == "+8.5\u00a0%  +0.001\u00a0EUR a minute"
    assert cells[3][3] == "\u22125\u00a0%"
    assert cells[4][1] == "Archived"
    assert screen.list.footer.text() == "2 base tariffs   ·   3 derived tariffs"
    screen.list.table.choose(1)
    shoot(screen, "tariffs")


def test_where_its_actions_lead(screen: TariffsScreen, desk: Desk) -> None:
    screen.list.table.choose(1)
    do(screen, "tariffs.open")
    do(screen, "tariffs.details")
    do(screen, "tariffs.import")
    places = desk.places  # type: ignore[attr-defined]
    assert places == [Place("tariff", 2), Place("tariff", 2, "details"), Place("deck_import", filters={"tariff": "retail"})]
    screen.list.table.choose(4)
    assert not {"tariffs.rename", "tariffs.archive"} & enabled(screen)


def test_a_derived_tariff_by_factor(screen: TariffsScreen, desk: Desk, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    server.answer("tariffs.create", retail(identity=9, name="night"))
    screen.list.table.choose(0)
    do(screen, "tariffs.derive")
    made = dialog(FormDialog)
    form = made.form
    assert isinstance(form, NewTariffForm)
    qtbot.keyClicks(form.field("name"), "night")
    form.markup.factor_line.setText("1.25")
    assert form.markup.percent_line.text() == "25"
    assert form.markup.example.text() == "A price of 0.10 becomes 0.125."
    form.field("surcharge_per_minute").line.setText("0,005")  # type: ignore[attr-defined]
    shoot(made, "tariff-add")
    made.submit()
    qtbot.waitUntil(lambda: bool(desk.places))  # type: ignore[attr-defined]
    asked = server.asked("tariffs.create")[-1]
    assert (asked.name, asked.base, asked.markup_percent, asked.surcharge_per_minute, asked.price_rounding) == ("night", 1, "25", "0.005", "none")
    assert asked.currency is None
    assert desk.places == [Place("tariff", 9)]  # type: ignore[attr-defined]


def test_a_base_tariff_asks_for_no_markup(screen: TariffsScreen, qtbot: QtBot, server: FakeClient) -> None:
    server.answer("tariffs.create", tariff(9, "new"))
    do(screen, "tariffs.base")
    made = dialog(FormDialog)
    assert made.form.field("base").isHidden() or not made.form.field("base").isVisible()
    qtbot.keyClicks(made.form.field("name"), "new")
    made.form.fill({"currency": "USD"})
    made.submit()
    qtbot.waitUntil(lambda: bool(server.asked("tariffs.create")))
    asked = server.asked("tariffs.create")[-1]
    assert (asked.name, asked.base, asked.currency, asked.price_rounding) == ("new", None, "USD", None)


def test_a_taken_name_is_said_at_the_name(screen: TariffsScreen, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    server.answer("tariffs.create", Problem(status=409, code="tariff.name_taken", detail="There is a tariff of that name already.", field="name"))
    screen.list.table.choose(0)
    do(screen, "tariffs.derive")
    made = dialog(FormDialog)
    made.submit()
    assert made.form._fields["name"].fault.text() == "Name is needed."
    qtbot.keyClicks(made.form.field("name"), "retail")
    made.form.markup.percent_line.setText("twelve")
    made.submit()
    assert made.form._fields["markup_percent"].fault.text() == "This is not a number."
    made.form.markup.percent_line.setText("12")
    made.submit()
    qtbot.waitUntil(lambda: made.form._fields["name"].fault.text() == "There is a tariff of that name already.")
    shoot(made, "tariff-fault")
    made.reject()


def test_renaming_may_be_undone(screen: TariffsScreen, desk: Desk, qtbot: QtBot, server: FakeClient) -> None:
    told: list[tuple[str, Callable[[], None]]] = []
    desk.told.connect(lambda text, undo: told.append((text, undo)))
    server.answer("tariffs.update", retail(name="shop"))
    screen.list.table.choose(1)
    do(screen, "tariffs.rename")
    made = dialog(FormDialog)
    made.form.field("name").setText("shop")
    made.submit()
    qtbot.waitUntil(lambda: bool(told))
    assert told[0][0] == "retail is now called shop"
    told[0][1]()
    qtbot.waitUntil(lambda: len(server.asked("tariffs.update")) == 2)
    assert [each.name for each in server.asked("tariffs.update")] == ["shop", "retail"]


def test_archiving_can_be_undone_and_tells_why_not(screen: TariffsScreen, desk: Desk, qtbot: QtBot, server: FakeClient) -> None:
    told: list[str] = []
    toasts: list[tuple[str, Any]] = []
    desk.told.connect(lambda text, undo: toasts.append((text, undo)))
    screen.tell_problem = lambda problem: told.append(problem.detail)  # type: ignore[attr-defined]
    screen.list.table.choose(0)
    do(screen, "tariffs.archive")
    qtbot.waitUntil(lambda: len(told) == 1)
    server.answer("tariffs.archive", Done(1))
    do(screen, "tariffs.archive")
    qtbot.waitUntil(lambda: len(toasts) == 1)
    server.answer("tariffs.restore", Restored(1, []))
    toasts[0][1]()
    qtbot.waitUntil(lambda: len(toasts) == 2)
    assert server.asked("tariffs.restore")[-1].id == server.asked("tariffs.archive")[-1].id


def test_markup_follows_percent_and_factor(qtbot: QtBot) -> None:
    assert (factor_of("25"), factor_of("-5"), factor_of("0")) == ("1.25", "0.95", "1")
    assert (percentage_of("1.25"), percentage_of("0.95"), percentage_of("2")) == ("25", "-5", "100")
    assert (cost_of_price("0.10", "25"), cost_of_price("0.0333", "10"), cost_of_price("1", "-100")) == ("0.125", "0.03663", "0.00")
    edit = MarkupEdit()
    qtbot.addWidget(edit)
    edit.percent_line.setText("+12,5 %")
    assert (edit.percentage(), edit.factor_line.text()) == ("12.5", "1.125")
    edit.percent_line.setText("-101")
    with pytest.raises(ValueError, match="at most 100"):
        edit.percentage()


def test_page_shows_head_and_tabs(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    screen = opened(qtbot, desk, server, retail(), "")
    assert (screen.page.name.text(), screen.page.under.text(), screen.title()) == ("retail", "From carrier cost", "retail")
    assert screen.page.tab() == "rates"
    assert {"prices.add", "tariff.import", "tariff.derive"} <= enabled(screen)
    screen.page.open_tab("details")
    assert {"tariff.save", "prices.add"} & {each.name for each in screen.verbs()} == {"tariff.save"}


def test_details_are_saved_and_typed_text_outlives_a_refresh(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    screen = opened(qtbot, desk, server, retail(), "details")
    details = screen.page.built["details"]
    assert isinstance(details, DetailsTab)
    assert not details.changed()
    shoot(screen, "tariff-details")
    details.form.field("markup_percent").percent_line.setText("30")  # type: ignore[attr-defined]
    details.form.field("on_net_price").line.setText("0.01")  # type: ignore[attr-defined]
    assert details.changed() and not screen.leave()
    server.answer("tariffs.get", retail(version=2, rates=15))
    screen.refresh()
    qtbot.waitUntil(lambda: screen.tariff is not None and screen.tariff.version == 2)
    assert details.form.field("markup_percent").percent_line.text() == "30"  # type: ignore[attr-defined]
    server.answer("tariffs.update", Problem(status=400, code="amount.invalid", detail="A price is digits.", field="on_net_price"))
    do(screen, "tariff.save")
    qtbot.waitUntil(lambda: details.form._fields["on_net_price"].fault.text() == "A price is digits.")
    server.answer("tariffs.update", retail(version=3, markup_percent="30", on_net_price="0.01"))
    do(screen, "tariff.save")
    qtbot.waitUntil(lambda: not details.changed())
    asked = server.asked("tariffs.update")[-1]
    assert (asked.id, asked.version, asked.markup_percent, asked.on_net_price) == (2, 2, "30", "0.01")
    assert screen.leave()


def test_versions_undo_an_import(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    lines = [
        ImportView(3, "edit", "2026-11-22T09:00:00Z", 1, 1, "mira", None),
        ImportView(2, "import rates-november.xlsx", "2026-11-21T09:00:00Z", 1204, 340, "mira", None),
        ImportView(1, "import", "2026-10-21T09:00:00Z", 880, 0, "mira", "2026-10-21T10:00:00Z"),
    ]
    server.answer("rates.imports", ImportPage(lines))
    screen = opened(qtbot, desk, server, tariff(), "versions")
    versions = screen.page.built["versions"]
    assert isinstance(versions, Versions)
    qtbot.waitUntil(lambda: bool(versions.model.rows))
    hows = [str(versions.model.index(row, 1).data()) for row in range(3)]
    assert hows == ["Changed by hand", "Import of rates-november.xlsx", "Import"]
    for row, may in ((0, True), (1, True), (2, False)):
        versions.table.choose(row)
        assert ("versions.undo" in enabled(screen)) is may
    versions.table.choose(1)
    shoot(screen, "tariff-versions")
    told: list[Any] = []
    desk.told.connect(lambda text, undo: told.append((text, undo)))
    server.answer("rates.undo_import", RatesChanged(added=340, removed=1204))
    server.answer("rates.redo_import", RatesChanged(added=1204, removed=340, import_id=4))
    do(screen, "versions.undo")
    qtbot.waitUntil(lambda: bool(told))
    assert (server.asked("rates.undo_import")[-1].import_id, told[-1][0]) == (2, "The import is undone: 1,204 prices gone, 340 back")
    told[-1][1]()
    qtbot.waitUntil(lambda: told[-1][0] == "The prices of carrier cost are in use")
    assert server.asked("rates.redo_import")[-1].import_id == 2
    told[-1][1]()
    qtbot.waitUntil(lambda: server.asked("rates.undo_import")[-1].import_id == 4)


def test_a_tariff_that_is_gone_is_said(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("tariffs.get", Problem(status=404, code="tariff.unknown", detail="There is no such tariff."))
    screen = TariffScreen(desk, Place("tariff", 77))
    qtbot.addWidget(screen)
    screen.show()
    screen.refresh()
    qtbot.waitUntil(lambda: any(each.text() == "There is no such tariff." and each.isVisible() for each in screen.findChildren(QLabel)))
    assert screen.verbs() == []


def test_empty_failed_dark_and_arabic(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("tariffs.list", TariffPage([]))
    empty = shown(qtbot, desk, server)
    assert any(each.text() == "Import prices" and each.isVisible() for each in empty.findChildren(QPushButton))
    shoot(empty, "tariffs-empty")
    server.answer("tariffs.list", tariffs())
    desk.theme.choose("dark")
    shoot(shown(qtbot, desk, server), "tariffs-dark")
    shoot(opened(qtbot, desk, server, retail(), "details"), "tariff-details-dark")
    desk.theme.choose("light")
    words.use("ar")
    QApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    shoot(shown(qtbot, desk, server), "tariffs-arabic")
    shoot(opened(qtbot, desk, server, retail(), "details"), "tariff-details-arabic")


def test_a_price_list_is_written_as_a_table(qtbot: QtBot, desk: Desk, server: FakeClient, tmp_path: Path) -> None:
    server.answer("tariffs.price_list", Binary("prices.xlsx", "application/x", b"sheet"))
    owner = QWidget()
    qtbot.addWidget(owner)
    for name, kind in (("prices.xlsx", "xlsx"), ("prices.csv", "csv")):
        file = tmp_path / name
        write_price_list(desk, owner, tariff(), str(file))
        qtbot.waitUntil(file.exists)
        assert file.read_bytes() == b"sheet" and server.asked("tariffs.price_list")[-1].format == kind
