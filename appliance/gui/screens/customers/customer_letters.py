"""What one customer was told by e-mail, and the words of it (S13)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit, QSplitter, QVBoxLayout, QWidget

from appliance.gui.column import Column
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action
from appliance.gui.screens.messages.message_words import message_state, template_word
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.plain import column, holding, label
from appliance.gui.words import _
from appliance.wire.letters import CustomerLetters, CustomerLetterView


class LettersTab(QWidget):
    """The list above, the words of the chosen one below."""

    def __init__(self, desk: Desk, customer: int) -> None:
        super().__init__()
        self._desk, self._customer = desk, customer
        columns = [
            Column("at", _("Written"), "moment", width=150),
            Column("subject", _("Subject"), width=240, grows=True),
            Column(lambda view: template_word(view.kind), _("Kind"), width=150),
            Column(message_state, _("State"), "state", width=136),
            Column("error", _("Why it did not go"), width=170),
        ]
        self.list = ListPage(
            desk,
            PageModel(desk.client, "messages.of_customer", CustomerLetters(customer), columns, rows="letters"),
            title=_("Messages"),
            empty=Empty(_("This customer was told nothing yet."), _("Write e-mail"), self.write, "messages.send_letter"),
            memory_name="customer.letters",
            embedded=True,
            bare=True,
        )
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(_("E-mail as text"))
        self.below = holding(column(label(_("As it was read"), "heading"), self.text, margin="large"))
        self.below.hide()
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.setChildrenCollapsible(False)
        halves.addWidget(self.list)
        halves.addWidget(self.below)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(halves)
        self.list.selected.connect(self._show)

    def refresh(self) -> None:
        """Ask again."""
        self.list.refresh()

    def verbs(self, alive: bool) -> list[Action]:
        """What is done here."""
        return [Action("customer.write", _("Write e-mail"), self.write, "Ctrl+N", "messages", alive, group=1, operation="messages.send_letter")]

    def write(self) -> None:
        """A letter to this one alone."""
        self._desk.go(Place("letter", filters={"customers": str(self._customer)}))

    def _show(self) -> None:
        view: CustomerLetterView | None = self.list.current()
        self.below.setVisible(view is not None)
        self.text.setPlainText(view.text if view is not None else "")
