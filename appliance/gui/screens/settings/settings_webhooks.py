"""Webhooks: programs elsewhere that are told of events; added, tried out, and what did not arrive sent again (P15)."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QPlainTextEdit, QSplitter, QWidget

from appliance.gui import operation
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk
from appliance.gui.screens.settings.operators_code import SecretDialog
from appliance.gui.table_model import PageModel
from appliance.gui.theme import space
from appliance.gui.widgets.archiving import archive, restore
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.list_page import Filter, ListPage
from appliance.gui.widgets.open_form import open_form
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.gui.widgets.plain import button, column, holding, label, line, row
from appliance.gui.words import _
from appliance.wire.shapes import ById, Listing
from appliance.wire.webhooks import DeliveryList, DeliveryView, WebhookCreate, WebhookCreated, WebhookUpdate, WebhookView

LINE = 28
DIALOG = (820, 520)


def event_words() -> dict[str, str]:
    """{event: what it is}."""
    return {
        "payment.recorded": _("A payment came in"),
        "call.ended": _("A call ended"),
        "balance.low": _("A balance is low"),
        "trunk.down": _("A trunk does not work"),
        "trunk.up": _("A trunk works again"),
        "fuse.tripped": _("A customer was stopped for safety"),
        "invoice.issued": _("An invoice was issued"),
        "customer.created": _("There is a new customer"),
        "customer.registered": _("Somebody registered on the web pages"),
        "test": _("Test"),
    }


def hook_state(view: WebhookView) -> State:
    """Whether what happens arrives."""
    if view.archived:
        return State(_("Archived"))
    if view.disabled:
        return State(_("Disabled"))
    if view.error:
        return State(_("Does not answer"), "danger" if view.dead else "warning")
    return State(_("Good"), "good")


def delivery_state(view: DeliveryView) -> State:
    """What became of one event."""
    if view.state == "sent":
        return State(_("Arrived"), "good")
    if view.state == "dead":
        return State(_("Given up"), "danger")
    return State(_("Tried in vain"), "warning") if view.error else State(_("Waiting"), "accent")


class EventTicks(QListWidget):
    """The events, each with a tick."""

    def __init__(self) -> None:
        super().__init__()
        for name, text in event_words().items():
            if name != "test":
                item = QListWidgetItem(text)
                item.setData(Qt.ItemDataRole.UserRole, name)
                item.setCheckState(Qt.CheckState.Unchecked)
                self.addItem(item)
        self.setFixedHeight(self.count() * LINE + 12)

    def ticked(self) -> list[str]:
        """The names of those that are ticked."""
        items = [self.item(at) for at in range(self.count())]
        return [each.data(Qt.ItemDataRole.UserRole) for each in items if each.checkState() == Qt.CheckState.Checked]

    def tick(self, names: Any) -> None:
        """These and no others."""
        for at in range(self.count()):
            item = self.item(at)
            on = item.data(Qt.ItemDataRole.UserRole) in (names or [])
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)


class WebhookSettings(QWidget):
    """The list, with its buttons in the filter line."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.desk = desk
        columns = [
            Column("name", _("Name"), width=130),
            Column("url", _("Address"), width=200, grows=True),
            Column(hook_state, _("State"), "state", width=140),
            Column("waiting", _("Waiting"), "count", width=80),
            Column("dead", _("Given up"), "count", width=80),
            Column("dropped", _("Lost"), "count", width=70, shown=False),
            Column("reseller", _("Reseller"), width=130, shown=False),
        ]
        none = _("No program is told of anything yet. A webhook is an address that gets a signed message when something happens.")
        self.list = ListPage(
            desk,
            PageModel(desk.client, "webhooks.list", Listing(), columns, rows="webhooks"),
            title=_("Webhooks"),
            empty=Empty(none, _("Add webhook"), self.add, "webhooks.create"),
            filters=[Filter("archived", _("Webhooks"), [(True, _("Archived too"))])],
            memory_name="webhooks",
            embedded=True,
        )
        self.list.search.hide()
        self.archive_button = button(_("Remove"), self.archive)
        self.look_button = button(_("Events"), self.look)
        self.test_button = button(_("Send test"), self.test)
        self.edit_button = button(_("Edit"), self.edit)
        below = row(None, self.archive_button, self.look_button, self.test_button, self.edit_button)
        below.setContentsMargins(space("large"), space("medium"), space("large"), space("medium"))
        self.list.extra.addWidget(button(_("Add webhook"), self.add, "primary"))
        self.list.selected.connect(self._fit)
        self.list.model.loaded.connect(self._fit)
        self.list.opened.connect(lambda _view: self.look())
        self.setLayout(column(self.list, line(), below, gap=""))
        self._fit()
        self.refresh()

    def refresh(self) -> None:
        """Ask again."""
        self.list.refresh()

    # what is done --------------------------------------------------------------------------------------------------
    def add(self) -> None:
        """A new one; its secret is shown once."""
        open_form(self.desk, self, _("Add webhook"), self._form(), "webhooks.create", lambda values: WebhookCreate(**values), self._made)

    def edit(self) -> None:
        """Name, address, events; or told nothing for a while."""
        view: WebhookView | None = self.list.current()
        if view is None:
            return
        form = self._form()
        form.check(
            "disabled", _("&Disabled"), help=_("What waits is kept, and is sent when it is enabled again; what happens meanwhile is not told.")
        )
        form.fill({"name": view.name, "url": view.url, "events": view.events, "disabled": view.disabled})
        identity, version = view.id, view.version

        def request(values: dict[str, Any]) -> WebhookUpdate | None:
            return WebhookUpdate(identity, version, **values) if values else None

        title = _("Change webhook")
        open_form(self.desk, self, title, form, "webhooks.update", request, lambda _view: self.refresh(), verb=_("Save"), changed_only=True)

    def test(self) -> None:
        """An event that says nothing."""
        view: WebhookView | None = self.list.current()
        if view is not None:
            operation.run(self, self.desk.client, "webhooks.test", ById(view.id), on_done=lambda _made: self.look(), busy=self.test_button)

    def look(self) -> None:
        """What it was told, and what became of it."""
        view: WebhookView | None = self.list.current()
        if view is not None and not view.archived:
            PanelDialog(self, _("Events for {name}", name=view.name), DeliveriesView(self.desk, view.id), size=DIALOG).open()

    def archive(self) -> None:
        """It is told nothing more, what waits goes out if it is restored; or it is restored."""
        view: WebhookView | None = self.list.current()
        if view is None:
            return
        if view.archived:
            restore(self.desk, self, "webhooks", view.id, view.name, self.refresh)
        else:
            archive(self.desk, self, "webhooks", view.id, view.name, _("{name} is removed", name=view.name), self.refresh)

    # parts ---------------------------------------------------------------------------------------------------------
    def _form(self) -> Form:
        form = Form()
        form.text("name", _("&Name"), required=True, help=_("Which program it is for."))
        form.text("url", _("&Address"), required=True, placeholder="https://", longest=500)
        ticks = EventTicks()
        form.add("events", _("What it is &told"), ticks, ticks.ticked, ticks.tick)
        return form

    def _made(self, made: WebhookCreated) -> None:
        self.refresh()
        text = _("Give it to the program: with it the program checks that a message is from here.")
        SecretDialog(self, _("Secret of {name}", name=made.made.name), text, made.secret).open()

    def _fit(self) -> None:
        view: WebhookView | None = self.list.current()
        one, gone = view is not None and not view.archived, view is not None and view.archived
        self.look_button.setEnabled(one)
        for each, name in ((self.edit_button, "update"), (self.test_button, "test")):
            each.setEnabled(one and self.desk.may(f"webhooks.{name}"))
        self.archive_button.setText(_("Restore") if gone else _("Remove"))
        self.archive_button.setEnabled(view is not None and self.desk.may("webhooks.restore" if gone else "webhooks.archive"))


class DeliveriesView(QWidget):
    """Events of one webhook, newest first, and what was sent of the chosen one."""

    def __init__(self, desk: Desk, webhook: int) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.desk = desk
        columns = [
            Column("made_at", _("Happened"), "moment", width=150),
            Column(lambda view: event_words().get(view.event, view.event), _("Event"), width=170),
            Column(delivery_state, _("State"), "state", width=136),
            Column("tries", _("Tries"), "count", width=60),
            Column("error", _("Why it did not arrive"), width=180, grows=True),
        ]
        states = [("waiting", _("Waiting")), ("sent", _("Arrived")), ("dead", _("Given up"))]
        self.list = ListPage(
            desk,
            PageModel(desk.client, "webhooks.deliveries", DeliveryList(webhook), columns, rows="deliveries"),
            title=_("Events"),
            empty=Empty(_("Nothing happened yet of what it is told.")),
            filters=[Filter("state", _("State"), states)],
            embedded=True,
        )
        self.again = button(_("Send again"), self.resend)
        self.list.extra.addWidget(self.again)
        self.body = QPlainTextEdit()
        self.body.setReadOnly(True)
        self.body.setAccessibleName(_("What is sent"))
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.setChildrenCollapsible(False)
        halves.addWidget(self.list)
        halves.addWidget(holding(column(label(_("What is sent"), "heading"), self.body)))
        self.setLayout(column(halves))
        self.list.selected.connect(self._show)
        self.list.model.loaded.connect(self._show)
        desk.listener.subscribe(self, frozenset({"webhook"}), lambda _changes: self.list.refresh())
        self.list.refresh()
        self._show()

    def resend(self) -> None:
        """The chosen event, at once."""
        view: DeliveryView | None = self.list.current()
        if view is not None:
            operation.run(self, self.desk.client, "webhooks.resend", ById(view.id), on_done=lambda _view: self.list.refresh(), busy=self.again)

    def _show(self) -> None:
        view: DeliveryView | None = self.list.current()
        self.again.setEnabled(view is not None and view.state != "sent" and self.desk.may("webhooks.resend"))
        self.body.setPlainText(json.dumps(json.loads(view.body), indent=2, ensure_ascii=False) if view is not None else "")
