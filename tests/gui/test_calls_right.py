"""Calls put right: refunds, pricing again, disputes, blocking, and what a number would do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui import words
from appliance.gui.desk import Desk, Place
from appliance.gui.palette import Offer, Palette
from appliance.gui.screens.calls.call_page import CallScreen
from appliance.gui.screens.calls.calls import CallsScreen
from appliance.gui.screens.calls.dispute_page import DisputeScreen
from appliance.gui.screens.calls.disputes import DisputesScreen
from appliance.gui.screens.calls.number_answer import NumberAnswerScreen
from appliance.gui.widgets.document_view import DocumentDialog
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.long_work import LongWork
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.wire.corrections import CallCorrections, CorrectionView, CostDifference, TrunkDifference
from appliance.wire.problem import Problem
from appliance.wire.rates import RatesChanged
from tests.gui import mending, papers, trade
from tests.gui.fake_client import FakeClient
from tests.gui.prices import dialog, do, enabled, pdf, tariffs

Shoot = Callable[[QWidget, str], None]


@pytest.fixture
def told(desk: Desk) -> list[str]:
    found: list[str] = []
    desk.told.connect(lambda text, undo: found.append(text))
    return found


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk, server: FakeClient) -> CallsScreen:
    server.answer("cdrs.list", trade.cdr_page())
    server.answer("cdrs.totals", trade.TOTALS)
    made = CallsScreen(desk, Place("calls"))
    qtbot.addWidget(made)
    made.resize(1000, 600)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.list.totals is not None)
    return made


def choose(screen: CallsScreen, first: int, last: int) -> None:
    """These rows, as Shift with the arrows chooses them."""
    table = screen.list.table
    flags = QItemSelectionModel.SelectionFlag
    chosen = QItemSelection(table.pages.index(first, 0), table.pages.index(last, 0))
    table.selectionModel().select(chosen, flags.ClearAndSelect | flags.Rows)


# refunds -------------------------------------------------------------------------------------------------------------------
def test_a_part_of_a_call_is_given_back(screen: CallsScreen, qtbot: QtBot, server: FakeClient, told: list[str], shoot: Shoot) -> None:
    screen.list.table.choose(1)
    assert "calls.refund" not in enabled(screen)
    screen.list.table.choose(0)
    server.answer("cdrs.corrections", mending.corrections("0.53"))
    do(screen, "calls.refund")
    qtbot.waitUntil(lambda: bool(server.asked("cdrs.corrections")))
    qtbot.waitUntil(lambda: any(isinstance(each, FormDialog) for each in screen.findChildren(FormDialog)))
    form = dialog(FormDialog)
    shoot(form, "call-refund")
    form.form.fill({"amount": "0.20", "note": "one-way sound"})
    server.answer("cdrs.refund", mending.corrections("0.33"))
    form.submit()
    qtbot.waitUntil(lambda: bool(told))
    asked = server.asked("cdrs.refund")[-1]
    assert (asked.id, words.micros(asked.amount), asked.note, asked.all_levels, bool(asked.request_id)) == (30, 200_000, "one-way sound", False, True)
    assert told == ["0.20\u00a0EUR is given back to Alice Smith"]


def test_above_a_limit_it_waits_and_nothing_is_lost(screen: CallsScreen, qtbot: QtBot, server: FakeClient) -> None:
    screen.list.table.choose(0)
    server.answer("cdrs.corrections", mending.corrections())
    do(screen, "calls.refund")
    qtbot.waitUntil(lambda: any(isinstance(each, FormDialog) for each in screen.findChildren(FormDialog)))
    form = dialog(FormDialog)
    waits = "This is above your limit of 0.10 EUR. It waits for a second person."
    server.answer("cdrs.refund", Problem(status=409, code="approval.needed", detail=waits))
    form.submit()
    qtbot.waitUntil(lambda: form.form.problem.text == waits)
    assert server.asked("cdrs.refund")[-1].amount is None  # all of it
    form.reject()


def test_a_call_that_was_given_back_already_is_told(screen: CallsScreen, qtbot: QtBot, server: FakeClient, told: list[str]) -> None:
    screen.list.table.choose(0)
    server.answer("cdrs.corrections", mending.corrections("0.00"))
    do(screen, "calls.refund")
    qtbot.waitUntil(lambda: told == ["All that this call cost was given back already."])


# pricing again -------------------------------------------------------------------------------------------------------------
def test_the_difference_is_seen_before_it_is_posted(screen: CallsScreen, qtbot: QtBot, server: FakeClient, told: list[str], shoot: Shoot) -> None:
    screen.list.calls.search.setText("316")
    qtbot.waitUntil(lambda: server.asked("cdrs.list")[-1].number == "316")
    do(screen, "calls.rerate")
    asked = dialog(PanelDialog)
    asked.inner.fill({"prices": "then"})
    shoot(asked, "rerate-ask")
    server.answer("cdrs.rerate_preview", mending.difference())
    asked.submit()
    qtbot.waitUntil(lambda: any(each.windowTitle() == "The difference" for each in screen.findChildren(PanelDialog)))
    request = server.asked("cdrs.rerate_preview")[-1]
    assert (request.number, request.prices, request.tariff, request.level) == ("316", "then", None, None) and request.since
    shown = dialog(PanelDialog)
    shoot(shown, "rerate-difference")
    server.answer("cdrs.rerate", mending.difference(posted=1105, rerating=4, credit_notes=[81, 82]))
    server.hold()
    shown.submit()
    work = dialog(LongWork)
    screen.desk.listener.tell("call", frozenset(range(221)))
    screen.desk.listener.flush()
    assert work.said.text().startswith("221 of 1,105") and work.bar.value() == 221
    shoot(work, "rerate-posting")
    server.let_go()
    qtbot.waitUntil(lambda: bool(told))
    assert told == ["1,105 charges are put right, 2 invoices are corrected"]
    posted = server.asked("cdrs.rerate")[-1]
    assert (posted.fingerprint, posted.prices, posted.number, bool(posted.request_id)) == ("f1", "then", "316", True)


def test_another_tariff_touches_customers_alone(screen: CallsScreen, qtbot: QtBot, server: FakeClient) -> None:
    server.answer("tariffs.list", tariffs())
    do(screen, "calls.rerate")
    asked = dialog(PanelDialog)
    asked.inner.fill({"prices": "tariff"})
    asked.submit()
    assert not server.asked("cdrs.rerate_preview")
    asked.inner.fill({"tariff": (3, "wholesale")})
    server.answer("cdrs.rerate_preview", mending.difference(changed=0, parties=[], destinations=[]))
    asked.submit()
    qtbot.waitUntil(lambda: any(each.windowTitle() == "The difference" for each in screen.findChildren(PanelDialog)))
    assert (server.asked("cdrs.rerate_preview")[-1].tariff, server.asked("cdrs.rerate_preview")[-1].level) == (3, 0)
    shown = dialog(PanelDialog)
    assert shown.primary.isHidden()
    shown.reject()


# disputes ------------------------------------------------------------------------------------------------------------------
def test_some_calls_become_a_dispute(screen: CallsScreen, desk: Desk, qtbot: QtBot, server: FakeClient, shoot: Shoot) -> None:
    choose(screen, 0, 1)
    assert "calls.dispute" not in enabled(screen)  # one of them was never answered
    choose(screen, 3, 4)
    do(screen, "calls.dispute")
    form = dialog(FormDialog)
    form.form.fill({"held": "12.40", "note": "Nobody heard her.", "against": "carrier"})
    shoot(form, "dispute-open")
    server.answer("disputes.open", mending.dispute(9))
    form.submit()
    qtbot.waitUntil(lambda: bool(desk.places))  # type: ignore[attr-defined]
    asked = server.asked("disputes.open")[-1]
    assert (asked.calls, asked.against, words.micros(asked.held), asked.subject) == ([27, 26], "carrier", 12_400_000, "2 calls")
    assert (desk.places[-1].name, desk.places[-1].id) == ("dispute", 9)  # type: ignore[attr-defined]


def test_disputes_are_listed_with_what_is_held_back(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("disputes.list", mending.disputes())
    made = DisputesScreen(desk, Place("disputes"))
    qtbot.addWidget(made)
    made.resize(900, 400)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: bool(made.list.model.rows))
    assert made.list.footer.text() == "2 open   ·   24.80\u00a0EUR held back"
    shoot(made, "disputes")
    made.list.table.choose(2)
    assert "disputes.close" not in enabled(made)
    made.list.set_filter("state", "open")
    qtbot.waitUntil(lambda: server.asked("disputes.list")[-1].state == "open")


def page(qtbot: QtBot, desk: Desk, server: FakeClient) -> DisputeScreen:
    server.answer("disputes.get", mending.dispute())
    server.answer("disputes.evidence", mending.evidence())
    made = DisputeScreen(desk, Place("dispute", 1))
    qtbot.addWidget(made)
    made.resize(940, 460)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.view is not None and bool(made.calls.rows))
    return made


def test_a_dispute_is_settled_with_an_outcome(qtbot: QtBot, desk: Desk, server: FakeClient, told: list[str], shoot: Shoot) -> None:
    made = page(qtbot, desk, server)
    shoot(made, "dispute")
    do(made, "dispute.close")
    form = dialog(FormDialog)
    form.submit()
    assert not server.asked("disputes.update")  # no outcome yet
    form.form.fill({"outcome": "Half of it given back", "state": "settled", "held": "0"})
    shoot(form, "dispute-close")
    closed = mending.dispute(state="settled", outcome="Half of it given back", held="0.00", version=2, closed_at="2026-11-20T10:00:00Z")
    server.answer("disputes.update", closed)
    server.answer("disputes.get", closed)
    form.submit()
    qtbot.waitUntil(lambda: bool(told))
    asked = server.asked("disputes.update")[-1]
    assert (asked.state, asked.outcome, words.micros(str(asked.held)), asked.version) == ("settled", "Half of it given back", 0, 1)
    qtbot.waitUntil(lambda: "dispute.reopen" in enabled(made))
    made.page.open_tab("notes")
    texts = [each.text() for each in made.notes.findChildren(QLabel)]
    assert "Half of it given back" in texts and "Carrier asked for a trace." in texts
    shoot(made, "dispute-notes")


def test_evidence_comes_on_paper_and_notes_are_added(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    made = page(qtbot, desk, server)
    server.answer("disputes.print", pdf())
    do(made, "dispute.print")
    qtbot.waitUntil(lambda: bool(made.window().findChildren(DocumentDialog)))
    dialog(DocumentDialog).reject()
    do(made, "dispute.note")
    form = dialog(FormDialog)
    form.form.fill({"note": "They agree."})
    server.answer("disputes.update", mending.dispute())
    form.submit()
    qtbot.waitUntil(lambda: bool(server.asked("disputes.update")))
    assert server.asked("disputes.update")[-1].note == "They agree."
    made.calls.table.choose(1)
    do(made, "dispute.call")
    assert (desk.places[-1].name, desk.places[-1].id) == ("call", 29)  # type: ignore[attr-defined]


# one call, one number ------------------------------------------------------------------------------------------------------
def test_a_call_from_the_list_is_blocked_by_its_record(screen: CallsScreen, qtbot: QtBot, server: FakeClient) -> None:
    screen.list.table.choose(0)
    server.answer("cdrs.get", trade.cdr_view())
    server.answer("rates.set", RatesChanged(changed=1, import_id=12))
    do(screen, "calls.block")
    qtbot.waitUntil(lambda: bool(server.asked("rates.set")))
    asked = server.asked("rates.set")[-1]
    assert [(each.prefix, each.blocked) for each in asked.rates] == [("316", True)]


def test_the_page_of_a_call_puts_it_right_too(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    server.answer("cdrs.get", trade.cdr_view(costs="0.33"))
    made = CallScreen(desk, Place("call", 30))
    qtbot.addWidget(made)
    made.show()
    made.refresh()
    qtbot.waitUntil(lambda: made.view is not None)
    assert {"call.refund", "call.dispute", "call.answer", "call.block"} <= enabled(made)
    assert "Price now" in [each.text() for each in made.findChildren(QLabel)]
    do(made, "call.answer")
    place = desk.places[-1]  # type: ignore[attr-defined]
    assert (place.name, dict(place.filters)) == ("answer", {"number": "0612345678", "customer": "Alice Smith"})


def answered(qtbot: QtBot, desk: Desk, server: FakeClient, **filters: str) -> NumberAnswerScreen:
    made = NumberAnswerScreen(desk, Place("answer", filters=filters))
    qtbot.addWidget(made)
    made.resize(940, 700)
    made.show()
    return made


def test_a_number_is_answered_in_words(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("calls.explain", mending.answer())
    made = answered(qtbot, desk, server, number="0612345678", customer="Anna de Vries")
    qtbot.waitUntil(lambda: made.answer is not None)
    asked = server.asked("calls.explain")[-1]
    assert (asked.number, asked.customer) == ("0612345678", "Anna de Vries")
    texts = " | ".join(each.text() for each in made.cards.findChildren(QLabel))
    for said in ("+31 6 12345678", "2 h 14 min", "Anna de Vries pays by retail", "0.12\u00a0EUR → 0.15\u00a0EUR", "Europe 300, 1 h 7 min left"):
        assert said in texts, said
    shoot(made, "answer")


def test_enter_asks_once_both_are_given_and_a_fault_is_said(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    made = answered(qtbot, desk, server)
    shoot(made, "answer-idle")
    made.number.setText("900123")
    QTest.keyClick(made.number, Qt.Key.Key_Return)
    assert not server.asked("calls.explain")
    made.customer.set_value(1, "Anna de Vries")
    refused = mending.answer(would="blocked", words="The tariff blocks this number.", longest_seconds=0, routes=[], failed=[], bundle=None)
    server.answer("calls.explain", refused)
    QTest.keyClick(made.number, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: made.answer is not None)
    shoot(made, "answer-refused")
    server.answer("calls.explain", Problem(status=400, code="answer.no_number", detail="This is no number.", field="number"))
    made.ask()
    qtbot.waitUntil(lambda: bool(made.problem.text))
    assert made.answer is None and "answer.calls" not in enabled(made)


def test_the_palette_asks_about_a_typed_number(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    made = Palette(desk, owner, [], frozenset({"answer", "customer"}))
    made.line.setText("+31 6 1234 5678")
    assert made.list.item(0).text() == "What would a call to +31 6 12345678 do"
    made.choose()
    assert dict(desk.places[-1].filters) == {"number": "+31 6 1234 5678"}  # type: ignore[attr-defined]


def test_the_palette_finds_calls_invoices_and_incoming_numbers(qtbot: QtBot, desk: Desk, server: FakeClient) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    server.answer("invoices.list", papers.invoices())
    made = Palette(desk, owner, [Offer("Export", "", "more", lambda: None, "Ctrl+E")], frozenset({"calls", "invoice", "numbers"}))
    made.line.setText("+31 6 12")
    qtbot.waitUntil(lambda: bool(server.asked("numbers.list")) and made.list.count() > 2)
    assert server.asked("numbers.list")[-1].search == "31612" and server.asked("invoices.list")[-1].search == "+31 6 12"
    made.choose()
    assert desk.places[-1] == Place("calls", filters={"number": "31612", "period": "all"})  # type: ignore[attr-defined]
    again = Palette(desk, owner, [], frozenset({"invoice", "numbers"}))
    again.line.setText("delta")
    qtbot.waitUntil(lambda: bool(again.list.count()))
    assert not any(asked.search == "delta" for asked in server.asked("numbers.list"))
    again.choose()
    assert desk.places[-1] == Place("invoice", papers.invoices().invoices[0].id)  # type: ignore[attr-defined]


# what carriers ask -----------------------------------------------------------------------------------------------------------
def test_costs_are_worked_out_again_after_the_difference_was_seen(
    screen: CallsScreen, qtbot: QtBot, server: FakeClient, told: list[str], shoot: Shoot
) -> None:
    do(screen, "calls.recost")
    asked = dialog(PanelDialog)
    asked.inner.fill({"prices": "then"})
    shoot(asked, "recost-ask")
    lines = [TrunkDifference("KPN", "EUR", 900, 40, "120.00", "131.50", "11.50"), TrunkDifference("Second", "EUR", 304, 0, "20.00", "20.00", "0.00")]
    server.answer("cdrs.recost_preview", CostDifference(1204, 40, 3, lines, "f9"))
    asked.submit()
    qtbot.waitUntil(lambda: any(each.windowTitle() == "The difference" for each in screen.findChildren(PanelDialog)))
    shown = dialog(PanelDialog)
    shoot(shown, "recost-difference")
    said = [each.text() for each in shown.findChildren(QLabel)]
    assert any(each.startswith("1,204 calls were looked at; 40 cost otherwise, +11.50\u00a0EUR in all. 3 calls have no price") for each in said)
    server.answer("cdrs.recost", CostDifference(1204, 40, 3, lines, "", 40))
    shown.submit()
    qtbot.waitUntil(lambda: bool(told))
    posted = server.asked("cdrs.recost")[-1]
    assert (posted.fingerprint, posted.prices, posted.tariff) == ("f9", "then", None) and told == ["The cost of 40 calls is put right"]


def test_what_was_put_right_stands_on_the_page_of_the_call(qtbot: QtBot, desk: Desk, server: FakeClient, shoot: Shoot) -> None:
    server.answer("cdrs.get", trade.cdr_view())
    lines = [
        CorrectionView(0, "rerate", "0.60", "0.53", "EUR", "2026-11-20T09:12:00Z", 71, "wrong price of Spain in June"),
        CorrectionView(0, "refund", "0.53", "0.00", "EUR", "2026-11-21T10:00:00Z", 72, "silence"),
    ]
    server.answer("cdrs.corrections", CallCorrections(30, "0.00", "EUR", lines))
    page = CallScreen(desk, Place("call", 1, "corrections"))
    qtbot.addWidget(page)
    page.resize(900, 420)
    page.show()
    page.refresh()
    qtbot.waitUntil(lambda: bool(page.corrections.list.rows))
    assert page.page.tab() == "corrections" and page.corrections.list.rows == lines
    shoot(page, "call-corrections")
