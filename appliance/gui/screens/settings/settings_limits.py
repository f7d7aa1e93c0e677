"""What each role may do alone with money; above it a second person decides."""

from __future__ import annotations

from typing import Any, NamedTuple

from PySide6.QtWidgets import QWidget

from appliance.gui import operation
from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.screens.payments.approvals import what_word
from appliance.gui.screens.settings.operators_form import role_word
from appliance.gui.widgets.choice import Choice
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.open_form import open_form
from appliance.gui.widgets.plain import button, column, label, row
from appliance.gui.widgets.rows_list import RowsList
from appliance.gui.words import _, money
from appliance.wire.approvals import LimitList, LimitPage, LimitSet

ROLES = ("manager", "accountant", "supervisor", "clerk")
WHAT = ("payment", "refund", "adjustment", "credit_limit", "day")


class RoleLimits(NamedTuple):
    """One line: a role and its limit of each kind, None without one."""

    role: str
    amounts: dict[str, str]


def limit_word(what: str) -> str:
    """What a limit is of."""
    return _("All of one day") if what == "day" else what_word(what)


class LimitSettings(QWidget):
    """A line a role. Enter or Change opens its limits; an empty field is as much as the role likes."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.desk = desk
        columns = [Column(lambda each: role_word(each.role), _("Role"), width=112, grows=True)]
        columns += [self._column(what) for what in WHAT]
        none = Empty(_("Limits are not for you to see."))
        self.list = RowsList(desk, columns, _("Limits by role"), none, "settings.limits")
        self.list.opened.connect(lambda _each: self.edit())
        self.list.selected.connect(self._fit)
        self.reseller = Choice(desk.client, "resellers.list", placeholder=_("Reseller: your own"))
        self.reseller.setAccessibleName(_("Reseller"))
        self.reseller.setMinimumWidth(200)
        self.reseller.chosen.connect(lambda _view: self.refresh())
        self.edit_button = button(_("&Change limits"), self.edit, "primary")
        said = label(
            _("What a role may do alone. Above it the thing waits for a second person, who decides at Payments. The owner has no limit."),
            "muted",
            wrap=True,
        )
        head = column(said, margin="large")
        head.addLayout(row(self.reseller, None, self.edit_button))
        self.setLayout(column(head, self.list, gap=""))
        self._fit()
        self.refresh()

    def refresh(self) -> None:
        """Ask for the limits of the chosen reseller."""
        asked = LimitList(self.reseller.value())
        operation.run(self, self.desk.client, "approvals.limits", asked, on_done=self._came, on_problem=self.list.model.failed.emit)

    def edit(self) -> None:
        """The chosen role's limits, those that differ sent one after the other."""
        line: RoleLimits | None = self.list.current()
        if line is None or not self.desk.may("approvals.set_limit"):
            return
        form = Form()
        form.note(_("Empty: as much as it likes."))
        for what in WHAT:
            form.money(what, limit_word(what), currency="")
        form.fill({what: line.amounts.get(what) for what in WHAT})
        rest: list[LimitSet] = []

        def request(values: dict[str, Any]) -> LimitSet | None:
            wanted = [LimitSet(line.role, what, amount, self.reseller.value()) for what, amount in values.items()]
            rest[:] = wanted[1:]
            return wanted[0] if wanted else None

        title = _("Limits of {role}", role=role_word(line.role))
        open_form(self.desk, self, title, form, "approvals.set_limit", request, lambda page: self._set(rest, page), verb=_("Save"), changed_only=True)

    # parts ---------------------------------------------------------------------------------------------------------
    @staticmethod
    def _column(what: str) -> Column:
        def shown(line: RoleLimits) -> str:
            amount = line.amounts.get(what)
            return money(amount, "") if amount is not None else _("No limit")

        return Column(shown, limit_word(what), width=88)

    def _set(self, rest: list[LimitSet], page: LimitPage) -> None:
        """The next one, then what is there now."""
        if rest:
            wanted, later = rest[0], rest[1:]
            operation.run(self, self.desk.client, "approvals.set_limit", wanted, on_done=lambda fresh: self._set(later, fresh))
            return
        self._came(page)
        self.desk.toast(_("The limits are saved"))

    def _came(self, page: LimitPage) -> None:
        amounts: dict[str, dict[str, str]] = {role: {} for role in ROLES}
        for each in page.limits:
            amounts.setdefault(each.role, {})[each.what] = each.amount
        self.list.show_rows([RoleLimits(role, found) for role, found in amounts.items()])

    def _fit(self) -> None:
        self.edit_button.setEnabled(self.list.current() is not None and self.desk.may("approvals.set_limit"))
