"""A signed-in console: the change stream, the watch over the server and all windows of one person."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import asdict

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, Signal

from appliance.clock import Clock
from appliance.gui import operation
from appliance.gui.change_listener import ChangeListener
from appliance.gui.client import Client
from appliance.gui.connect_dialog import ConnectDialog
from appliance.gui.desk import Desk, Place
from appliance.gui.event_stream import EventStream
from appliance.gui.main_window import MainWindow
from appliance.gui.memory import Memory
from appliance.gui.printing.queue import PrintQueue
from appliance.gui.screens.alerts import alerts_at
from appliance.gui.server_watch import ServerWatch
from appliance.gui.theme import Theme
from appliance.gui.tray import Tray
from appliance.gui.words import plural
from appliance.wire.operators import Session
from appliance.wire.session import SessionView

SETTLED_MS = 2500
BESIDE = 32
SPREE_MS = 1000
"""Windows that are closed faster than that one after the other are closed together, as by the computer's shutting down."""

NOT_KEPT = ("booth", "bill", "binding")
"""Kinds of change that the server tells once and keeps for nobody."""


def _kept(found: object) -> list[tuple[object, Place]]:
    """The windows that were remembered; what cannot be read is left out."""
    windows = []
    for each in found if isinstance(found, list) else []:
        try:
            windows.append((each["window"], Place(**each["place"])))
        except (KeyError, TypeError):
            continue
    return windows


def _settle() -> None:
    """What is loaded by now stays until the end: the collector need not walk it again, which takes as long as four frames of a scrolling list."""
    gc.collect()
    gc.freeze()


class SignedIn(QObject):
    """Lives from sign-in to sign-out. `common` is the computer's memory, `memory` the person's."""

    language_chosen = Signal(str)
    ended = Signal()
    signed_out = Signal()
    """By the person's own hand, before `ended`."""
    closed = Signal()

    def __init__(
        self,
        client: Client,
        session: Session,
        memory: Memory,
        theme: Theme,
        clock: Clock,
        common: Memory,
        make_client: Callable[[str, str], Client],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client, self._session, self._memory = client, session, memory
        self._theme, self._clock, self._common, self._make_client = theme, clock, common, make_client
        self.listener = ChangeListener(self)
        self.stream = EventStream(client, self)
        self.watch = ServerWatch(client, clock, self)
        self.printing = PrintQueue(client, self.listener, memory, parent=self)
        self.printing.waiting_changed.connect(self._printing)
        self.windows: list[MainWindow] = []
        self._again: ConnectDialog | None = None
        self.tray: Tray | None = None
        self._over = False
        self._closing = QTimer(self, singleShot=True, interval=SPREE_MS)
        self._closing.timeout.connect(self._remember)
        self.stream.changed.connect(self.listener.tell)
        self.stream.missed.connect(self.listener.everything)
        self.stream.opened.connect(self._listening)
        self.watch.away.connect(self.stream.break_off)
        client.signed_out.connect(self._session_over)
        self.listener.subscribe(self, {"operator"}, lambda changes: self.ask_permissions())

    def begin(self, places: Sequence[Place] = ()) -> None:
        """Open the first window at the last of these places, listen and watch."""
        if Tray.there():
            self.show_tray()
        kept = [] if places else _kept(self._memory.get("windows"))
        for geometry, place in kept:
            self.open_window([place]).lay_out(geometry)
        if not self.windows:
            self.open_window(list(places))
        self.stream.start()
        self.watch.start()
        QTimer.singleShot(SETTLED_MS, self, _settle)
        self.printing.look()

    def show_tray(self) -> None:
        """The icon in the system's tray."""
        tray = self.tray = Tray(self._theme, self)
        tray.opened.connect(self.come_forward)
        tray.alerts_wanted.connect(lambda: self.come_forward(Place("alerts")))
        tray.alert_wanted.connect(lambda alert: self.come_forward(alerts_at(alert)))
        tray.sign_out.connect(self.sign_out)
        self.watch.away.connect(lambda: tray.show_away(True))
        self.watch.back.connect(lambda: tray.show_away(False))
        tray.show()

    def come_forward(self, place: Place | None = None) -> None:
        """The window that was last used in front, at that place."""
        if self.windows:
            window = self.windows[-1]
            window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
            window.show()
            window.raise_()
            window.activateWindow()
            if place is not None:
                window.go(place)

    def open_window(self, places: list[Place]) -> MainWindow:
        """One more window, at the last of these places."""
        desk = Desk(self._client, self._session, self.listener, self._memory, self._theme, self._clock)
        self.stream.live.connect(desk.live)
        window = MainWindow(desk, self.watch)
        desk.setParent(window)
        window.sign_out.connect(self.sign_out)
        window.another.connect(lambda: self._open_beside(window))
        window.entered.connect(lambda: self._used(window))
        window.look_chosen.connect(lambda wish: self._common.put("look", wish))
        window.language_chosen.connect(self._speak)
        window.closed.connect(lambda: self._window_closed(window))
        if self.tray is not None:
            window.alerts_came.connect(self.tray.show_alerts)
        self.windows.append(window)
        for place in places:
            window.go(place)
        if not places:
            window.open_first()
        window.show()
        return window

    def _open_beside(self, window: MainWindow) -> None:
        """Another at the same place, a step beside it, so that both are seen."""
        fresh = self.open_window(window.places[-1:])
        if not window.isMaximized():
            fresh.resize(window.size())
            fresh.move(window.pos() + QPoint(BESIDE, BESIDE))

    def _used(self, window: MainWindow) -> None:
        """The one that was used last stands last."""
        if window in self.windows:
            self.windows.remove(window)
            self.windows.append(window)

    def _remember(self) -> None:
        """Several windows are there again at the next sign-in; a single one begins at the beginning."""
        found = [{"window": each.layout_now(), "place": asdict(each.places[-1])} for each in self.windows if each.places]
        self._memory.put("windows", found if len(found) > 1 else None)

    def _listening(self) -> None:
        """What the server does not keep for those who were away is asked anew each time."""
        for kind in NOT_KEPT:
            self.listener.tell(kind)

    def _printing(self, waiting: int, trouble: str) -> None:
        """Paper is out, or the printer is away: said once for each reason; the receipts wait."""
        if trouble:
            for window in self.windows:
                window.toast.say(plural("{n} receipt waits: {reason}", "{n} receipts wait: {reason}", waiting, reason=trouble))

    def ask_permissions(self) -> None:
        """What the person may do may be other than at the sign-in."""
        operation.run(self, self._client, "session.view", on_done=self._permitted, on_problem=lambda problem: None)

    def _permitted(self, view: SessionView) -> None:
        for window in self.windows:
            window.desk.set_permissions(view.permissions)
            self._session = window.desk.session

    def sign_out(self) -> None:
        """End the session here and on the server."""
        self._client.sign_out()
        self.signed_out.emit()
        self.end()
        self.ended.emit()

    def _speak(self, language: str) -> None:
        """Build every window anew in another language, where it was."""
        self._memory.put("language", language)
        self.language_chosen.emit(language)
        if self.tray is not None:
            self.tray.close()
            self.show_tray()
        old, self.windows = self.windows, []
        for window in old:
            fresh = self.open_window(window.places)
            fresh.setGeometry(window.geometry())
            self._drop(window)

    def _session_over(self) -> None:
        """The server ended the session: sign in again over the windows, which keep what was typed."""
        if self._again is not None or not self.windows:
            return
        login = self._session.operator.login
        dialog = ConnectDialog(self._common, self._make_client, fixed=self._client, login=login, parent=self.windows[-1])
        self._again = dialog
        dialog.setModal(True)
        dialog.connected.connect(self._signed_in_again)
        dialog.rejected.connect(self._gave_up)
        dialog.open()

    def _signed_in_again(self, client: Client, session: Session) -> None:
        self._again = None
        if session.operator.id != self._session.operator.id:
            self.end()
            self.ended.emit()
            return
        self.stream.stop()
        self.stream.start()
        self.listener.everything()
        self.ask_permissions()

    def _gave_up(self) -> None:
        self._again = None
        self.end()
        self.ended.emit()

    def _window_closed(self, window: MainWindow) -> None:
        if window in self.windows:
            if not self._closing.isActive():
                self._remember()
            self.windows.remove(window)
            window.deleteLater()
            self._closing.start()
            if not self.windows:
                if not self._client.stays:
                    self._client.sign_out()
                self.end()
                self.closed.emit()

    def end(self) -> None:
        """Close every window and read no more; again does nothing."""
        if self._over:
            return
        self._over = True
        if self.windows and not self._closing.isActive():
            self._remember()
        self.stream.stop()
        self.watch.stop()
        if self.tray is not None:
            self.tray.close()
            self.tray = None
        windows, self.windows = self.windows, []
        for window in windows:
            self._drop(window)
        self.deleteLater()

    @staticmethod
    def _drop(window: MainWindow) -> None:
        window.hide()
        window.deleteLater()
