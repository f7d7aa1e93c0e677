"""The print dialog of a tariff's price list: all prices or a poster, in what language, on what paper."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.desk import Desk
from appliance.gui.screens.parts import paper
from appliance.gui.screens.parts.paper import show_paper
from appliance.gui.screens.tariffs.tariff_print import print_price_list
from appliance.gui.widgets.document_view import DocumentDialog
from appliance.gui.widgets.long_work import LongWork
from appliance.wire.documents import PriceListPrint
from appliance.wire.problem import Problem
from tests.gui.fake_client import FakeClient
from tests.gui.looks import LOOKS, dress
from tests.gui.prices import dialog, pdf, tariff

Shoot = Callable[[QWidget, str], None]


@pytest.mark.parametrize("look", LOOKS)
def test_a_poster_for_the_window(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot, look: str) -> None:
    dress(desk, look)
    owner = QWidget()
    qtbot.addWidget(owner)
    owner.show()
    asked = print_price_list(desk, owner, tariff(4))
    shoot(asked, f"price-print{look}")
    server.answer("tariffs.price_list", Problem(status=422, code="paper.unknown", detail="No such paper.", field="paper"))
    asked.form.fill({"format": "poster", "language": "es", "paper": "A3"})
    asked.submit()
    qtbot.waitUntil(lambda: asked.form._fields["paper"].fault.text() != "")
    server.answer("tariffs.price_list", pdf())
    asked.submit()
    qtbot.waitUntil(lambda: bool(owner.findChildren(DocumentDialog)))
    assert server.asked("tariffs.price_list")[-1] == PriceListPrint(4, format="poster", language="es", paper="A3")
    dialog(DocumentDialog).close()


def test_the_whole_list_is_the_usual_one(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    owner.show()
    server.answer("tariffs.price_list", pdf())
    print_price_list(desk, owner, tariff(4)).submit()
    qtbot.waitUntil(lambda: bool(owner.findChildren(DocumentDialog)))
    assert server.asked("tariffs.price_list") == [PriceListPrint(4)]
    dialog(DocumentDialog).close()


def test_a_paper_that_takes_long_says_so_and_is_given_up(qtbot: QtBot, desk: Desk, server: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "APPEARS_MS", 0)
    owner = QWidget()
    qtbot.addWidget(owner)
    owner.show()
    server.answer("tariffs.price_list", pdf())
    server.hold()
    show_paper(desk, owner, "Prices of retail", "tariffs.price_list", PriceListPrint(4))
    qtbot.waitUntil(lambda: any(each.isVisible() for each in owner.findChildren(LongWork)))
    dialog(LongWork).reject()
    server.let_go()
    qtbot.waitUntil(lambda: not owner.findChildren(LongWork))
    assert not owner.findChildren(DocumentDialog), "it was given up"
