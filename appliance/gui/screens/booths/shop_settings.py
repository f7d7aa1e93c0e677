"""How a shop works: its prices for guests and its receipt, its booths, goods, tills with their printers, and PINs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui import operation, words
from appliance.gui.column import Column, State
from appliance.gui.desk import Desk, Place
from appliance.gui.rows_model import RowsModel
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.booths import shop_settings_forms as forms
from appliance.gui.screens.booths.booth_words import booth_state
from appliance.gui.screens.booths.shop_form import ShopForm
from appliance.gui.table_model import PageModel
from appliance.gui.widgets.archiving import archive, away_verb, restore
from appliance.gui.widgets.empty import Empty
from appliance.gui.widgets.list_page import Filter, ListPage
from appliance.gui.widgets.page import Figure, Tab, ThingPage
from appliance.gui.widgets.plain import button, column, holding, row, scrolling
from appliance.gui.words import _
from appliance.wire.booths import BoothList
from appliance.wire.problem import Problem
from appliance.wire.shapes import ById
from appliance.wire.shops import ShopView
from appliance.wire.tills import GoodsList, PrinterTest, TillList

WIDEST = 720


class ShopSettingsScreen(Screen):
    """Five tabs; each list is asked anew when it is heard of."""

    kinds = frozenset({"shop", "booth", "goods", "till", "endpoint", "customer"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.shop = int(place.filters.get("shop", "0"))
        self.view: ShopView | None = None
        self.form: ShopForm | None = None
        self.booths = RowsModel(desk.client, self._booth_columns())
        self.goods = PageModel(desk.client, "goods.list", GoodsList(self.shop), self._goods_columns(), self)
        self.tills = PageModel(desk.client, "tills.list", TillList(self.shop), self._till_columns(), self)
        self.lists: dict[str, ListPage] = {}
        tabs = [Tab("booths", _("Booths"), self._booths_tab), Tab("goods", _("Goods"), self._goods_tab), Tab("tills", _("Tills"), self._tills_tab)]
        if desk.may("shops.update"):
            tabs.insert(0, Tab("shop", _("Shop"), self._shop_tab))
        self.page = ThingPage(desk.theme, tabs)
        self.body.addWidget(self.page)
        self.page.tab_changed.connect(lambda _name: self.verbs_changed.emit())
        self.page.open_tab(place.tab)

    def title(self) -> str:
        return _("Shop settings")

    def verbs(self) -> list[Action]:
        tab = self.page.tab()
        verbs = {"goods": self._goods_verbs, "tills": self._till_verbs, "booths": self._booth_verbs}.get(tab, list)()
        return [
            *verbs,
            Action("shop.pin", _("My PIN"), self.set_pin, "", "password", group=8, operation="pins.set"),
            Action("shop.pin_code", _("New PIN for a colleague"), self.pin_code, "", "password", group=8, operation="pins.code"),
        ]

    def refresh(self) -> None:
        client = self.desk.client
        operation.run(self, client, "shops.get", ById(self.shop), on_done=self._came, on_problem=self._failed)
        operation.run(self, client, "booths.list", BoothList(self.shop, desks=True), on_done=lambda page: self.booths.show_rows(page.booths))
        for each in self.lists.values():
            each.refresh()

    def on_changes(self, changes: Mapping[str, frozenset[int]]) -> None:
        self.refresh()

    def set_pin(self) -> None:
        """The person's own PIN."""
        forms.set_pin(self.desk, self)

    def pin_code(self) -> None:
        """For whoever forgot it."""
        if self.view is not None:
            forms.pin_code(self.desk, self, self.view)

    # tabs ----------------------------------------------------------------------------------------------------------
    def _shop_tab(self) -> QWidget:
        self.form = ShopForm(self.desk, self.desk.client)
        if self.view is not None:
            self.form.show_shop(self.view)
        self.save = button(_("Save"), self._save, "primary")
        inner = column(self.form, row(self.save, None), None, gap="large", margin="large")
        self.form.setMaximumWidth(WIDEST)
        return scrolling(holding(inner, "surface"))

    def _save(self) -> None:
        if self.form is None or self.view is None:
            return
        asked = self.form.request(self.view)
        if asked is not None:
            operation.run(self, self.desk.client, "shops.update", asked, on_done=self._saved, on_problem=self.form.show_problem, busy=self.save)

    def _saved(self, view: Any) -> None:
        self._came(view)
        self.desk.toast(_("Saved."))

    def _list(self, name: str, model: PageModel, title: str, empty: Empty) -> QWidget:
        """With what was put out of use, where that is asked for."""
        bare = isinstance(model, RowsModel)
        filters = [] if bare else [Filter("archived", title, [(True, _("Archived too"))])]
        made = ListPage(self.desk, model, title=title, empty=empty, filters=filters, memory_name=f"shop_{name}", embedded=True, bare=bare)
        made.selected.connect(self.verbs_changed)
        model.loaded.connect(self.verbs_changed)
        self.lists[name] = made
        if not bare:
            made.refresh()
        return made

    def _booths_tab(self) -> QWidget:
        text, place = _("Each endpoint of the customer is a booth."), Place("customer", self.shop)
        empty = Empty(text, _("Open customer"), lambda: self.desk.go(place), operation="customers.update")
        page = self._list("booths", self.booths, _("Booths"), empty)
        self.lists["booths"].opened.connect(lambda _view: self.edit_booth())
        return page

    def _goods_tab(self) -> QWidget:
        empty = Empty(_("Drinks, phone cards, prints: what is sold beside calls."), _("Add goods"), self.add_goods, operation="goods.create")
        page = self._list("goods", self.goods, _("Goods"), empty)
        self.lists["goods"].opened.connect(lambda _view: self.edit_goods())
        return page

    def _tills_tab(self) -> QWidget:
        empty = Empty(_("A till is a drawer with its computer and receipt printer."), _("Add till"), self.add_till, operation="tills.create")
        page = self._list("tills", self.tills, _("Tills"), empty)
        self.lists["tills"].opened.connect(lambda _view: self.edit_till())
        return page

    # booths --------------------------------------------------------------------------------------------------------
    def _booth_columns(self) -> list[Column]:
        return [
            Column("position", _("Key"), "count", width=60),
            Column("name", _("Name"), width=160, grows=True),
            Column("number", _("Number"), "number", width=130),
            Column(lambda view: State(_("Shop's own phone")) if view.desk else booth_state(view.state), _("State"), "state", width=150),
            Column(lambda view: ", ".join(view.blocked), _("Blocked"), width=140),
        ]

    def _booth_verbs(self) -> list[Action]:
        there = self._chosen("booths") is not None
        return [Action("shop.booth", _("Edit booth"), self.edit_booth, "Ctrl+E", "edit", enabled=there, primary=True, operation="booths.update")]

    def edit_booth(self) -> None:
        """Name, number key, what may not be called from it."""
        view = self._chosen("booths")
        if view is not None:
            forms.edit_booth(self.desk, self, view, self._again)

    # goods ---------------------------------------------------------------------------------------------------------
    def _goods_columns(self) -> list[Column]:
        return [
            Column("name", _("Name"), width=180, grows=True),
            Column("code", _("Bar code"), width=130),
            Column("price", _("Price"), "money", width=100, currency="currency"),
            Column("cost", _("Bought for"), "money", width=100, currency="currency"),
            Column("tax_percent", _("Tax"), "percent", width=70),
            Column("stock", _("Stock"), "count", width=80),
            Column(lambda view: State(_("Archived") if view.archived else ""), _("State"), "state", width=110),
        ]

    def _goods_verbs(self) -> list[Action]:
        view = self._chosen("goods")
        there, gone = view is not None and not view.archived, view is not None and view.archived
        return [
            Action("goods.add", _("Add goods"), self.add_goods, "Ctrl+N", "add", primary=True, operation="goods.create"),
            Action("goods.edit", _("Edit"), self.edit_goods, "Ctrl+E", "edit", enabled=there, operation="goods.update"),
            away_verb(
                "goods",
                "goods",
                gone,
                self.archive_goods,
                self.restore_goods,
                enabled=there or gone,
                group=0,
                text=_("Take off the list"),
                key="Del",
            ),
        ]

    def add_goods(self) -> None:
        """Something more to sell."""
        if self.view is not None:
            forms.add_goods(self.desk, self, self.view, self._again)

    def edit_goods(self) -> None:
        """Price, stock, name."""
        view = self._chosen("goods")
        if view is not None and not view.archived:
            forms.edit_goods(self.desk, self, view, self._again)

    def archive_goods(self) -> None:
        """It is not sold any more; old bills keep it."""
        view = self._chosen("goods")
        if view is not None:
            archive(self.desk, self, "goods", view.id, view.name, _("{name} is taken off the price list", name=view.name), self.refresh)

    def restore_goods(self) -> None:
        """It is sold again."""
        view = self._chosen("goods")
        if view is not None:
            restore(self.desk, self, "goods", view.id, view.name, self.refresh)

    # tills ---------------------------------------------------------------------------------------------------------
    def _till_columns(self) -> list[Column]:
        def printer(view: Any) -> str:
            return " ".join(filter(None, (forms.printer_name(view.printer), view.address)))

        def state(view: Any) -> State:
            if view.archived:
                return State(_("Archived"))
            return State(_("Shift of {clerk}", clerk=view.clerk), "good") if view.shift is not None else State(_("No shift"))

        return [
            Column("name", _("Name"), width=140),
            Column(printer, _("Printer"), width=220, grows=True),
            Column("columns", _("Columns"), "count", width=80),
            Column("waiting", _("Waiting"), "count", width=80),
            Column(lambda view: forms.signing_state(view) or State(""), _("Signing device"), "state", width=150),
            Column(state, _("State"), "state", width=150),
        ]

    def _till_verbs(self) -> list[Action]:
        chosen = self._chosen("tills")
        there, gone = chosen is not None and not chosen.archived, chosen is not None and chosen.archived
        device = Action("till.signing", _("Test the signing device"), self.test_signing, "Ctrl+T", "check", operation="tills.test_signing")
        signing = [device] if there and chosen.signing_address else []
        return [
            Action("till.add", _("Add till"), self.add_till, "Ctrl+N", "add", primary=True, operation="tills.create"),
            Action("till.edit", _("Edit till"), self.edit_till, "Ctrl+E", "edit", enabled=there, operation="tills.update"),
            Action("till.test", _("Print a test page"), self.test_page, "Ctrl+P", "print", enabled=there, operation="tills.test_page"),
            *signing,
            away_verb("till", "tills", gone, self.archive_till, self.restore_till, enabled=there or gone, group=0, text=_("Remove till"), key="Del"),
        ]

    def add_till(self) -> None:
        """A drawer more."""
        if self.view is not None:
            forms.add_till(self.desk, self, self.view, self._again)

    def edit_till(self) -> None:
        """Its printer, width, code page, drawer."""
        view = self._chosen("tills")
        if view is not None and not view.archived:
            forms.edit_till(self.desk, self, view, self._again)

    def test_page(self) -> None:
        """Width, letters, QR code, cut and drawer on paper."""
        view = self._chosen("tills")
        if view is not None:
            done = lambda _job: self.desk.toast(_("A test page goes to the printer."))  # noqa: E731
            operation.run(self, self.desk.client, "tills.test_page", PrinterTest(view.id, kick=view.drawer), on_done=done)

    def test_signing(self) -> None:
        """The device signs a test, or it is said what is wrong."""
        view = self._chosen("tills")
        if view is not None:
            operation.run(
                self, self.desk.client, "tills.test_signing", ById(view.id), on_done=lambda said: forms.signing_tested(self.desk, view, said)
            )

    def archive_till(self) -> None:
        """It is not used any more."""
        view = self._chosen("tills")
        if view is not None:
            archive(self.desk, self, "tills", view.id, view.name, _("{name} is removed", name=view.name), self.refresh)

    def restore_till(self) -> None:
        """It is used again."""
        view = self._chosen("tills")
        if view is not None:
            restore(self.desk, self, "tills", view.id, view.name, self.refresh)

    # parts ---------------------------------------------------------------------------------------------------------
    def _again(self, _view: Any) -> None:
        self.refresh()

    def _chosen(self, name: str) -> Any:
        page = self.lists.get(name)
        return page.current() if page is not None else None

    def _came(self, view: Any) -> None:
        fresh = self.view is None or self.view.version != view.version
        self.view = view
        money = words.money(view.available, view.currency)
        self.page.show_head(view.name, view.chain or view.reseller, State(_("Call shop"), "accent"), [Figure(_("The shop's credit"), money)])
        if self.form is not None and fresh:
            self.form.show_shop(view)

    def _failed(self, problem: Problem) -> None:
        if self.view is None:
            self.page.show_problem(problem, self.refresh)
