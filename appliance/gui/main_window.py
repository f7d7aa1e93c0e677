"""The window: categories at the left, the screen in the middle, its actions at the right, the server's state below.

It knows screens by the table in `screens/__init__.py` alone, keeps those that were shown for the way back, and tells
nobody what to show: places are asked for through the desk.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMainWindow, QMenu, QPushButton, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from appliance.gui import words
from appliance.gui.bars import AwayBanner, LeftBar, RightBar, StatusLine, framed, live_numbers
from appliance.gui.categories import titles
from appliance.gui.desk import Desk, Place
from appliance.gui.help_chapters import chapter_of
from appliance.gui.icons import LARGE, icon
from appliance.gui.palette import Offer, Palette
from appliance.gui.screen import Entry, Screen
from appliance.gui.screens import CATEGORIES, SCREENS
from appliance.gui.server_watch import ServerWatch
from appliance.gui.theme import DARK, LIGHT, SYSTEM, space
from appliance.gui.verb_button import shown_keys
from appliance.gui.widgets.plain import label, line
from appliance.gui.widgets.table import Table
from appliance.gui.widgets.toast import FAULT_MS, Toast
from appliance.gui.words import _, plural
from appliance.wire.problem import Problem

if TYPE_CHECKING:
    from appliance.gui.help_window import HelpWindow

SIZE = (1280, 760)
KEPT_SCREENS = 16
KEPT_PLACES = 50
LIVE_GONE_MS = 3000
PERSON_WIDTH = 180
ALERTS = "alerts"
ACCOUNT = "account"

Key = tuple[str, int, str, tuple[tuple[str, str], ...]]


def key_of(place: Place) -> Key:
    """What tells places apart."""
    return (place.name, place.id, place.tab, tuple(sorted(place.filters.items())))


class MainWindow(QMainWindow):
    """One window of a signed-in console. The signals ask the program for what is not the window's own."""

    sign_out = Signal()
    another = Signal()
    language_chosen = Signal(str)
    look_chosen = Signal(str)
    closed = Signal()
    entered = Signal()
    """The person turned to this window."""

    alerts_came = Signal(object)

    def __init__(self, desk: Desk, watch: ServerWatch, entries: tuple[Entry, ...] = SCREENS) -> None:
        super().__init__()
        self.desk = desk
        self._watch = watch
        self._entries = {entry.place: entry for entry in entries}
        self._opens: dict[str, str] = {}
        for entry in entries:
            self._opens.setdefault(entry.category, entry.place)
        self._alive: dict[Key, Screen] = {}
        self._places: list[Place] = []
        self._at = -1
        self._help: HelpWindow | None = None
        names = titles()
        self.left = LeftBar(desk.theme, [(name, names[name]) for name in CATEGORIES if name in self._opens])
        self.right = RightBar(desk.theme)
        self.stack = QStackedWidget()
        self.status = StatusLine()
        self.away = AwayBanner()
        self.toast = Toast(self._lay())
        self._keys()
        self._connect()
        self._restore()

    # places --------------------------------------------------------------------------------------------------------
    @property
    def screen_shown(self) -> Screen | None:
        """The screen in the middle."""
        shown = self.stack.currentWidget()
        return shown if isinstance(shown, Screen) else None

    @property
    def places(self) -> list[Place]:
        """Where one was, the last where one is."""
        return self._places[: self._at + 1]

    def open_category(self, name: str) -> None:
        """Show what the category's button opens."""
        if name in self._opens and self._may_open(name):
            self.go(Place(self._opens[name]))

    def open_first(self) -> None:
        """Show the first category there is."""
        order = sorted(CATEGORIES, key=lambda name: self.desk.in_shops and name != "Booths")
        first = next((name for name in order if name in self._opens and self._may_open(name)), None)
        if first is not None:
            self.open_category(first)

    def go(self, place: Place) -> None:
        """Show that place, a step on the way; a place without a screen is told."""
        if place.name not in self._entries:
            self.toast.say(_("This version has no screen for that yet."))
            return
        if not self._may_see(place.name):
            self.toast.say(_("Your role does not include this. Whoever manages the operators can change that."))
            return
        shown = self.screen_shown
        if shown is not None and not shown.leave():
            self._mark()
            return
        if self._at >= 0 and key_of(self._places[self._at]) == key_of(place):
            self._mark()
            return
        del self._places[self._at + 1 :]
        self._places.append(place)
        del self._places[:-KEPT_PLACES]
        self._at = len(self._places) - 1
        self._show_place(place)

    def step(self, by: int) -> None:
        """Back (-1) or forward (1)."""
        shown = self.screen_shown
        if 0 <= self._at + by < len(self._places) and (shown is None or shown.leave()):
            self._at += by
            self._show_place(self._places[self._at])

    def _show_place(self, place: Place) -> None:
        key = key_of(place)
        screen = self._alive.pop(key, None)
        if screen is None:
            screen = self._make(place)
            self.stack.addWidget(screen)
            screen.refresh()
        self._alive[key] = screen
        self.stack.setCurrentWidget(screen)
        while len(self._alive) > KEPT_SCREENS:
            old = self._alive.pop(next(iter(self._alive)))
            self.stack.removeWidget(old)
            old.deleteLater()
        self._mark()
        self._show_verbs()
        self._show_title()
        screen.take_focus()

    def _make(self, place: Place) -> Screen:
        module, _colon, name = self._entries[place.name].path.partition(":")
        kind = getattr(importlib.import_module(f"appliance.gui.screens.{module}"), name)
        made: Screen = kind(self.desk, place)
        made.verbs_changed.connect(lambda: self._show_verbs() if made is self.screen_shown else None)
        made.title_changed.connect(lambda: self._show_title() if made is self.screen_shown else None)
        return made

    # what is shown around ------------------------------------------------------------------------------------------
    def tell_problem(self, problem: Problem) -> None:
        """A problem that nothing nearer has shown."""
        self.toast.say(problem.detail, milliseconds=FAULT_MS)

    def tell_live(self, data: object) -> None:
        """The `live` event: running calls, money a second."""
        numbers = live_numbers(data)
        running, burn = numbers.get("count"), numbers.get("money_per_second")
        self._show_calls(running if isinstance(running, int) else 0)
        text = "  ".join(words.money(str(amount), str(currency)) for currency, amount in burn.items()) if isinstance(burn, Mapping) else ""
        self.status.burn.setText(_("{money} a second", money=text) if text else "")
        self._quiet.start()

    def tell_alerts(self, number_of: int) -> None:
        """How many alerts are open."""
        self.status.alerts.setText(plural("{n} alert", "{n} alerts", number_of) if number_of else "")
        self.status.alerts.setVisible(number_of > 0)

    def _show_calls(self, number_of: int) -> None:
        said = plural("{n} running call", "{n} running calls", number_of) if number_of else _("No running calls")
        self.status.calls.setText(said if self.desk.sees("Calls", "calls.list") else "")

    def _calls_gone(self) -> None:
        self._show_calls(0)
        self.status.burn.setText("")

    def _mark(self) -> None:
        if self._at >= 0:
            self.left.mark(self._entries[self._places[self._at].name].category)
        self._back.setEnabled(self._at > 0)
        self._forward.setEnabled(self._at < len(self._places) - 1)

    def _show_verbs(self) -> None:
        shown = self.screen_shown
        self.right.show_actions(shown.offered() if shown is not None else [])

    def _allowed(self) -> None:
        self.left.show_only({name for name in self._opens if self._may_open(name)})
        self._show_verbs()

    def _may_open(self, category: str) -> bool:
        return self._may_see(self._opens[category])

    def _may_see(self, name: str) -> bool:
        entry = self._entries[name]
        return name == ACCOUNT or self.desk.sees(entry.category, entry.operation)

    def _show_title(self) -> None:
        shown = self.screen_shown
        title = shown.title() if shown is not None else ""
        self.setWindowTitle(f"{title} · Tollhouse" if title else "Tollhouse")

    def _said_server(self) -> None:
        host = self.desk.client.base_url.partition("://")[2]
        self.status.server.setText(_("{server} is away", server=host) if self._watch.is_away else host)

    def _gone(self) -> None:
        self.away.say(self._watch.age_seconds)
        self._aging.start()
        self._said_server()

    def _returned(self) -> None:
        self._aging.stop()
        self.away.hide()
        self._said_server()

    # parts ---------------------------------------------------------------------------------------------------------
    def _lay(self) -> QWidget:
        middle = QWidget()
        middle.setObjectName("frame")
        inside = QVBoxLayout(middle)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        inside.addWidget(self.stack)
        whole = QWidget()
        whole.setObjectName("frame")
        box = QVBoxLayout(whole)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self._top())
        box.addWidget(line())
        box.addWidget(self.away)
        box.addLayout(framed(self.left, middle, self.right), 1)
        box.addWidget(line())
        box.addWidget(self.status)
        self.setCentralWidget(whole)
        self.setMinimumSize(860, 520)
        return whole

    def _top(self) -> QWidget:
        top = QWidget()
        top.setObjectName("top")
        top.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        top.setFixedHeight(44)
        box = QHBoxLayout(top)
        box.setContentsMargins(space("large"), 0, space("large"), 0)
        box.setSpacing(space("small"))
        name: QLabel = label("Tollhouse", "heading")
        name.setFixedWidth(132)
        self._back = self._arrow(_("Back"), "Alt+Left", -1)
        self._forward = self._arrow(_("Forward"), "Alt+Right", 1)
        self._find = QPushButton(_("Search or do… ({keys})", keys=shown_keys("Ctrl+K")))
        self._find.setObjectName("palette_field")
        self._find.setMaximumWidth(420)
        self._find.setAutoDefault(False)
        self._find.clicked.connect(self.open_palette)
        self._person = QToolButton()
        operator = self.desk.session.operator
        who = operator.name or operator.login
        self._person.setText(self._person.fontMetrics().elidedText(who, Qt.TextElideMode.ElideRight, PERSON_WIDTH))
        self._person.setToolTip(who)
        self._person.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._person.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._person.setMenu(self._person_menu())
        for part, stretch in ((name, 0), (self._back, 0), (self._forward, 0), (self._find, 1)):
            box.addWidget(part, stretch)
        box.addStretch(1)
        box.addWidget(self._person)
        self._paint_icons()
        return top

    def _arrow(self, text: str, keys: str, by: int) -> QToolButton:
        made = QToolButton()
        made.setAccessibleName(text)
        made.setToolTip(f"{text} ({shown_keys(keys)})")
        made.setShortcut(QKeySequence(keys))
        made.clicked.connect(lambda: self.step(by))
        return made

    def _person_menu(self) -> QMenu:
        menu = QMenu(self)
        languages = menu.addMenu(_("Language"))
        group = QActionGroup(menu)
        for code, name in words.languages():
            chosen = QAction(name, group, checkable=True, checked=code == words.language())
            chosen.triggered.connect(partial(self.language_chosen.emit, code))
            languages.addAction(chosen)
        looks = menu.addMenu(_("Look"))
        group = QActionGroup(menu)
        for wish, name in ((SYSTEM, _("As the system")), (LIGHT, _("Light")), (DARK, _("Dark"))):
            chosen = QAction(name, group, checkable=True, checked=self.desk.theme.wish == wish)
            chosen.triggered.connect(partial(self._choose_look, wish))
            looks.addAction(chosen)
        menu.addSeparator()
        if ACCOUNT in self._entries:
            menu.addAction(_("My account"), lambda: self.go(Place(ACCOUNT)))
        menu.addAction(_("New window"), QKeySequence("Ctrl+Shift+N"), self.another.emit)
        menu.addSeparator()
        menu.addAction(_("Help"), QKeySequence("F1"), self.open_help)
        menu.addAction(_("Sign out"), self.sign_out.emit)
        return menu

    def _choose_look(self, wish: str) -> None:
        self.desk.memory.put("look", wish)
        self.desk.theme.choose(wish)
        self.look_chosen.emit(wish)

    def _keys(self) -> None:
        QShortcut(QKeySequence("Ctrl+K"), self, self.open_palette)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Refresh), self, lambda: self.screen_shown.refresh() if self.screen_shown else None)

    def open_help(self) -> None:
        """F1: the chapter of the manual that tells of what is seen."""
        from appliance.gui.help_window import HelpWindow

        if self._help is None:
            self._help = HelpWindow(self.desk.theme)
        shown = self.screen_shown
        place = self._places[self._at].name if self._at >= 0 else ""
        category = self._entries[place].category if place else ""
        self._help.open_at(chapter_of(place, shown.part() if shown is not None else "", category))
        self._help.show()
        self._help.raise_()
        self._help.activateWindow()

    def open_palette(self) -> None:
        """Ctrl+K."""
        names = titles()
        shown = self.screen_shown
        verbs = [each for each in shown.offered() if each.enabled] if shown is not None else []
        offers = [Offer(each.text.replace("&", ""), "", each.icon or "more", each.run, shown_keys(each.shortcut)) for each in verbs]
        table = next((each for each in shown.findChildren(Table) if each.isVisible()), None) if shown is not None else None
        if table is not None:
            offers.append(Offer(_("Columns and order"), "", "columns", partial(self._choose_columns, table)))
        open_ = [name for name in self.left.buttons if self._may_open(name)]
        offers += [Offer(names[name], _("Go to"), name.lower(), partial(self.open_category, name)) for name in open_]
        places = frozenset(name for name in self._entries if self._may_see(name))
        Palette(self.desk, self, offers, places).open()

    def _choose_columns(self, table: Table) -> None:
        """The menu of the table's head, for the keyboard."""
        menu = table.columns_menu()
        menu.popup(table.mapToGlobal(QPoint(0, table.horizontalHeader().height())))
        menu.setActiveAction(menu.actions()[0])

    def _connect(self) -> None:
        self.left.chosen.connect(self.open_category)
        self.desk.asked_for.connect(self.go)
        self.desk.told.connect(self.toast.say)
        self.desk.live.connect(self.tell_live)
        self.desk.theme.changed.connect(self._dressed)
        self.desk.allowed.connect(self._allowed)
        self._allowed()
        self._quiet = QTimer(self, singleShot=True, interval=LIVE_GONE_MS)
        self._quiet.timeout.connect(self._calls_gone)
        self._aging = QTimer(self, interval=1000)
        self._aging.timeout.connect(lambda: self.away.say(self._watch.age_seconds))
        self._watch.away.connect(self._gone)
        self._watch.back.connect(self._returned)
        self._watch_alerts()
        self._calls_gone()
        self._said_server()
        if self._watch.is_away:
            self._gone()

    def _watch_alerts(self) -> None:
        """Where there is a screen for alerts, their number stands in the status line and leads to it."""
        if ALERTS in self._entries:
            from appliance.gui.screens.alerts import AlertWatch

            alerts = AlertWatch(self.desk, self)
            alerts.counted.connect(self.tell_alerts)
            self.status.alerts.clicked.connect(lambda: self.go(Place(ALERTS)))
            alerts.came.connect(self.alerts_came)
            alerts.ask()

    def _dressed(self) -> None:
        self.left.paint_icons()
        self.right.paint_icons()
        self._paint_icons()

    def _paint_icons(self) -> None:
        theme = self.desk.theme
        mirrored = words.right_to_left()
        for made, name in ((self._back, "forward" if mirrored else "back"), (self._forward, "back" if mirrored else "forward")):
            made.setIcon(icon(name, theme.color("text")))
        self._find.setIcon(icon("search", theme.color("muted")))
        self._person.setIcon(icon("user", theme.color("muted")))
        self._person.setIconSize(LARGE)

    def layout_now(self) -> str:
        """Where it stands on which screen and how large, as text that `lay_out` takes."""
        return bytes(self.saveGeometry().toBase64().data()).decode()

    def lay_out(self, kept: object) -> None:
        """As it was; a screen that is gone is left, and what cannot be read changes nothing."""
        if isinstance(kept, str):
            self.restoreGeometry(QByteArray.fromBase64(kept.encode()))

    def _restore(self) -> None:
        self.resize(*SIZE)
        self.lay_out(self.desk.memory.get("window"))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.entered.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Ctrl+Z that neither a field nor the screen has a use for undoes what the message offers to."""
        if not (event.matches(QKeySequence.StandardKey.Undo) and self.toast.take_back()):
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self.desk.memory.put("window", self.layout_now())
        super().closeEvent(event)
        if event.isAccepted():
            if self._help is not None:
                self._help.close()
                self._help.deleteLater()
                self._help = None
            self.closed.emit()
