"""The rows of a price grid: pages of `rates.grid`, edited in their cells.

What a person typed is shown at once; the server's answer puts it right. A refresh asks for all rows down to what is seen
and lays them over the old ones, row by row; what lies further down comes anew when it is scrolled to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import shiboken6
from PySide6.QtCore import QModelIndex, QObject, Qt, Signal

from appliance.errors import UserError
from appliance.gui import words
from appliance.gui.client import Client, Reply
from appliance.gui.column import Column, State
from appliance.gui.table_model import NEGATIVE_ROLE, Index, PageModel
from appliance.gui.words import _
from appliance.money import format_amount, format_percent
from appliance.wire.rates import GridPage, GridRequest, GridRow, RateFields

AT_ONCE = 500
ENOUGH = 60
THIN = "10"
PPM = 1_000_000
PRICE, FEE, INCREMENTS, DESTINATION = "price_per_minute", "connection_fee", "increments", "destination"
EDITABLE = (PRICE, FEE, INCREMENTS, DESTINATION)


class Edit(NamedTuple):
    """A change of one row: as it was, as it will be, and what is sent for it."""

    before: GridRow
    after: GridRow
    fields: RateFields


def increments_text(row: GridRow) -> str:
    """As the trade writes it: first block / next block."""
    return words.isolate(f"{row.first_increment}/{row.next_increment}")


def verdict(row: GridRow) -> State:
    """What to look at: blocked, sold below cost, little margin, a price to come."""
    if row.blocked:
        return State(_("Blocked"), "muted")
    if row.loss:
        return State(_("Loss"), "danger")
    if row.margin_percent is not None and words.micros(row.margin_percent) < words.micros(THIN):
        return State(_("Thin"), "warning")
    return State("", "muted")


def origin(row: GridRow) -> State:
    """Whose price it is, in a derived tariff."""
    return State(_("Own price"), "accent") if row.overridden else State(_("From base"), "muted")


def inherited_tip(row: GridRow) -> str:
    """What the base would give."""
    return _("By the base: {price}", price=words.money(row.inherited_price, None)) if row.inherited_price is not None else ""


def cost_tip(row: GridRow) -> str:
    """Where the cost comes from."""
    if row.cost is None:
        return _("Nobody sells this prefix, or you may not see what it costs.")
    return _("By tariff {tariff}, prefix {prefix}", tariff=row.cost_by or "", prefix=row.cost_prefix or row.prefix)


def coming_tip(row: GridRow) -> str:
    """The price that is known to come."""
    return "" if row.coming_at is None else _("From {moment} on", moment=words.moment_full(row.coming_at))


def grid_columns(*, derived: bool, currency: str) -> list[Column]:
    """The columns of a tariff's grid; whose price it is only matters in a derived one."""

    def its(_row: GridRow) -> str:
        return ""

    columns = [
        Column("prefix", _("Prefix"), width=84),
        Column(DESTINATION, _("Destination"), width=170, grows=True),
        Column(PRICE, _("Price a minute, {currency}", currency=currency), "money", width=142, currency=its, tip=lambda row: _("F2 to change it")),
    ]
    if derived:
        without = _("Without the own price")
        columns.append(Column(origin, _("Whose"), "state", width=106, tip=inherited_tip))
        columns.append(Column("inherited_price", _("By the base"), "money", width=100, currency=its, tip=lambda row: without, shown=False))
    return [
        *columns,
        Column("cost", _("Cost"), "money", width=74, currency=its, tip=cost_tip),
        Column("margin_percent", _("Margin"), "percent", width=76, tip=lambda row: words.money(row.margin, currency)),
        Column(verdict, _("Watch"), "state", width=80),
        Column(FEE, _("Connection fee"), "money", width=112, currency=its),
        Column(increments_text, _("Increments"), width=88),
        Column("minimum_seconds", _("Least time"), "duration", width=90, shown=False),
        Column("coming_price", _("Coming price"), "money", width=110, currency=its, tip=coming_tip, shown=False),
        Column("coming_at", _("Coming on"), "day", width=110, tip=coming_tip, shown=False),
        Column("valid_from", _("Since"), "day", width=110, shown=False),
    ]


def field_of(column: Column) -> str:
    """The field that editing a column changes, "" where none."""
    if column.of is increments_text:
        return INCREMENTS
    return column.of if isinstance(column.of, str) and column.of in EDITABLE else ""


def edit_of(row: GridRow, field: str, text: str, *, derived: bool) -> Edit | None:
    """What typing `text` into a cell means; None where nothing changes, ValueError with a sentence where it means nothing.

    In a derived tariff an empty price is the base's again.
    """
    typed = text.strip()
    if field == DESTINATION:
        changes: dict[str, Any] = {DESTINATION: typed}
    elif field == INCREMENTS:
        changes = _increments(typed)
    elif derived and not typed and field == PRICE and row.inherited_price is not None:
        return _edit(row, {PRICE: row.inherited_price}, {PRICE: None}, derived)
    else:
        changes = {field: _amount(typed)}
    same = all(_same(name, getattr(row, name), value) for name, value in changes.items())
    return None if same else _edit(row, changes, changes, derived)


def _same(name: str, one: Any, other: Any) -> bool:
    return words.micros(one) == words.micros(other) if name in (PRICE, FEE) else bool(one == other)


def _amount(text: str) -> str:
    try:
        amount = words.parse_money(text)
    except (ValueError, UserError) as error:
        raise ValueError(_("{typed} is not an amount.", typed=text) if text else _("Type a price.")) from error
    if words.negative(amount):
        raise ValueError(_("A price is not below zero."))
    return amount


def _increments(text: str) -> dict[str, Any]:
    first, _slash, following = text.translate(str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")).strip("\u2066\u2069").partition("/")
    if not first.strip().isdigit() or not (following.strip() or first.strip()).isdigit():
        raise ValueError(_("Write increments as two numbers of seconds, for example 60/10."))
    return {"first_increment": int(first), "next_increment": int(following.strip() or first)}


def _edit(row: GridRow, shown: dict[str, Any], sent: dict[str, Any], derived: bool) -> Edit:
    fields: dict[str, Any] = {"prefix": row.prefix, **sent}
    if row.band:
        fields["band"] = row.band
    after = msgspec.structs.replace(row, **shown, overridden=derived or row.overridden)
    if derived and not row.overridden:
        after = msgspec.structs.replace(after, inherited_price=row.price_per_minute)
    return Edit(row, with_margin(after), RateFields(**fields))


def with_margin(row: GridRow) -> GridRow:
    """The row with its margin reckoned anew from its price and cost."""
    if row.cost is None:
        return row
    price = words.micros(row.price_per_minute)
    margin = price - words.micros(row.cost)
    share = format_percent(margin * PPM // price // 100 * 100) if price else None
    return msgspec.structs.replace(row, margin=format_amount(margin), margin_percent=share, loss=margin < 0)


class PriceModel(PageModel):
    """`edited` comes with the Edit of a cell, `refused` with the sentence why a text is none."""

    edited = Signal(object)
    refused = Signal(str)
    sortable = False

    def __init__(self, client: Client, request: GridRequest, *, derived: bool, currency: str, editable: bool, parent: QObject | None = None) -> None:
        super().__init__(client, "rates.grid", request, grid_columns(derived=derived, currency=currency), parent)
        self.derived, self.editable = derived, editable
        self.last_seen: Callable[[], int] = lambda: 0
        self.loaded.connect(self._go_on)

    # rows ----------------------------------------------------------------------------------------------------------
    def row_of(self, identity: object) -> int:
        """The row of that prefix, -1 where it is not loaded."""
        return next((at for at, row in enumerate(self.rows) if row.prefix == identity), -1)

    def show_row(self, row: GridRow) -> None:
        """This row now, in the place of the old one."""
        at = self.row_of(row.prefix)
        if at >= 0:
            self.rows[at] = row
            self.dataChanged.emit(self.index(at, 0), self.index(at, len(self.columns) - 1))

    def refresh(self) -> None:
        """All rows again down to the last that is seen; what is below is dropped and comes when it is scrolled to."""
        if not self.asked:
            self.ask()
        elif self._reply is None or self._collecting:
            self._collect([], self.request.after, self.last_seen() + ENOUGH)

    _collecting = False

    def _collect(self, rows: list[GridRow], after: str, wanted: int) -> None:
        if self._reply is not None:
            self._reply.abandon()
        limit = max(1, min(AT_ONCE, wanted - len(rows)))
        reply = self._client.call("rates.grid", msgspec.structs.replace(self.request, after=after, limit=limit))
        self._reply, self._collecting = reply, True
        reply.done.connect(lambda page: self._collected(reply, page, rows, wanted))
        reply.failed.connect(lambda problem: self._failed(reply, problem))

    def _collected(self, reply: Reply, page: GridPage, rows: list[GridRow], wanted: int) -> None:
        if reply is not self._reply or not shiboken6.isValid(self):
            return  # another was asked since, or the grid was left
        rows += page.rates
        self._reply, self._collecting = None, False
        if page.next and len(rows) < wanted:
            self._collect(rows, page.next, wanted)
            return
        self.page, self._next = page, page.next
        self._lay(rows)
        self.loading_changed.emit()
        self.loaded.emit()

    def _lay(self, rows: list[Any]) -> None:
        same = 0
        for old, new in zip(self.rows, rows, strict=False):
            if old.prefix != new.prefix:
                break
            same += 1
        last_column = len(self.columns) - 1
        if same < len(self.rows):
            self.beginRemoveRows(QModelIndex(), same, len(self.rows) - 1)
            del self.rows[same:]
            self.endRemoveRows()
        if same:
            self.rows[:same] = rows[:same]
            self.dataChanged.emit(self.index(0, 0), self.index(same - 1, last_column))
        if same < len(rows):
            self.beginInsertRows(QModelIndex(), same, len(rows) - 1)
            self.rows += rows[same:]
            self.endInsertRows()

    def _go_on(self) -> None:
        """A page that shows only some prefixes may be short though more are to come."""
        if len(self.rows) < ENOUGH and self.canFetchMore(QModelIndex()):
            self.fetchMore(QModelIndex())

    # cells ---------------------------------------------------------------------------------------------------------
    def flags(self, index: Index) -> Qt.ItemFlag:
        found = super().flags(index)
        if self.editable and index.row() < len(self.rows) and field_of(self.columns[index.column()]):
            return found | Qt.ItemFlag.ItemIsEditable
        return found

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if index.row() < len(self.rows):
            row: GridRow = self.rows[index.row()]
            column = self.columns[index.column()]
            if role == Qt.ItemDataRole.EditRole:
                return self._typed(row, field_of(column))
            if role == NEGATIVE_ROLE and column.of in ("margin_percent", PRICE):
                return row.loss
        return super().data(index, role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        if role != Qt.ItemDataRole.EditRole or index.row() >= len(self.rows):
            return False
        try:
            edit = edit_of(self.rows[index.row()], field_of(self.columns[index.column()]), str(value), derived=self.derived)
        except ValueError as error:
            self.refused.emit(str(error))
            return False
        if edit is not None:
            self.show_row(edit.after)
            self.edited.emit(edit)
        return True

    @staticmethod
    def _typed(row: GridRow, field: str) -> str:
        if field == INCREMENTS:
            return f"{row.first_increment}/{row.next_increment}"
        value = getattr(row, field) if field else ""
        return words.plain_amount(value) if field in (PRICE, FEE) else str(value)
