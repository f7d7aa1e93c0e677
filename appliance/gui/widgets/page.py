"""The page of a thing: name, state and the figures that matter above, tabs below, built when they are first seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from appliance.gui.column import State
from appliance.gui.flags import FlagLabel
from appliance.gui.theme import Theme, space
from appliance.gui.widgets.badge import Badge
from appliance.gui.widgets.cells import tabular
from appliance.gui.widgets.empty import EmptyView
from appliance.gui.widgets.plain import Elided, clear, column, holding, label, line, row
from appliance.gui.words import _
from appliance.wire.problem import Problem

FLAG_HEIGHT = 18
NAME_ROOM = 260  # for the name, its badge and the margins


class Figure(NamedTuple):
    """One number of the head: what it is, the number as written, its tone ("", good, warning, danger)."""

    label: str
    text: str
    tone: str = ""


class Tab(NamedTuple):
    """One tab; `build` is called when it is first seen."""

    name: str
    title: str
    build: Callable[[], QWidget]


class ThingPage(QWidget):
    """Head and tabs. `tab_changed` tells the name of the tab that is seen."""

    tab_changed = Signal(str)

    def __init__(self, theme: Theme, tabs: Sequence[Tab]) -> None:
        super().__init__()
        self._tabs = list(tabs)
        self.built: dict[str, QWidget] = {}
        self.name = Elided("", "title")
        self.flag = FlagLabel(FLAG_HEIGHT)
        self.under = Elided("", "muted")
        self.badge = Badge(theme)
        self._figures = QHBoxLayout()
        self._figures.setSpacing(space("huge"))
        self.bar = QTabBar()
        self.bar.setExpanding(False)
        self.bar.setDrawBase(False)
        self.bar.setUsesScrollButtons(True)
        self.bar.setElideMode(Qt.TextElideMode.ElideNone)
        for keys, by in (("Ctrl+PgDown", 1), ("Ctrl+PgUp", -1)):
            QShortcut(QKeySequence(keys), self, partial(self._step, by), context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        for tab in self._tabs:
            self.bar.addTab(tab.title)
        self._stack = QStackedWidget()
        self._fault = EmptyView()
        self._all = QStackedWidget()
        self._all.addWidget(holding(self._body(), "screen"))
        self._all.addWidget(self._fault)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._all)
        self.bar.currentChanged.connect(self._seen)

    def _body(self) -> QVBoxLayout:
        head = QHBoxLayout()
        head.setContentsMargins(space("large"), space("large"), space("wide"), space("small"))
        named = column(row(self.flag, self.name, self.badge, None, gap="medium"), self.under, gap="hair")
        head.setSpacing(space("wide"))
        head.addLayout(named, 1)
        head.addLayout(self._figures)
        box = QVBoxLayout()
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(head)
        tabs = row(self.bar)
        tabs.setContentsMargins(space("hair"), 0, 0, 0)
        box.addLayout(tabs)
        box.addWidget(line())
        box.addWidget(self._stack, 1)
        return box

    def show_head(self, name: str, under: str, state: State, figures: Sequence[Figure]) -> None:
        """What stands above the tabs."""
        self._all.setCurrentIndex(0)
        self.name.setText(name)
        self.under.setText(under)
        self.under.setVisible(bool(under))
        self.badge.show_state(state)
        clear(self._figures)
        for figure in figures:
            self._figures.addLayout(_figure(figure))
        self._fit_figures()

    def show_problem(self, problem: Problem, again: Callable[[], None]) -> None:
        """The thing could not be had."""
        self._fault.show_problem(problem, again)
        self._all.setCurrentIndex(1)

    def tab(self) -> str:
        """The name of the tab that is seen."""
        return self._tabs[self.bar.currentIndex()].name

    def open_tab(self, name: str) -> None:
        """Show that tab; an unknown name shows the first."""
        at = next((at for at, tab in enumerate(self._tabs) if tab.name == name), 0)
        self.bar.setCurrentIndex(at)
        self._seen(at)

    def show_tab(self, name: str, shown: bool) -> None:
        """Whether that tab is there; one that goes while it is seen gives way to the first."""
        at = next(at for at, tab in enumerate(self._tabs) if tab.name == name)
        if not shown and self.bar.currentIndex() == at:
            self.bar.setCurrentIndex(0)
        self.bar.setTabVisible(at, shown)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit_figures()

    def _fit_figures(self) -> None:
        """As many as there is room for beside the name, the first ones first: half a figure would be a wrong one."""
        room = self.width() - NAME_ROOM
        for at in range(self._figures.count()):
            item = self._figures.itemAt(at)
            pair = None if item is None else item.layout()
            labels: list[QWidget] = []
            for number in range(0 if pair is None else pair.count()):
                part = pair.itemAt(number) if pair is not None else None
                widget = None if part is None else part.widget()
                labels += [] if widget is None else [widget]
            room -= max((each.sizeHint().width() for each in labels), default=0) + self._figures.spacing()
            for each in labels:
                each.setVisible(at == 0 or room >= 0)

    def _step(self, by: int) -> None:
        """To the next tab that is there, or the one before."""
        there = [at for at in range(self.bar.count()) if self.bar.isTabVisible(at)]
        self.bar.setCurrentIndex(there[(there.index(self.bar.currentIndex()) + by) % len(there)])

    def _seen(self, at: int) -> None:
        tab = self._tabs[at]
        if tab.name not in self.built:
            self.built[tab.name] = tab.build()
            self._stack.addWidget(self.built[tab.name])
        self._stack.setCurrentWidget(self.built[tab.name])
        self.tab_changed.emit(tab.name)


def _figure(figure: Figure) -> QVBoxLayout:
    number: QLabel = label(figure.text, "figure")
    number.setFont(tabular(number.font()))
    if figure.tone:
        number.setProperty("tone", figure.tone)
        number.setAccessibleDescription(_("Attention") if figure.tone != "good" else "")
    number.setAlignment(Qt.AlignmentFlag.AlignRight)
    over = label(figure.label, "small")
    over.setAlignment(Qt.AlignmentFlag.AlignRight)
    return column(over, number, gap="")
