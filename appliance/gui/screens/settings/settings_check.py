"""The self-check: each thing the server looks at, its state, and what to do about it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QProgressBar, QWidget

from appliance.gui import operation, words
from appliance.gui.column import State
from appliance.gui.desk import Desk
from appliance.gui.theme import space
from appliance.gui.widgets.badge import Badge
from appliance.gui.widgets.plain import button, clear, column, label, line, row
from appliance.gui.words import _, isolate, moment_full
from appliance.i18n import sentence
from appliance.wire.checks import CheckLine, Checks
from appliance.wire.problem import Problem

MOMENTS = frozenset({"now", "newest"})


def names() -> dict[str, str]:
    """{line: what it is about}."""
    return {
        "database": _("Database"),
        "clock": _("Clock"),
        "disk": _("Disk"),
        "writing": _("Speed of the disk"),
        "ports": _("Ports"),
        "nat": _("Router"),
        "alg": _("SIP ALG"),
        "certificate": _("Certificates"),
        "emergency": _("Emergency calls"),
        "books": _("Books"),
        "backup": _("Backup"),
        "copy": _("Second copy"),
    }


def state_of(state: str) -> State:
    """A line's state as shape and word."""
    return {"ok": State(_("In order"), "good"), "warn": State(_("Warning"), "warning")}.get(state, State(_("Failed"), "danger"))


def said(found: CheckLine) -> str:
    """The line's sentence in the person's language."""
    places = {name: isolate(moment_full(text)) if name in MOMENTS else text for name, text in found.parameters.items()}
    text = sentence(found.code, places, words.language())
    return found.text if text.startswith(found.code) else text


class CheckSettings(QWidget):
    """Asks when it is first seen, and when the button is pressed."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.desk = desk
        self.badge = Badge(desk.theme)
        self.when = label("", "muted", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(_("Self-check"))
        self.again = button(_("Check again"), self.check)
        self.lines = QGridLayout()
        self.lines.setHorizontalSpacing(space("large"))
        self.lines.setVerticalSpacing(space("medium"))
        self.lines.setColumnStretch(2, 1)
        head = row(label(_("Self-check"), "heading"), self.badge, None, self.again)
        about = label(_("What the server needs to work well, looked at now. It changes nothing."), "muted", wrap=True)
        self.setLayout(column(head, about, self.bar, line(), self.lines, line(), self.when, None, gap="medium"))
        self.check()

    def check(self) -> None:
        """Look at everything again."""
        self.when.setText(_("The server is being looked at …"))
        self.bar.show()
        operation.run(self, self.desk.client, "server.check", on_done=self.show_checks, on_problem=self._failed, busy=self.again)

    def show_checks(self, found: Checks) -> None:
        """The lines, those that need something first."""
        self.bar.hide()
        clear(self.lines)
        worst = max((each.state for each in found.lines), key=_weight, default="ok")
        self.badge.show_state(state_of(worst))
        known = names()
        for at, each in enumerate(sorted(found.lines, key=lambda each: -_weight(each.state))):
            top = Qt.AlignmentFlag.AlignTop
            self.lines.addWidget(Badge(self.desk.theme, state_of(each.state)), at, 0, top)
            self.lines.addWidget(label(known.get(each.name, each.name)), at, 1, top)
            self.lines.addWidget(label(said(each), wrap=True, copyable=True), at, 2, top)
        self.when.setText(_("Looked at {moment}.", moment=isolate(moment_full(found.checked_at))))

    def _failed(self, problem: Problem) -> None:
        self.bar.hide()
        self.when.setText(problem.detail)


def _weight(state: str) -> int:
    return {"ok": 0, "warn": 1}.get(state, 2)
