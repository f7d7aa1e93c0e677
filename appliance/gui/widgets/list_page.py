"""The pattern of every list: title with count, filter line, table, footer with totals; empty, loading and failed states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QMenu, QStackedWidget, QVBoxLayout, QWidget

from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.screen import Screen
from appliance.gui.table_model import PageModel
from appliance.gui.theme import space
from appliance.gui.widgets.empty import Empty, EmptyView
from appliance.gui.widgets.pick_box import PickBox
from appliance.gui.widgets.plain import Elided, button, column, holding, label, line, row
from appliance.gui.widgets.table import Table
from appliance.gui.words import _, count
from appliance.wire.problem import Problem

TYPED_MS = 200


class Filter(NamedTuple):
    """A choice in the filter line that sets a field of the request; `choices`: (value, text), "all" is added before them."""

    field: str
    text: str
    choices: Sequence[tuple[object, str]]


class ListPage(QWidget):
    """A list operation on a page. `memory_name` remembers its columns; `embedded` leaves the title out (inside a tab), `bare` the filter line."""

    opened = Signal(object)
    selected = Signal()

    def __init__(
        self,
        desk: Desk,
        model: PageModel,
        *,
        title: str,
        hint: str = "",
        empty: Empty,
        totals: Callable[[PageModel], str] | None = None,
        filters: Sequence[Filter] = (),
        memory_name: str = "",
        embedded: bool = False,
        bare: bool = False,
        many: bool = False,
        menu: Callable[[], QMenu | None] | None = None,
    ) -> None:
        super().__init__()
        self.model = model
        model.setParent(self)
        if not desk.may(empty.operation):
            empty = Empty(empty.sentence)
        self._title, self._empty, self._totals = title, empty, totals
        self._plain_request = model.request
        self._menu = menu
        self._problem: Problem | None = None
        memory = desk.memory.of("list", memory_name) if memory_name else None
        self._memory = memory
        self.table = Table(model, desk.theme, memory, many=many)
        self.table.too_long.connect(lambda: desk.toast(_("A list this long cannot be sorted. Search or filter first.")))
        self.table.setAccessibleName(title)
        self.heading = label(title, "title")
        self.counted = label("", "muted")
        self.search = QLineEdit()
        self.filters: dict[str, QComboBox] = {}
        self._kept: dict[str, QComboBox] = {}
        self._stack = QStackedWidget()
        self._empty_view = EmptyView()
        self.footer = Elided("", "muted")
        self._lay(hint, filters, embedded, bare)
        self._connect()

    # use -----------------------------------------------------------------------------------------------------------
    def current(self) -> Any:
        """The chosen row's view, None where none is."""
        return self.table.current()

    def chosen(self) -> list[Any]:
        """The views of all chosen rows."""
        return self.table.chosen()

    def refresh(self) -> None:
        """Ask again, keeping place and selection; the first time this asks for the first page."""
        if self.model.asked:
            self.model.refresh()
        else:
            self._recall()
            self.model.ask(self._filtered())

    def set_request(self, request: Any) -> None:
        """Another request below the filter line, which stays as it is."""
        self._plain_request = request
        self.model.ask(self._filtered())

    def set_columns(self, columns: list[Column]) -> None:
        """Other columns, laid out as they are remembered; ask again for their rows."""
        self.table.set_columns(columns)

    def change_request(self, change: Callable[[Any], Any]) -> None:
        """The request below the filter line made another; asked at once where the list was asked before."""
        self._plain_request = change(self._plain_request)
        self.model.request = change(self.model.request)
        if self.model.asked or self.model.loading:
            self.model.ask(self._filtered())

    def set_title(self, title: str) -> None:
        """Another title."""
        self._title = title
        self.heading.setText(title)

    def set_filter(self, field: str, value: object) -> None:
        """Choose a value of a filter; unknown ones are no fault."""
        box = self.filters.get(field)
        if box is not None:
            box.setCurrentIndex(max(0, box.findData(value)))

    # parts ---------------------------------------------------------------------------------------------------------
    def _lay(self, hint: str, filters: Sequence[Filter], embedded: bool, bare: bool) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        if not embedded:
            head = row(self.heading, self.counted, None)
            head.setContentsMargins(space("large"), space("large"), space("large"), 0)
            box.addLayout(head)
        bar = row()
        bar.setContentsMargins(space("large"), space("medium"), space("large"), space("medium"))
        self._searches = not bare and "search" in type(self._plain_request).__struct_fields__
        if self._searches:
            self.search.setPlaceholderText(hint or _("Search"))
            self.search.setAccessibleName(_("Search"))
            self.search.setClearButtonEnabled(True)
            self.search.setMaximumWidth(360)
            bar.addWidget(self.search, 2)
        for each in filters:
            bar.addWidget(self._filter(each))
        self._clear = button(_("Clear filters"), self.clear_filters, "link")
        self._clear.hide()
        bar.addWidget(self._clear)
        bar.addStretch(1)
        if embedded and not bare:
            bar.addWidget(self.counted)
        self.extra = row()
        """Place for a screen's own parts at the end of the filter line."""
        bar.addLayout(self.extra)
        if bare:
            bar.setContentsMargins(0, 0, 0, 0)
            self.counted.setParent(self)
            self.counted.hide()
        else:
            box.addLayout(bar)
            box.addWidget(line())
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty_view)
        box.addWidget(self._stack, 1)
        foot = row(self.footer)
        foot.setContentsMargins(space("large"), space("small"), space("large"), space("small"))
        self._foot = holding(column(line(), foot, gap=""), "frame")
        self._foot.setVisible(False)
        box.addWidget(self._foot)

    def _filter(self, each: Filter) -> QComboBox:
        made = PickBox()
        made.setAccessibleName(each.text)
        made.addItem(_("{filter}: all", filter=each.text), None)
        for value, text in each.choices:
            made.addItem(text, value)
        made.currentIndexChanged.connect(self._filters_changed)
        self.filters[each.field] = made
        self.keep_filter(each.field, made)
        return made

    def _connect(self) -> None:
        self._typing = QTimer(self, singleShot=True, interval=TYPED_MS)
        self._typing.timeout.connect(lambda: self.model.ask(self._filtered()))
        self.search.textChanged.connect(self._typed)
        self.table.opened.connect(self.opened)
        self.table.chosen_changed.connect(self.selected)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.model.loaded.connect(self._loaded)
        self.model.failed.connect(self._failed)
        self.model.loading_changed.connect(self._said)

    def keep_filter(self, name: str, box: QComboBox) -> None:
        """What a person chooses in it is there again the next time."""
        self._kept[name] = box
        box.activated.connect(lambda _at: self._remember())

    def _remember(self) -> None:
        if self._memory is not None:
            chosen = {name: box.currentData() for name, box in self._kept.items() if box.currentIndex() > 0}
            self._memory.put("filters", chosen or None)

    def _recall(self) -> None:
        """The filters as this person left them, unless the list was opened for something of its own."""
        kept = self._memory.get("filters") if self._memory is not None else None
        above = self.parentWidget()
        while above is not None and not isinstance(above, Screen):
            above = above.parentWidget()
        if not isinstance(kept, dict) or (isinstance(above, Screen) and above.place.filters):
            return
        for name, box in self._kept.items():
            at = box.findData(kept.get(name)) if name in kept else -1
            if at > 0 and box.currentIndex() <= 0:
                box.blockSignals(True)  # the list is asked for the first time right after this
                box.setCurrentIndex(at)
                box.blockSignals(False)
        self._clear.setVisible(self._narrowed())

    def _typed(self) -> None:
        self._clear.setVisible(self._narrowed())
        self._typing.start()

    def _filters_changed(self) -> None:
        self._clear.setVisible(self._narrowed())
        self.model.ask(self._filtered())

    def clear_filters(self) -> None:
        """Show all again."""
        self.search.clear()
        for box in self.filters.values():
            box.setCurrentIndex(0)
        self._remember()

    def _narrowed(self) -> bool:
        return bool(self.search.text().strip()) or any(box.currentData() is not None for box in self.filters.values())

    def _filtered(self) -> Any:
        fields: dict[str, Any] = {field: box.currentData() for field, box in self.filters.items() if box.currentData() is not None}
        if self._searches:
            fields["search"] = self.search.text().strip()
        return msgspec.structs.replace(self._plain_request, **fields)

    def _loaded(self) -> None:
        self._problem = None
        if self.model.rows:
            self._stack.setCurrentWidget(self.table)
        else:
            narrowed = Empty(_("Nothing fits what you search for."), _("Clear filters"), self.clear_filters)
            self._empty_view.show_empty(narrowed if self._narrowed() else self._empty)
            self._stack.setCurrentWidget(self._empty_view)
        self._said()

    def _failed(self, problem: Problem) -> None:
        self._problem = problem
        if not self.model.rows:
            self._empty_view.show_problem(problem, self.refresh)
            self._stack.setCurrentWidget(self._empty_view)
        self._said()

    def _said(self) -> None:
        if self.model.loading and not self.model.rows and self._problem is None:
            self._stack.setCurrentWidget(self.table)
        total = getattr(self.model.page, "total", None)
        number_of = len(self.model.rows)
        more = not self.model.complete and self.model.asked
        self.counted.setText("" if not self.model.asked else count(total) if isinstance(total, int) else f"{count(number_of)}{'+' if more else ''}")
        text = self._totals(self.model) if self._totals is not None and self.model.asked and self.model.rows else ""
        self.footer.setText(text)
        self._foot.setVisible(bool(text))

    def _show_menu(self, where: QPoint) -> None:
        menu = self._menu() if self._menu is not None and self.current() is not None else None
        if menu is not None:
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.table.viewport().mapToGlobal(where))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Letters typed over the table search; Escape clears, the arrow downward leads into the table."""
        held = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        if self._searches and event.text().strip() and not held:
            self.search.setFocus()
            self.search.setText(self.search.text() + event.text())
        elif event.key() == Qt.Key.Key_Escape and self._narrowed():
            self.clear_filters()
        elif event.key() == Qt.Key.Key_Down and self.search.hasFocus():
            self.table.setFocus()
            self.table.choose(0)
        else:
            super().keyPressEvent(event)
