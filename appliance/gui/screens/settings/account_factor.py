"""The second factor set up: scan the code, type what the phone shows, note the recovery codes; and the way back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.qr import QrCode
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.open_form import open_form
from appliance.gui.widgets.plain import button, card, column, label, row
from appliance.gui.words import _, isolate
from appliance.wire.problem import Problem
from appliance.wire.session import RecoveryCodes, SecondFactorConfirm, SecondFactorEnd, SecondFactorOffer


def ask_second_factor(desk: Desk, owner: QWidget, done: Callable[[], None]) -> None:
    """Ask for a secret and show it; `done` once it is confirmed."""

    def offered(offer: SecondFactorOffer) -> None:
        FactorDialog(desk, owner, offer, done).open()

    operation.run(owner, desk.client, "second_factor.offer", on_done=offered)


def end_second_factor(desk: Desk, owner: QWidget, done: Callable[[], None]) -> FormDialog:
    """Take it off, by the password."""
    form = Form()
    form.note(_("From then on your password alone signs you in, and your recovery codes are good for nothing."))
    form.secret("password", _("&Password"), required=True, eye=False)

    def ended(_done: object) -> None:
        desk.toast(_("The second factor is off"))
        done()

    return open_form(
        desk,
        owner,
        _("Take the second factor off"),
        form,
        "second_factor.end",
        lambda values: SecondFactorEnd(values["password"]),
        ended,
        verb=_("Take it off"),
        dangerous=True,
    )


class FactorDialog(QDialog):
    """The QR code beside the fields that prove that it was read."""

    def __init__(self, desk: Desk, parent: QWidget, offer: SecondFactorOffer, done: Callable[[], None]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(_("Set up the second factor"))
        self._desk, self._offer, self._done = desk, offer, done
        self.form = Form()
        self.form.text("code", _("&Six digits that the app shows now"), required=True, longest=7)
        self.form.secret("password", _("Your &password"), required=True, eye=False)
        self.primary = button(_("Turn on"), self.submit, "primary")
        code = QrCode(offer.uri, _("QR code for your authenticator"), 200)
        spaced = " ".join(offer.secret[at : at + 4] for at in range(0, len(offer.secret), 4))
        secret = label(isolate(spaced), "strong", wrap=True, copyable=True)
        told = label(_("Scan this with an authenticator app on your phone, such as Aegis or FreeOTP."), wrap=True)
        typed = label(_("If it cannot scan, type this into it:"), "muted", wrap=True)
        right = column(told, typed, secret, None)
        body = row(code, right, gap="wide")
        body.setStretch(1, 1)
        foot = row(None, button(_("Cancel"), self.reject), self.primary)
        self.setLayout(column(label(self.windowTitle(), "title"), body, self.form, foot, gap="large", margin="wide"))
        self.setMinimumWidth(520)
        self.form.field("code").setFocus()

    def submit(self) -> None:
        """Prove it."""
        values = self.form.values()
        if values is None or not self.primary.isEnabled():
            return
        request = SecondFactorConfirm(values["password"], self._offer.secret, values["code"])
        operation.run(
            self, self._desk.client, "second_factor.confirm", request, on_done=self._confirmed, on_problem=self.tell_problem, busy=self.primary
        )

    def tell_problem(self, problem: Problem) -> None:
        """At its field."""
        self.form.show_problem(problem)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submit()
            return
        super().keyPressEvent(event)

    def _confirmed(self, made: RecoveryCodes) -> None:
        parent = self.parentWidget()
        self.accept()
        self._done()
        RecoveryDialog(parent, made.codes).open()


class RecoveryDialog(QDialog):
    """The codes, shown this once; it closes by its button alone."""

    def __init__(self, parent: QWidget | None, codes: list[str]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(_("Recovery codes"))
        self.codes = codes
        grid = QGridLayout()
        grid.setHorizontalSpacing(32)
        grid.setVerticalSpacing(8)
        for at, code in enumerate(codes):
            grid.addWidget(label(isolate(code), "strong", copyable=True), at // 2, at % 2, Qt.AlignmentFlag.AlignCenter)
        text = _("Print or write these down and keep them away from your phone. When it is lost, each of them signs you in once.")
        told = label(text, wrap=True)
        told.setMinimumWidth(420)
        self.copy_button = button(_("Copy"), self.copy)
        close = button(_("I have noted them"), self.accept, "primary")
        only = label(_("They are shown only this once."), "muted")
        head = label(_("The second factor is on. These are your recovery codes"), "heading", wrap=True)
        self.setLayout(column(head, told, card(column(grid, margin="large")), row(only, None, self.copy_button, close), gap="large", margin="wide"))
        self.copy_button.setFocus()

    def copy(self) -> None:
        """To the clipboard."""
        QGuiApplication.clipboard().setText("\n".join(self.codes))
        self.copy_button.setText(_("Copied"))

    def reject(self) -> None:
        """Escape does not lose the codes."""
