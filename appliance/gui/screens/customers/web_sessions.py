"""Where a customer's web logins are signed in, and how they are signed out."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from appliance.gui import operation
from appliance.gui.column import Column
from appliance.gui.desk import Desk
from appliance.gui.rows_model import RowsModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.gui.widgets.plain import button, column, row
from appliance.gui.words import _, isolate
from appliance.wire.customers import CustomerView
from appliance.wire.web_sessions import WebSessionEnd, WebSessionList, WebSessions, WebSessionView

WIDTH, HEIGHT = 760, 380


class SessionsPanel(QWidget):
    """The sign-ins of one customer; the chosen one is ended."""

    def __init__(self, desk: Desk, customer: CustomerView) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.desk, self.customer = desk, customer
        columns = [
            Column("login", _("Web login"), width=110),
            Column("since", _("Signed in"), "moment", width=130),
            Column("seen", _("Last seen"), "moment", width=130),
            Column(lambda each: isolate(each.source), _("From"), width=120),
            Column(lambda each: isolate(each.client), _("Browser"), width=160, grows=True),
        ]
        self.model = RowsModel(desk.client, columns)
        none = Empty(_("Nobody is signed in on the web page of this customer."))
        self.list = ListPage(desk, self.model, title=_("Sign-ins"), empty=none, memory_name="customer.web_sessions", embedded=True, bare=True)
        self.list.selected.connect(self._fit)
        self.end_button = button(_("&Sign out"), self.end)
        self.setLayout(column(self.list, row(self.end_button, None), gap="medium"))
        self._fit()
        self.refresh()

    def refresh(self) -> None:
        """Ask again."""
        asked = WebSessionList(self.customer.id)
        operation.run(self, self.desk.client, "web_sessions.list", asked, on_done=self._came, on_problem=self.model.failed.emit)

    def end(self) -> None:
        """The chosen sign-in is over."""
        chosen: WebSessionView | None = self.list.current()
        if chosen is not None:
            asked = WebSessionEnd(self.customer.id, chosen.login, key=chosen.key)
            operation.run(self, self.desk.client, "web_sessions.end", asked, on_done=lambda done: self.refresh(), busy=self.end_button)

    def _came(self, found: WebSessions) -> None:
        self.model.show_rows(found.sessions)
        self._fit()

    def _fit(self) -> None:
        self.end_button.setEnabled(self.list.current() is not None)


def show_sessions(desk: Desk, owner: QWidget, customer: CustomerView) -> PanelDialog:
    """The customer's sign-ins in a dialog."""
    dialog = PanelDialog(owner, _("Web sign-ins of {name}", name=customer.name), SessionsPanel(desk, customer), size=(WIDTH, HEIGHT))
    dialog.open()
    return dialog
