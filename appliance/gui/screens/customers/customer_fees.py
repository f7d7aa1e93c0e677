"""A customer's monthly fees: listed, set, stopped."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from appliance.gui import words
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk
from appliance.gui.screen import Action
from appliance.gui.screens.parts.call_filters import today
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.words import _
from appliance.wire.customers import CustomerView
from appliance.wire.fees import FeeList, FeeSet, FeeStop, FeeView

LAST_DAY = 28


def fee_state(view: FeeView) -> State:
    """Whether it is taken, waits for money, or has ended."""
    if view.suspended:
        return State(_("Service stopped"), "danger")
    if view.waiting_since:
        return State(_("Waits for money"), "warning")
    if view.next_on is None:
        return State(_("Ended"))
    return State(_("Active"), "good")


def policies() -> list[tuple[str, str]]:
    """What happens where there is not enough credit."""
    return [("wait", _("Wait for money; the service stops after some days")), ("take", _("Take it all the same"))]


class FeesTab(QWidget):
    """The fees and what is done to the chosen one."""

    def __init__(self, desk: Desk, owner: QWidget, customer_id: int) -> None:
        super().__init__()
        self._desk, self._owner = desk, owner
        self._view: CustomerView | None = None
        columns = [
            Column("name", _("Name"), width=170, grows=True),
            Column("endpoint", _("Endpoint"), "number", width=100),
            Column(fee_state, _("State"), "state", width=150),
            Column("amount", _("A month"), "money", width=110, currency="currency"),
            Column("next_on", _("Next"), "day", width=110),
            Column("ends_on", _("Ends"), "day", width=110),
            Column(lambda view: view.months[-1].month.partition(".")[0] if view.months else "", _("Last month taken"), width=130, shown=False),
        ]
        self.model = PageModel(desk.client, "fees.list", FeeList(customer=customer_id), columns)
        empty = Empty(_("This customer pays no monthly fee."), _("Add fee"), self.add, "fees.set")
        self.list = ListPage(desk, self.model, title=_("Monthly fees"), empty=empty, memory_name="customer.fees", embedded=True, bare=True)
        self.list.opened.connect(lambda _view: self.edit())
        self.model.loaded.connect(self.list.selected)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.list)

    def show_view(self, view: CustomerView) -> None:
        """This customer's."""
        self._view = view

    def verbs(self, alive: bool) -> list[Action]:
        """What can be done now."""
        chosen: FeeView | None = self.list.current()
        one = alive and chosen is not None and chosen.next_on is not None
        return [
            Action("fee.add", _("Add fee"), self.add, "Ctrl+N", "add", enabled=alive, group=1, operation="fees.set"),
            Action("fee.edit", _("Change fee"), self.edit, "Ctrl+E", "edit", enabled=one, group=1, operation="fees.set"),
            Action("fee.stop", _("Stop fee"), self.stop, "Ctrl+Shift+Del", "remove", enabled=one, dangerous=True, group=1, operation="fees.stop"),
        ]

    def add(self) -> None:
        """One more."""
        if self._view is not None:
            self._open(self._view, None)

    def edit(self) -> None:
        """Its amount, its day, what happens without money."""
        chosen: FeeView | None = self.list.current()
        if self._view is not None and chosen is not None and chosen.next_on is not None:
            self._open(self._view, chosen)

    def stop(self) -> None:
        """The last day of it."""
        chosen: FeeView | None = self.list.current()
        if chosen is None or chosen.next_on is None:
            return
        form = Form()
        form.note(_("Days that were paid for and come after it are given back."))
        form.date("ends_on", _("First day &without it"))
        form.fill({"ends_on": today(self._desk.clock).isoformat()})
        FormDialog(
            self._desk.client,
            self._owner,
            title=_("Stop {fee}", fee=chosen.name),
            form=form,
            verb=_("Stop fee"),
            operation="fees.stop",
            request=lambda values: FeeStop(chosen.id, **values),
            on_done=lambda view: self._done(_("{fee} ends on {day}", fee=view.name, day=words.day(view.ends_on))),
            dangerous=True,
        ).open()

    # parts ---------------------------------------------------------------------------------------------------------
    def _open(self, customer: CustomerView, view: FeeView | None) -> None:
        form = fee_form(customer, view)
        if view is None:
            form.fill({"day": 1, "policy": "wait", "starts_on": today(self._desk.clock).isoformat()})

        def request(values: dict[str, Any]) -> FeeSet:
            if not values.pop("ends"):
                values.pop("ends_on", None)
            endpoint = values.pop("endpoint", "") or None
            name = values.pop("name", None) or (view.name if view is not None else "")
            return FeeSet(customer=customer.id, name=name, endpoint=endpoint, **values)

        FormDialog(
            self._desk.client,
            self._owner,
            title=_("Change {fee}", fee=view.name) if view is not None else _("Add fee"),
            form=form,
            verb=_("Save") if view is not None else _("Add fee"),
            operation="fees.set",
            request=request,
            on_done=lambda fresh: self._done(_("{fee} is saved", fee=fresh.name)),
        ).open()

    def _done(self, text: str) -> None:
        self._desk.toast(text)
        self.list.refresh()


def fee_form(customer: CustomerView, view: FeeView | None) -> Form:
    """The fields of a fee; its name and first day are not changed once it is there."""
    form = Form()
    numbers = [("", _("The customer as a whole"))] + [(each.number, words.number(each.number)) for each in customer.endpoints if not each.archived_at]
    if view is None:
        form.text("name", _("&Name"), required=True, help=_("As it stands on invoices."))
    form.money("amount", _("&Amount a month, without tax"), currency=customer.account_currency, required=True)
    form.pick("endpoint", _("&For"), numbers)
    with form.row():
        if view is None:
            form.date("starts_on", _("&From"))
        form.whole("day", _("Taken on &day"), least=1, most=LAST_DAY, help=_("Of the month."))
    form.pick("policy", _("Without enough &credit"), policies())
    ends = form.check("ends", _("&Ends on a day"))
    form.date("ends_on", _("First day &without it"))
    assert isinstance(ends, QCheckBox)
    ends.toggled.connect(lambda on: form.show_field("ends_on", on))
    form.fill({"ends_on": QDate.currentDate().addMonths(1).toString("yyyy-MM-dd"), "ends": False})
    form.show_field("ends_on", False)
    if view is not None:
        form.fill({"amount": view.amount, "endpoint": view.endpoint or "", "day": view.day, "policy": view.policy})
        if view.ends_on:
            form.fill({"ends": True, "ends_on": view.ends_on})
    return form
