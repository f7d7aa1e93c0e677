"""What was said in a call: in words, message by message, and as files for others to look at."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from appliance.gui import operation
from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.rows_model import RowsModel
from appliance.gui.screen import Action
from appliance.gui.screens.parts.paper import save_bytes
from appliance.gui.widgets.empty import Empty, EmptyView
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.plain import column, holding, label
from appliance.gui.words import _, isolate, language
from appliance.i18n import sentence
from appliance.wire.problem import Problem
from appliance.wire.shapes import ById
from appliance.wire.traces import CallTrace, TraceStep


class TraceTab(QWidget):
    """Asks when it is first seen: traces are large and kept for some days alone. `name`: the operation that gives it."""

    changed = Signal()

    def __init__(self, desk: Desk, call: int, name: str = "calls.trace") -> None:
        super().__init__()
        self._desk, self._call, self._name = desk, call, name
        self._asked = False
        self.trace: CallTrace | None = None
        columns = [
            Column(lambda step: isolate(f"{step.seconds:.3f}"), _("Seconds"), "code", width=90),
            Column(lambda step: _("To") if step.sent else _("From"), _("Way"), width=70),
            Column(lambda step: isolate(step.peer), _("Other side"), width=190),
            Column("title", _("Message"), width=200, grows=True),
        ]
        self.steps = RowsModel(desk.client, columns)
        self.words = label("", wrap=True, copyable=True)
        empty = Empty(_("No message of this call was kept."))
        self.list = ListPage(desk, self.steps, title=_("Messages"), empty=empty, memory_name="call.trace", embedded=True, bare=True)
        self.list.selected.connect(self._show_message)
        self.message = QPlainTextEdit()
        self.message.setReadOnly(True)
        self.message.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.message.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.message.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.message.setAccessibleName(_("Message"))
        self.message.setPlaceholderText(_("Choose a message to read it."))
        self._fault = EmptyView()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._body())
        self._stack.addWidget(self._fault)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._stack)

    def _body(self) -> QWidget:
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.addWidget(self.list)
        parts.addWidget(self.message)
        parts.setStretchFactor(0, 3)
        parts.setStretchFactor(1, 2)
        parts.setChildrenCollapsible(False)
        whole = column(holding(column(self.words, margin="large")), gap="")
        whole.addWidget(parts, 1)
        return holding(whole)

    def ask(self) -> None:
        """The first time it is seen, and again where it failed."""
        if not self._asked:
            self._asked = True
            operation.run(self, self._desk.client, self._name, ById(self._call), on_done=self._came, on_problem=self._failed)

    def verbs(self) -> list[Action]:
        """What can be done with it now."""
        there = self.trace is not None
        return [
            Action("trace.text", _("Save as text"), self._save_text, "Ctrl+S", "export", enabled=there, group=3, operation=self._name),
            Action("trace.pcap", _("Save as capture"), self._save_capture, "Ctrl+Shift+S", "export", enabled=there, group=3, operation=self._name),
        ]

    # parts ---------------------------------------------------------------------------------------------------------
    def _came(self, trace: CallTrace) -> None:
        self.trace = trace
        self._stack.setCurrentIndex(0)
        self.words.setText(sentence(trace.code, trace.parameters, language()) if trace.code else trace.words)
        self.steps.show_rows(trace.steps)
        self.changed.emit()

    def _failed(self, problem: Problem) -> None:
        self._asked = False
        if problem.code == "trace.gone":  # no fault: nobody keeps them so long
            self._fault.show_empty(Empty(problem.detail))
        else:
            self._fault.show_problem(problem, self.ask)
        self._stack.setCurrentIndex(1)

    def _show_message(self) -> None:
        step: TraceStep | None = self.list.current()
        self.message.setPlainText("" if step is None else step.message.replace("\r\n", "\n").strip())

    def _save_text(self) -> None:
        if self.trace is not None:
            save_bytes(self._desk, self, _("Save trace"), f"call-{self._call}.txt", self.trace.text.encode())

    def _save_capture(self) -> None:
        if self.trace is not None:
            save_bytes(self._desk, self, _("Save trace"), f"call-{self._call}.pcap", self.trace.pcap)
