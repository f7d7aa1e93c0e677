"""The daily summary by e-mail: one's own choice on one's account, and in the settings who of the others gets it."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QCheckBox, QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.widgets.plain import button, clear, column, label, row
from appliance.gui.words import _
from appliance.wire.problem import Problem
from appliance.wire.shapes import Done
from appliance.wire.summaries import SummaryReceive, SummaryReceiver, SummaryReceivers, SummarySend


class OwnSummary(QWidget):
    """Whether one gets it, and at once to see what it looks like."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk = desk
        self._own: SummaryReceiver | None = None
        self._hour = 0
        self.box = QCheckBox(_("Send me the &daily summary by e-mail"))
        self.box.clicked.connect(self._choose)
        self.said = label("", "muted", wrap=True)
        self.send_button = button(_("Send yesterday's now"), self.send)
        self.setLayout(column(self.box, self.said, row(self.send_button, None), gap="medium"))
        self.box.setEnabled(False)
        self.send_button.setEnabled(False)

    def ask(self) -> None:
        """As it is kept."""
        operation.run(self, self._desk.client, "summaries.receivers", on_done=self._came, on_problem=self._failed)

    def send(self) -> None:
        """Yesterday's summary, now."""
        operation.run(self, self._desk.client, "summaries.send", SummarySend(), on_done=self._sent, busy=self.send_button)

    def _choose(self, wanted: bool) -> None:
        operation.run(self, self._desk.client, "summaries.receive", SummaryReceive(wanted), on_done=self._show, busy=self.box)

    def _came(self, view: SummaryReceivers) -> None:
        own = next((each for each in view.receivers if each.operator_id == self._desk.session.operator.id), None)
        if own is None:
            self.said.setText(_("Your role is in a call shop alone: the summary is for those who run the business."))
            return
        self._hour = view.hour
        self._show(own)

    def _show(self, own: SummaryReceiver) -> None:
        self._own = own
        self.box.setEnabled(True)
        self.box.setChecked(own.receives)
        self.send_button.setEnabled(bool(own.email))
        if own.email:
            self.said.setText(_("To {email}, each day at {hour}:00 about the day before.", email=own.email, hour=self._hour))
        else:
            self.said.setText(_("You have no e-mail address here yet. Whoever manages the operators can add it."))

    def _sent(self, done: Done) -> None:
        email = self._own.email if self._own is not None else ""
        self._desk.toast(_("The summary is on its way to {email}", email=email))

    def _failed(self, problem: Problem) -> None:
        self.said.setText(problem.detail)


class SummaryList(QWidget):
    """Everybody whom one may manage, with a tick."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk = desk
        self._lines = column(gap="small")
        self._lines.setContentsMargins(0, 0, 0, 0)
        self.setLayout(column(label(_("Who gets the daily summary"), "heading"), self._lines, gap="medium"))
        self.boxes: dict[int, QCheckBox] = {}
        self.ask()

    def ask(self) -> None:
        """As it is kept."""
        operation.run(self, self._desk.client, "summaries.receivers", on_done=self.show_receivers, on_problem=lambda problem: None)

    def show_receivers(self, view: SummaryReceivers) -> None:
        """These now."""
        clear(self._lines)
        self.boxes = {}
        for each in view.receivers:
            name = each.name if each.name == each.login or not each.name else f"{each.name} ({each.login})"
            box = QCheckBox(f"{name or each.login} · {each.reseller}".replace("&", "&&"))
            box.setChecked(each.receives)
            box.setEnabled(self._desk.may("operators.update") or each.operator_id == self._desk.session.operator.id)
            box.clicked.connect(partial(self._ticked, each.operator_id))
            self.boxes[each.operator_id] = box
            told = label(each.email or _("No e-mail address"), "muted")
            self._lines.addLayout(row(box, None, told))
        if not view.receivers:
            self._lines.addWidget(label(_("There are no operators that you may see."), "muted"))

    def _ticked(self, operator: int) -> None:
        box = self.boxes[operator]
        wanted = box.isChecked()

        def refused(problem: Problem) -> None:
            box.setChecked(not wanted)
            self._desk.toast(problem.detail)

        operation.run(self, self._desk.client, "summaries.receive", SummaryReceive(wanted, operator), on_problem=refused, busy=box)
