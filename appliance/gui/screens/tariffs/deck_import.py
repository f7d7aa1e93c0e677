"""Import of prices: the file, how it was read, what it changes, then all of it at once; and the way back (P3)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from appliance.gui import operation
from appliance.gui.client import Reply
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.tariffs.deck_import_done import DonePage
from appliance.gui.screens.tariffs.deck_import_file import FileStep
from appliance.gui.screens.tariffs.deck_import_preview import PreviewPage, summary
from appliance.gui.screens.tariffs.deck_import_reading import ReadingPanel
from appliance.gui.screens.tariffs.deck_import_words import importable
from appliance.gui.theme import space
from appliance.gui.widgets import confirm
from appliance.gui.widgets.plain import button, edge, holding, label, line, row
from appliance.gui.widgets.problem_view import ProblemView
from appliance.gui.words import _, count, plural
from appliance.wire.decks import DeckApply, DeckPreview, DeckView, UndoImport
from appliance.wire.problem import Problem
from appliance.wire.rates import RatesChanged
from appliance.wire.shapes import Listing
from appliance.wire.tariffs import TariffPage

FILE, PREVIEW, DONE = range(3)


class DeckImportScreen(Screen):
    """Three steps in one place; each can be left for the one before. `imported` brings the DeckView of what was written."""

    imported = Signal(object)

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.name, self._content = "", b""
        self.view: DeckView | None = None
        self._reply: Reply | None = None
        self._busy = False
        self.steps = QStackedWidget()
        self.body.addWidget(self.steps)
        self.file_step = FileStep(desk, place.filters.get("tariff", ""))
        self.file_step.ready.connect(self.take)
        self.steps.addWidget(holding(row(self.file_step, None)))
        self.steps.addWidget(self._preview_step())
        self.done_page = DonePage(self.undo, self.open_tariff, self.again, lambda: self.desk.go(Place("margins")))
        self.steps.addWidget(self.done_page)

    def _preview_step(self) -> QWidget:
        self.heading = label("", "title")
        self.reading_words = label("", "muted")
        self.problem = ProblemView()
        self.said = label("", wrap=True)
        self.back = button(_("&Other file"), self.again)
        self.primary = button(_("&Import prices"), self.confirm, "primary")
        head = row(self.heading, self.reading_words, None)
        head.setContentsMargins(space("large"), space("large"), space("large"), 0)
        self.beside = QHBoxLayout()
        self.beside.setSpacing(0)
        foot = row(self.said, self.back, self.primary)
        foot.setStretch(0, 1)
        foot.setContentsMargins(space("large"), space("medium"), space("large"), space("medium"))
        box = QVBoxLayout()
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(head)
        fault = row(self.problem)
        fault.setContentsMargins(space("large"), space("small"), space("large"), 0)
        box.addLayout(fault)
        box.addLayout(self.beside, 1)
        box.addWidget(line())
        box.addLayout(foot)
        self.reading: ReadingPanel | None = None
        self.preview: PreviewPage | None = None
        return holding(box, "screen")

    def title(self) -> str:
        return _("Import prices")

    def verbs(self) -> list[Action]:
        step = self.steps.currentIndex()
        found = [Action("deck.file", _("Choose file"), self.choose, "Ctrl+O", "import", primary=step == FILE, operation="decks.preview")]
        if step == PREVIEW:
            found.append(
                Action(
                    "deck.apply",
                    _("Import prices"),
                    self.confirm,
                    "Ctrl+Return",
                    "good",
                    enabled=self.primary.isEnabled(),
                    primary=True,
                    operation="decks.apply",
                )
            )
        if step == DONE:
            found.append(
                Action(
                    "deck.undo",
                    _("Undo import"),
                    self.undo,
                    "Ctrl+Z",
                    "undo",
                    enabled=self.done_page.undoable,
                    group=1,
                    operation="rates.undo_import",
                )
            )
            found.append(Action("deck.prices", _("Open prices"), self.open_tariff, "", "tariffs", group=1, operation="tariffs.list"))
        return found

    def leave(self) -> bool:
        if self._busy:
            self.desk.toast(_("The import is being written; wait until it is done."))
        return not self._busy

    # the file ------------------------------------------------------------------------------------------------------
    def choose(self) -> None:
        """Another file, from any step."""
        self.again()
        self.file_step.choose()

    def again(self) -> None:
        """Back to the first step."""
        self._step(FILE)

    def take(self, name: str, content: bytes) -> None:
        """A file to look at; what was said of the last one is forgotten."""
        self.name, self._content, self.view = name, content, None
        for old in (self.reading, self.preview):
            if old is not None:
                old.setParent(None)
                old.deleteLater()
        while self.beside.count():
            self.beside.takeAt(0)
        self.reading, self.preview = ReadingPanel(self.desk), PreviewPage(self.desk)
        self.reading.changed.connect(self.ask)
        self.preview.columns_said.connect(self.reading.set_columns)
        self.beside.addWidget(self.reading)
        self.beside.addWidget(edge())
        self.beside.addWidget(self.preview, 1)
        self.heading.setText(name)
        self._step(PREVIEW)
        self.ask()

    # the preview ---------------------------------------------------------------------------------------------------
    def ask(self) -> None:
        """Ask what the file comes to, read as it is said now."""
        assert self.reading is not None
        if self._reply is not None:
            self._reply.abandon()
        self._ready(False)
        self.said.setText(_("The file is being read…"))
        self._reply = operation.run(self, self.desk.client, "decks.preview", self._request(DeckPreview), on_done=self._came, on_problem=self._failed)

    def _request(self, kind: type[DeckPreview], **more: Any) -> DeckPreview:
        assert self.reading is not None
        profile = {"profile": self.reading.profile} if self.reading.profile is not None else {}
        fields = {**profile, **self.reading.answers(), **more}
        return kind(tariff=self.file_step.tariff.typed(), content=self._content, file=self.name, **fields)

    def _came(self, view: DeckView) -> None:
        assert self.reading is not None and self.preview is not None
        self._reply, self.view = None, view
        self.problem.forget()
        self.reading.show_guess(view)
        self.preview.show_deck(view)
        self.reading_words.setText(
            _("{lines} into {tariff}", lines=plural("{n} line", "{n} lines", view.rows), tariff=view.tariff)
            + (" · " + _("new") if view.new_tariff else "")
        )
        self.said.setText(summary(view))
        self._ready(importable(view))

    def _failed(self, problem: Problem) -> None:
        assert self.reading is not None
        self._reply = None
        self._ready(False)
        self.said.setText("")
        if problem.field in ("tariff", "content") and self.view is None:
            self.again()
            if problem.field == "tariff":
                self.file_step.form.show_problem(problem)
            else:
                self.file_step.tell(problem.detail)
            return
        self.problem.show_problem(problem)

    # the import ----------------------------------------------------------------------------------------------------
    def confirm(self) -> None:
        """Write it; what takes prices away is asked first."""
        view = self.view
        if view is None or not self.primary.isEnabled():
            return
        if not view.removed or view.new_tariff:
            self.apply()
            return
        text = summary(view) + "\n\n" + _("Calls to removed prefixes are priced by a shorter prefix, or refused where there is none.")
        title = plural(
            "Remove {n} price and import {new}?", "Remove {n} prices and import {new}?", view.removed, new=count(view.added + view.changed)
        )
        confirm.ask(self, title, text, _("Import and remove"), self.apply)

    def apply(self) -> None:
        """Write exactly what was shown, or nothing."""
        assert self.view is not None and self.reading is not None
        name = self.reading.save_as.text().strip()
        more: dict[str, Any] = {"fingerprint": self.view.fingerprint}
        if name:
            more["profile"] = name
        self._busy = True
        self._ready(False)
        self.reading.setEnabled(False)
        self.said.setText(plural("{n} price is being written…", "{n} prices are being written…", self.view.added + self.view.changed))
        request = self._request(DeckApply, **more)
        operation.run(self, self.desk.client, "decks.apply", request, on_done=self._applied, on_problem=self._not_applied)

    def _applied(self, view: DeckView) -> None:
        self._busy, self.view = False, view
        self._content = b""
        self.done_page.show_done(view)
        self._step(DONE)
        self.imported.emit(view)

    def _not_applied(self, problem: Problem) -> None:
        assert self.reading is not None
        self._busy = False
        self.reading.setEnabled(True)
        self.problem.show_problem(problem)
        self.said.setText(_("Nothing was written."))
        self._ready(self.view is not None and importable(self.view))

    def undo(self) -> None:
        """Take the import back."""
        view = self.view
        if view is None or view.import_id is None or not self.done_page.undoable:
            return
        request = UndoImport(view.tariff, view.import_id)
        operation.run(
            self,
            self.desk.client,
            "rates.undo_import",
            request,
            on_done=self._undone,
            on_problem=self.done_page.problem.show_problem,
            busy=self.done_page.undo_button,
        )

    def _undone(self, done: RatesChanged) -> None:
        self.done_page.show_undone(done)
        self.verbs_changed.emit()

    def open_tariff(self) -> None:
        """The prices of the tariff that was written into."""
        view = self.view
        if view is not None:
            operation.run(self, self.desk.client, "tariffs.list", Listing(search=view.tariff), on_done=self._found)

    def _found(self, page: TariffPage) -> None:
        assert self.view is not None
        same = [tariff for tariff in page.tariffs if tariff.name == self.view.tariff and tariff.reseller == self.view.reseller]
        self.desk.go(Place("tariff", same[0].id) if same else Place("tariffs"))

    # parts ---------------------------------------------------------------------------------------------------------
    def _step(self, at: int) -> None:
        self.steps.setCurrentIndex(at)
        self.verbs_changed.emit()

    def _ready(self, ready: bool) -> None:
        self.primary.setEnabled(ready)
        self.verbs_changed.emit()
