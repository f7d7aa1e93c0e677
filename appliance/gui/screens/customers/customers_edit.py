"""Changing many customers at once: what is ticked is set for all that are chosen, after the difference was seen; Undo sets each back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from PySide6.QtWidgets import QWidget

from appliance.gui import operation, words
from appliance.gui.desk import Desk
from appliance.gui.screens.tariffs.tariff_forms import tariff_line
from appliance.gui.table_model import Column
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.gui.widgets.plain import column, holding, label
from appliance.gui.widgets.rows_list import RowsList
from appliance.gui.words import _, money, plural
from appliance.wire.credit_accounts import CreditAccountUpdate
from appliance.wire.customers import CustomerUpdate, CustomerView
from appliance.wire.problem import Problem
from appliance.wire.shapes import Listing

SAME = ""
SIZE = (720, 460)


class Change(NamedTuple):
    """One customer: the fields that differ, as they are and as they will be; `tariff` is its name where that changes."""

    view: CustomerView
    before: dict[str, Any]
    after: dict[str, Any]
    tariff: str = ""


class ManyForm(Form):
    """Each field begins as "leave as it is"."""

    def __init__(self, desk: Desk, count: int) -> None:
        super().__init__()
        self.note(
            plural(
                "For {n} customer that is chosen. What is left empty stays as it is.",
                "For {n} customers that are chosen. What is left empty stays as it is.",
                count,
            )
        )
        self._tariff = self.choice(
            "tariff", _("&Tariff"), desk.client, "tariffs.list", show=tariff_line, request=Listing(), placeholder=_("As it is")
        )
        self.pick("disabled", _("&State"), [(SAME, _("As it is")), (False, _("Enabled")), (True, _("Disabled"))])
        self.pick("language", _("&Language"), [(SAME, _("As it is")), *words.languages()])
        self.money("credit_limit", _("&Credit limit"), help=_("In each one's own currency."))

    def wanted(self) -> dict[str, Any] | None:
        """What is to be set; None where a field cannot be read."""
        values = self.values()
        return None if values is None else {name: value for name, value in values.items() if value is not None and value != SAME}

    def tariff_name(self) -> str:
        """The name of the tariff that was chosen."""
        view = self._tariff.view()
        return str(view.name) if view is not None else self._tariff.typed()


def changes(views: Sequence[CustomerView], wanted: dict[str, Any], tariff: str) -> list[Change]:
    """Those that would be other than they are."""
    found = []
    for view in views:
        before: dict[str, Any] = {}
        for name, value in wanted.items():
            now = getattr(view, name)
            same = now == tariff if name == "tariff" else words.micros(now) == words.micros(value) if name == "credit_limit" else now == value
            if not same:
                before[name] = now
        if before:
            found.append(Change(view, before, {name: wanted[name] for name in before}, tariff if "tariff" in before else ""))
    return found


def change_words(change: Change) -> str:
    """What changes for one, in words."""
    names = {"tariff": _("Tariff"), "disabled": _("State"), "language": _("Language"), "credit_limit": _("Credit limit")}

    def said(name: str, value: Any) -> str:
        if name == "disabled":
            return _("Disabled") if value else _("Enabled")
        if name == "credit_limit":
            return money(value, change.view.account_currency)
        if name == "language":
            return words.own_name(value) if value else _("None")
        return str(value)

    after = {**change.after, **({"tariff": change.tariff} if change.tariff else {})}
    parts = [
        _("{what}: {before} → {after}", what=names[name], before=said(name, old), after=said(name, after[name]))
        for name, old in change.before.items()
    ]
    return "   ·   ".join(parts)


def edit_many(desk: Desk, owner: QWidget, views: Sequence[CustomerView], done: Callable[[], None]) -> PanelDialog:
    """Ask what to set, show what that changes, do it."""
    alive = [each for each in views if each.archived_at is None]
    form = ManyForm(desk, len(alive))

    def go() -> bool:
        wanted = form.wanted()
        if wanted is None:
            return False
        if not wanted:
            form.show_problem(Problem(detail=_("Choose what to change.")))
            return False
        show(desk, owner, changes(alive, wanted, form.tariff_name()), done)
        return True

    dialog = PanelDialog(owner, _("Change several customers"), form, verb=_("Show the &difference"), run=go, size=(480, 0))
    dialog.open()
    return dialog


def show(desk: Desk, owner: QWidget, found: Sequence[Change], done: Callable[[], None]) -> PanelDialog:
    """Who changes, and how."""
    columns = [Column(lambda change: change.view.name, _("Customer"), width=180), Column(change_words, _("What changes"), width=380, grows=True)]
    rows = RowsList(desk, columns, _("What changes"), Empty(_("All of them are so already.")))
    rows.show_rows(found)
    text = plural(
        "{n} customer changes. Calls that run go on as they began.", "{n} customers change. Calls that run go on as they began.", len(found)
    )
    inner = holding(column(label(text, wrap=True), rows, gap="medium"))

    def go() -> bool:
        Many(desk, owner, [step for each in found for step in steps(each)], done).start()
        return True

    verb = plural("&Change {n} customer", "&Change {n} customers", len(found)) if found else ""
    dialog = PanelDialog(owner, _("The difference"), inner, verb=verb, run=go, size=SIZE)
    dialog.open()
    return dialog


class Step(NamedTuple):
    """One request, and the one that sets it back."""

    name: str
    operation: str
    forth: Any
    back: Any


def steps(change: Change) -> list[Step]:
    """The limit is the account's; all else is the customer's."""
    view, found = change.view, []
    after, before = dict(change.after), dict(change.before)
    limit, was = after.pop("credit_limit", None), before.pop("credit_limit", None)
    if after:
        found.append(Step(view.name, "customers.update", CustomerUpdate(id=view.id, **after), CustomerUpdate(id=view.id, **before)))
    if limit is not None:
        account = view.credit_account_id
        forth, back = CreditAccountUpdate(id=account, credit_limit=limit), CreditAccountUpdate(id=account, credit_limit=was)
        found.append(Step(view.name, "credit_accounts.update", forth, back))
    return found


class Many:
    """Asks one after the other, so that each is whole; what is refused is told with its reason, the rest is done."""

    def __init__(self, desk: Desk, owner: QWidget, found: Sequence[Step], done: Callable[[], None], *, back: bool = False) -> None:
        self._desk, self._owner, self._done, self._back = desk, owner, done, back
        self._waiting = list(found)
        self._changed: list[Step] = []
        self._refused: list[str] = []

    def start(self) -> None:
        """The next of them, or the end."""
        if not self._waiting:
            self._end()
            return
        step = self._waiting.pop(0)

        def went(_fresh: object) -> None:
            self._changed.append(step)
            self.start()

        def refused(problem: Problem) -> None:
            self._refused.append(f"{step.name}: {problem.detail}")
            self.start()

        request = step.back if self._back else step.forth
        operation.run(self._owner, self._desk.client, step.operation, request, on_done=went, on_problem=refused)

    def _end(self) -> None:
        self._done()
        count = len({each.name for each in self._changed})
        if self._back:
            text = plural("{n} customer is as before", "{n} customers are as before", count)
        else:
            text = plural("{n} customer is changed", "{n} customers are changed", count)
        if self._refused:
            text += ". " + plural("{n} change was refused: {why}", "{n} changes were refused: {why}", len(self._refused), why=self._refused[0])
        undo = None if self._back or not self._changed else Many(self._desk, self._owner, self._changed, self._done, back=True).start
        self._desk.toast(text, undo)
