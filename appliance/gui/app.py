"""The console's start and what outlives its windows: sign in, the line that all windows share, language, signing out."""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QLibraryInfo, QLocale, QObject, Qt, QTranslator
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from appliance.clock import Clock, SystemClock
from appliance.gui import words
from appliance.gui.client import Client
from appliance.gui.connect_dialog import ConnectDialog
from appliance.gui.garbage import GarbageSteps
from appliance.gui.memory import Memory, open_settings
from appliance.gui.theme import SYSTEM, Theme
from appliance.gui.words import _
from appliance.paths import resources
from appliance.wire.operators import Session

if TYPE_CHECKING:
    from appliance.gui.lan_servers import Browse
    from appliance.gui.signed_in import SignedIn
    from appliance.gui.staying import Staying

LOCALES = {"ar": "ar_001"}
"""Qt's locale of a language whose first country writes other digits than the rest of the console, which has Babel's."""


def run(url: str | None, folder: Path | None, setup_code: str = "") -> int:
    """Open the console until its last window is closed; the exit code.

    `url`: the server to offer first. `folder`: the data folder of the local server, whose control file says where it listens.
    `setup_code`: of a server that nobody owns yet.
    """
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("Tollhouse")
    app.setDesktopFileName("org.tollhouse.Tollhouse")
    app.setWindowIcon(QIcon(str(resources() / "brand" / "tollhouse.svg")))
    app.setQuitOnLastWindowClosed(False)
    from appliance.gui.staying import Staying

    GarbageSteps(app)
    memory = Memory(open_settings())
    console = Console(app, memory, SystemClock(), url=url or local_url(folder), setup_code=setup_code, staying=Staying(memory), lan=True)
    console.begin()
    code = app.exec()
    console.close()
    return code


def local_url(folder: Path | None) -> str | None:
    """Where the local server's console door is, as its control file says; None where that says nothing."""
    if folder is None:
        return None
    try:
        found = json.loads((folder / "control.json").read_text(encoding="utf-8")).get("web")
    except (OSError, ValueError, AttributeError):
        return None
    return str(found) if found else None


class Console(QObject):
    """From sign-in to sign-out, again and again, until a person closes the last window."""

    def __init__(
        self,
        app: QApplication,
        memory: Memory,
        clock: Clock,
        *,
        url: str | None = None,
        setup_code: str = "",
        staying: Staying | None = None,
        lan: bool = False,
    ) -> None:
        """`staying`: who asked to stay signed in does so. `lan`: servers that announce themselves are offered."""
        super().__init__()
        self._staying, self._lan = staying, lan
        self._app, self._memory, self._clock = app, memory, clock
        self._url, self._setup_code = url, setup_code
        self._translator: QTranslator | None = None
        self.theme = Theme(str(memory.get("look", SYSTEM)))
        self.theme.dress()
        self.speak(str(memory.get("language", QLocale.system().name())))
        self.dialog: ConnectDialog | None = None
        self.signed: SignedIn | None = None

    def speak(self, language: str) -> None:
        """This language from now on, its direction, and Qt's own words in it."""
        words.use(language)
        direction = Qt.LayoutDirection.RightToLeft if words.right_to_left() else Qt.LayoutDirection.LeftToRight
        self._app.setLayoutDirection(direction)
        QLocale.setDefault(QLocale(LOCALES.get(words.language(), words.language())))
        if self._translator is not None:
            self._app.removeTranslator(self._translator)
        translator = QTranslator(self)
        if translator.load(QLocale(words.language()), "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            self._app.installTranslator(translator)
            self._translator = translator

    def make_client(self, url: str, pin: str) -> Client:
        """A line to a server; request ids are random."""
        return Client(url, pin, make_id=lambda: uuid.uuid4().hex, parent=self)

    def begin(self) -> None:
        """Show the sign-in."""
        look: Browse | None = None
        if self._lan:
            from appliance.gui.lan_servers import browse as look
        dialog = ConnectDialog(self._memory, self.make_client, url=self._url, setup_code=self._setup_code, staying=self._staying, browse=look)
        self.dialog = dialog
        dialog.connected.connect(self._connected)
        dialog.rejected.connect(self._app.quit)
        dialog.setWindowTitle(_("Sign in to Tollhouse"))
        dialog.show()

    def _connected(self, client: Client, session: Session) -> None:
        # Late: nothing of the window is needed before somebody has signed in.
        from appliance.gui.desk import Place
        from appliance.gui.signed_in import SignedIn

        first_start = bool(self._setup_code)
        self._setup_code, self._url = "", client.base_url
        memory = self._memory.of("person", client.base_url, session.operator.login)
        self._suit(memory, session)
        signed = SignedIn(client, session, memory, self.theme, self._clock, self._memory, self.make_client, parent=self)
        self.signed = signed
        signed.language_chosen.connect(self._language_chosen)
        signed.ended.connect(self._ended)
        signed.signed_out.connect(lambda: self._forget(client))
        signed.closed.connect(self._app.quit)
        dialog, self.dialog = self.dialog, None
        signed.begin([Place("setup")] if first_start else [])
        if dialog is not None and dialog.notice:
            signed.windows[0].toast.say(dialog.notice)

    def _suit(self, memory: Memory, session: Session) -> None:
        """Language and look: what this person chose here, else what the account says, else what was last chosen at this computer."""
        language = memory.get("language") or session.operator.language or self._memory.get("language")
        if language and language != words.language():
            self.speak(str(language))
        self.theme.choose(str(memory.get("look") or self._memory.get("look", SYSTEM)))

    def _language_chosen(self, language: str) -> None:
        self._memory.put("language", language)
        self.speak(language)

    def close(self) -> None:
        """Take everything down while Qt still runs: nothing is left to the order of the interpreter's end."""
        if self.dialog is not None:
            self.dialog.hide()
            self.dialog.deleteLater()
            self.dialog = None
        if self.signed is not None:
            self.signed.end()
            self.signed = None
        for client in self.findChildren(Client):
            client.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def _forget(self, client: Client) -> None:
        """Whoever signs out stays no longer."""
        if self._staying is not None:
            self._staying.forget(self, client.base_url)

    def _ended(self) -> None:
        self.signed = None
        self.begin()
