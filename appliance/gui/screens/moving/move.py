"""Moving in from another system: files, choices, preview, done. Each step can be left for the one before; what was chosen stays.

The work itself is the server's: it goes on when this screen is left, the console is closed or the line is lost, and is found again here.
"""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QStackedWidget, QToolButton, QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.moving.move_choices import OF_CODE, ChoicesPage
from appliance.gui.screens.moving.move_done import DonePage
from appliance.gui.screens.moving.move_files import FilesPage
from appliance.gui.screens.moving.move_preview import PreviewPage
from appliance.gui.screens.moving.move_watch import MoveWatch, WorkPage
from appliance.gui.screens.moving.move_words import APPLY
from appliance.gui.screens.parts.server_work import READY, RUNNING, unseen
from appliance.gui.theme import space
from appliance.gui.widgets import confirm
from appliance.gui.widgets.plain import button, column, holding, label, line, row, scrolling
from appliance.gui.words import _, count, plural
from appliance.wire.moving import MoveApply, MovePreview, MoveState, MoveView, MoveWork
from appliance.wire.problem import Problem

FILES, CHOICES, PREVIEW, DONE, WORK = range(5)
WIDEST = 760


class MoveScreen(Screen):
    """Four steps, and the page of what is under way in the place of the third and fourth."""

    kinds = frozenset({"trunk"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.watch = MoveWatch.of(desk)
        self.files, self.choices, self.preview = FilesPage(desk), ChoicesPage(desk), PreviewPage(desk)
        self.done, self.work = DonePage(desk, self.begin_anew), WorkPage(desk, self.watch)
        self.asked: MovePreview | None = None
        self.stack = QStackedWidget()
        for page in (self.files, self.choices, self.preview, self.done, self.work):
            self.stack.addWidget(_wide(page) if page is self.preview else _narrow(page))
        self._bar()
        self.left = label("", "muted", wrap=True)
        self.back = button(_("&Back"), self.go_back)
        self.primary = button("", self.go_on, "primary")
        foot = row(self.left, self.back, self.primary)
        foot.setStretch(0, 1)
        foot.setContentsMargins(space("large"), space("medium"), space("large"), space("medium"))
        for part in (self.bar, line(), self.stack, line(), holding(foot, "frame")):
            self.body.addWidget(part, 1 if part is self.stack else 0)
        for page in (self.files, self.choices, self.preview):
            page.changed.connect(self._fit)
        self.preview.taken.connect(self._fit)
        self.watch.progressed.connect(self._progressed)
        self.watch.ended.connect(self._ended)
        self.watch.refused.connect(self._refused)
        self.watch.seen = self.isVisible
        self.destroyed.connect(unseen(self.watch))
        self.at = FILES
        self.show_step(FILES)
        operation.run(self, desk.client, "move.state", on_done=self._found, on_problem=lambda _problem: None)

    def _bar(self) -> None:
        names = (_("System and files"), _("Choices"), _("Preview"), _("Done"))
        self._group = QButtonGroup(self)
        self.steps: list[QToolButton] = []
        for at, name in enumerate(names):
            made = QToolButton()
            made.setObjectName("step")
            made.setText(f"{count(at + 1)}  {name}")
            made.setCheckable(True)
            made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            made.clicked.connect(lambda _checked=False, at=at: self.show_step(at))
            self._group.addButton(made)
            self.steps.append(made)
        box = row(*self.steps, gap="hair")
        box.setContentsMargins(space("large"), space("small"), space("large"), space("small"))
        self.bar = holding(box, "frame")

    def title(self) -> str:
        return _("Move in")

    def verbs(self) -> list[Action]:
        text = self._verb().replace("&", "")
        found = [Action("move.files", _("Choose files"), self.choose, "Ctrl+O", "import", group=1, operation="move.upload")]
        if text:
            ready = self.primary.isEnabled()
            found.insert(0, Action("move.go_on", text, self.go_on, "Ctrl+Return", "enable", ready, primary=True, operation="move.preview"))
        if self.at in (CHOICES, PREVIEW):
            found.append(Action("move.back", _("Back"), self.go_back, "Ctrl+Shift+Left", "back", group=1))
        if self.at == PREVIEW and self.preview.view is not None and self.preview.view.changed:
            found.append(Action("move.take", _("Take from the old system"), self.preview.toggle_chosen, "Ctrl+T", "swap", group=2))
        if self.at == WORK:
            found.append(Action("move.stop", _("Stop"), self.watch.stop, "", "pause", group=2, operation="move.stop"))
        return found

    # steps ---------------------------------------------------------------------------------------------------------
    def show_step(self, at: int) -> None:
        """That step, where it can be shown now."""
        self.at = at
        self.steps[min(at, PREVIEW) if at != DONE else DONE].setChecked(True)
        self.stack.setCurrentIndex(at)
        self._fit()

    def choose(self) -> None:
        """Another file, from any step."""
        self.show_step(FILES)
        self.files.choose()

    def go_back(self) -> None:
        """The step before; what was chosen stays."""
        if self.at in (CHOICES, PREVIEW):
            self.show_step(self.at - 1)

    def go_on(self) -> None:
        """The verb of the step."""
        if not self.primary.isEnabled():
            return
        if self.at == FILES:
            self.show_step(CHOICES)
        elif self.at == CHOICES or (self.at == PREVIEW and self._other()):
            self.look()
        elif self.at == PREVIEW:
            self.confirm()

    def begin_anew(self) -> None:
        """From the first step, with other files."""
        self.files.sending.forget()
        self.asked = None
        self.preview.cut_over.setChecked(False)
        self.show_step(FILES)

    def look(self) -> None:
        """Ask for the preview."""
        asked = self._request()
        if asked is None:
            self.show_step(CHOICES)
            return
        self.asked = asked
        self._begin(asked)

    def confirm(self) -> None:
        """Move it; the cut-over, which ends it for good, is asked first."""
        view = self.preview.view
        if view is None or not self.preview.ready:
            return
        if not self.preview.cut_over.isChecked():
            self.apply()
            return
        text = plural("{n} customer is moved.", "{n} customers are moved.", len(view.customers))
        more = _("After this nothing more can be moved from there.")
        confirm.ask(self, _("Is this the cut-over?"), f"{text} {more}", _("Move in"), self.apply)

    def apply(self) -> None:
        """Move exactly what was shown."""
        assert self.asked is not None
        fields = {name: getattr(self.asked, name) for name in MovePreview.__struct_fields__}
        self._begin(MoveApply(**fields, leave_refused=self.preview.leave_refused.isChecked(), cut_over=self.preview.cut_over.isChecked()))

    def _begin(self, request: MovePreview) -> None:
        self.work.show_begun(writes=isinstance(request, MoveApply))
        self.show_step(WORK)
        self.watch.begin(request)

    def _request(self) -> MovePreview | None:
        values = self.choices.values()
        if values is None:
            return None
        return MovePreview(source=self.files.source, uploads=self.files.sending.ids, take=sorted(self.preview.take), **values)

    def _other(self) -> bool:
        """Whether the preview is of other files or choices than are chosen now."""
        return self.asked is None or self._request() != self.asked

    # what the server says ------------------------------------------------------------------------------------------
    def _found(self, state: MoveState) -> None:
        """What lies there from before, and what is under way or over."""
        self.files.sending.show_sent(state.files)
        work = state.work
        there = {each.id for each in state.files}
        if work is None or not (work.state == RUNNING or work.what == APPLY or (work.asked.uploads and there.issuperset(work.asked.uploads))):
            return
        self._restore(work)
        if work.state == RUNNING:
            self.work.show_work(work)
            self.show_step(WORK)
            self.watch.look()
        elif work.state == READY:
            self._ended(work)

    def _restore(self, work: MoveWork) -> None:
        self.files.choose_source(work.asked.source)
        self.choices.fill(work.asked)
        self.preview.take = set(work.asked.take)
        self.preview.leave_refused.setChecked(work.asked.leave_refused)
        self.preview.cut_over.setChecked(work.asked.cut_over)
        self.asked = self._request()

    def _progressed(self, work: MoveWork) -> None:
        self.work.show_work(work)
        if self.at != WORK:
            self.show_step(WORK)

    def _ended(self, work: MoveWork) -> None:
        if work.state == READY:
            operation.run(self, self.desk.client, "move.result", on_done=self._came, on_problem=self._refused)
            return
        self._refused(Problem(detail=work.reason, code=work.code))

    def _came(self, view: MoveView) -> None:
        if view.applied:
            self.files.sending.moved()
            self.done.show_view(view)
            self.show_step(DONE)
            return
        self.preview.show_view(view)
        self.show_step(PREVIEW)

    def _refused(self, problem: Problem) -> None:
        """Back to the step where it can be mended."""
        view = self.preview.view
        if problem.code in OF_CODE or problem.field in ("reseller", "trunk", "tariff", "currency", "timezone"):
            self.choices.show_problem(problem)
            self.show_step(CHOICES)
        elif view is not None and not self._other():
            self.preview.show_problem(problem)
            self.show_step(PREVIEW)
        else:
            self.choices.show_problem(problem)
            self.show_step(CHOICES)

    # parts ---------------------------------------------------------------------------------------------------------
    def _verb(self) -> str:
        if self.at == PREVIEW:
            return _("Show the &preview again") if self._other() else _("&Move in")
        return {FILES: _("&Go on"), CHOICES: _("Show the &preview")}.get(self.at, "")

    def _fit(self) -> None:
        sender, at = self.files.sending, self.at
        text = self._verb()
        self.primary.setVisible(bool(text))
        self.primary.setText(text)
        self.back.setVisible(at in (CHOICES, PREVIEW))
        ready = sender.ready if at in (FILES, CHOICES) else self.preview.ready or self._other()
        self.primary.setEnabled(ready)
        self.left.setText(self._said())
        busy = at == WORK
        for step, made in enumerate(self.steps):
            reached = (True, sender.ready, self.preview.view is not None, self.done.view is not None)[step]
            made.setEnabled(reached and not busy)
        self.verbs_changed.emit()

    def _said(self) -> str:
        sender, view = self.files.sending, self.preview.view
        if self.at == FILES:
            if not sender.files:
                return _("Choose the files of the old system.")
            there = sum(each.whole for each in sender.files)
            return "" if sender.ready else _("{done} of {total} files are sent.", done=count(there), total=count(len(sender.files)))
        if self.at == PREVIEW and view is not None:
            if self._other():
                return _("You chose otherwise since: look again before anything is moved.")
            if not view.agree:
                return _("What would be moved does not add up to what the files hold, so it cannot be moved.")
            if view.refused_count and not self.preview.leave_refused.isChecked():
                return _("Rows are refused. Mend the files and send them again, or leave those rows out.")
        return ""


def _narrow(page: QWidget) -> QWidget:
    """As wide as reads well, scrolled where it is higher than its place."""
    page.setMaximumWidth(WIDEST)
    beside = row(page, None, gap="", margin="large")
    beside.setStretch(0, 1000)
    return scrolling(holding(beside))


def _wide(page: QWidget) -> QWidget:
    return holding(column(page, margin="large"), "screen")
