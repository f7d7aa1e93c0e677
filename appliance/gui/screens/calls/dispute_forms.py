"""Opening a dispute about calls, changing it, closing it; and its state in words (P19)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui.column import State
from appliance.gui.desk import Desk, Place
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _, money, number, plural
from appliance.wire.disputes import DisputeOpen, DisputeUpdate, DisputeView

OPEN = "open"


def state_words() -> list[tuple[str, str]]:
    """(state, word) of all states."""
    return [(OPEN, _("Open")), ("accepted", _("Accepted")), ("refused", _("Refused")), ("settled", _("Settled"))]


def dispute_state(view: DisputeView) -> State:
    """The state as a badge."""
    tones = {OPEN: "warning", "accepted": "good", "settled": "good"}
    return State(dict(state_words()).get(view.state, view.state), tones.get(view.state, "muted"))


def against_words() -> list[tuple[str, str]]:
    """Who the dispute is with."""
    return [("customer", _("The customer, who will not pay")), ("carrier", _("The carrier, whom we will not pay"))]


def with_whom(view: DisputeView) -> str:
    """The other side."""
    if view.against == "carrier":
        return _("Carrier")
    return view.customer or _("Several customers")


def may_dispute(view: Any) -> bool:
    """Whether a call can be disputed: it was charged or it cost something."""
    return view is not None and view.answered_at is not None


def open_dispute(desk: Desk, owner: QWidget, calls: Sequence[Any]) -> FormDialog:
    """About these calls (rows or records); its page follows."""
    form = Form()
    first = calls[0]
    if len(calls) == 1:
        called = number(first.normalised or first.dialled)
        form.note(_("About the call to {number} that cost {price}.", number=called, price=money(first.amount, first.currency)))
        subject = _("Call to {number}", number=called)
    else:
        form.note(plural("About {n} call that is chosen.", "About {n} calls that are chosen.", len(calls)))
        subject = plural("{n} call", "{n} calls", len(calls))
    form.text("subject", _("&Subject"), required=True)
    form.pick("against", _("&With"), against_words())
    form.money("held", _("Amount &held back"), currency=first.currency or "", help=_("What is not paid until it is settled. Empty: nothing."))
    form.lines("note", _("&Note"), help=_("What was said, by whom. Notes are added, never changed."))
    form.fill({"subject": subject})

    def request(values: dict[str, Any]) -> DisputeOpen:
        return DisputeOpen(calls=[each.id for each in calls], reseller=first.reseller, **values)

    def done(view: DisputeView) -> None:
        desk.toast(_("Dispute {number} is open", number=view.id))
        desk.go(Place("dispute", view.id))

    return open_form(desk, owner, _("Open dispute"), form, "disputes.open", request, done)


def edit_dispute(desk: Desk, owner: QWidget, view: DisputeView, done: Callable[[DisputeView], None]) -> FormDialog:
    """Subject and amount held back."""
    form = Form()
    form.text("subject", _("&Subject"), required=True)
    form.money("held", _("Amount &held back"), currency=view.currency, required=True)
    form.fill({"subject": view.subject, "held": view.held})

    def request(values: dict[str, Any]) -> DisputeUpdate | None:
        return DisputeUpdate(view.id, view.version, **values) if values else None

    return open_form(desk, owner, _("Change dispute"), form, "disputes.update", request, done, verb=_("Save"), changed_only=True)


def note_dispute(desk: Desk, owner: QWidget, view: DisputeView, done: Callable[[DisputeView], None]) -> FormDialog:
    """One more note."""
    form = Form()
    form.lines("note", _("&Note"), rows=6)

    def request(values: dict[str, Any]) -> DisputeUpdate | None:
        return DisputeUpdate(view.id, note=values["note"]) if values["note"] else None

    return open_form(desk, owner, _("Add note"), form, "disputes.update", request, done)


def close_dispute(desk: Desk, owner: QWidget, view: DisputeView, done: Callable[[DisputeView], None]) -> FormDialog:
    """How it ended; nothing stays held back unless it is typed."""
    form = Form()
    form.note(_("{disputed} is disputed, {held} is held back.", disputed=money(view.disputed, view.currency), held=money(view.held, view.currency)))
    form.pick("state", _("It &ended"), [each for each in state_words() if each[0] != OPEN])
    form.text("outcome", _("&Outcome"), required=True, help=_("For the books and for the evidence paper."))
    form.money("held", _("Still &held back"), currency=view.currency, required=True)
    form.lines("note", _("&Note"))
    form.fill({"state": "settled", "outcome": view.outcome, "held": "0"})

    def request(values: dict[str, Any]) -> DisputeUpdate:
        return DisputeUpdate(view.id, view.version, **values)

    def closed(fresh: DisputeView) -> None:
        desk.toast(_("Dispute {number} is closed", number=view.id))
        done(fresh)

    return open_form(desk, owner, _("Close dispute"), form, "disputes.update", request, closed)
