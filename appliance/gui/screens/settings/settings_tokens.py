"""API tokens: what programs of one's own may do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from appliance.gui import operation
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk
from appliance.gui.screens.settings.operators_code import SecretDialog
from appliance.gui.table_model import PageModel
from appliance.gui.widgets import confirm
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.list_page import Filter, ListPage
from appliance.gui.widgets.plain import button, column
from appliance.gui.words import _, moment
from appliance.wire.api_tokens import ApiTokenCreate, ApiTokenCreated, ApiTokenView
from appliance.wire.operations import ANYONE, FOLDER_OWNER, OPERATIONS, SIGNED_IN
from appliance.wire.shapes import ById, Listing

SCOPE = Qt.ItemDataRole.UserRole


def scopes() -> list[str]:
    """Every permission that an operation of the API needs."""
    return sorted({each.permission for each in OPERATIONS.values()} - {ANYONE, FOLDER_OWNER, SIGNED_IN})


class ScopeList(QListWidget):
    """Permissions to be ticked."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(200)
        for scope in scopes():
            line = QListWidgetItem(scope)
            line.setFlags(line.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            line.setCheckState(Qt.CheckState.Unchecked)
            self.addItem(line)

    def ticked(self) -> list[str]:
        """Those that are; ValueError where none is."""
        found = [self.item(at).text() for at in range(self.count()) if self.item(at).checkState() == Qt.CheckState.Checked]
        if not found:
            raise ValueError(_("Tick what the program may do."))
        return found

    def tick(self, wanted: list[str]) -> None:
        """These alone."""
        for at in range(self.count()):
            line = self.item(at)
            line.setCheckState(Qt.CheckState.Checked if line.text() in wanted else Qt.CheckState.Unchecked)


class TokenSettings(QWidget):
    """The list, with Add and Revoke."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.desk = desk
        columns = [
            Column("name", _("Name"), width=160, grows=True),
            Column(lambda view: ", ".join(view.scopes), _("May"), width=240),
            Column(self._state, _("State"), "state", width=110),
            Column("used_at", _("Last used"), "moment", width=138),
            Column("created_at", _("Made"), "moment", width=138),
            Column("operator", _("By"), width=110),
        ]
        self.list = ListPage(
            desk,
            PageModel(desk.client, "api_tokens.list", Listing(), columns),
            title=_("API tokens"),
            empty=Empty(
                _("No program has a token yet. A token lets a program of yours use the API, with no more rights than you tick."),
                _("Add token"),
                self.add,
                "api_tokens.create",
            ),
            filters=[Filter("archived", _("Tokens"), [(True, _("Revoked too"))])],
            embedded=True,
        )
        self.list.search.hide()
        self.revoke_button = button(_("Revoke"), self.revoke)
        self.revoke_button.setEnabled(False)
        self.list.extra.addWidget(self.revoke_button)
        self.list.extra.addWidget(button(_("Add token"), self.add, "primary"))
        self.list.selected.connect(self._chosen)
        self.setLayout(column(self.list, gap=""))
        self.refresh()

    def refresh(self) -> None:
        """Ask again."""
        self.list.refresh()

    def add(self) -> None:
        """A new token, shown once."""
        form = Form()
        form.text("name", _("&Name"), required=True, help=_("Which program it is for."))
        ticks = ScopeList()
        form.add("scopes", _("What it &may do"), ticks, ticks.ticked, ticks.tick)
        FormDialog(
            self.desk.client,
            self,
            title=_("Add token"),
            form=form,
            verb=_("Add token"),
            operation="api_tokens.create",
            request=lambda values: ApiTokenCreate(**values),
            on_done=self._made,
        ).open()

    def revoke(self) -> None:
        """The chosen token works no more."""
        view: ApiTokenView | None = self.list.current()
        if view is None:
            return
        used = _("It was last used {moment}.", moment=moment(view.used_at)) if view.used_at else _("It was never used.")
        text = _("The program with token {name} cannot use the API any more, from now on and for good. {used}", name=view.name, used=used)
        identity = view.id
        confirm.ask(self, _("Revoke {name}?", name=view.name), text, _("Revoke"), lambda: self._revoke(identity))

    def _revoke(self, identity: int) -> None:
        operation.run(self, self.desk.client, "api_tokens.revoke", ById(identity), on_done=lambda done: self.refresh())

    def _made(self, made: ApiTokenCreated) -> None:
        self.refresh()
        text = _("Give it to the program as its bearer token.")
        SecretDialog(self, _("Token {name}", name=made.made.name), text, made.token).open()

    def _chosen(self) -> None:
        view = self.list.current()
        self.revoke_button.setEnabled(view is not None and view.revoked_at is None)

    @staticmethod
    def _state(view: ApiTokenView) -> State:
        return State(_("Revoked")) if view.revoked_at else State(_("Good"), "good")
