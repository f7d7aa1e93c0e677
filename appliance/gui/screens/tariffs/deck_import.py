"""Import of prices: the file, how it was read, what it changes, then all of it at once; and the way back (P3)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from appliance.gui import operation
from appliance.gui.client import Reply
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.parts.server_work import READY, RUNNING, WorkView, unseen
from appliance.gui.screens.tariffs.deck_import_done import DonePage
from appliance.gui.screens.tariffs.deck_import_file import FileStep
from appliance.gui.screens.tariffs.deck_import_preview import PreviewPage, summary
from appliance.gui.screens.tariffs.deck_import_reading import ReadingPanel
from appliance.gui.screens.tariffs.deck_import_words import importable
from appliance.gui.screens.tariffs.price_writing import IMPORT, STOPPED_CODE, PriceWatch, ended_words, phase_words
from appliance.gui.theme import space
from appliance.gui.widgets.plain import button, column, edge, holding, label, line, row
from appliance.gui.widgets.problem_view import ProblemView
from appliance.gui.words import _, moment, plural
from appliance.wire.decks import DeckApply, DeckPreview, DeckView, UndoImport
from appliance.wire.price_work import PriceWork, PriceWorks
from appliance.wire.problem import Problem
from appliance.wire.rates import RatesChanged

FILE, PREVIEW, WRITING, DONE = range(4)


class DeckImportScreen(Screen):
    """Three steps in one place, each can be left for the one before, and the writing between the last two. `imported` brings the PriceWork of
    what was begun and written here."""

    imported = Signal(object)

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.name, self._content = "", b""
        self.view: DeckView | None = None
        self._reply: Reply | None = None
        self.work: PriceWork | None = None
        self.watch = PriceWatch.of_imports(desk)
        self._begun = False
        self.steps = QStackedWidget()
        self.body.addWidget(self.steps)
        self.file_step = FileStep(desk, place.filters.get("tariff", ""))
        self.file_step.ready.connect(self.take)
        self.last = label("", "muted", wrap=True)
        self.steps.addWidget(holding(column(row(self.file_step, None), self.last, None, margin="large")))
        self.steps.addWidget(self._preview_step())
        self.writing = WorkView(self.watch, lambda: desk.go(Place("tariffs")))
        self.writing.on_page(alone=True)
        self.steps.addWidget(self.writing)
        self.done_page = DonePage(self.undo, self.open_tariff, self.again, lambda: self.desk.go(Place("margins")))
        self.steps.addWidget(self.done_page)
        self._watched()

    def _watched(self) -> None:
        """Hear of what is being written; what another console, or this one before it was closed, began is shown as well."""
        self.watch.progressed.connect(self._progressed)
        self.watch.ended.connect(self._ended)
        self.watch.refused.connect(self._not_applied)
        self.watch.seen = self.isVisible
        self.destroyed.connect(unseen(self.watch))
        if self.watch.running and self.watch.work is not None:
            self._progressed(self.watch.work)
        elif not self.watch.running and self.desk.may(self.watch.state):
            operation.run(self, self.desk.client, self.watch.state, on_done=self._found_before, on_problem=lambda _problem: None)

    def _found_before(self, view: PriceWorks) -> None:
        before = [each for each in view.works if each.what == IMPORT]
        if not before or self.steps.currentIndex() != FILE or self.watch.running:
            return
        if before[0].state == RUNNING:
            self._progressed(before[0])
            self.watch.look()
            return
        self.last.setText("   ·   ".join(filter(None, (before[0].file, ended_words(before[0]), moment(before[0].ended_at or "")))))

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
        idle = step != WRITING
        found = [Action("deck.file", _("Choose file"), self.choose, "Ctrl+O", "import", idle, primary=step == FILE, operation="decks.preview")]
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
        if step == WRITING:
            found.append(Action("deck.stop", _("Stop"), self.watch.stop, "", "pause", group=2, operation="rates.stop_writing"))
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
            found.append(Action("deck.prices", _("Open prices"), self.open_tariff, "", "tariffs", group=1, operation="tariffs.get"))
        return found

    # the file ------------------------------------------------------------------------------------------------------
    def choose(self) -> None:
        """Another file, from any step but the writing."""
        if self.watch.running:
            return
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
        gone = _("Calls to removed prefixes are priced by a shorter prefix, or refused where there is none.")
        self.said.setText(summary(view) + (" " + gone if view.removed and not view.new_tariff else ""))
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
        """Write what the page says it will, which the last step undoes again."""
        if self.view is not None and self.primary.isEnabled():
            self.apply()

    def apply(self) -> None:
        """Write exactly what was shown, or nothing."""
        assert self.view is not None and self.reading is not None
        name = self.reading.save_as.text().strip()
        more: dict[str, Any] = {"fingerprint": self.view.fingerprint}
        if name:
            more["profile"] = name
        self._ready(False)
        self.reading.setEnabled(False)
        said = plural("{n} price is being written…", "{n} prices are being written…", self.view.added + self.view.changed)
        self.writing.begun(_("Import prices"), said)
        self._begun = True
        self._step(WRITING)
        self.writing.away.setFocus()
        self.watch.begin(self._request(DeckApply, **more), self.view.tariff)

    def _progressed(self, work: PriceWork) -> None:
        if self.steps.currentIndex() != WRITING:
            self.writing.begun(_("Import prices"), phase_words(work))
            self._step(WRITING)
        self.writing.heading.setText("   ·   ".join(filter(None, (work.tariff, work.file))))
        self.writing.progress(phase_words(work), work.done, work.total)
        self.verbs_changed.emit()

    def _ended(self, work: PriceWork) -> None:
        if work.state != READY:
            self._not_applied(Problem(detail=work.reason, code=work.code))
            return
        self.work, self._content = work, b""
        self.done_page.show_done(work)
        self._step(DONE)
        begun, self._begun = self._begun, False
        if begun:
            self.imported.emit(work)

    def _not_applied(self, problem: Problem) -> None:
        if self.reading is None or self.view is None:
            self._step(FILE)
            self.last.setText(problem.detail)
            return
        self.reading.setEnabled(True)
        self._step(PREVIEW)
        self.said.setText(problem.detail if problem.code == STOPPED_CODE else _("Nothing was written."))
        if problem.code != STOPPED_CODE:
            self.problem.show_problem(problem)
        self._ready(importable(self.view))

    def undo(self) -> None:
        """Take the import back."""
        work = self.work
        if work is None or work.import_id is None or not self.done_page.undoable:
            return
        request = UndoImport(work.tariff if work.tariff_id is None else work.tariff_id, work.import_id)
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
        if self.work is not None:
            self.desk.go(Place("tariff", self.work.tariff_id) if self.work.tariff_id is not None else Place("tariffs"))

    # parts ---------------------------------------------------------------------------------------------------------
    def _step(self, at: int) -> None:
        self.steps.setCurrentIndex(at)
        self.verbs_changed.emit()

    def _ready(self, ready: bool) -> None:
        self.primary.setEnabled(ready)
        self.verbs_changed.emit()
