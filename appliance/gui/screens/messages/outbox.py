"""The outbox: every e-mail, what became of it, why it did not go, and another try (S3)."""

from __future__ import annotations

from appliance.gui import operation
from appliance.gui.column import Column
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.messages.message_words import may_retry, message_state, state_words, template_word
from appliance.gui.screens.parts.call_customer import open_customer
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.choice import Choice
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import Filter, ListPage
from appliance.gui.widgets.verb_menu import verb_menu
from appliance.gui.words import _, plural
from appliance.wire.messages import MessageList, MessageView
from appliance.wire.shapes import ById, Done


class OutboxScreen(Screen):
    """Newest first."""

    kinds = frozenset({"message"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        columns = [
            Column("made_at", _("Written"), "moment", width=150),
            Column(lambda view: template_word(view.kind), _("Kind"), width=170),
            Column("customer", _("Customer"), width=150),
            Column("recipient", _("To"), width=190),
            Column(message_state, _("State"), "state", width=136),
            Column("error", _("Why it did not go"), width=180, grows=True),
            Column("tries", _("Tries"), "count", width=60),
            Column("next_try_at", _("Next try"), "moment", width=150, shown=False),
            Column("sent_at", _("Sent at"), "moment", width=150, shown=False),
            Column("reseller", _("Reseller"), width=140, shown=False),
        ]
        self.list = ListPage(
            desk,
            PageModel(desk.client, "messages.list", MessageList(), columns),
            title=self.title(),
            empty=Empty(_("No e-mail has been written yet."), _("Write e-mail"), lambda: desk.go(Place("letter")), "messages.send_letter"),
            filters=[Filter("state", _("State"), state_words())],
            totals=lambda loaded: totals_text(loaded.rows),
            memory_name="outbox",
            menu=verb_menu(self),
        )
        self.customer = Choice(desk.client, "customers.list", placeholder=_("Customer: all"))
        self.customer.setAccessibleName(_("Customer"))
        self.customer.setMinimumWidth(150)
        self.customer.chosen.connect(lambda _view: self.list.set_request(MessageList(customer=self.customer.value())))
        self.list.extra.addWidget(self.customer)
        self.list.set_filter("state", place.filters.get("state"))
        self.list.selected.connect(self.verbs_changed)
        self.list.model.loaded.connect(self.verbs_changed)
        self.list.opened.connect(self._customer)
        self.body.addWidget(self.list)

    def title(self) -> str:
        return _("Outbox")

    def refresh(self) -> None:
        self.list.refresh()

    def verbs(self) -> list[Action]:
        chosen: MessageView | None = self.list.current()
        known = chosen is not None and bool(chosen.customer)
        return [
            Action(
                "outbox.retry", _("Send now"), self.retry, "Ctrl+R", "refresh", may_retry(chosen), primary=True, group=1, operation="messages.retry"
            ),
            Action("outbox.customer", _("Customer"), self._customer, "Ctrl+O", "customers", known, group=1, operation="customers.get"),
            Action(
                "outbox.letters", _("Letters"), lambda: self.desk.go(Place("letters")), "Ctrl+L", "messages", group=2, operation="messages.letters"
            ),
            Action("outbox.mail", _("E-mail server"), self._server, "", "server", group=2, operation="settings.set"),
        ]

    def retry(self) -> None:
        """Try the chosen message at once."""
        view: MessageView | None = self.list.current()
        if view is not None and may_retry(view):
            told = _("The message to {recipient} is tried now", recipient=view.recipient)
            operation.run(self, self.desk.client, "messages.retry", ById(view.id), on_done=lambda done: self._tried(done, told))

    def _tried(self, done: Done, told: str) -> None:
        self.desk.toast(told)
        self.refresh()

    def _customer(self, opened: object = None) -> None:
        view: MessageView | None = self.list.current()
        if view is not None and view.customer:
            open_customer(self, self.desk, view.customer)

    def _server(self) -> None:
        self.desk.go(Place("settings", tab="mail"))


def totals_text(views: list[MessageView]) -> str:
    """The footer: what of these waits, what was given up."""
    waiting = sum(1 for each in views if each.state == "waiting")
    failed = sum(1 for each in views if each.state == "failed")
    return "   ·   ".join([plural("{n} waiting", "{n} waiting", waiting), plural("{n} given up", "{n} given up", failed)])
