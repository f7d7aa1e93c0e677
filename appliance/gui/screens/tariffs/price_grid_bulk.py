"""Many prices by one percentage: what is chosen or all that fits the search, shown before it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtWidgets import QDialog, QLabel, QWidget

from appliance.gui import words
from appliance.gui.client import Reply
from appliance.gui.desk import Desk
from appliance.gui.screens.parts.tariff_words import cost_of_price, price_roundings
from appliance.gui.screens.tariffs.price_grid_model import AT_ONCE, Edit, priced
from appliance.gui.screens.tariffs.tariff_markup import MarkupEdit
from appliance.gui.screens.tariffs.what_if import try_change
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import button, card, column, label, line, row
from appliance.gui.words import _, plural
from appliance.money import format_amount
from appliance.wire.problem import Problem
from appliance.wire.rates import GridPage, GridRequest, GridRow

CHOSEN, ALL = "chosen", "all"
SHOWN = 4
MOST = 100_000


def rounded(price: str, rule: str) -> str:
    """A price by a rule of `price_roundings`."""
    if rule == "none":
        return price
    way, _dash, digits = rule.rpartition("-")
    step = 10 ** (6 - int(digits))
    micros = words.micros(price)
    whole = -(-micros // step) if way == "up" else (micros + step // 2) // step
    return format_amount(whole * step, 2)


def bulk_edits(rows: Sequence[GridRow], percentage: str, rule: str, *, derived: bool) -> list[Edit]:
    """The edits that change these prices so; rows that keep theirs are left out, blocked ones too."""
    made = []
    for each in rows:
        if each.blocked:
            continue
        edit = priced(each, rounded(cost_of_price(each.price_per_minute, percentage), rule), derived=derived)
        if edit is not None:
            made.append(edit)
    return made


def bulk_words(edits: Sequence[Edit], rows: int) -> str:
    """What will happen, in figures."""
    parts = [_("{changed} of {n} change.", changed=plural("{n} price", "{n} prices", len(edits)), n=words.count(rows))]
    losing = sum(edit.after.loss and not edit.before.loss for edit in edits)
    mended = sum(edit.before.loss and not edit.after.loss for edit in edits)
    if losing:
        parts.append(plural("{n} falls below its cost.", "{n} fall below their cost.", losing))
    if mended:
        parts.append(plural("{n} is no longer below its cost.", "{n} are no longer below their cost.", mended))
    return " ".join(parts)


class BulkDialog(QDialog):
    """`apply(edits, text)` is called with what was confirmed."""

    def __init__(
        self,
        desk: Desk,
        parent: QWidget,
        *,
        request: GridRequest,
        chosen: Sequence[GridRow],
        total: str,
        derived: bool,
        apply: Callable[[Sequence[Edit], str], None],
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Change prices"))
        self._client, self._request, self._apply, self._derived = desk.client, request, apply, derived
        self._desk = desk
        self._rows: dict[str, list[GridRow]] = {CHOSEN: list(chosen)}
        self._reply: Reply | None = None
        self.edits: list[Edit] = []
        self.form = Form()
        self._fields(total)
        self.said: QLabel = label("", wrap=True)
        self.examples: QLabel = label("", "muted", wrap=True)
        self.primary = button(_("Change prices"), self.confirm, "primary")
        self.primary.setDefault(True)
        self.trial = button(_("&Try on past calls"), self.try_out)
        if not desk.may("tariffs.what_if"):
            self.trial.hide()
        foot = row(self.trial, None, button(_("Cancel"), self.reject), self.primary)
        shown = card(column(self.said, self.examples, gap="hair", margin="medium"))
        self.setLayout(column(label(_("Change prices"), "title"), self.form, shown, None, line(), foot, gap="large", margin="wide"))
        self.resize(460, max(540, self.sizeHint().height()))
        self.form.edited.connect(self._show)
        self._show()
        self.markup.percent_line.selectAll()
        self.markup.setFocus()

    def _fields(self, total: str) -> None:
        self.markup = MarkupEdit()
        self.markup.changed.connect(self.form.edited)
        self.form.add("markup", _("&Change by"), self.markup, self.markup.percentage, self.markup.set_percentage, help=_("-5 makes them cheaper."))
        self.form.pick("rounding", _("Prices are &rounded"), price_roundings())
        chosen = len(self._rows[CHOSEN])
        scopes = [(CHOSEN, plural("The {n} chosen price", "The {n} chosen prices", chosen))] if chosen else []
        scopes.append((ALL, _("All that the list shows: {total}", total=total)))
        self.form.pick("scope", _("&Which"), scopes)

    @property
    def scope(self) -> str:
        """Which prices: chosen or all."""
        return str(self.form.field("scope").currentData())  # type: ignore[attr-defined]

    def try_out(self) -> None:
        """What these prices would have meant for the calls of the last days."""
        if self.edits and isinstance(self._request.tariff, int):
            try_change(self._desk, self, self._request.tariff, rates=[edit.fields for edit in self.edits])

    def confirm(self) -> None:
        """Do what is shown."""
        if self.edits and self.primary.isEnabled():
            percentage = self.markup.percentage()
            text = plural("{n} price changed by {percent}", "{n} prices changed by {percent}", len(self.edits), percent=words.percent(percentage))
            self.accept()
            self._apply(self.edits, text)

    # parts ---------------------------------------------------------------------------------------------------------
    def _show(self) -> None:
        rows = self._rows.get(self.scope)
        if rows is None:
            for each in (self.primary, self.trial):
                each.setEnabled(False)
            self.said.setText(_("The prices are being fetched…"))
            self.examples.setText("")
            if self._reply is None:
                self._fetch([], self._request.after)
            return
        try:
            percentage = self.markup.percentage()
        except ValueError as error:
            self.edits = []
            self.said.setText(str(error))
        else:
            rule = str(self.form.field("rounding").currentData())  # type: ignore[attr-defined]
            self.edits = bulk_edits(rows, percentage, rule, derived=self._derived)
            self.said.setText(bulk_words(self.edits, len(rows)))
        self.examples.setText("\n".join(_example(edit) for edit in self.edits[:SHOWN]) + ("\n…" if len(self.edits) > SHOWN else ""))
        self.examples.setVisible(bool(self.edits))
        for each in (self.primary, self.trial):
            each.setEnabled(bool(self.edits))

    def _fetch(self, rows: list[GridRow], after: str) -> None:
        self._reply = self._client.call("rates.grid", msgspec.structs.replace(self._request, after=after, limit=AT_ONCE))
        self._reply.done.connect(lambda page: self._came(page, rows))
        self._reply.failed.connect(self._failed)

    def _came(self, page: GridPage, rows: list[GridRow]) -> None:
        rows += page.rates
        if page.next and len(rows) < MOST:
            self.said.setText(_("{n} prices fetched…", n=words.count(len(rows))))
            self._fetch(rows, page.next)
            return
        self._reply = None
        self._rows[ALL] = rows
        self._show()

    def _failed(self, problem: Problem) -> None:
        self._reply = None
        self.said.setText(problem.detail)

    def done(self, result: int) -> None:
        if self._reply is not None:
            self._reply.abandon()
        super().done(result)
        self.deleteLater()


def _example(edit: Edit) -> str:
    before, after = words.money(edit.before.price_per_minute, None), words.money(edit.after.price_per_minute, None)
    loss = _("below cost") if edit.after.loss else ""
    said = _("{prefix} {destination}: {before} → {after}", prefix=edit.before.prefix, destination=edit.before.destination, before=before, after=after)
    return "  ".join(filter(None, (said, loss)))
