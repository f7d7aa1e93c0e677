"""The form of an operator: who, and what may be done where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from appliance.gui.desk import Desk
from appliance.gui.people import person_languages
from appliance.gui.widgets.choice import Choice
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.open_form import open_form
from appliance.gui.widgets.pick_box import PickBox
from appliance.gui.widgets.plain import button, column, row
from appliance.gui.words import _
from appliance.wire.customers import CustomerView
from appliance.wire.operators import GrantFields, GrantView, OperatorCreate, OperatorUpdate, OperatorView

GRANT = Qt.ItemDataRole.UserRole


def role_word(role: str) -> str:
    """A role as people say it."""
    known = {
        "owner": _("Owner"),
        "manager": _("Manager"),
        "accountant": _("Accountant"),
        "supervisor": _("Supervisor"),
        "clerk": _("Clerk"),
        "read-only": _("Reader"),
    }
    return known.get(role, role)


def role_choices() -> list[tuple[str, str]]:
    """(role, what it may do)."""
    return [
        ("owner", _("Owner: everything")),
        ("manager", _("Manager: all daily work, tariffs, trunks, resellers")),
        ("accountant", _("Accountant: payments, books, exports")),
        ("supervisor", _("Supervisor: the till, and undoing there")),
        ("clerk", _("Clerk: the till, no buying prices")),
        ("read-only", _("Reader: looks, changes nothing")),
    ]


def grant_text(grant: GrantView | GrantFields) -> str:
    """A role and where."""
    where = grant.shop or grant.reseller
    return _("{role} in {place}", role=role_word(grant.role), place=where) if where else role_word(grant.role)


class GrantsEdit(QWidget):
    """The roles somebody holds; one is added by role and place, taken away by Delete."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.rows = QListWidget()
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.setFixedHeight(96)
        self.rows.setAccessibleName(_("What the operator may do"))
        self.role = PickBox()
        self.role.setAccessibleName(_("Role"))
        for value, text in role_choices():
            self.role.addItem(text, value)
        self.role.setCurrentIndex(self.role.findData("clerk"))
        self.reseller = Choice(desk.client, "resellers.list", value=lambda view: view.name, placeholder=_("Your own reseller"))
        self.reseller.setAccessibleName(_("In reseller"))
        self.shop = Choice(desk.client, "customers.list", value=lambda view: view.name, placeholder=_("Or one shop only"))
        self.shop.setAccessibleName(_("In shop"))
        self.add_button = button(_("Add &role"), self.add)
        self.out = button(_("Take &away"), self.take_away)
        self.setLayout(column(self.rows, self.role, row(self.reseller, self.shop), row(self.add_button, self.out, None)))
        self.setFocusProxy(self.role)
        self.setTabOrder(self.add_button, self.rows)
        self.setTabOrder(self.rows, self.out)
        self.rows.currentRowChanged.connect(lambda at: self.out.setEnabled(at >= 0))
        self.out.setEnabled(False)

    def grants(self) -> list[GrantFields]:
        """All of them; what is chosen and not yet added counts where there is none."""
        found: list[GrantFields] = [self.rows.item(at).data(GRANT) for at in range(self.rows.count())]
        return found or [self._chosen()]

    def fill(self, grants: Sequence[GrantView] | None) -> None:
        """These now."""
        self.rows.clear()
        for each in grants or ():
            self._append(GrantFields(each.role, reseller=None if each.shop else each.reseller, shop=each.shop))

    def add(self) -> None:
        """The chosen role at the chosen place."""
        self._append(self._chosen())
        self.changed.emit()

    def take_away(self) -> None:
        """The current one."""
        if self.rows.currentRow() >= 0:
            self.rows.takeItem(self.rows.currentRow())
            self.changed.emit()

    def _chosen(self) -> GrantFields:
        shop: CustomerView | None = self.shop.view()
        if self.shop.value() is not None:
            return GrantFields(str(self.role.currentData()), shop=shop.id if shop is not None else self.shop.value())
        return GrantFields(str(self.role.currentData()), reseller=self.reseller.value())

    def _append(self, grant: GrantFields) -> None:
        shown = grant
        view = self.shop.view()
        if grant.shop is not None and view is not None and view.id == grant.shop:
            shown = GrantFields(grant.role, shop=view.name)
        made = QListWidgetItem(grant_text(shown))
        made.setToolTip(made.text())
        made.setData(GRANT, grant)
        self.rows.addItem(made)


def _form(desk: Desk) -> tuple[Form, GrantsEdit]:
    form = Form()
    form.text("login", _("&Login"), required=True, help=_("What is typed to sign in."))
    with form.row():
        form.text("name", _("&Name"))
        form.text("email", _("&E-mail"))
    form.pick("language", _("Lan&guage"), person_languages(_("As the business")))
    grants = GrantsEdit(desk)
    form.add("grants", _("Roles"), grants, grants.grants, grants.fill)
    return form, grants


def add_operator(desk: Desk, owner: QWidget, done: Callable[[OperatorView], None]) -> FormDialog:
    """A new operator, who signs in the first time by a one-time code."""
    form, _grants = _form(desk)
    form.note(_("A one-time code is shown afterwards. With it the operator chooses a password."))
    return open_form(desk, owner, _("Add operator"), form, "operators.create", lambda values: OperatorCreate(**values), done, width=520)


def edit_operator(desk: Desk, owner: QWidget, view: OperatorView) -> FormDialog:
    """Changes of an operator; other roles hold at once."""
    form, grants = _form(desk)
    form.fill({"login": view.login, "name": view.name, "email": view.email, "language": view.language, "grants": view.grants})
    before = grants.grants()

    def request(values: dict[str, Any]) -> OperatorUpdate | None:
        fields = {name: value for name, value in values.items() if name != "grants" or value != before}
        return OperatorUpdate(id=view.id, version=view.version, **fields) if fields else None

    return open_form(
        desk,
        owner,
        _("Edit {name}", name=view.login),
        form,
        "operators.update",
        request,
        lambda fresh: desk.toast(_("{name} is changed", name=fresh.login)),
        verb=_("Save"),
        changed_only=True,
        width=520,
    )
