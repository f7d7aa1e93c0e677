"""A real call over one trunk, placed by the server: what the carrier says, live, in plain words."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from appliance.gui import operation, words
from appliance.gui.column import State
from appliance.gui.desk import Desk
from appliance.gui.widgets.badge import Badge
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import button, column, label, row
from appliance.gui.words import _, isolate, number
from appliance.i18n import sentence
from appliance.wire.calls import HangUp
from appliance.wire.problem import Problem
from appliance.wire.shapes import ById
from appliance.wire.trunks import TestCallView, TrunkTestCall, TrunkView

KIND = "trunk_test"
LOOK_MS = 1000
OVER = frozenset({"ended", "failed"})


def test_state(view: TestCallView) -> State:
    """How it stands, in a word."""
    known = {
        "calling": State(_("Calling"), "accent"),
        "ringing": State(_("Ringing"), "accent"),
        "answered": State(_("Answered"), "good"),
        "ended": State(_("It works"), "good"),
    }
    return known.get(view.state, State(_("It failed"), "danger"))


def measured(view: TestCallView) -> str:
    """What was measured: how long until it rang, and whether sound came."""
    parts = []
    if view.post_dial_delay_ms is not None:
        parts.append(_("The carrier answered our request after {seconds} s.", seconds=isolate(f"{view.post_dial_delay_ms / 1000:.1f}")))
    if view.packets:
        parts.append(_("Its sound came through."))
    elif view.answered_at is not None and view.state in OVER:
        parts.append(_("No sound came from it: look at the settings of sound and at the router."))
    return " ".join(parts)


class TestCall(QWidget):
    """A number and a button; under them the call's state until it is over. `over(view)` then."""

    __test__ = False

    over = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk = desk
        self.trunk: TrunkView | None = None
        self.view: TestCallView | None = None
        self.form = Form()
        text = _("A number that you can hear ring, such as your mobile. The carrier charges for the call.")
        self.form.text("number", _("Call this &number"), required=True, placeholder="+31 6 12345678", longest=40, help=text)
        self.start_button = button(_("&Place test call"), self.start)
        self.end_button = button(_("&Hang up"), self.hang_up)
        self.badge = Badge(desk.theme)
        self.told, self.measures = label("", wrap=True, copyable=True), label("", "muted", wrap=True)
        self.setLayout(column(self.form, row(self.start_button, self.end_button, self.badge, None), self.told, self.measures))
        self._look = QTimer(self, interval=LOOK_MS)
        self._look.timeout.connect(self.ask)
        desk.listener.subscribe(self, {KIND}, self._heard)
        field = self.form.field("number")
        assert isinstance(field, QLineEdit)
        field.returnPressed.connect(self.start)
        self._show()

    def set_trunk(self, view: TrunkView | None) -> None:
        """The trunk that is tried; another one forgets the last call. An answer from before the trunk was made forgets nothing."""
        if view is None and self.view is not None:
            return
        if view is None or self.trunk is None or view.id != self.trunk.id:
            self.view = None
        self.trunk = view
        self._show()

    @property
    def running(self) -> bool:
        """Whether a test call is under way."""
        return self.view is not None and self.view.state not in OVER

    def start(self) -> None:
        """Place the call."""
        values = self.form.values()
        if values is None or self.trunk is None or self.running:
            return
        request = TrunkTestCall(self.trunk.id, values["number"])
        operation.run(self, self._desk.client, "trunks.test_call", request, on_done=self.show_call, on_problem=self._failed, busy=self.start_button)

    def hang_up(self) -> None:
        """End it before its time."""
        if self.view is not None:
            operation.run(self, self._desk.client, "calls.hang_up", HangUp(id=self.view.id), on_done=lambda done: self.ask(), on_problem=self._failed)

    def ask(self) -> None:
        """Ask how it stands."""
        if self.view is not None and self.running:
            request = ById(self.view.id)
            operation.run(self, self._desk.client, "trunks.test_state", request, on_done=self.show_call, on_problem=self._lost)

    def show_call(self, view: TestCallView) -> None:
        """Show how it stands."""
        before, self.view = self.view, view
        self._show()
        if view.state in OVER and (before is None or before.id != view.id or before.state not in OVER):
            self.over.emit(view)

    def _show(self) -> None:
        view = self.view
        self._look.start() if self.running else self._look.stop()
        self.start_button.setEnabled(self.trunk is not None and not self.running)
        self.end_button.setVisible(self.running)
        self.badge.show_state(State("") if view is None else test_state(view))
        self.told.setVisible(view is not None)
        self.told.setText("" if view is None else said(view))
        text = "" if view is None else measured(view)
        self.measures.setVisible(bool(text))
        self.measures.setText(text)

    def _heard(self, changes: Mapping[str, frozenset[int]]) -> None:
        ids = changes.get(KIND, frozenset())
        if self.view is not None and (not ids or self.view.id in ids):
            self.ask()

    def _failed(self, problem: Problem) -> None:
        self.form.show_problem(problem)

    def _lost(self, problem: Problem) -> None:
        """The server knows the call no more: it was started again meanwhile."""
        self.view = None
        self._show()
        self.form.problem.show_problem(problem)


def said(view: TestCallView) -> str:
    """The call as a sentence."""
    called = number(view.number)
    if view.state == "calling":
        return _("{trunk} is asked to call {number}.", trunk=view.trunk, number=called)
    if view.state == "ringing":
        return _("{number} rings. Answer it, and it is sure that calls work.", number=called)
    if view.state == "answered":
        return _("{number} has answered. The call ends by itself.", number=called)
    places = {"status": isolate(str(view.status)), "reason": isolate(view.reason), "packets": words.count(view.packets)}
    return sentence(view.code, places, words.language()) if view.code else view.words


class TestCallDialog(QDialog):
    """The same as a dialog, from the trunks' list and a trunk's page."""

    __test__ = False

    def __init__(self, desk: Desk, parent: QWidget, trunk: TrunkView) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setWindowTitle(_("Test call over {trunk}", trunk=trunk.name))
        self.call = TestCall(desk)
        self.call.set_trunk(trunk)
        self.call.start_button.setProperty("role", "primary")
        self.call.start_button.setDefault(True)
        close = button(_("Close"), self.accept)
        self.setLayout(column(label(self.windowTitle(), "title", wrap=True), self.call, None, row(None, close), gap="large", margin="wide"))
        self.setMinimumSize(440, 340)
        self.call.form.field("number").setFocus()
        self.finished.connect(lambda _code: self._over())

    def _over(self) -> None:
        """Nobody looks any more: a call that still runs ends by itself."""
        self.deleteLater()


def place_test_call(desk: Desk, owner: QWidget, trunk: TrunkView) -> TestCallDialog:
    """Open the dialog."""
    dialog = TestCallDialog(desk, owner, trunk)
    dialog.open()
    return dialog
