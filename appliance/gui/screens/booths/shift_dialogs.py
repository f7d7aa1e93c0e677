"""A shift from the counted float to the Z report: open, money in and out, the blind count, the close."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QDialog, QFrame, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from appliance.gui import operation, words
from appliance.gui.desk import Desk
from appliance.gui.screens.booths import shop_approval
from appliance.gui.screens.booths.shift_count import Count
from appliance.gui.screens.booths.shift_report import report_cards
from appliance.gui.theme import space
from appliance.gui.widgets.cards import Cards, facts
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.open_form import open_form
from appliance.gui.widgets.plain import button, column, holding, label, line, row, scrolling, within_screen
from appliance.gui.words import _
from appliance.wire.problem import Problem
from appliance.wire.shifts import CashMove, ShiftClose, ShiftCount, ShiftOpen, ShiftReport, ShiftReportMake, ShiftView
from appliance.wire.shops import ShopView
from appliance.wire.tills import DrawerOpen, TillView

Done = Callable[[Any], None] | None
WIDTH = 460


class ShiftDialog(QDialog):
    """Pages of a shift's act, a foot with its verbs; Enter in the last count field is the verb."""

    def __init__(self, desk: Desk, parent: QWidget, shop: ShopView, title: str, act: Callable[[], None]) -> None:
        """`act` is what the verb does."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        self.desk, self.shop = desk, shop
        self.count = Count(shop)
        self.said, self.fault = label("", "muted", wrap=True), label("", "fault", wrap=True)
        self.fault.hide()
        self.verb = button("", act, "primary")
        self.cancel = button(_("Cancel"), self.reject)
        self.pages = QStackedWidget()
        counting = column(label(title, "title", wrap=True), self.said, self.count, self.fault, None, gap="medium", margin="wide")
        self.pages.addWidget(scrolling(holding(counting)))
        self.foot = row(None, self.cancel, self.verb)
        self.foot.setContentsMargins(space("wide"), space("medium"), space("wide"), space("medium"))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.pages, 1)
        box.addWidget(line())
        box.addLayout(self.foot)
        self.count.done.connect(self.verb.setFocus)
        screen = QGuiApplication.primaryScreen()
        most = screen.availableGeometry().height() - 60 if screen is not None else 640
        self.resize(WIDTH, min(620, most))
        self.count.focus_first()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Return goes from field to field, and does the verb where it has arrived there."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.verb.hasFocus():
            self.verb.click()
            return
        super().keyPressEvent(event)

    def tell_problem(self, problem: Problem) -> None:
        """What is wrong, under the count."""
        self.fault.setText(problem.detail)
        self.fault.show()

    def counted(self) -> dict[str, dict[str, int]] | None:
        """What is typed, None where a field cannot be read."""
        try:
            return self.count.counted()
        except ValueError:
            return None


class OpenShift(ShiftDialog):
    """The float is counted, and the shift begins."""

    def __init__(self, desk: Desk, parent: QWidget, shop: ShopView, till: TillView, on_done: Done = None) -> None:
        super().__init__(desk, parent, shop, _("Open a shift at {till}", till=till.name), self.act)
        self._till, self._on_done = till, on_done
        self.said.setText(_("Count the money that lies in the drawer before the first guest."))
        self.verb.setText(_("Open shift"))

    def act(self) -> None:
        """Send the count."""
        counted = self.counted()
        if counted is not None:
            operation.run(self, self.desk.client, "shifts.open", ShiftOpen(self._till.id, counted), on_done=self._opened, busy=self.verb)

    def _opened(self, view: Any) -> None:
        self.accept()
        self.desk.toast(_("The shift is open."))
        if self._on_done is not None:
            self._on_done(view)


class CloseShift(ShiftDialog):
    """First the count, blind; then expected, counted and difference; then the Z report."""

    def __init__(self, desk: Desk, parent: QWidget, shop: ShopView, shift: ShiftView, on_done: Done = None) -> None:
        super().__init__(desk, parent, shop, _("Close the shift at {till}", till=shift.till_name), self.act)
        self._shift, self._on_done = shift, on_done
        self.said.setText(_("Count the money in the drawer. What should be there is shown afterwards."))
        self.verb.setText(_("That is all"))
        self.again = button(_("Count again"), self._count_again)
        self.again.hide()
        self.foot.insertWidget(0, self.again)
        self.reason = QLineEdit()
        self.reason.setMaxLength(200)
        self._figures = QVBoxLayout()
        self._figures.setSpacing(space("medium"))
        self._why = holding(column(label(_("Why is another's shift closed?")), self.reason, gap="hair"))
        self._why.setVisible(not shift.mine)
        self.late = label("", "fault", wrap=True)
        shown = column(label(_("The count"), "title"), self._figures, self._why, self.late, None, gap="medium", margin="wide")
        self.pages.addWidget(scrolling(holding(shown)))
        self.report = Cards()
        self.pages.addWidget(self.report)

    def act(self) -> None:
        """Send the count, then close, then leave."""
        if self.pages.currentIndex() == 0:
            counted = self.counted()
            if counted is not None:
                operation.run(self, self.desk.client, "shifts.count", ShiftCount(self._shift.id, counted), on_done=self._was_counted, busy=self.verb)
        elif self.pages.currentIndex() == 1:
            asked = ShiftClose(self._shift.id, reason=self.reason.text().strip())
            shop_approval.run(self, self.desk, self.shop.approvers, "shifts.close", asked, on_done=self._closed, busy=self.verb)
        else:
            self.accept()

    def tell_problem(self, problem: Problem) -> None:
        super().tell_problem(problem)
        self.late.setText(problem.detail)
        if problem.code == "shift.count_again":
            self._count_again()

    def _count_again(self) -> None:
        self.pages.setCurrentIndex(0)
        self.again.hide()
        self.verb.setText(_("That is all"))
        self.count.focus_first()

    def _was_counted(self, view: Any) -> None:
        self._shift = view
        self.fault.hide()
        while self._figures.count():
            item = self._figures.takeAt(0)
            old = item.widget() if item is not None else None
            if old is not None:
                old.deleteLater()
        for each in view.cash:
            self._figures.addWidget(difference_card(each))
        self.pages.setCurrentIndex(1)
        self.again.show()
        self.verb.setText(_("Close the shift"))
        (self.verb if view.mine else self.reason).setFocus()

    def _closed(self, report: Any) -> None:
        self.report.show_cards(report_cards(report))
        self.pages.setCurrentIndex(2)
        self.again.hide()
        self.cancel.hide()
        self.verb.setText(_("Done"))
        self.verb.setFocus()
        self.desk.toast(_("Z report {number} was stored.", number=report.number))
        if self._on_done is not None:
            self._on_done(report)


def difference_card(figures: Any) -> QFrame:
    """Expected, counted and the difference of one currency, in words as well."""
    currency = figures.currency
    lines = [
        (_("Expected"), words.money(figures.expected, currency)),
        (_("Counted"), words.money(figures.counted, currency)),
        (_("Difference"), words.money(figures.difference, currency)),
    ]
    off = words.micros(figures.difference or "")
    lines.append(("", _("It agrees.") if not off else _("There is too little.") if off < 0 else _("There is too much.")))
    return facts(currency, [each for each in lines if each[1]])


class ReportDialog(QDialog):
    """An X or Z report on the screen."""

    def __init__(self, parent: QWidget, report: ShiftReport) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(_("X report {number}", number=report.number) if report.kind == "x" else _("Z report {number}", number=report.number))
        done = button(_("Close"), self.accept, "primary")
        done.setDefault(True)
        foot = row(None, done)
        foot.setContentsMargins(space("wide"), space("medium"), space("wide"), space("medium"))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(Cards(report_cards(report)), 1)
        box.addLayout(foot)
        self.resize(within_screen(520, 620))


def x_report(desk: Desk, owner: QWidget, shop: ShopView, shift: int) -> None:
    """Make and show an X report; a clerk needs a supervisor's PIN."""
    shop_approval.run(owner, desk, shop.approvers, "shifts.report", ShiftReportMake(shift), on_done=lambda report: ReportDialog(owner, report).open())


def move_cash(desk: Desk, owner: QWidget, shop: ShopView, shift: int, on_done: Done = None) -> FormDialog:
    """Cash into the drawer, out of it, or to the safe."""
    form = Form()
    form.pick("kind", _("&What"), [("out", _("Taken out")), ("in", _("Put in")), ("drop", _("To the safe"))])
    form.money("amount", _("&Amount"), currency=shop.currency, required=True)
    if shop.currencies:
        form.pick("currency", _("C&urrency"), [(code, code) for code in (shop.currency, *shop.currencies)])
    form.text("reason", _("&Reason"), required=True, longest=200)
    dialog = open_form(
        desk, owner, _("Cash in or out"), form, "shifts.move", lambda values: CashMove(id=shift, **values), on_done, verb=_("Write down"), width=380
    )
    form.field("kind").setFocus()
    return dialog


def open_drawer(desk: Desk, owner: QWidget, till: TillView) -> FormDialog:
    """Without a sale; the owner is told."""
    form = Form()
    form.note(_("Opening the drawer without a sale is listed for the owner."))
    form.text("reason", _("&Reason"), required=True, longest=200)
    dialog = open_form(desk, owner, _("Open the drawer"), form, "tills.open_drawer", lambda values: DrawerOpen(id=till.id, **values), None, width=380)
    form.field("reason").setFocus()
    return dialog
