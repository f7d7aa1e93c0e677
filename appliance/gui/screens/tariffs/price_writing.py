"""Prices that are being written at the server, an import or a change of many: followed, stopped, left behind, and told how they ended."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.screens.parts.server_work import READY, RUNNING, ServerWork, WorkView
from appliance.gui.words import _, count
from appliance.wire.decks import DeckPreview, RedoImport, UndoImport
from appliance.wire.price_work import PricesChange, PriceWork, PriceWorks, PriceWorkStop
from appliance.wire.problem import Problem
from appliance.wire.rates import RatesChanged

IMPORT, CHANGE = "import", "change"
APPEARS_MS = 300
WIDTH = 460
STOPPED_CODE = "prices.stopped"
IN_VAIN = 10  # looks for what the server may never have heard of


def phase_words(work: PriceWork) -> str:
    """What is being done, and how far it is."""
    named = {
        "reading": _("The file is being read…"),
        "looking": _("The prices are being fetched…"),
    }.get(work.phase, _("Prices are being written…"))
    return named + ("  " + _("{done} of {total}", done=count(work.done), total=count(work.total)) if work.total else "")


def ended_words(work: PriceWork) -> str:
    """How it ended, in a sentence."""
    return _("The prices of {tariff} are in use", tariff=work.tariff) if work.state == READY else work.reason


class PriceWatch(ServerWork):
    """Follows one work: the newest of its kind, of `tariff` where one is named."""

    state, halt = "rates.writing", "rates.stop_writing"

    def __init__(self, desk: Desk, what: str) -> None:
        super().__init__(desk)
        self.what = what
        self.tariff = ""
        self.work: PriceWork | None = None
        self._known = 0
        self._in_vain = 0
        self._fault: Problem | None = None
        self._stopping = False
        self.progressed.connect(self._stop_late)

    @staticmethod
    def of_imports(desk: Desk) -> PriceWatch:
        """The desk's, for imports."""
        found = next((each for each in desk.findChildren(PriceWatch) if each.what == IMPORT), None)
        return found or PriceWatch(desk, IMPORT)

    def begin(self, request: DeckPreview | PricesChange, tariff: str) -> None:
        """Ask for it, once it is known which works there were before."""
        self.running, self.work, self.tariff = True, None, tariff
        self._in_vain, self._fault, self._stopping = 0, None, False
        name = "rates.change_many" if isinstance(request, PricesChange) else "decks.apply"

        def known(view: PriceWorks) -> None:
            self._known = max((each.id for each in view.works), default=0)
            self.start(name, request)

        operation.run(self, self.desk.client, self.state, on_done=known, on_problem=self.unanswered)

    def newest(self, view: PriceWorks) -> PriceWork | None:
        mine = [each for each in view.works if each.what == self.what and each.id > self._known and self.tariff in ("", each.tariff)]
        found = next((each for each in mine if each.state == RUNNING), mine[0] if mine else None)
        self.work = found or self.work
        return found

    def nowhere(self) -> None:
        """It is still on its way there, never came there, or the server was started anew meanwhile."""
        if not self.running:
            return
        self._in_vain += self._fault is not None
        if self.work is None and self._in_vain < IN_VAIN:
            self._timer.start()
            return
        anew = Problem(detail=_("The server was started anew meanwhile. The tariff's versions show whether the prices came in."))
        self.give_up(anew if self.work is not None or self._fault is None else self._fault)

    def stop(self) -> None:
        """No further step is taken; where it is still on its way there, as soon as it is there."""
        self._stopping = True
        super().stop()

    def _stop_late(self, _work: PriceWork) -> None:
        if self._stopping:
            self._stopping = False
            super().stop()

    def halting(self) -> PriceWorkStop | None:
        return None if self.work is None else PriceWorkStop(self.work.id)

    def said(self, work: PriceWork) -> str:
        return ended_words(work)

    def undo(self, work: PriceWork) -> Callable[[], None] | None:
        if work.import_id is None or work.tariff_id is None:
            return None
        tariff, number = work.tariff_id, work.import_id
        return lambda: take_back(self.desk, tariff, work.tariff, number)

    def unanswered(self, problem: Problem) -> None:
        if self.running and (problem.code == STOPPED_CODE or problem.code in self.goes_on):
            self._fault = problem
            self.look()
            return
        super().unanswered(problem)


class WritingDialog(QDialog):
    """A change of many prices while it is written; Escape and the button send it into the background. It shows itself only where it takes a while."""

    def __init__(self, owner: QWidget, watch: PriceWatch, title: str) -> None:
        super().__init__(owner.window())
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        self.view = WorkView(watch, self.reject, note=_("They count all at once, at the end; until then a stop changes nothing."))
        self.view.begun(title, _("The prices are being fetched…"))
        self.setLayout(self.view.inner)
        self.setMinimumWidth(WIDTH)
        self.view.away.setAutoDefault(True)
        self.view.away.setFocus()  # Enter never stops a change by accident
        watch.progressed.connect(self._progressed)
        watch.ended.connect(self._over)
        watch.refused.connect(self._over)
        self._late = QTimer(self, singleShot=True, interval=APPEARS_MS)
        self._late.timeout.connect(self.open)
        self._late.start()

    def _progressed(self, work: PriceWork) -> None:
        self.view.progress(phase_words(work), work.done, work.total)

    def _over(self, _work: object) -> None:
        self._late.stop()
        self.accept()

    def done(self, result: int) -> None:
        super().done(result)
        self.deleteLater()


def take_back(desk: Desk, tariff: int, name: str, number: int, then: Callable[[], object] = lambda: None) -> None:
    """Undo set `number` of what was written into tariff `name`, and say so; that can be undone, too. `then` follows each."""

    def again() -> None:
        desk.toast(_("Prices are being written…"))
        operation.run(desk, desk.client, "rates.redo_import", RedoImport(tariff, number), on_done=written, on_problem=_teller(desk))

    def written(done: RatesChanged) -> None:
        newest = done.import_id
        desk.toast(
            _("The prices of {tariff} are in use", tariff=name), None if newest is None else lambda: take_back(desk, tariff, name, newest, then)
        )
        then()

    def undone(done: RatesChanged) -> None:
        desk.toast(undone_words(done), again if desk.may("rates.redo_import") else None)
        then()

    operation.run(desk, desk.client, "rates.undo_import", UndoImport(tariff, number), on_done=undone, on_problem=_teller(desk))


def _teller(desk: Desk) -> Callable[[Problem], None]:
    return lambda problem: desk.toast(problem.detail)


def undone_words(done: RatesChanged) -> str:
    """What an undo of written prices came to."""
    return _("The import is undone: {removed} prices gone, {added} back", removed=count(done.removed), added=count(done.added))
