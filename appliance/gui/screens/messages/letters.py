"""Letters: what was written to customers, to how many, and how far the writing is (S13)."""

from __future__ import annotations

from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.messages.message_words import template_word
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.words import _, count
from appliance.wire.letters import LetterList, LetterView


class LettersScreen(Screen):
    """Newest first."""

    kinds = frozenset({"letter"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        columns = [
            Column("at", _("Written"), "moment", width=150),
            Column("subject", _("Subject"), width=240, grows=True),
            Column(lambda view: template_word(view.kind), _("Kind"), width=150),
            Column("count", _("Customers"), "count", width=96),
            Column(progress, _("State"), "state", width=150),
            Column("who", _("By"), width=110),
            Column("reseller", _("Reseller"), width=140, shown=False),
        ]
        none = _("Nothing has been written to customers yet. Choose whom, see what each reads, and send.")
        self.list = ListPage(
            desk,
            PageModel(desk.client, "messages.letters", LetterList(), columns, rows="letters"),
            title=_("Letters to customers"),
            empty=Empty(none, _("Write e-mail"), self.write, "messages.send_letter"),
            memory_name="letters",
        )
        self.body.addWidget(self.list)

    def title(self) -> str:
        return _("Messages")

    def refresh(self) -> None:
        self.list.refresh()

    def verbs(self) -> list[Action]:
        go = self.desk.go
        return [
            Action("letters.write", _("Write e-mail"), self.write, "Ctrl+N", "add", primary=True, operation="messages.send_letter"),
            Action("letters.outbox", _("Outbox"), lambda: go(Place("outbox")), "Ctrl+O", "messages", group=1, operation="messages.list"),
            Action("letters.templates", _("Templates"), lambda: go(Place("templates")), "Ctrl+T", "edit", group=1, operation="messages.templates"),
        ]

    def write(self) -> None:
        """A new letter."""
        self.desk.go(Place("letter"))


def progress(view: LetterView) -> State:
    """How much of it is written."""
    if view.written >= view.count:
        return State(_("Written"), "good")
    return State(_("{done} of {total}", done=count(view.written), total=count(view.count)), "accent")
