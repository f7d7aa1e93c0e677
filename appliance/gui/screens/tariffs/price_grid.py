"""The price grid of a tariff: found by prefix, number or destination, changed in its cells or many at once, all of it undone again (S10)."""

from __future__ import annotations

from typing import Any

import shiboken6
from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemDelegate, QMenu

from appliance.gui.desk import Desk
from appliance.gui.screen import Action
from appliance.gui.screens.parts.server_work import unseen
from appliance.gui.screens.tariffs.price_grid_bulk import BulkDialog
from appliance.gui.screens.tariffs.price_grid_changes import Changes
from appliance.gui.screens.tariffs.price_grid_form import add_price
from appliance.gui.screens.tariffs.price_grid_model import PRICE, THIN, Edit, PriceModel, field_of
from appliance.gui.screens.tariffs.price_writing import CHANGE, PriceWatch, WritingDialog
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import Filter, ListPage
from appliance.gui.words import _, count, money, percent, plural
from appliance.wire.price_work import PricesChange, PriceWork
from appliance.wire.problem import Problem
from appliance.wire.rates import GridRequest, GridRow, RateFields, RatesChanged
from appliance.wire.tariffs import TariffView


def only_filter(*, derived: bool) -> Filter:
    """What the grid may be narrowed to."""
    choices: list[tuple[object, str]] = [("overridden", _("Own prices"))] if derived else []
    choices += [("loss", _("Below cost")), ("thin", _("Margin under {percent}", percent=percent(THIN)))]
    return Filter("only", _("Prices"), choices)


class PriceGrid(ListPage):
    """`verbs_changed` when what can be done changed."""

    verbs_changed = Signal()

    def __init__(self, desk: Desk, tariff: TariffView) -> None:
        self.desk, self.tariff = desk, tariff
        self.derived = tariff.base is not None
        editable = tariff.archived_at is None
        model = PriceModel(desk.client, GridRequest(tariff.id), derived=self.derived, currency=tariff.currency, editable=editable)
        super().__init__(
            desk,
            model,
            title=_("Prices of {tariff}", tariff=tariff.name),
            hint=_("Prefix, number or destination"),
            empty=self._nothing(),
            totals=lambda _model: self._footer(),
            filters=[only_filter(derived=self.derived)],
            memory_name="grid.derived" if self.derived else "grid",
            embedded=True,
            many=True,
            menu=self._row_menu,
        )
        self.prices = model
        self.changes = Changes(desk.client, tariff.id, derived=self.derived, parent=self)
        model.last_seen = self._last_seen
        self._hear()

    def _nothing(self) -> Empty:
        if self.derived:
            return Empty(_("The tariff that this one derives from has no prices yet."))
        return Empty(_("This tariff has no prices yet. Import a list, or add a prefix."), _("Add price"), self.add, "rates.set")

    def _hear(self) -> None:
        self.prices.edited.connect(self._edited)
        self.prices.refused.connect(self.desk.toast)
        self.changes.failed.connect(self._refused)
        self.changes.changed.connect(self._changed)
        self.changes.done.connect(lambda text: self.desk.toast(text, self.undo))
        self.opened.connect(lambda _row: self.edit())
        self.selected.connect(self.verbs_changed)
        self.model.loaded.connect(self.verbs_changed)
        self.table.itemDelegate().closeEditor.connect(self._closed)

    # what is done --------------------------------------------------------------------------------------------------
    def verbs(self) -> list[Action]:
        """The actions of the grid with what is chosen now."""
        rows: list[GridRow] = self.chosen()
        may = self.prices.editable
        removable = may and any(row.overridden for row in rows) if self.derived else may and bool(rows)
        remove = _("Remove own price") if self.derived else _("Remove price")
        found = bool(self.model.rows)
        return [
            Action("prices.add", _("Add price"), self.add, "Ctrl+N", "add", enabled=may, operation="rates.set"),
            Action("prices.edit", _("Change price"), self.edit, "F2", "edit", enabled=may and bool(rows), group=1, operation="rates.set"),
            Action(
                "prices.bulk", _("Change by percent"), self.bulk, "Ctrl+B", "percent", enabled=may and found, group=1, operation="rates.change_many"
            ),
            Action(
                "prices.remove",
                remove,
                self.remove,
                "Del",
                "remove",
                enabled=removable,
                dangerous=not self.derived,
                group=1,
                operation="rates.remove",
            ),
            Action("prices.undo", _("Undo"), self.undo, "Ctrl+Z", "undo", enabled=bool(self.changes.undoes), group=2, operation="rates.set"),
            Action(
                "prices.redo",
                _("Redo"),
                self.changes.redo,
                "Ctrl+Shift+Z",
                "refresh",
                enabled=bool(self.changes.redoes),
                group=2,
                operation="rates.set",
            ),
        ]

    def edit(self) -> None:
        """Open the editor: of the chosen cell where it can be changed, else of the row's price."""
        at = self.table.currentIndex()
        if not at.isValid() or not self.prices.editable:
            return
        if not field_of(self.prices.columns[at.column()]):
            at = self.prices.index(at.row(), next(each for each, column in enumerate(self.prices.columns) if column.of == PRICE))
        self.table.setFocus()
        self.table.edit(at)

    def add(self) -> None:
        """A prefix that has no price of its own here."""
        row: GridRow | None = self.current()
        add_price(self.desk, self, self.tariff, row, self._added)

    def bulk(self) -> None:
        """Many prices by one percentage."""
        total = getattr(self.model.page, "total", None)
        said = count(total if isinstance(total, int) else len(self.model.rows))
        said += "" if isinstance(total, int) or self.model.complete else "+"
        dialog = BulkDialog(
            self.desk,
            self,
            request=self._filtered(),
            chosen=self.chosen() if len(self.chosen()) > 1 else [],
            total=said,
            apply=self.change_many,
        )
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.open()

    def change_many(self, request: PricesChange, text: str) -> None:
        """Have the server change them, as one that is taken back as one."""
        watch = PriceWatch(self.desk, CHANGE)
        watch.seen = self.isVisible
        self.destroyed.connect(unseen(watch))
        watch.ended.connect(lambda work: self._written(work, text))
        watch.refused.connect(self._refused)
        for over in (watch.ended, watch.refused):
            over.connect(watch.deleteLater)
        WritingDialog(self, watch, _("Change prices"))
        watch.begin(request, self.tariff.name)

    def _written(self, work: PriceWork, text: str) -> None:
        if not shiboken6.isValid(self):
            return
        if work.import_id is None:
            if self.isVisible():
                self.desk.toast(work.reason)
            self._changed()
            return
        self.changes.written(text, work.import_id, tell=self.isVisible())

    def remove(self) -> None:
        """At once, and Undo brings them back; in a derived tariff the base's price counts meanwhile, else that of a shorter prefix."""
        rows = [row for row in self.chosen() if row.overridden or not self.derived]
        if not rows or self.changes.busy:
            return
        if self.derived:
            self.changes.remove(plural("{n} own price removed", "{n} own prices removed", len(rows)), rows)
        else:
            self.changes.remove(plural("{n} price removed", "{n} prices removed", len(rows)), rows)

    def undo(self) -> None:
        """Take the last change back."""
        self.changes.undo()

    # parts ---------------------------------------------------------------------------------------------------------
    def _edited(self, edit: Edit) -> None:
        before, after = (money(each.price_per_minute, self.tariff.currency) for each in (edit.before, edit.after))
        text = _("{prefix}: {before} → {after}", prefix=edit.before.prefix, before=before, after=after)
        self.changes.write(_("{prefix} changed", prefix=edit.before.prefix) if before == after else text, [edit])

    def _added(self, fields: RateFields, done: RatesChanged) -> None:
        if done.changed:  # the prefix had a price: what it was is not known here, so there is no way back to offer
            self.desk.toast(_("Price of {prefix} changed", prefix=fields.prefix))
            self._changed()
        else:
            self.changes.added(_("Price of {prefix} added", prefix=fields.prefix), fields)

    def _changed(self) -> None:
        self.verbs_changed.emit()
        self.model.refresh()

    def _refused(self, problem: Problem) -> None:
        self.desk.toast(problem.detail)
        self.model.refresh()
        self.verbs_changed.emit()

    def _last_seen(self) -> int:
        last = self.table.rowAt(self.table.viewport().height() - 1)
        return last if last >= 0 else len(self.model.rows)

    def _closed(self, _editor: Any, hint: QAbstractItemDelegate.EndEditHint) -> None:
        """Enter leads to the next row, so that a column is typed downwards."""
        if hint == QAbstractItemDelegate.EndEditHint.SubmitModelCache:
            at = self.table.currentIndex()
            below = self.prices.index(at.row() + 1, at.column(), QModelIndex())
            if below.isValid():
                self.table.setCurrentIndex(below)

    def _footer(self) -> str:
        losing = sum(row.loss for row in self.model.rows)
        own = sum(row.overridden for row in self.model.rows)
        parts = [plural("{n} price shown", "{n} prices shown", len(self.model.rows))]
        if self.derived and own:
            parts.append(plural("{n} of its own", "{n} of its own", own))
        if losing:
            parts.append(plural("{n} below cost", "{n} below cost", losing))
        return "   ·   ".join(parts)

    def _row_menu(self) -> QMenu:
        menu = QMenu(self)
        for each in [each for each in self.verbs() if self.desk.may(each.operation)]:
            if each.group == 1:
                menu.addAction(each.text, each.run).setEnabled(each.enabled)
        return menu
