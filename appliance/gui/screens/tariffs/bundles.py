"""Bundles: minutes to some destinations for a period, made once and given to customers (P2)."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtWidgets import QPlainTextEdit

from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.archiving import archive, away_verb, restore
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.list_page import Filter, ListPage
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _, isolate
from appliance.wire.allowances import BundleCreate, BundleUpdate, BundleView
from appliance.wire.shapes import Listing

MOST_MINUTES = 10_000_000
LINES = 3


def periods() -> list[tuple[str, str]]:
    """For how long the minutes are."""
    return [("month", _("A month")), ("week", _("A week")), ("day", _("A day")), ("once", _("Once, until they are used up"))]


def period_word(period: str) -> str:
    """The same in a list."""
    return dict(periods()).get(period, period)


def prefixes_text(prefixes: list[str]) -> str:
    """Prefixes as they are typed and read."""
    return isolate(", ".join(prefixes))


def read_prefixes(text: str) -> list[str]:
    """What is typed, by commas, blanks or lines."""
    return [each for each in re.split(r"[\s,;+]+", text) if each]


class BundlesScreen(Screen):
    """The list and its actions."""

    kinds = frozenset({"bundle"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        columns = [
            Column("name", _("Name"), width=200, grows=True),
            Column(lambda view: State(_("Archived")) if view.archived_at else State(_("In use"), "good"), _("State"), "state", width=110),
            Column("minutes", _("Minutes"), "count", width=100),
            Column(lambda view: period_word(view.period), _("For"), width=150),
            Column(lambda view: prefixes_text(view.prefixes), _("Numbers that begin with"), width=220),
            Column("reseller", _("Reseller"), width=130, shown=False),
        ]
        none = _("There are no bundles yet. A bundle is minutes to some destinations, used before money; what it costs is a monthly fee.")
        self.list = ListPage(
            desk,
            PageModel(desk.client, "bundles.list", Listing(), columns),
            title=self.title(),
            hint=_("Name"),
            empty=Empty(none, _("Add bundle"), self._add, "bundles.create"),
            filters=[Filter("archived", _("Bundles"), [(True, _("Archived too"))])],
            memory_name="bundles",
        )
        self.list.opened.connect(lambda _view: self._edit())
        self.list.selected.connect(self.verbs_changed)
        self.list.model.loaded.connect(self.verbs_changed)
        self.body.addWidget(self.list)

    def title(self) -> str:
        return _("Bundles")

    def refresh(self) -> None:
        self.list.refresh()

    def verbs(self) -> list[Action]:
        view: BundleView | None = self.list.current()
        alive = view is not None and view.archived_at is None
        return [
            Action("bundles.add", _("Add bundle"), self._add, "Ctrl+N", "add", primary=True, operation="bundles.create"),
            Action("bundles.edit", _("Change bundle"), self._edit, "F2", "edit", enabled=alive, group=1, operation="bundles.update"),
            away_verb("bundles", "bundles", view is not None and not alive, self._archive, self._restore, enabled=view is not None),
        ]

    # what is done --------------------------------------------------------------------------------------------------
    def _add(self) -> None:
        form = bundle_form()

        def done(view: BundleView) -> None:
            self.desk.toast(_("{name} is added. Give it to customers on their page.", name=view.name))
            self.refresh()

        open_form(self.desk, self, _("Add bundle"), form, "bundles.create", lambda values: BundleCreate(**values), done)

    def _edit(self) -> None:
        view: BundleView | None = self.list.current()
        if view is None or view.archived_at is not None or not self.desk.may("bundles.update"):
            return
        form = bundle_form()
        form.fill({"name": view.name, "minutes": view.minutes, "period": view.period, "prefixes": view.prefixes})
        form.note(_("It counts for calls that begin after that."))

        def request(values: dict[str, Any]) -> BundleUpdate | None:
            return BundleUpdate(id=view.id, version=view.version, **values) if values else None

        def done(fresh: BundleView) -> None:
            self.desk.toast(_("{name} is saved", name=fresh.name))
            self.refresh()

        open_form(self.desk, self, _("Change bundle"), form, "bundles.update", request, done, verb=_("Save"), changed_only=True)

    def _archive(self) -> None:
        view: BundleView | None = self.list.current()
        if view is not None:
            archive(self.desk, self, "bundles", view.id, view.name, _("{name} is archived", name=view.name), self.refresh)

    def _restore(self) -> None:
        view: BundleView | None = self.list.current()
        if view is not None:
            restore(self.desk, self, "bundles", view.id, view.name, self.refresh)


def bundle_form() -> Form:
    """The fields of a bundle."""
    form = Form()
    form.text("name", _("&Name"), required=True)
    with form.row():
        form.whole("minutes", _("&Minutes"), least=1, most=MOST_MINUTES)
        form.pick("period", _("&For"), periods())
    typed = QPlainTextEdit()
    typed.setTabChangesFocus(True)
    typed.setFixedHeight(typed.fontMetrics().lineSpacing() * LINES + 22)
    typed.textChanged.connect(form.edited)
    form.add(
        "prefixes",
        _("Numbers that &begin with"),
        typed,
        lambda: read_prefixes(typed.toPlainText()),
        lambda value: typed.setPlainText(", ".join(value)),
        required=True,
        help=_("Prefixes with their country, by commas: 31, 32, 4420."),
    )
    return form
