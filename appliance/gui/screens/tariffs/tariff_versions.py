"""What was written into a tariff, newest first, and the way back from an import."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import Signal

from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action
from appliance.gui.screens.tariffs.price_writing import take_back
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.words import _, percent
from appliance.wire.decks import ImportList, ImportView
from appliance.wire.tariffs import TariffView

IMPORT, MARGIN, PERCENT = "import", "margin", "percent"
BY_HAND = ("edit", "removal")


def source_words(view: ImportView) -> str:
    """How the prices came."""
    if view.source.startswith(IMPORT):
        name = view.source[len(IMPORT) :].strip(" :")
        return _("Import of {file}", file=name) if name else _("Import")
    if view.source.startswith("undo"):
        return _("Undo of an import")
    if view.source == MARGIN:
        return _("Mended by the margin radar")
    if view.source.startswith(PERCENT):
        return _("Change by percent") + "   ·   " + percent(view.source[len(PERCENT) :].strip() or "0")
    return {"edit": _("Changed by hand"), "removal": _("Removed by hand"), "apply": _("Description file")}.get(view.source, view.source)


def version_state(view: ImportView) -> State:
    """Whether it still counts."""
    return State(_("Undone"), "muted") if view.undone_at is not None else State(_("Counts"), "good")


def undoable(view: ImportView | None) -> bool:
    """An import, a mend, a change by a percentage or by hand, that was not undone yet."""
    return view is not None and view.undone_at is None and (view.source in BY_HAND or view.source.startswith((IMPORT, MARGIN, PERCENT)))


class Versions(ListPage):
    """The list; `verbs_changed` when another line was chosen."""

    verbs_changed = Signal()

    def __init__(self, desk: Desk, tariff: TariffView) -> None:
        columns = [
            Column("at", _("When"), "moment", width=140),
            Column(source_words, _("How"), width=240, grows=True),
            Column(version_state, _("State"), "state", width=110),
            Column("rates", _("Prices written"), "count", width=110),
            Column("ended", _("Prices ended"), "count", width=110),
            Column("operator", _("By"), width=120),
        ]
        to_import = Place("deck_import", filters={"tariff": tariff.name})
        none = Empty(_("Nothing was written into this tariff yet."), _("Import prices"), lambda: desk.go(to_import), "decks.apply")
        super().__init__(
            desk,
            PageModel(desk.client, "rates.imports", ImportList(tariff.id), columns),
            title=_("Versions of {tariff}", tariff=tariff.name),
            empty=none,
            memory_name="tariff.versions",
            embedded=True,
            bare=True,
        )
        self.desk, self.tariff = desk, tariff
        self.selected.connect(self.verbs_changed)
        self.model.loaded.connect(self.verbs_changed)

    def verbs(self) -> list[Action]:
        """What can be done with the chosen line."""
        view: ImportView | None = self.current()
        return [
            Action(
                "versions.undo",
                _("Undo import") if view is None or view.source.startswith(IMPORT) else _("Undo"),
                self.undo,
                "Ctrl+Z",
                "undo",
                enabled=undoable(view),
                group=1,
                operation="rates.undo_import",
            )
        ]

    def undo(self) -> None:
        """Take it back at once; the message of it does it again."""
        view: ImportView | None = self.current()
        if view is None or not undoable(view):
            return
        take_back(self.desk, self.tariff.id, self.tariff.name, view.id, self._again)

    def _again(self) -> None:
        if shiboken6.isValid(self):
            self.refresh()
