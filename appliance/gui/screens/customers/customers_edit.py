"""Changing many customers at once, chosen ones or all that the list shows: the difference first, then the change, and Undo.

The server counts, changes and sets back, a few at a time; here it is asked and told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import shiboken6
from PySide6.QtWidgets import QWidget

from appliance.gui import operation, words
from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.screens.customers.endpoint_forms import media_choices
from appliance.gui.screens.tariffs.tariff_forms import tariff_line
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.long_work import LongWork
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.gui.widgets.plain import column, holding, label
from appliance.gui.widgets.rows_list import RowsList
from appliance.gui.words import _, money, plural
from appliance.wire.customers import CustomerView
from appliance.wire.many import ManyBack, ManyChange, ManyDone, ManyLine, ManyPreview, ManyView
from appliance.wire.problem import Problem
from appliance.wire.shapes import Listing

SAME = ""
CHOSEN, ALL = "chosen", "all"
SIZE = (720, 480)
FLAGS = frozenset({"free_on_net", "allow_302"})


class ManyForm(Form):
    """Each field begins as "leave as it is". `chosen` is how many are chosen, with none it is for all; `total` how many the list shows, in words."""

    def __init__(self, desk: Desk, chosen: int, total: str) -> None:
        super().__init__()
        scopes = [(CHOSEN, _("{what}: {n}", what=_("Customers"), n=words.count(chosen)))] if chosen else []
        self.pick("scope", _("&Which"), [*scopes, (ALL, _("All that the list shows: {total}", total=total))])
        states = [(SAME, _("As it is")), (False, _("Enabled")), (True, _("Disabled"))]
        yes_or_no = [(SAME, _("As it is")), (True, _("Yes")), (False, _("No"))]
        with self.row():
            self.choice("tariff", _("&Tariff"), desk.client, "tariffs.list", show=tariff_line, request=Listing(), placeholder=_("As it is"))
            self.pick("disabled", _("&State"), states)
        with self.row():
            self.pick("language", _("&Language"), [(SAME, _("As it is")), *words.languages()])
            self.money("credit_limit", _("&Credit limit"), help=_("In each one's own currency."))
        with self.row():
            self.whole("max_calls", _("Calls at once, at most"), least=1, most=10_000, empty=True)
            self.whole("payment_terms_days", _("Days to pay an invoice"), least=0, most=3650, empty=True)
        with self.row():
            self.pick("free_on_net", _("Calls to our own numbers without funds"), yes_or_no)
            self.pick("allow_302", _("Phones may send calls on"), yes_or_no)
        self.heading(_("Phones"))
        with self.row():
            self.pick("endpoint_disabled", _("State"), states)
            self.whole("endpoint_max_calls", _("Calls at once, at most"), least=1, most=1000, empty=True)
        self.pick("endpoint_media", _("&Sound"), [(SAME, _("As it is")), *media_choices()])

    def wanted(self) -> dict[str, Any] | None:
        """What is to be set, and `scope`; None where a field cannot be read."""
        values = self.values()
        return None if values is None else {name: value for name, value in values.items() if value is not None and value != SAME}


def edit_many(desk: Desk, owner: QWidget, views: Sequence[CustomerView], page: ListPage, done: Callable[[], None]) -> PanelDialog:
    """Ask what to set, show what that changes, do it. `views` are chosen of those that `page` shows."""
    alive = [each.id for each in views if each.archived_at is None]
    form = ManyForm(desk, len(alive), page.counted.text())
    shown = page.model.request

    def go() -> bool:
        wanted = form.wanted()
        if wanted is None:
            return False
        which: dict[str, Any] = {"customers": alive}
        if wanted.pop("scope") == ALL:
            which = {"search": shown.search, "reseller": shown.reseller}
        if not wanted:
            form.show_problem(Problem(detail=_("Choose what to change.")))
            return False
        look(desk, owner, {**which, **wanted}, done)
        return True

    dialog = PanelDialog(owner, _("Change several customers"), form, verb=_("Show the &difference"), run=go, size=(600, 0))
    dialog.open()
    return dialog


def look(desk: Desk, owner: QWidget, asked: dict[str, Any], done: Callable[[], None]) -> None:
    """Have the server count what that changes."""
    request = ManyPreview(**asked)
    work = LongWork(
        desk,
        owner,
        title=_("Change several customers"),
        text=_("What changes"),
        name="customers.change_many_preview",
        request=request,
        on_done=lambda view: show(desk, owner, asked, view, done),
    )
    work.open()


def show(desk: Desk, owner: QWidget, asked: dict[str, Any], view: ManyView, done: Callable[[], None]) -> PanelDialog:
    """Who changes, how, and what that comes to."""
    columns = [Column(_who, _("Customer"), width=200), Column(change_words, _("What changes"), width=380, grows=True)]
    rows = RowsList(desk, columns, _("What changes"), Empty(_("All of them are so already.")))
    rows.show_rows(view.lines)
    more = sum(view.fields.values()) - len(view.lines)
    parts = [label(text, wrap=True) for text in effect(view)]
    rest = [label(plural("and {n} more", "and {n} more", more), "muted")] if more > 0 else []
    inner = holding(column(*parts, rows, *rest, gap="medium"))

    def go() -> bool:
        change(desk, owner, ManyChange(**asked, expected=view.customers), view, done)
        return True

    number_of = view.customers_changed or view.endpoints_changed
    verb = plural("&Change {n} customer", "&Change {n} customers", view.customers_changed) if view.customers_changed else _("Change")
    dialog = PanelDialog(owner, _("The difference"), inner, verb=verb if number_of else "", run=go, size=SIZE)
    dialog.open()
    return dialog


def change(desk: Desk, owner: QWidget, request: ManyChange, seen: ManyView, done: Callable[[], None]) -> None:
    """Do it: how far it is, Stop, on in the background; then what was done, with Undo."""

    def back(view: ManyView | None) -> Callable[[], None] | None:
        if view is None:  # stopped: the server knows what was done by then
            return lambda: set_back(desk, owner, seen, done, stopped=True)
        return (lambda: set_back(desk, owner, view, done)) if view.edit else None

    def over(view: ManyView) -> None:
        desk.toast(changed_words(view), back(view))
        done()

    counted, total = announced(seen)
    work = LongWork(
        desk,
        owner,
        title=_("Change several customers"),
        text=effect(seen)[0],
        name="customers.change_many",
        request=request,
        on_done=over,
        told=changed_words,
        counted=counted,
        total=total,
        undo=back,
    )
    work.open()


def announced(seen: ManyView) -> tuple[frozenset[str], int]:
    """The kinds of changes that a change of many is told by, and how many there will be: customers, accounts and phones."""
    own = [n for field, n in seen.fields.items() if field != "credit_limit" and not field.startswith("endpoint_")]
    limits = seen.fields.get("credit_limit", 0)
    parts = {"customer": seen.customers_changed if own and not limits else max(own, default=0), "account": limits, "endpoint": seen.endpoints_changed}
    return frozenset(kind for kind, n in parts.items() if n), sum(parts.values())


def set_back(desk: Desk, owner: QWidget, changed: ManyView, done: Callable[[], None], *, stopped: bool = False) -> None:
    """As it was, where nobody changed it meanwhile. `stopped`: only a part of `changed` was done, the asker's last."""

    def told(view: ManyDone) -> str:
        if not view.left and changed.customers_changed and not stopped:
            return plural("{n} customer is as before", "{n} customers are as before", changed.customers_changed)
        text = _("{what}: {n}", what=_("Undo"), n=words.count(view.back))
        if view.left:
            text += "   ·   " + plural("{n} change that was made here stayed.", "{n} changes that were made here stayed.", view.left)
        return text

    def over(view: ManyDone) -> None:
        desk.toast(told(view))
        if shiboken6.isValid(owner):
            done()

    request = ManyBack(0 if stopped else changed.edit)
    if not shiboken6.isValid(owner):  # the screen was left meanwhile
        operation.run(desk, desk.client, "customers.change_back", request, on_done=over, on_problem=lambda problem: desk.toast(problem.detail))
        return
    counted, total = announced(changed)
    work = LongWork(
        desk,
        owner,
        title=_("Undo"),
        text=effect(changed)[0],
        name="customers.change_back",
        request=request,
        on_done=over,
        told=told,
        counted=counted,
        total=0 if stopped else total,
    )
    work.open()


# in words --------------------------------------------------------------------------------------------------------------
def effect(view: ManyView) -> list[str]:
    """What it comes to: how many customers, how often each field, all credit limits together, what would be refused."""
    found = []
    if view.customers_changed or not view.endpoints_changed:
        text = plural(
            "{n} customer changes. Calls that run go on as they began.",
            "{n} customers change. Calls that run go on as they began.",
            view.customers_changed,
        )
        found.append(text)
    if view.fields:
        found.append(_by_field(view))
    for each in view.limits:
        before, after = money(each.before, each.currency), money(each.after, each.currency)
        found.append(_("{what}: {before} → {after}", what=_("Credit limit"), before=before, after=after))
    if view.refused_count:
        found.append(_refused(view))
    return found


def changed_words(view: ManyView) -> str:
    """What was done."""
    phones_alone = view.endpoints_changed and not view.customers_changed
    text = _by_field(view) if phones_alone else plural("{n} customer is changed", "{n} customers are changed", view.customers_changed)
    return f"{text}. {_refused(view)}" if view.refused_count else text


def change_words(each: ManyLine) -> str:
    """What changes for one, in words."""
    return _("{what}: {before} → {after}", what=_name(each.field), before=_said(each.field, each.before), after=_said(each.field, each.after))


def _by_field(view: ManyView) -> str:
    return "   ·   ".join(_("{what}: {n}", what=_name(field), n=words.count(number_of)) for field, number_of in view.fields.items())


def _refused(view: ManyView) -> str:
    why = f"{view.refused[0].customer}: {view.refused[0].reason}"
    return plural("{n} change was refused: {why}", "{n} changes were refused: {why}", view.refused_count, why=why)


def _who(each: ManyLine) -> str:
    return " · ".join(filter(None, (each.customer, each.number)))


def _name(field: str) -> str:
    names = {
        "tariff": _("Tariff"),
        "disabled": _("State"),
        "language": _("Language"),
        "credit_limit": _("Credit limit"),
        "max_calls": _("Calls at once, at most"),
        "payment_terms_days": _("Days to pay an invoice"),
        "free_on_net": _("Calls to our own numbers without funds"),
        "allow_302": _("Phones may send calls on"),
        "media": _("Sound"),
    }
    own = field.removeprefix("endpoint_")
    name = names.get(own, own)
    phones = _("Phones")
    return name if own == field else f"{phones}, {name}"


def _said(field: str, value: str) -> str:
    """A value as the wire writes it, as a person reads it."""
    own = field.removeprefix("endpoint_")
    if own == "disabled":
        return _("Disabled") if value == "1" else _("Enabled")
    if own in FLAGS:
        return _("Yes") if value == "1" else _("No")
    if own == "media":
        return dict(media_choices()).get(value, value)
    if not value:
        return _("None")
    if own == "credit_limit":
        return money(value, None)
    return words.own_name(value) if own == "language" else value
