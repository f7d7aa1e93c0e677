"""Alerts: what needs somebody's eye, what to do about it, and how many there are."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from appliance.gui import words
from appliance.gui.client import Reply
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.words import _
from appliance.i18n import sentence
from appliance.wire.alerts import Alert, Alerts
from appliance.wire.operations import Nothing

EVERY_MS = 30_000
KINDS = frozenset({"trunk", "trunk_state", "account", "balance", "payment", "setting", "customer", "fuse", "ban", "emergency"})


def said(alert: Alert) -> str:
    """The alert's sentence in the person's language."""
    places = {name: words.place(text) for name, text in alert.parameters.items()}
    text = sentence(alert.code, places, words.language())
    return alert.text if text.startswith(alert.code) else text


def severity(alert: Alert) -> State:
    """How bad it is."""
    return State(_("Error"), "danger") if alert.severity == "error" else State(_("Warning"), "warning")


def place_of(alert: Alert) -> Place | None:
    """Where one mends it."""
    if alert.kind == "trunk":
        return Place("trunk", id=alert.id) if alert.id else Place("trunks")
    if alert.code == "alert.registration_waits":
        return Place("settings", tab="registration")
    if alert.kind in {"account", "customer"}:
        return Place("customers")
    if alert.kind == "reseller":
        return Place("reseller", id=alert.id) if alert.id else Place("resellers")
    if alert.kind == "till":
        return Place("booths")
    if alert.kind == "call":
        return Place("calls")
    if alert.kind == "ban":
        return Place("settings", tab="bans")
    if alert.kind == "check":
        return Place("settings", tab="check")
    if "backup" in alert.code or "copy" in alert.code or "books" in alert.code:
        return Place("settings", tab="keeping")
    return None


def alerts_at(alert: Alert) -> Place:
    """The list with that alert chosen."""
    return Place("alerts", filters={"code": alert.code, "kind": alert.kind, "of": str(alert.id)})


class AlertWatch(QObject):
    """Asks now and then, and after what may raise or end an alert; `counted` tells how many there are, `came` which."""

    counted = Signal(int)
    came = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._reply: Reply | None = None
        self._every = QTimer(self, interval=EVERY_MS)
        self._every.timeout.connect(self.ask)
        self._every.start()
        desk.listener.subscribe(self, KINDS - {"balance"}, lambda changes: self.ask())

    def ask(self) -> None:
        """Ask now; a question that is still open is enough."""
        if self._reply is None:
            self._reply = self._desk.client.call("alerts.list", Nothing())
            self._reply.done.connect(self._came)
            self._reply.failed.connect(self._over)

    def _came(self, page: Alerts) -> None:
        self._reply = None
        self.counted.emit(len(page.alerts))
        self.came.emit(page)

    def _over(self, problem: object) -> None:
        self._reply = None


class AlertsScreen(Screen):
    """The list; opening one leads to what it is about."""

    kinds = KINDS

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        columns = [Column(severity, _("State"), "state", width=110), Column(said, _("What"), width=600, grows=True)]
        self.list = ListPage(
            desk,
            PageModel(desk.client, "alerts.list", Nothing(), columns),
            title=_("Alerts"),
            empty=Empty(_("Nothing needs your eye.")),
        )
        self.body.addWidget(self.list)
        self.list.opened.connect(self._open)
        self.list.selected.connect(self.verbs_changed)
        self._wanted = dict(place.filters)
        self.list.model.loaded.connect(self._choose)

    def title(self) -> str:
        return _("Alerts")

    def verbs(self) -> list[Action]:
        alert = self.list.current()
        able = alert is not None and place_of(alert) is not None
        return [Action("alerts.open", _("Show"), self._mend, "Ctrl+O", "view", enabled=able, primary=True)]

    def refresh(self) -> None:
        self.list.refresh()

    def _choose(self) -> None:
        """The one that was asked for, once."""
        wanted, self._wanted = self._wanted, {}
        for at, alert in enumerate(self.list.model.rows if wanted else ()):
            if alerts_at(alert).filters == wanted:
                self.list.table.choose(at)
                return

    def _mend(self) -> None:
        if self.list.current() is not None:
            self._open(self.list.current())

    def _open(self, alert: Alert) -> None:
        place = place_of(alert)
        if place is not None:
            self.desk.go(place)
