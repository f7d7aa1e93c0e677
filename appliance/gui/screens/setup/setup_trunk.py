"""The second step: the line to a carrier, whether it is registered, and a real call over it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal

from appliance.gui import operation
from appliance.gui.column import State
from appliance.gui.desk import Desk
from appliance.gui.screens.setup.setup_page import StepPage
from appliance.gui.screens.setup.setup_state import Found
from appliance.gui.screens.trunks import trunk_words
from appliance.gui.screens.trunks.trunk_test import TestCall
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import card, column, label
from appliance.gui.words import _
from appliance.wire.routes import RouteSet
from appliance.wire.trunks import TrunkCreate, TrunkUpdate, TrunkView

FIELDS = ("name", "host", "port", "transport", "username", "password", "register")


class TrunkStep(StepPage):
    """Filled with the trunk that there is; Save changes it. Further trunks are added on their own page."""

    saved = Signal(object)
    """The TrunkView as it now is."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(
            desk, _("Trunk"), _("The line to a carrier, over which calls leave to the rest of the world. Type what your carrier told you.")
        )
        self.form = _form()
        self.form.edited.connect(self.changed)
        self.state = label("", wrap=True, copyable=True)
        self.test = TestCall(desk)
        self.content.addWidget(card(column(self.form, margin="large")))
        self.live = card(column(label(_("Does it work?"), "heading"), self.state, self.test, gap="medium", margin="large"))
        self.live.hide()
        self.content.addWidget(self.live)
        self._view: TrunkView | None = None
        self._fill(None)

    def primary(self) -> str:
        if self._view is None:
            return _("Add trunk")
        return _("Save trunk") if self.form.changed_quietly() or not self._routed() else _("Go on")

    def enter(self) -> None:
        self.form.field("host" if self._view is not None else "name").setFocus()

    def show_found(self, found: Found) -> None:
        super().show_found(found)
        view, typed = found.trunk, self.form.changed_quietly()
        if view is not None and self._view is None and typed:
            return  # somebody else has added one meanwhile: what is typed here stays what it was
        if view is not None and (self._view is None or view.id != self._view.id or (view.version != self._view.version and not typed)):
            self._fill(view)
        self._view = view
        self.live.setVisible(view is not None)
        self.test.set_trunk(view)
        if view is None:
            self.say(State(""))
        else:
            self.say(trunk_words.state(view))
            self.state.setText(trunk_words.state_sentence(view))
        self.changed.emit()

    def submit(self) -> None:
        values = self.form.values()
        if values is None:
            return
        view = self._view
        if view is None:
            fields = {name: value for name, value in values.items() if name in FIELDS and value is not None}
            cost = self.found.cost
            request: Any = TrunkCreate(**{**fields, "username": fields["username"] or None}, cost_tariff=None if cost is None else cost.name)
            name = "trunks.create"
        else:
            changed = {name: value for name, value in (self.form.changed() or {}).items() if name in FIELDS}
            if changed.get("password", "") is None:
                del changed["password"]
            if not changed:
                self._route(view)
                return
            if "username" in changed:
                changed["username"] = changed["username"] or None
            request, name = TrunkUpdate(id=view.id, version=view.version, **changed), "trunks.update"
        operation.run(self, self.desk.client, name, request, on_done=self._saved, on_problem=self.form.show_problem)

    # parts ---------------------------------------------------------------------------------------------------------
    def _saved(self, view: TrunkView) -> None:
        self._fill(view)
        self._view = view
        self.saved.emit(view)
        self._route(view, fresh=True)

    def _route(self, view: TrunkView, *, fresh: bool = False) -> None:
        """Calls to all numbers go over it, unless somebody has said already how they go."""
        if self.found.routes:
            self._through(fresh)
            return
        request = RouteSet(prefix="", trunks=[view.id])
        operation.run(self, self.desk.client, "routes.set", request, on_done=lambda route: self._through(fresh), on_problem=self.form.show_problem)

    def _through(self, fresh: bool) -> None:
        """A new trunk is looked at first: whether it registers, and a call over it."""
        if not fresh:
            self.finished.emit()
            return
        self.live.show()
        self.test.set_trunk(self._view)
        self.desk.toast(_("The trunk is saved. Place a test call, or go on."))
        self.test.form.field("number").setFocus()
        self.changed.emit()

    def _routed(self) -> bool:
        return bool(self.found.routes)

    def _fill(self, view: TrunkView | None) -> None:
        if view is None:
            empty = dict.fromkeys(("name", "host", "username"), "")
            self.form.fill({**empty, "password": None, "port": 5060, "transport": "udp", "register": True})
            return
        filled = {name: getattr(view, name) for name in FIELDS if name not in ("password", "username")}
        self.form.fill({**filled, "username": view.username or "", "password": None})
        secret: Any = self.form.field("password")
        secret.setPlaceholderText(_("Kept as it is") if view.has_password else "")


def _form() -> Form:
    form = Form()
    form.text("name", _("&Name of the carrier"), required=True, placeholder=_("As you want to call it"))
    with form.row():
        form.text("host", _("&Host or address"), required=True, placeholder="sip.carrier.example")
        form.whole("port", _("&Port"), most=65535)
        form.pick("transport", _("&Transport"), [("udp", "UDP"), ("tcp", "TCP"), ("tls", "TLS")])
    with form.row():
        form.text("username", _("&User name"), help=_("Empty where the carrier knows you by your address."))
        form.secret("password", _("Pass&word"))
    form.check("register", _("&Register at the carrier"), help=_("For carriers that send calls only to whom is registered."))
    return form
