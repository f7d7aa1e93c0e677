"""Calls: the records, newest first, narrowed by anything, summed up, exported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from PySide6.QtCore import QStandardPaths, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu

from appliance.gui import operation
from appliance.gui.column import Column
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.calls import call_words
from appliance.gui.screens.calls.call_export import ExportBar
from appliance.gui.screens.calls.call_mending import CallMending
from appliance.gui.screens.parts.call_customer import open_customer
from appliance.gui.screens.parts.call_filters import CallFilters, today
from appliance.gui.screens.parts.file_export import Export
from appliance.gui.screens.parts.shown_in import ShownIn
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import Filter, ListPage
from appliance.gui.words import _, count, duration, money, number, plural
from appliance.wire.cdrs import CdrExport, CdrFilter, CdrList, CdrTotals
from appliance.wire.problem import Problem

FRESH_MS = 2000


def call_columns() -> list[Column]:
    """The columns of a list of records."""
    return [
        Column("started_at", _("Began"), "moment", width=146),
        Column("customer", _("Customer"), width=128, grows=True),
        Column("caller", _("From"), "number", width=130),
        Column(lambda view: view.normalised or view.dialled, _("To"), "number", width=152),
        Column("destination", _("Destination"), width=120),
        Column(lambda view: view.duration_ms / 1000 if view.answered_at else None, _("Duration"), "duration", width=92),
        Column("amount", _("Price"), "money", width=92, currency="currency"),
        Column("cost", _("Cost"), "money", width=98, currency="cost_currency", shown=False),
        Column(call_words.state, _("Result"), "state", width=112),
        Column("trunk", _("Trunk"), width=110, shown=False),
        Column("endpoint", _("Endpoint"), "number", width=110, shown=False),
        Column(lambda view: call_words.direction(view.direction), _("Direction"), width=110, shown=False),
        Column("reseller", _("Reseller"), width=120, shown=False),
    ]


class CallList(ListPage):
    """A list of records with its filters above and the totals of all that fits below."""

    def __init__(self, desk: Desk, *, memory_name: str = "calls") -> None:
        model = PageModel(desk.client, "cdrs.list", CdrList(), call_columns())
        results = [("answered", _("Answered")), ("failed", _("Not answered")), ("486", _("Busy")), ("402", _("No funds"))]
        directions = [(code, call_words.direction(code)) for code in ("out", "in", "on_net")]
        self.totals: CdrTotals | None = None
        self._summed: Any = None
        self.calls = CallFilters(desk)
        super().__init__(
            desk,
            model,
            title=_("Calls"),
            empty=Empty(_("There are no calls in this period."), _("Show all time"), self.show_all_time),
            totals=lambda _model: totals_text(self.totals),
            filters=[Filter("result", _("Result"), results), Filter("direction", _("Direction"), directions)],
            memory_name=memory_name,
            menu=self._row_menu,
            many=True,
        )
        self.desk = desk
        self.calls.reseller.setMinimumWidth(180)
        self.extra.addWidget(self.calls.reseller)
        box = self.layout()
        box.insertWidget(1, self.calls)  # type: ignore[union-attr]
        self.calls.changed.connect(self._filters_changed)
        model.loaded.connect(self._sum)
        ShownIn(desk, self, {"amount": "amount", "cost": "cost"}, call_columns)

    def show_all_time(self) -> None:
        """Without a period."""
        self.calls.fill({"period": "all"})

    def wanted(self) -> dict[str, Any]:
        """The filter as it stands, by field of CdrFilter."""
        request = msgspec.to_builtins(self._filtered())
        return {name: value for name, value in request.items() if name in CdrFilter.__struct_fields__ and value not in (None, "")}

    def clear_filters(self) -> None:
        self.calls.clear()
        super().clear_filters()

    def _narrowed(self) -> bool:
        return self.calls.narrowed() or super()._narrowed()

    def _filtered(self) -> Any:
        return msgspec.structs.replace(super()._filtered(), **self.calls.fields())

    def _sum(self) -> None:
        """The totals of what is filtered, asked anew with each first page."""
        wanted = self.wanted()
        if self.model.request.after or (wanted == self._summed and self.totals is not None and len(self.model.rows) > 200):
            return
        if wanted != self._summed:
            self.totals = None
        self._summed = wanted
        operation.run(self, self.desk.client, "cdrs.totals", CdrFilter(**wanted), on_done=self._summed_up, on_problem=self._not_summed)

    def _summed_up(self, totals: CdrTotals) -> None:
        self.totals = totals
        self._said()

    def _not_summed(self, problem: Problem) -> None:
        self.totals = None
        self._said()

    def _said(self) -> None:
        super()._said()
        if self.totals is not None and self.model.rows:
            self.counted.setText(count(self.totals.calls))

    def _row_menu(self) -> QMenu | None:
        view = self.current()
        menu = QMenu(self)
        menu.addAction(_("Copy number called"), lambda: QGuiApplication.clipboard().setText(view.normalised or view.dialled))
        menu.addAction(_("Copy caller's number"), lambda: QGuiApplication.clipboard().setText(view.caller))
        menu.addAction(_("Only calls to this number"), lambda: self.calls.fill({"number": view.normalised or view.dialled}))
        if view.customer:
            menu.addAction(_("Only calls of this customer"), lambda: self.calls.fill({"customer": view.customer}))
        return menu


def totals_text(totals: CdrTotals | None) -> str:
    """The footer: calls, answered, duration, and money by currency."""
    if totals is None:
        return ""
    parts = [
        plural("{n} call", "{n} calls", totals.calls),
        _("{answered} answered", answered=count(totals.answered)),
        duration(totals.duration_ms // 1000),
    ]
    for each in totals.money:
        parts.append(_("price {money}", money=money(each.sales, each.currency)))
        if each.cost is not None:
            parts.append(_("cost {money}", money=money(each.cost, each.currency)))
        if each.margin is not None:
            parts.append(_("margin {money}", money=money(each.margin, each.currency)))
    return "   ·   ".join(parts)


class CallsScreen(Screen):
    """The list. New calls come by themselves while the first rows are seen."""

    kinds = frozenset({"call"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.list = CallList(desk)
        self.mending = CallMending(desk, self, "calls", self.list.refresh)
        self._later = QTimer(self, singleShot=True, interval=FRESH_MS)
        self._later.timeout.connect(self.list.refresh)
        kept = desk.memory.get("calls.period")
        self.list.calls.fill({**({"period": kept} if isinstance(kept, str) else {}), **place.filters})
        if place.filters and "period" not in place.filters:
            self.list.calls.fill({"period": "all"})
        self.list.calls.settle()
        self.export_bar: ExportBar | None = None
        self.body.addWidget(self.list)
        self.list.opened.connect(self._open)
        self.list.selected.connect(self.verbs_changed)
        self.list.calls.period.activated.connect(lambda _at: desk.memory.put("calls.period", self.list.calls.period.currentData()))

    def title(self) -> str:
        return _("Calls")

    def verbs(self) -> list[Action]:
        view = self.list.current()
        chosen = view is not None
        return [
            Action("calls.open", _("Open call"), self.open, "Ctrl+O", "view", enabled=chosen, primary=True),
            Action(
                "calls.customer",
                _("Open customer"),
                self.open_customer,
                "Ctrl+U",
                "user",
                enabled=chosen and bool(view.customer),
                operation="customers.get",
            ),
            Action("calls.copy", _("Copy number"), self.copy_number, "", "copy", enabled=chosen),
            *self.mending.verbs(self.list.chosen(), 1),
            Action("calls.live", _("Running calls"), lambda: self.desk.go(Place("live_calls")), "Ctrl+L", "calls", group=2, operation="calls.list"),
            *self.mending.of_list(self.list.wanted, lambda: self.list.totals.calls if self.list.totals is not None else None, 2),
            Action("calls.export", _("Export"), self.export, "Ctrl+E", "export", enabled=self.export_bar is None, group=2, operation="cdrs.export"),
        ]

    def refresh(self) -> None:
        self.list.refresh()

    def on_changes(self, changes: Mapping[str, frozenset[int]]) -> None:
        """Calls come and go all the time: the list is asked anew now and then, and not while somebody reads further down."""
        if not self._later.isActive() and self.list.table.verticalScrollBar().value() == 0:
            self._later.start()

    def open(self) -> None:
        """The page of the chosen call."""
        view = self.list.current()
        if view is not None:
            self._open(view)

    def open_customer(self) -> None:
        """The customer list, narrowed to the call's customer."""
        view = self.list.current()
        if view is not None and view.customer:
            open_customer(self, self.desk, view.customer)

    def copy_number(self) -> None:
        """The digits that were called."""
        view = self.list.current()
        if view is not None:
            digits = view.normalised or view.dialled
            QGuiApplication.clipboard().setText(digits)
            self.desk.toast(_("{number} copied", number=number(digits)))

    def export(self) -> None:
        """Ask for a file and begin."""
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        name = f"{folder}/calls-{today(self.desk.clock).isoformat()}.xlsx"
        dialog = QFileDialog(self, _("Export calls"), name, ";;".join((_("Spreadsheet (*.xlsx)"), _("Comma-separated values (*.csv)"))))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("xlsx")
        dialog.filterSelected.connect(lambda kind: dialog.setDefaultSuffix("csv" if "csv" in kind else "xlsx"))
        dialog.fileSelected.connect(self.export_to)
        dialog.open()

    def export_to(self, file: str) -> None:
        """Write what is filtered into a file."""
        if self.export_bar is not None:
            return
        totals = self.list.totals
        export = Export(self.desk.client, CdrExport(**self.list.wanted()), file, self)
        total = totals.calls if totals is not None else 0
        self.export_bar = ExportBar(export, total)
        self.body.addWidget(self.export_bar)
        self.export_bar.destroyed.connect(self._export_over)
        export.done.connect(lambda lines: self._exported(lines if export.counts else total, file))
        export.failed.connect(self.desk.toast)
        self.verbs_changed.emit()
        export.start()

    def _exported(self, calls: int, file: str) -> None:
        self.desk.toast(plural("{n} call exported to {file}", "{n} calls exported to {file}", calls, file=file))

    def _export_over(self) -> None:
        self.export_bar = None
        self.verbs_changed.emit()

    def _open(self, view: Any) -> None:
        self.desk.go(Place("call", id=view.id))
