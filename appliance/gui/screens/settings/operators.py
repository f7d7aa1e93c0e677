"""Operators: the persons who sign in, what each may do, and a way in for who has lost the own."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QMenu

from appliance.gui import operation
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.parts.code_paper import CodePaper, show_code_paper
from appliance.gui.screens.settings.operators_code import SecretDialog
from appliance.gui.screens.settings.operators_form import add_operator, edit_operator, grant_text
from appliance.gui.table_model import PageModel
from appliance.gui.widgets import confirm
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.words import _, moment
from appliance.wire.operators import OneTimeCode, OperatorReset, OperatorUpdate, OperatorView
from appliance.wire.shapes import Listing


def state(view: OperatorView) -> State:
    """Whether that person can sign in."""
    if view.disabled:
        return State(_("Disabled"))
    if not view.has_password:
        return State(_("Has a code"), "accent")
    return State(_("Must change password"), "warning") if view.must_change else State(_("Active"), "good")


def columns() -> list[Column]:
    """What the list shows of an operator."""
    return [
        Column("login", _("Login"), width=130),
        Column("name", _("Name"), width=170),
        Column(lambda view: ", ".join(grant_text(each) for each in view.grants), _("Roles"), width=280, grows=True),
        Column(state, _("State"), "state", width=170),
        Column("second_factor", _("Second factor"), "yes", width=110),
        Column("email", _("E-mail"), width=180, shown=False),
    ]


class OperatorsScreen(Screen):
    """The list and its actions."""

    kinds = frozenset({"operator", "reseller"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.list = ListPage(
            desk,
            PageModel(desk.client, "operators.list", Listing(), columns()),
            title=_("Operators"),
            empty=Empty(_("There are no operators that you may see."), _("Add operator"), self.add, "operators.create"),
            memory_name="operators",
            menu=self._menu,
        )
        self.list.search.hide()
        self.body.addWidget(self.list)
        self.list.opened.connect(self._change)
        self.list.selected.connect(self.verbs_changed)
        self.list.model.loaded.connect(self.verbs_changed)

    def title(self) -> str:
        return _("Operators")

    def verbs(self) -> list[Action]:
        view: OperatorView | None = self.list.current()
        one = view is not None
        other = view is not None and view.id != self.desk.session.operator.id
        stopped = view is not None and view.disabled
        able = _("Enable") if stopped else _("Disable")
        return [
            Action("operators.add", _("Add operator"), self.add, "Ctrl+N", "add", primary=True, operation="operators.create"),
            Action("operators.edit", _("Edit"), self._edit, "F2", "edit", enabled=one, group=1, operation="operators.update"),
            Action(
                "operators.reset", _("Give one-time code"), self._reset, "Ctrl+R", "password", enabled=other, group=1, operation="operators.reset"
            ),
            Action(
                "operators.disable",
                able,
                self._disable,
                "Ctrl+D",
                "enable" if stopped else "disable",
                enabled=other,
                dangerous=not stopped,
                group=2,
                operation="operators.update",
            ),
            Action("operators.settings", _("Settings"), lambda: self.desk.go(Place("settings")), "", "settings", group=3, operation="settings.list"),
        ]

    def refresh(self) -> None:
        self.list.refresh()

    def add(self) -> None:
        """The form of a new operator, then the code."""
        add_operator(self.desk, self, self._added)

    def _added(self, view: OperatorView) -> None:
        self.refresh()
        if view.code:
            text = _("{login} signs in with this code and chooses a password.", login=view.login)
            self._show_code(text, view.login, view.code)

    def _change(self, view: OperatorView) -> None:
        edit_operator(self.desk, self, view)

    def _edit(self) -> None:
        if self.list.current() is not None:
            self._change(self.list.current())

    def _reset(self) -> None:
        view: OperatorView | None = self.list.current()
        if view is None:
            return
        text = _(
            "The password and second factor of {login} end at once, and so do all sign-ins. A code is shown with which a new password is chosen.",
            login=view.login,
        )
        title = _("Give {login} a one-time code?", login=view.login)
        confirm.ask(self, title, text, _("Give code"), lambda: self._reset_now(view))

    def _reset_now(self, view: OperatorView) -> None:
        operation.run(self, self.desk.client, "operators.reset", OperatorReset(view.login), on_done=self._code)

    def _code(self, code: OneTimeCode) -> None:
        text = _("{login} signs in with this code until {moment} and chooses a password.", login=code.login, moment=moment(code.expires_at))
        self._show_code(text, code.login, code.code)

    def _show_code(self, text: str, login: str, code: str) -> None:
        title = _("One-time code of {login}", login=login)
        steps = [
            _("Open the console and choose: I have a code."),
            _("Type your user name, {login}, and the code above.", login=login),
            _("Choose a password of your own."),
        ]
        paper = CodePaper(title, self.desk.session.operator.grants[0].reseller or "" if self.desk.session.operator.grants else "", code, steps)
        SecretDialog(self, title, text, code, lambda: show_code_paper(self.desk, self, paper)).open()

    def _disable(self) -> None:
        view: OperatorView | None = self.list.current()
        if view is None:
            return
        login, identity, wanted = view.login, view.id, not view.disabled

        def ask(disabled: bool, said: bool) -> None:
            def done(fresh: Any) -> None:
                self.refresh()
                if said:
                    text = _("{login} is disabled and signed out", login=login) if disabled else _("{login} is enabled", login=login)
                    self.desk.toast(text, lambda: ask(not disabled, said=False))

            operation.run(self, self.desk.client, "operators.update", OperatorUpdate(id=identity, disabled=disabled), on_done=done)

        ask(wanted, said=True)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        for each in self.offered():
            if each.group in (1, 2):
                menu.addAction(each.text, each.run).setEnabled(each.enabled)
        return menu
