"""The VAT number of a customer asked of the service that knows them (VIES): what it said, when, and what went wrong, in words."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from appliance.gui import operation, words
from appliance.gui.column import State
from appliance.gui.desk import Desk, Place
from appliance.gui.widgets.badge import Badge
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.gui.widgets.plain import button, column, label, row
from appliance.gui.widgets.problem_view import ProblemView
from appliance.gui.words import _
from appliance.wire.customers import CustomerView
from appliance.wire.problem import Problem
from appliance.wire.taxes import VatCheckOnline, VatCheckView

OFF = "vat.off"
WIDTH = 480


class VatAnswer(QWidget):
    """Asks at once; `ask` asks again."""

    def __init__(self, desk: Desk, view: CustomerView) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk, self._view = desk, view
        self.answer: VatCheckView | None = None
        self.badge = Badge(desk.theme)
        self.said = label("", wrap=True)
        self.when = label("", "muted", wrap=True, copyable=True)
        self.problem = ProblemView()
        self.again = button(_("Ask &again"), self.ask)
        self.settings = button(_("Open the &settings"), self._settings)
        number = label(words.isolate(view.vat_number or ""), "strong", copyable=True)
        self.setLayout(column(row(number, self.badge, None), self.said, self.when, self.problem, row(self.again, self.settings, None), gap="medium"))

    def ask(self) -> None:
        """Ask the service; what it says is kept with the customer."""
        self.badge.show_state(State(_("Asking …"), "accent"))
        self.said.setText(_("The service is asked. This may take some seconds."))
        self.when.hide()
        self.problem.forget()
        self.again.setEnabled(False)
        self.settings.hide()
        request = VatCheckOnline(self._view.id)
        operation.run(self, self._desk.client, "taxes.check_online", request, on_done=self._came, on_problem=self._failed)

    # parts ---------------------------------------------------------------------------------------------------------
    def _came(self, found: VatCheckView) -> None:
        self.answer = found
        self.again.setEnabled(True)
        self.badge.show_state(State(_("Valid"), "good") if found.valid else State(_("Not valid"), "danger"))
        self.said.setText(
            _("The service knows this number. The day is kept for invoices without tax.")
            if found.valid
            else _("The service does not know this number: no reverse charge by it. Compare it with the customer's papers.")
        )
        self.when.setText(_("Asked {moment} · {where}", moment=words.moment_full(found.checked_at), where=words.isolate(found.how)))
        self.when.show()
        self._fit()

    def _failed(self, problem: Problem) -> None:
        self.again.setEnabled(True)
        self.badge.show_state(State(_("No answer"), "warning"))
        self.said.setText(_("It is not known whether the number is valid. What was known before stays."))
        self.problem.show_problem(problem)
        self.settings.setVisible(problem.code == OFF and self._desk.may("settings.set"))
        self._fit()

    def _fit(self) -> None:
        """The dialog as high as what it says now needs."""
        dialog = self.window()
        layout = dialog.layout()
        if layout is not None:
            layout.activate()
            dialog.resize(dialog.width(), max(dialog.height(), layout.totalHeightForWidth(dialog.width())))

    def _settings(self) -> None:
        self.window().close()
        self._desk.go(Place("settings", tab="papers"))


def ask_vat_service(desk: Desk, owner: QWidget, view: CustomerView) -> PanelDialog:
    """The dialog, already asking."""
    shown = VatAnswer(desk, view)
    dialog = PanelDialog(owner, _("VAT number of {name}", name=view.name), shown, size=(WIDTH, 260))
    dialog.open()
    shown.ask()
    return dialog
