"""How fast, how long, how much and where to somebody may call: one form for a customer, an endpoint, a trunk or a reseller."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.words import _, isolate, money
from appliance.wire.guard import LimitsGet, LimitsSet, LimitsView


def edit_limits(desk: Desk, owner: QWidget, kind: str, identity: int) -> None:
    """Ask for the limits as they are, then open the form."""
    operation.run(owner, desk.client, "limits.get", LimitsGet(kind, identity), on_done=lambda view: _open(desk, owner, view))


def _open(desk: Desk, owner: QWidget, view: LimitsView) -> None:
    form = Form()
    if view.spent_day is not None:
        spent = [money(each, view.currency) for each in (view.spent_hour, view.spent_day, view.spent_month)]
        form.note(_("Spent in the last hour {hour}, today {day}, this month {month}.", hour=spent[0], day=spent[1], month=spent[2]))
    if view.hour_limit is not None:
        fuse = _("The fuse trips at {hour} in an hour or {day} in 24 hours.")
        form.note(fuse.replace("{hour}", money(view.hour_limit, view.currency)).replace("{day}", money(view.day_limit, view.currency)))
    form.whole("calls_per_second", _("New calls a &second, at most"), least=1, empty=True)
    form.whole("max_seconds", _("&Longest call, seconds"), least=1, most=86_400, empty=True)
    told = _("By its buying prices. Once they have come to it no further call goes over it that day.") if view.kind == "trunk" else ""
    form.money("day", _("Money a &day, at most"), currency=view.currency, help=told)
    if view.kind == "customer":
        form.money("month", _("Money a &month, at most"), currency=view.currency)
        form.money("hour", _("&Fuse trips at, in an hour"), currency=view.currency, help=_("Empty: by what is usual for the customer."))
    form.lines("allowed", _("Only these &prefixes"), help=_("One a line, with the country code first. Empty: all."))
    form.lines("blocked", _("Not &these prefixes"))
    if view.kind != "trunk":
        form.heading(_("Where phones may be"))
        told = _("Two letters each, such as NL BE. Empty, as below: anywhere. Phones of your own network always may.")
        form.text("countries", _("&Countries"), help=told, longest=1000)
        form.lines("networks", _("&Networks"), rows=3, help=_("One a line. Where countries are named as well, either will do."))
    if view.kind == "customer":
        choices = [("", _("Blocked until allowed")), ("allowed", _("Allowed")), ("blocked", _("Blocked"))]
        form.pick("high_risk", _("&High-risk numbers"), choices, help=_("Premium, satellite and international network numbers."))
    form.fill(_filled(view))
    FormDialog(
        desk.client,
        owner,
        title=_("Limits of {name}", name=isolate(view.name)),
        form=form,
        verb=_("Save"),
        operation="limits.set",
        request=lambda values: _request(view, values),
        on_done=lambda done: desk.toast(_("Limits of {name} saved", name=view.name)),
        changed_only=True,
    ).open()


def _filled(view: LimitsView) -> dict[str, Any]:
    """What the form of that kind begins with."""
    names = ["calls_per_second", "day", "max_seconds"]
    names += ["month", "hour", "high_risk"] if view.kind == "customer" else []
    lists = ("allowed", "blocked", *(("networks",) if view.kind != "trunk" else ()))
    filled: dict[str, Any] = {name: getattr(view, name) for name in names}
    filled |= {"countries": " ".join(view.countries)} if view.kind != "trunk" else {}
    return filled | {name: "\n".join(getattr(view, name)) for name in lists}


def _request(view: LimitsView, values: dict[str, Any]) -> LimitsSet | None:
    """What was changed; None where nothing was."""
    if not values:
        return None
    lists: dict[str, Any] = {
        name: str(values[name] or "").replace(",", " ").split() for name in ("allowed", "blocked", "networks", "countries") if name in values
    }
    changed = {**values, **lists}
    return LimitsSet(view.kind, view.id, **changed)
