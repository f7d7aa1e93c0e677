"""The form of a route: the prefix, and the trunks in the order they are tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QComboBox

from appliance.gui.desk import Desk
from appliance.gui.screen import Screen
from appliance.gui.screens.trunks import trunk_words
from appliance.gui.screens.trunks.route_trunks import TrunkOrder
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _
from appliance.wire.routes import RouteSet, RouteView


def put_route(desk: Desk, owner: Screen, view: RouteView | None, done: Callable[[RouteView], None]) -> FormDialog:
    """A new route, or another order for one."""
    form = Form()
    if view is None:
        form.text(
            "prefix",
            _("&Numbers that begin with"),
            longest=20,
            placeholder="31",
            help=_("Digits with country code. Empty: all numbers that no other route serves."),
        )
    trunks = TrunkOrder(desk)
    form.add(
        "trunks",
        _("&Trunks, the first tried first"),
        trunks,
        trunks.names,
        trunks.fill,
        help=_("Drag them, or move the chosen one with Alt+Up and Alt+Down. The next is tried where one fails."),
    )
    order = form.pick("order", _("&Order"), trunk_words.orders())
    if isinstance(order, QComboBox):
        order.currentIndexChanged.connect(lambda _at: trunks.show_weights(order.currentData() == "weight"))
    if view is not None:
        trunks.fill(view.trunks, view.weights)
        form.fill({"order": view.order})

    def request(values: dict[str, Any]) -> RouteSet:
        prefix = view.prefix if view is not None else "".join(sign for sign in values["prefix"] if sign.isdigit())
        reseller = view.reseller if view is not None else None
        return RouteSet(prefix=prefix, trunks=values["trunks"], order=values["order"], reseller=reseller, weights=trunks.weights())

    return open_form(
        desk,
        owner,
        _("Add route") if view is None else _("Route of {prefix}", prefix=trunk_words.prefix(view.prefix)),
        form,
        "routes.set",
        request,
        done,
        verb=_("Add route") if view is None else _("Save"),
        width=520,
    )
