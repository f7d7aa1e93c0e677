"""What waits for a second person: money above somebody's limit, done or refused here."""

from __future__ import annotations

import msgspec
from PySide6.QtWidgets import QComboBox

from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _, money
from appliance.wire.approvals import ApprovalDecide, ApprovalList, ApprovalView


def what_word(what: str) -> str:
    """What is asked for."""
    known = {
        "payment": _("Payment"),
        "refund": _("Refund"),
        "adjustment": _("Credit or debit"),
        "credit_limit": _("Credit limit"),
        "day": _("Above the limit of a day"),
    }
    return known.get(what, what)


def approval_state(view: ApprovalView) -> State:
    """Waiting, done or refused."""
    known = {"waiting": State(_("Waiting"), "warning"), "approved": State(_("Approved"), "good"), "refused": State(_("Refused"), "danger")}
    return known.get(view.state, State(view.state))


class ApprovalsScreen(Screen):
    """Those that wait, or those that were decided."""

    kinds = frozenset({"approval"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        columns = [
            Column("asked_at", _("Asked"), "moment", width=140),
            Column(approval_state, _("State"), "state", width=110),
            Column(lambda view: what_word(view.what), _("What"), width=130),
            Column("account", _("Account"), width=170, grows=True),
            Column("amount", _("Amount"), "money", width=116, currency="currency"),
            Column("limit", _("Limit"), "money", width=110, currency="currency"),
            Column("asked_by", _("Asked by"), width=110),
            Column("decided_by", _("Decided by"), width=110, shown=False),
            Column("note", _("Note"), width=140, shown=False),
        ]
        self.which = QComboBox()
        self.which.setAccessibleName(_("Which"))
        self.which.addItem(_("Waiting"), False)
        self.which.addItem(_("Decided"), True)
        self.which.currentIndexChanged.connect(lambda _at: self._narrow())
        why = _("Nothing is here. What is above somebody's limit waits here for a second person.")
        empty = Empty(why, _("Limits by role"), lambda: desk.go(Place("settings", tab="limits")), "approvals.limits")
        model = PageModel(desk.client, "approvals.list", ApprovalList(), columns)
        self.list = ListPage(desk, model, title=_("Waiting for approval"), empty=empty, memory_name="approvals")
        self.list.extra.addWidget(self.which)
        self.list.selected.connect(self.verbs_changed)
        self.list.model.loaded.connect(self.verbs_changed)
        self.body.addWidget(self.list)

    def title(self) -> str:
        return _("Waiting for approval")

    def refresh(self) -> None:
        self.list.refresh()

    def verbs(self) -> list[Action]:
        view: ApprovalView | None = self.list.current()
        waits = view is not None and view.state == "waiting"
        return [
            Action("approvals.approve", _("Approve"), self._approve, "Ctrl+E", "good", primary=True, enabled=waits, operation="approvals.decide"),
            Action(
                "approvals.refuse", _("Refuse"), self._refuse, "Ctrl+Del", "disable", enabled=waits, dangerous=True, group=2,
                operation="approvals.decide",
            ),
        ]  # fmt: skip

    def _narrow(self) -> None:
        self.list.set_request(msgspec.structs.replace(ApprovalList(), decided=bool(self.which.currentData())))

    def _approve(self) -> None:
        self._decide(True)

    def _refuse(self) -> None:
        self._decide(False)

    def _decide(self, approve: bool) -> None:
        view: ApprovalView | None = self.list.current()
        if view is None:
            return
        form = Form()
        places = {"what": what_word(view.what), "amount": money(view.amount, view.currency), "account": view.account, "who": view.asked_by}
        said = _("{what} of {amount} on account {account}, asked by {who}, is done at once.", **places)
        form.note(said if approve else _("{what} of {amount} on account {account}, asked by {who}, is not done.", **places))
        form.text("note", _("&Note"))

        def done(_view: ApprovalView) -> None:
            self.desk.toast(_("Approved and done") if approve else _("Refused"))
            self.refresh()

        open_form(
            self.desk,
            self,
            _("Approve this?") if approve else _("Refuse this?"),
            form,
            "approvals.decide",
            lambda values: ApprovalDecide(view.id, approve, **values),
            done,
            verb=_("Approve") if approve else _("Refuse"),
            dangerous=not approve,
        )
