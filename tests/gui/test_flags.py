"""Flags beside numbers: there for every country that has numbers, told by name, painted where one begins to read."""

from __future__ import annotations

from types import SimpleNamespace

import phonenumbers
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.flags import HEIGHT, ROOM, FlagLabel, flag
from appliance.gui.rows_model import RowsModel
from appliance.gui.widgets.table import Table
from appliance.paths import resources
from tests.gui.fake_client import FakeClient

JAPAN, GERMANY = "81312345678", "4930123456"
MOST_BYTES = 400_000


def test_every_country_that_has_numbers_has_a_small_flag(qtbot: QtBot) -> None:
    files = {file.stem.upper(): file.stat().st_size for file in (resources() / "flags").glob("*.png")}
    assert files.keys() == phonenumbers.SUPPORTED_REGIONS and sum(files.values()) <= MOST_BYTES
    assert "Permission is hereby granted" in (resources() / "flags" / "LICENSE.txt").read_text(encoding="utf-8")
    for country in ("NL", "NP", "XK"):
        drawn = flag(country, 2.0)
        assert drawn is not None and (drawn.height(), drawn.deviceIndependentSize().height()) == (2 * HEIGHT, HEIGHT)
    assert flag("ZZ") is None and flag("../brand/x") is None and flag("") is None


def test_a_number_knows_its_country_and_inner_numbers_have_none() -> None:
    numbers = (JAPAN, f"+{GERMANY}", "1000001", "*43", "", None, "870773111632", "99999999999")
    assert [words.country_of(each) for each in numbers] == ["JP", "DE", "", "", "", "", "", ""]


def test_a_label_shows_the_flag_and_says_the_country(qtbot: QtBot) -> None:
    label = FlagLabel()
    qtbot.addWidget(label)
    label.show_number(JAPAN)
    assert (label.isHidden(), label.toolTip(), label.accessibleName()) == (False, "Japan", "Japan")
    label.show_number("1000001")
    assert label.isHidden()


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_flag_stands_before_the_number(qtbot: QtBot, desk: Desk, server: FakeClient, mirrored: bool) -> None:
    model = RowsModel(server, [Column("to", "To", "number", width=220), Column("name", "Name", grows=True)])
    table = Table(model, desk.theme)
    qtbot.addWidget(table)
    table.setLayoutDirection(Qt.LayoutDirection.RightToLeft if mirrored else Qt.LayoutDirection.LeftToRight)
    table.resize(600, 200)
    table.show()
    model.show_rows([SimpleNamespace(id=1, to=JAPAN, name="Kyoto"), SimpleNamespace(id=2, to="1000001", name="Desk")])
    assert model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "+81 3-1234-5678 · Japan"
    picture = table.viewport().grab().toImage()

    def red_at(row: int) -> list[int]:
        cell = table.visualRect(model.index(row, 0))
        return [x for x in range(cell.left(), cell.right()) for y in range(cell.top(), cell.bottom()) if reddish(picture, x, y)]

    cell = table.visualRect(model.index(0, 0))
    found = red_at(0)
    assert found and (min(found) > cell.center().x()) is mirrored and max(found) - min(found) <= ROOM
    assert red_at(1) == []


def reddish(picture: QImage, x: int, y: int) -> bool:
    colour = picture.pixelColor(x, y)
    return colour.red() > 180 and colour.green() < 110 and colour.blue() < 110
