"""Ctrl+K: everything by name. Actions and categories at once, things of the server as soon as they are found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from appliance.gui.client import rows_field
from appliance.gui.desk import Desk, Place
from appliance.gui.icons import icon
from appliance.gui.theme import Theme, space
from appliance.gui.words import _, number
from appliance.wire.operations import OPERATIONS

TYPED_MS = 150
SHOWN = 6
SHORTEST_NUMBER = 3
RUN_ROLE = Qt.ItemDataRole.UserRole


class Offer(NamedTuple):
    """One line: what it is, what kind of thing, what choosing it does, and the keys that do the same."""

    text: str
    kind: str
    icon: str
    run: Callable[[], None]
    keys: str = ""


class Search(NamedTuple):
    """A list operation that the palette searches: the screen that shows a found view, and how it is written. `digits`: only for a number."""

    operation: str
    place: str
    kind: str
    icon: str
    text: Callable[[Any], str]
    digits: bool = False


def searches() -> tuple[Search, ...]:
    """What is searched; only those whose place has a screen are asked."""
    return (
        Search("customers.list", "customer", _("Customer"), "customers", lambda view: " · ".join(filter(None, (view.name, view.company)))),
        Search("endpoints.list", "endpoint", _("Endpoint"), "phone", lambda view: f"{number(view.number)} · {view.customer}"),
        Search("tariffs.list", "tariff", _("Tariff"), "tariffs", lambda view: str(view.name)),
        Search("resellers.list", "reseller", _("Reseller"), "resellers", lambda view: str(view.name)),
        Search("trunks.list", "trunk", _("Trunk"), "trunks", lambda view: str(view.name)),
        Search("invoices.list", "invoice", _("Invoice"), "invoices", lambda view: f"{view.number} · {view.customer or view.account}"),
        Search("numbers.list", "numbers", _("Incoming numbers"), "trunks", _incoming, digits=True),
    )


def _incoming(view: Any) -> str:
    return " · ".join(filter(None, (number(view.did), view.customer or view.sold_to)))


def bare_number(text: str) -> str:
    """The digits of a number that somebody types, "" where it is none."""
    bare = "".join(sign for sign in text if sign not in " -.()/+\u00a0")
    return bare if len(bare) >= SHORTEST_NUMBER and bare.isdigit() else ""


class _Lines(QStyledItemDelegate):
    """Icon and text, the kind at the far side."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        return QSize(200, 32)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        offer: Offer = index.data(RUN_ROLE)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("accent_tint"))
            painter.drawRoundedRect(option.rect, 4, 4)
        whole = option.rect.adjusted(space("small"), 0, -space("small"), 0)
        picture = QRect(whole.left(), whole.center().y() - 8, 16, 16)
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        lead, far = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        if mirrored:
            lead, far = far, lead
        side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        painter.drawPixmap(QStyle.visualRect(option.direction, whole, picture), icon(offer.icon, self._theme.color("muted")).pixmap(16, 16))
        painter.setPen(self._theme.color("muted"))
        beside = offer.kind or offer.keys
        painter.drawText(whole, side | far, beside)
        text = whole.adjusted(24, 0, -painter.fontMetrics().horizontalAdvance(beside) - 16, 0)
        painter.setPen(self._theme.color("text"))
        shown = painter.fontMetrics().elidedText(offer.text, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(QStyle.visualRect(option.direction, whole, text), side | lead, shown)
        painter.restore()


class Palette(QDialog):
    """`offers` are the actions and categories; `places` the screens that exist."""

    def __init__(self, desk: Desk, parent: QWidget, offers: Sequence[Offer], places: frozenset[str]) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("palette")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Search"))
        self._desk, self._offers, self._places = desk, list(offers), places
        self._found: dict[str, list[Offer]] = {}
        self.line = QLineEdit()
        self.line.setPlaceholderText(_("Type an action, a name or a number"))
        self.line.setAccessibleName(_("Search"))
        self.list = QListWidget()
        self.list.setAccessibleName(_("Found"))
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(_Lines(desk.theme, self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        box = QVBoxLayout(self)
        box.setContentsMargins(space("small"), space("hair"), space("small"), space("small"))
        box.addWidget(self.line)
        box.addWidget(self.list)
        self.resize(560, 420)
        at = parent.mapToGlobal(parent.rect().topLeft())
        self.move(at.x() + (parent.width() - 560) // 2, at.y() + 64)
        self._typing = QTimer(self, singleShot=True, interval=TYPED_MS)
        self._typing.timeout.connect(self._search)
        self.line.textChanged.connect(self._typed)
        self.line.installEventFilter(self)
        self.list.itemActivated.connect(self._run)
        self.list.itemClicked.connect(self._run)
        self._show()
        self.line.setFocus()  # whatever had the keyboard before, or if nothing had it

    def choose(self) -> None:
        """Do what is marked."""
        item = self.list.currentItem()
        if item is not None:
            self._run(item)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if watched is self.line and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self.list.count():
                self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.choose()
                return True
        return super().eventFilter(watched, event)

    def _typed(self) -> None:
        self._found = self._answers()
        self._show()
        if len(self.line.text().strip()) >= 2:
            self._typing.start()

    def _answers(self) -> dict[str, list[Offer]]:
        """A number that is typed can be asked about at once, and so can its calls."""
        text = self.line.text().strip()
        bare = bare_number(text)
        offers = []
        if bare and "answer" in self._places:
            place = Place("answer", filters={"number": text})
            offers.append(Offer(_("What would a call to {number} do", number=number(bare)), _("Calls"), "search", partial(self._desk.go, place)))
        if bare and "calls" in self._places:
            place = Place("calls", filters={"number": bare, "period": "all"})
            offers.append(Offer(_("Calls of {number}", number=number(bare)), _("Calls"), "calls", partial(self._desk.go, place)))
        return {"calls": offers}

    def _search(self) -> None:
        text = self.line.text().strip()
        bare = bare_number(text)
        for search in searches():
            if (search.place in self._places or search.operation == "endpoints.list") and (bare or not search.digits):
                kind = OPERATIONS[search.operation].request
                most = {"limit": SHOWN} if "limit" in kind.__struct_fields__ else {}
                reply = self._desk.client.call(search.operation, kind(search=bare if search.digits else text, **most))
                reply.setParent(self)
                reply.done.connect(lambda page, search=search, text=text: self._came(search, text, page))

    def _came(self, search: Search, text: str, page: Any) -> None:
        if text != self.line.text().strip():
            return
        reply_type = OPERATIONS[search.operation].reply
        views = getattr(page, rows_field(reply_type)) if isinstance(reply_type, type) else []
        first = views[:SHOWN]
        self._found[search.operation] = [Offer(search.text(view), search.kind, search.icon, partial(self._go, search, view)) for view in first]
        self._show()

    def _go(self, search: Search, view: Any) -> None:
        if search.operation == "endpoints.list" and "endpoint" not in self._places:
            self._desk.go(Place("customer", view.customer_id, "endpoints"))
        elif search.digits:
            self._desk.go(Place(search.place, filters={"number": view.did}))
        else:
            self._desk.go(Place(search.place, view.id))

    def _show(self) -> None:
        marked = self.list.currentRow()
        self.list.clear()
        words = self.line.text().lower().split()
        fitting = [offer for offer in self._offers if all(word in f"{offer.kind} {offer.text}".lower() for word in words)]
        for offer in [*fitting, *(offer for offers in self._found.values() for offer in offers)]:
            item = QListWidgetItem(offer.text)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{offer.kind} {offer.text}".strip())
            item.setData(RUN_ROLE, offer)
            self.list.addItem(item)
        self.list.setCurrentRow(min(max(0, marked), self.list.count() - 1))

    def _run(self, item: QListWidgetItem) -> None:
        offer: Offer = item.data(RUN_ROLE)
        self.accept()
        offer.run()
