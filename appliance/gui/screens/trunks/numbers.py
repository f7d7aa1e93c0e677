"""Incoming numbers as a reseller has them: which of his customers one rings, what it earns and costs, and to which sub-reseller it was sold."""

from __future__ import annotations

from typing import Any

from appliance.gui import operation
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.trunks.trunk_numbers import endpoint_text, failover_field, failover_of, price_fields
from appliance.gui.table_model import PageModel
from appliance.gui.widgets import confirm
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.list_page import ListPage
from appliance.gui.widgets.open_form import open_form
from appliance.gui.widgets.verb_menu import verb_menu
from appliance.gui.words import _, money, number
from appliance.wire.numbers import NumberList, NumberPrice, NumberPut, NumberSell, NumberTakeBack, NumberView

PRICES = ("setup_fee", "monthly_fee", "price_per_minute")


def number_state(view: NumberView) -> State:
    """Sold on, in use, or free."""
    if view.sold_to is not None:
        return State(_("Sold to {name}", name=view.sold_to), "accent")
    return State(_("In use"), "good") if view.endpoint else State(_("Rings nowhere"))


def rings(view: NumberView) -> str:
    """The endpoint and its customer."""
    return f"{number(view.endpoint)} · {view.customer}" if view.endpoint else ""


def price_text(price: NumberPrice | None) -> str:
    """Each month and a minute, as one reads it in a list."""
    if price is None:
        return ""
    parts = [_("{amount} a month", amount=money(price.monthly_fee, price.currency))] if price.monthly_fee else []
    parts += [_("{amount} a minute", amount=money(price.price_per_minute, price.currency))] if price.price_per_minute else []
    return " · ".join(parts)


class NumbersScreen(Screen):
    """One line a number; what is done fits who has it."""

    kinds = frozenset({"number", "did", "endpoint"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        columns = [
            Column("did", _("Number"), "number", width=150),
            Column(number_state, _("State"), "state", width=170),
            Column(rings, _("Rings"), width=190, grows=True),
            Column(lambda view: price_text(view.sells), _("Earns"), width=250),
            Column(lambda view: price_text(view.buys), _("Costs"), width=150),
        ]
        none = _("You have no incoming numbers. They come with a trunk, or from the reseller above you.")
        self.list = ListPage(
            desk,
            PageModel(desk.client, "numbers.list", NumberList(), columns),
            title=self.title(),
            hint=_("Part of a number"),
            empty=Empty(none, _("Trunks"), lambda: desk.go(Place("trunks")), "trunks.list"),
            memory_name="numbers",
            menu=verb_menu(self),
        )
        self.list.opened.connect(lambda view: self._put())
        self.list.selected.connect(self.verbs_changed)
        self.list.model.loaded.connect(self.verbs_changed)
        self.list.search.setText(place.filters.get("number", ""))
        self.body.addWidget(self.list)

    def title(self) -> str:
        return _("Incoming numbers")

    def refresh(self) -> None:
        self.list.refresh()

    def verbs(self) -> list[Action]:
        view: NumberView | None = self.list.current()
        own, sold = view is not None and view.sold_to is None, view is not None and view.sold_to is not None
        return [
            Action("numbers.put", _("Edit number"), self._put, "Return", "edit", enabled=own, primary=True, operation="numbers.put"),
            Action("numbers.sell", _("Sell to sub-reseller"), self._sell, "Ctrl+U", "resellers", enabled=own, group=1, operation="numbers.sell"),
            Action("numbers.price", _("Change its price"), self._sell, "F2", "edit", enabled=sold, group=1, operation="numbers.sell"),
            Action(
                "numbers.take_back",
                _("Take back"),
                self._take_back,
                "Del",
                "remove",
                enabled=sold,
                dangerous=True,
                group=1,
                operation="numbers.take_back",
            ),
        ]

    # what is done --------------------------------------------------------------------------------------------------
    def _put(self) -> None:
        view: NumberView | None = self.list.current()
        if view is None or view.sold_to is not None:
            return
        form = Form()
        form.choice(
            "endpoint",
            _("Rings &endpoint"),
            self.desk.client,
            "endpoints.list",
            show=endpoint_text,
            value=lambda each: each.number,
            help=_("Of a customer of your own. Empty: it rings nowhere."),
        )
        failover_field(form)
        price_fields(form, view.sells.currency)
        form.fill({"endpoint": view.endpoint, "failover": "\n".join(view.failover)} | {name: getattr(view.sells, name) for name in PRICES})

        def request(values: dict[str, Any]) -> NumberPut | None:
            return NumberPut(view.did, **failover_of(values)) if values else None

        open_form(self.desk, self, number(view.did), form, "numbers.put", request, lambda done: self.refresh(), verb=_("Save"), changed_only=True)

    def _sell(self) -> None:
        view: NumberView | None = self.list.current()
        if view is None:
            return
        form = Form()
        if view.sold_to is None:
            form.choice("reseller", _("&Sub-reseller"), self.desk.client, "resellers.list", required=True)
            if view.endpoint:
                form.note(_("It rings {endpoint} no more: the sub-reseller says what it rings.", endpoint=number(view.endpoint)))
        price_fields(form, view.sells.currency if view.sold_to is not None else "", buyer=True)
        if view.sold_to is not None:
            form.fill({name: getattr(view.sells, name) for name in PRICES})

        def request(values: dict[str, Any]) -> NumberSell | None:
            return NumberSell(view.did, **({"reseller": view.sold_to} | values)) if values else None

        title = _("Sell {number}", number=number(view.did)) if view.sold_to is None else number(view.did)
        verb = _("Sell") if view.sold_to is None else _("Save")
        sold = view.sold_to is not None
        open_form(self.desk, self, title, form, "numbers.sell", request, lambda done: self.refresh(), verb=verb, changed_only=sold)

    def _take_back(self) -> None:
        view: NumberView | None = self.list.current()
        if view is None or view.sold_to is None:
            return
        ask = NumberTakeBack(view.did, view.sold_to)
        text = _("It rings nowhere then. {name} gets back what it paid for days that are left.", name=view.sold_to)

        def go_on() -> None:
            operation.run(self, self.desk.client, "numbers.take_back", ask, on_done=lambda done: self.refresh())

        title = _("Take {number} back from {name}?", number=number(view.did), name=view.sold_to)
        confirm.ask(self, title, text, _("Take back"), go_on)
