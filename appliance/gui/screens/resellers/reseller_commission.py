"""Commissions on a reseller's page: what it earns of the calls that it buys itself, what its own resellers earn by month, and crediting."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from appliance.gui import operation, words
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk
from appliance.gui.screen import Action
from appliance.gui.screens.parts.call_filters import today
from appliance.gui.screens.resellers.reseller_form import plain_percent
from appliance.gui.table_model import PageModel
from appliance.gui.widgets import confirm
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.plain import column, holding, label
from appliance.gui.words import _, count, micros, money, percent, plural
from appliance.wire.commissions import CommissionList, CommissionPage, CommissionPay, CommissionSet, CommissionView
from appliance.wire.problem import Problem
from appliance.wire.resellers import ResellerView

MONTHS = 13


class CommissionsTab(QWidget):
    """Above what the reseller earns itself, below the list of those that earn of it."""

    verbs_changed = Signal()

    def __init__(self, desk: Desk, reseller: int) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._desk, self._reseller = desk, reseller
        self._view: ResellerView | None = None
        self.own: CommissionView | None = None
        self.said = label("", wrap=True)
        self.month = QComboBox()
        self.month.setAccessibleName(_("Month"))
        for each in months(today(desk.clock)):
            self.month.addItem(month_words(each), each)
        self.month.setCurrentIndex(1)  # the one that can be credited
        columns = [
            Column("reseller", _("Reseller"), width=200, grows=True),
            Column("percent", _("Commission"), "percent", width=110),
            Column("calls", _("Its calls"), "money", width=130, currency="currency"),
            Column("amount", _("It earns"), "money", width=130, currency="currency"),
            Column(paid_state, _("State"), "state", width=130),
            Column("paid_at", _("Credited"), "day", width=120),
        ]
        none = _("None of its resellers earns a commission. Open a reseller below it and set one there.")
        self.list = ListPage(
            desk,
            PageModel(desk.client, "commissions.list", self._asked(), columns),
            title=_("Commissions"),
            empty=Empty(none),
            totals=totals_text,
            memory_name="reseller.commissions",
            embedded=True,
        )
        self.list.extra.addWidget(self.month)
        self._head = holding(column(self.said, margin="large"))
        self._head.hide()
        box = column(self._head, self.list, gap="")
        box.setStretch(1, 1)
        self.setLayout(box)
        self.month.currentIndexChanged.connect(lambda _at: self.refresh())
        self.list.selected.connect(self.verbs_changed)
        self.list.model.loaded.connect(self.verbs_changed)

    def show_reseller(self, view: ResellerView | None) -> None:
        """Whose page it is; asks for its figures."""
        self._view = view
        self.refresh()

    def refresh(self) -> None:
        """Both parts, of the chosen month."""
        self.list.set_request(self._asked())
        if self._view is not None and self._view.parent is not None:
            request = CommissionList(self.chosen_month(), self._view.parent)
            operation.run(self, self._desk.client, "commissions.list", request, on_done=self._own_came, on_problem=self._own_failed)

    def chosen_month(self) -> str:
        """Such as 2026-01."""
        return str(self.month.currentData())

    def verbs(self, alive: bool) -> list[Action]:
        """Its own rate, the chosen one's, and crediting."""
        below = alive and self._view is not None and self._view.parent is not None
        line: CommissionView | None = self.list.current()
        open_now = bool(self._open()) and self.month.currentIndex() > 0
        return [
            Action("commission.own", _("Set its commission"), self._set_own, "", "percent", enabled=below, group=1, operation="commissions.set"),
            Action("commission.chosen", _("Set commission of the chosen"), lambda: self._set(line), "", "edit", enabled=line is not None, group=1,
                   operation="commissions.set"),
            Action("commission.pay", _("Credit the month"), self._pay, "", "money", enabled=open_now, group=1, operation="commissions.pay"),
        ]  # fmt: skip

    # parts ---------------------------------------------------------------------------------------------------------
    def _asked(self) -> CommissionList:
        return CommissionList(self.chosen_month(), self._reseller)

    def _own_came(self, page: CommissionPage) -> None:
        name = self._view.name if self._view is not None else ""
        self.own = next((each for each in page.commissions if each.reseller == name), None)
        self._head.show()
        self.said.setText(own_words(name, self.own, page.month))

    def _own_failed(self, problem: Problem) -> None:
        """Who may not see the parent's books sees the list alone."""
        self.own = None
        self._head.hide()

    def _open(self) -> list[CommissionView]:
        return [each for each in self.list.model.rows if each.paid_at is None and micros(each.amount)]

    def _set_own(self) -> None:
        if self._view is not None:
            set_commission(self._desk, self, self._view.name, self._view.id, self.own.percent if self.own is not None else "0", self.refresh)

    def _set(self, line: CommissionView | None) -> None:
        if line is not None:
            set_commission(self._desk, self, line.reseller, line.reseller, line.percent, self.refresh)

    def _pay(self) -> None:
        month = month_words(self.chosen_month())
        text = _(
            "Credited for {month}: {sums}, to the accounts of {resellers}. A month is credited once, and what was credited stays.",
            sums=sums_words(self._open()),
            month=month,
            resellers=", ".join(each.reseller for each in self._open()),
        )
        confirm.ask(self, _("Credit commissions of {month}?", month=month), text, _("Credit"), self._go, dangerous=False)

    def _go(self) -> None:
        request = CommissionPay(self.chosen_month(), self._reseller)
        operation.run(self, self._desk.client, "commissions.pay", request, on_done=self._paid)

    def _paid(self, page: CommissionPage) -> None:
        self._desk.toast(plural("{n} commission is credited", "{n} commissions are credited", page.paid))
        self.refresh()


def set_commission(desk: Desk, owner: QWidget, name: str, reseller: int | str, before: str, done: Any) -> FormDialog:
    """The percentage from the next crediting on."""
    form = Form()
    form.note(_("So much of what a month's calls cost {name} is credited to its account with its parent. 0 ends it.", name=name))
    field = QLineEdit()
    form.add("percent", _("&Percent"), field, lambda: plain_percent(field.text()), field.setText, required=True)
    form.fill({"percent": words.plain_amount(before)})
    dialog = FormDialog(
        desk.client,
        owner,
        title=_("Commission of {name}", name=name),
        form=form,
        verb=_("Save"),
        operation="commissions.set",
        request=lambda values: CommissionSet(reseller, values["percent"]),
        on_done=lambda _view: done(),
    )
    dialog.open()
    return dialog


def own_words(name: str, own: CommissionView | None, month: str) -> str:
    """What the reseller of the page earns itself."""
    if own is None or not micros(own.percent):
        return _("{name} earns no commission of the calls that it buys.", name=name)
    earned = _(
        "{name} earns {percent} of the calls that it buys: {amount} in {month}.",
        name=name,
        percent=percent(own.percent),
        amount=money(own.amount, own.currency),
        month=month_words(month),
    )
    return earned if own.paid_at is None else earned + " " + _("Credited on {day}.", day=words.day(own.paid_at))


def paid_state(line: CommissionView) -> State:
    """Whether the month's was credited."""
    if line.paid_at is not None:
        return State(_("Credited"), "good")
    return State(_("Not credited"), "warning") if micros(line.amount) else State(_("Nothing"))


def sums_words(lines: list[CommissionView]) -> str:
    """What they earn, by currency."""
    sums: dict[str, int] = {}
    for each in lines:
        sums[each.currency] = sums.get(each.currency, 0) + micros(each.amount)
    return ", ".join(money(total, currency) for currency, total in sorted(sums.items()))


def totals_text(model: PageModel) -> str:
    """The footer: how many, and what they earn."""
    return "   ·   ".join([plural("{n} reseller", "{n} resellers", len(model.rows)), _("{sums} in all", sums=sums_words(model.rows) or count(0))])


def months(now: date) -> list[str]:
    """This month and those before it, the newest first: "2026-01"."""
    found, first = [], now.replace(day=1)
    for _number in range(MONTHS):
        found.append(f"{first:%Y-%m}")
        first = (first - timedelta(days=1)).replace(day=1)
    return found


def month_words(month: str) -> str:
    """`2026-01` as "January 2026"."""
    from babel.dates import format_skeleton

    return str(format_skeleton("yMMMM", date(int(month[:4]), int(month[5:7]), 1), locale=words.locale()))
