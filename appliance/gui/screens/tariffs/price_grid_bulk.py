"""Many prices by one percentage: what is chosen or all that fits the search, reckoned and shown by the server before it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog, QLabel, QWidget

from appliance.gui import operation, words
from appliance.gui.client import Reply
from appliance.gui.desk import Desk
from appliance.gui.screens.parts.tariff_words import price_roundings
from appliance.gui.screens.tariffs.tariff_markup import MarkupEdit
from appliance.gui.screens.tariffs.what_if import try_change
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import button, card, column, label, line, row
from appliance.gui.words import _, plural
from appliance.wire.price_work import PriceChanged, PricesChange, PricesChanged, PricesPreview
from appliance.wire.problem import Problem
from appliance.wire.rates import GridRequest, GridRow

CHOSEN, ALL = "chosen", "all"
SHOWN = 4
TYPED_MS = 250
NEEDS_COSTS = ("loss", "thin")  # what past calls are not tried with: which prices these are is known of now alone


def bulk_words(view: PricesChanged) -> str:
    """What will happen, in figures."""
    parts = [_("{changed} of {n} change.", changed=plural("{n} price", "{n} prices", view.changed), n=words.count(view.prices))]
    if view.losing:
        parts.append(plural("{n} falls below its cost.", "{n} fall below their cost.", view.losing))
    if view.mended:
        parts.append(plural("{n} is no longer below its cost.", "{n} are no longer below their cost.", view.mended))
    return " ".join(parts)


class BulkDialog(QDialog):
    """`apply(request, text)` is called with what was confirmed."""

    def __init__(
        self,
        desk: Desk,
        parent: QWidget,
        *,
        request: GridRequest,
        chosen: Sequence[GridRow],
        total: str,
        apply: Callable[[PricesChange, str], None],
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Change prices"))
        self._desk, self._request, self._apply = desk, request, apply
        self._chosen = [each.prefix for each in chosen]
        self._reply: Reply | None = None
        self.seen: PricesChanged | None = None
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
        self._typed = QTimer(self, singleShot=True, interval=TYPED_MS)
        self._typed.timeout.connect(self._ask)
        self.form.edited.connect(self._changed)
        self._changed()
        self.markup.percent_line.selectAll()
        self.markup.setFocus()

    def _fields(self, total: str) -> None:
        self.markup = MarkupEdit()
        self.markup.changed.connect(self.form.edited)
        self.form.add("markup", _("&Change by"), self.markup, self.markup.percentage, self.markup.set_percentage, help=_("-5 makes them cheaper."))
        self.form.pick("rounding", _("Prices are &rounded"), price_roundings())
        chosen = len(self._chosen)
        scopes = [(CHOSEN, plural("The {n} chosen price", "The {n} chosen prices", chosen))] if chosen else []
        scopes.append((ALL, _("All that the list shows: {total}", total=total)))
        self.form.pick("scope", _("&Which"), scopes)

    @property
    def scope(self) -> str:
        """Which prices: chosen or all."""
        return str(self.form.field("scope").currentData())  # type: ignore[attr-defined]

    def try_out(self) -> None:
        """What these prices would have meant for the calls of the last days."""
        if self.seen is not None and isinstance(self._request.tariff, int):
            try_change(self._desk, self, self._request.tariff, percent=self._asked())

    def confirm(self) -> None:
        """Do what is shown."""
        seen = self.seen
        if seen is None or not self.primary.isEnabled():
            return
        asked = self._asked()
        percentage = words.percent(asked.percentage)
        text = plural("{n} price changed by {percent}", "{n} prices changed by {percent}", seen.changed, percent=percentage)
        fields = {name: getattr(asked, name) for name in PricesPreview.__struct_fields__}
        self.accept()
        self._apply(PricesChange(**fields, edition=seen.edition), text)

    # parts ---------------------------------------------------------------------------------------------------------
    def _asked(self) -> PricesPreview:
        """ValueError with a sentence where the percentage is none."""
        shown = self._request
        return PricesPreview(
            tariff=shown.tariff,
            percentage=self.markup.percentage(),
            rounding=str(self.form.field("rounding").currentData()),  # type: ignore[attr-defined]
            reseller=shown.reseller,
            prefixes=self._chosen if self.scope == CHOSEN else None,
            search=shown.search,
            only=shown.only,
            thin_percent=shown.thin_percent,
            show=SHOWN + 1,
        )

    def _changed(self) -> None:
        """What was shown is of other words than stand there now."""
        self.seen = None
        self._forget()
        for each in (self.primary, self.trial):
            each.setEnabled(False)
        self.examples.hide()
        try:
            self.markup.percentage()
        except ValueError as error:
            self._typed.stop()
            self.said.setText(str(error))
        else:
            self.said.setText(_("The prices are being fetched…"))
            self._typed.start()

    def _ask(self) -> None:
        self._reply = operation.run(self, self._desk.client, "rates.change_many_preview", self._asked(), on_done=self._came, on_problem=self._failed)

    def _came(self, view: PricesChanged) -> None:
        self._reply, self.seen = None, view
        self.said.setText(bulk_words(view))
        self.examples.setText("\n".join(_example(each) for each in view.lines[:SHOWN]) + ("\n…" if view.changed > SHOWN else ""))
        self.examples.setVisible(bool(view.lines))
        self.primary.setEnabled(bool(view.changed))
        self.trial.setEnabled(bool(view.changed) and (self.scope == CHOSEN or self._request.only not in NEEDS_COSTS))

    def _failed(self, problem: Problem) -> None:
        self._reply = None
        self.said.setText(problem.detail)

    def _forget(self) -> None:
        if self._reply is not None:
            self._reply.abandon()
            self._reply = None

    def done(self, result: int) -> None:
        self._typed.stop()
        self._forget()
        super().done(result)
        self.deleteLater()


def _example(each: PriceChanged) -> str:
    before, after = words.money(each.row.price_per_minute, None), words.money(each.price_per_minute, None)
    loss = _("below cost") if each.loss else ""
    said = _("{prefix} {destination}: {before} → {after}", prefix=each.row.prefix, destination=each.row.destination, before=before, after=after)
    return "  ".join(filter(None, (said, loss)))
