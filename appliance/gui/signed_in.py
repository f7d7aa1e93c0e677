"""A signed-in console: the change stream, the watch over the server and all windows of one person."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from appliance.clock import Clock
from appliance.gui.change_listener import ChangeListener
from appliance.gui.client import Client
from appliance.gui.connect_dialog import ConnectDialog
from appliance.gui.desk import Desk, Place
from appliance.gui.event_stream import EventStream
from appliance.gui.main_window import MainWindow
from appliance.gui.memory import Memory
from appliance.gui.server_watch import ServerWatch
from appliance.gui.theme import Theme
from appliance.wire.operators import Session


class SignedIn(QObject):
    """Lives from sign-in to sign-out. `common` is the computer's memory, `memory` the person's."""

    language_chosen = Signal(str)
    ended = Signal()
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
        self.windows: list[MainWindow] = []
        self._again: ConnectDialog | None = None
        self._over = False
        self.stream.changed.connect(self.listener.tell)
        self.stream.missed.connect(self.listener.everything)
        self.watch.away.connect(self.stream.break_off)
        client.signed_out.connect(self._session_over)

    def begin(self) -> None:
        """Open the first window, listen and watch."""
        self.open_window([])
        self.stream.start()
        self.watch.start()

    def open_window(self, places: list[Place]) -> MainWindow:
        """One more window, at the last of these places."""
        desk = Desk(self._client, self._session, self.listener, self._memory, self._theme, self._clock)
        self.stream.live.connect(desk.live)
        window = MainWindow(desk, self.watch)
        desk.setParent(window)
        window.sign_out.connect(self.sign_out)
        window.another.connect(lambda: self.open_window(window.places[-1:]))
        window.language_chosen.connect(self._speak)
        window.closed.connect(lambda: self._window_closed(window))
        self.windows.append(window)
        for place in places:
            window.go(place)
        if not places:
            window.open_first()
        window.show()
        return window

    def sign_out(self) -> None:
        """End the session here and on the server."""
        self._client.sign_out()
        self.end()
        self.ended.emit()

    def _speak(self, language: str) -> None:
        """Build every window anew in another language, where it was."""
        self.language_chosen.emit(language)
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
        dialog = ConnectDialog(self._common, self._make_client, fixed=self._client, login=login, parent=self.windows[0])
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

    def _gave_up(self) -> None:
        self._again = None
        self.end()
        self.ended.emit()

    def _window_closed(self, window: MainWindow) -> None:
        if window in self.windows:
            self.windows.remove(window)
            window.deleteLater()
            if not self.windows:
                self._client.sign_out()
                self.end()
                self.closed.emit()

    def end(self) -> None:
        """Close every window and read no more; again does nothing."""
        if self._over:
            return
        self._over = True
        self.stream.stop()
        self.watch.stop()
        windows, self.windows = self.windows, []
        for window in windows:
            self._drop(window)
        self.deleteLater()

    @staticmethod
    def _drop(window: MainWindow) -> None:
        window.hide()
        window.deleteLater()
