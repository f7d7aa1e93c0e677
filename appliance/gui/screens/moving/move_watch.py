"""Follows a preview or a move that is under way at the server, whatever screen is seen, and tells when it is over."""

from __future__ import annotations

from appliance.gui.desk import Desk, Place
from appliance.gui.screens.moving import move_words
from appliance.gui.screens.parts.server_work import READY, ServerWork, WorkView
from appliance.gui.words import _
from appliance.wire.moving import MoveApply, MovePreview, MoveWork


class MoveWatch(ServerWork):
    """One for each desk."""

    state, halt = "move.state", "move.stop"
    goes_on = ServerWork.goes_on | {"move.under_way"}

    @staticmethod
    def of(desk: Desk) -> MoveWatch:
        """The desk's."""
        found = desk.findChild(MoveWatch)
        return found if isinstance(found, MoveWatch) else MoveWatch(desk)

    def begin(self, request: MovePreview) -> None:
        """Ask for it."""
        self.start("move.apply" if isinstance(request, MoveApply) else "move.preview", request)

    def said(self, work: MoveWork) -> str:
        if work.state == READY:
            return _("Everything is moved in") if work.what == move_words.APPLY else _("The preview of the move is ready")
        return super().said(work)


class WorkPage(WorkView):
    """What is under way, as a page of the assistant."""

    def __init__(self, desk: Desk, watch: MoveWatch) -> None:
        super().__init__(watch, lambda: desk.go(Place("customers")))
        self.on_page()

    def show_begun(self, *, writes: bool) -> None:
        """It was asked for just now."""
        self.begun(_("Moving in") if writes else _("Looking at what would come in"), _("The files are being read…"))

    def show_work(self, work: MoveWork) -> None:
        """How far it is."""
        self.show_begun(writes=work.what == move_words.APPLY)
        self.progress(move_words.phase(work), work.done, work.total)
