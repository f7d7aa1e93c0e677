"""One's own account: who one is here, another password, the second factor."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from appliance.gui import operation
from appliance.gui.column import State
from appliance.gui.desk import Desk, Place
from appliance.gui.people import currencies
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.parts import shown_in
from appliance.gui.screens.settings.account_factor import ask_second_factor, end_second_factor
from appliance.gui.screens.settings.account_summary import OwnSummary
from appliance.gui.screens.settings.operators_form import grant_text
from appliance.gui.widgets.badge import Badge
from appliance.gui.widgets.cards import Cards, facts
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import button, card, column, holding, label, row
from appliance.gui.words import _
from appliance.wire.operators import OperatorView
from appliance.wire.problem import Problem
from appliance.wire.session import OwnPassword, SessionView


class AccountScreen(Screen):
    """For everybody who signs in, whatever the role."""

    kinds = frozenset({"operator"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.operator: OperatorView = desk.session.operator
        self.form = _password_form()
        self.change = button(_("&Change password"), self.set_password, "primary")
        self.badge = Badge(desk.theme)
        self.factor_said = label("", wrap=True)
        self.factor_button = button("", self.second_factor)
        self.end_button = button(_("&Take it off"), self.end_factor)
        self.me = QVBoxLayout()
        self.me.setContentsMargins(0, 0, 0, 0)
        password = column(label(_("Password"), "heading"), self.form, row(self.change, None), gap="medium", margin="large")
        factor = column(
            row(label(_("Second factor"), "heading"), self.badge, None),
            self.factor_said,
            row(self.factor_button, self.end_button, None),
            gap="medium",
            margin="large",
        )
        head = row(label(_("My account"), "title"), None, margin="large")
        head.setContentsMargins(head.contentsMargins().left(), head.contentsMargins().top(), head.contentsMargins().right(), 0)
        self.amounts = _amounts_form(desk)
        amounts = column(label(_("Amounts"), "heading"), self.amounts, gap="medium", margin="large")
        self.summary = OwnSummary(desk)
        daily = column(label(_("Daily summary"), "heading"), self.summary, gap="medium", margin="large")
        self.cards = Cards([holding(self.me), card(amounts), card(daily), card(factor), card(password)])
        self.body.addLayout(head)
        self.body.addWidget(self.cards, 1)
        self.show_operator(self.operator)

    def title(self) -> str:
        return _("My account")

    def verbs(self) -> list[Action]:
        on = self.operator.second_factor
        found = [
            Action("account.factor", _("Set up second factor anew") if on else _("Set up second factor"), self.second_factor, "Ctrl+T", "password"),
            Action("account.password", _("Change password"), lambda: self.form.field("password").setFocus(), "Ctrl+P", "edit"),
        ]
        if on:
            found.append(Action("account.end_factor", _("Take second factor off"), self.end_factor, "", "remove", dangerous=True, group=1))
        return found

    def refresh(self) -> None:
        operation.run(self, self.desk.client, "session.view", on_done=self._came)
        self.summary.ask()

    def show_operator(self, view: OperatorView) -> None:
        """Who one is, and how one signs in."""
        self.operator = view
        while self.me.count():
            item = self.me.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        lines = [
            (_("Name"), view.name or view.login),
            (_("User"), view.login),
            (_("E-mail"), view.email or _("None")),
            (_("Roles"), ", ".join(grant_text(each) for each in view.grants)),
        ]
        self.me.addWidget(facts("", lines))
        on = view.second_factor
        self.badge.show_state(State(_("On"), "good") if on else State(_("Off")))
        self.factor_said.setText(
            _("Signing in takes your password and the six digits that your authenticator shows.")
            if on
            else _("An app on your phone shows six digits that change every half minute. With them a stolen password opens nothing.")
        )
        self.factor_button.setText(_("&Set up anew") if on else _("&Set up second factor"))
        self.end_button.setVisible(on)
        self.verbs_changed.emit()

    # verbs ---------------------------------------------------------------------------------------------------------
    def set_password(self) -> None:
        """Send the new one; where the two that were typed differ nothing leaves."""
        values = self.form.values()
        if values is None:
            return
        if values["new_password"] != values["again"]:
            self.form.show_problem(Problem(field="again", detail=_("This is not the same as the new password.")))
            return
        request = OwnPassword(values["password"], values["new_password"])
        operation.run(
            self, self.desk.client, "session.set_password", request, on_done=self._changed, on_problem=self.form.show_problem, busy=self.change
        )

    def second_factor(self) -> None:
        """Secret, QR code, first digits."""
        ask_second_factor(self.desk, self, self.refresh)

    def end_factor(self) -> None:
        """After the password was given."""
        end_second_factor(self.desk, self, self.refresh)

    def _changed(self, done: object) -> None:
        self.form.fill({"password": "", "new_password": "", "again": ""})
        self.desk.toast(_("The password is changed. You are signed out everywhere but here."))

    def _came(self, view: SessionView) -> None:
        if view.operator is not None:
            self.show_operator(view.operator)


def _amounts_form(desk: Desk) -> Form:
    """The currency that lists show amounts in as well; kept as soon as it is chosen."""
    form = Form()
    box = form.pick(
        "shown_in",
        _("Sho&w amounts also in"),
        currencies(_("No other currency")),
        search=True,
        help=_("Calls, payments, invoices and customers get a column in that currency, by the rate of the day. Kept at this computer."),
    )
    form.fill({"shown_in": shown_in.chosen(desk)})

    def keep() -> None:
        values = form.values()
        currency = shown_in.chosen(desk) if values is None else str(values["shown_in"])
        if currency == shown_in.chosen(desk):
            return
        shown_in.choose(desk, currency)
        on, off = _("Lists show amounts in {currency} as well", currency=currency), _("Lists show amounts in their own currency alone")
        desk.toast(on if currency else off)

    box.activated.connect(lambda _at: keep())
    typed = box.lineEdit()
    if typed is not None:
        typed.editingFinished.connect(keep)
    return form


def _password_form() -> Form:
    form = Form()
    form.secret("password", _("&Present password"), required=True, eye=False)
    with form.row():
        form.secret("new_password", _("&New password"), required=True, help=_("Eight signs at least."))
        form.secret("again", _("New password &again"), required=True)
    return form
