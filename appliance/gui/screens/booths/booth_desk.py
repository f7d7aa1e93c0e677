"""Above the booths: which shop, which till of it this computer is, whose shift, what the shop's own credit is good for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from appliance.gui import operation, words
from appliance.gui.column import State
from appliance.gui.desk import Desk
from appliance.gui.screens.booths.booth_words import stopped_text
from appliance.gui.widgets.badge import Badge
from appliance.gui.widgets.pick_box import PickBox
from appliance.gui.widgets.plain import Elided, button, column, label, redress, row
from appliance.gui.words import _, plural
from appliance.wire.guard import FuseRelease
from appliance.wire.shapes import ById
from appliance.wire.shops import ShopList, ShopView
from appliance.wire.tills import TillList, TillView

LOW_MINUTES = 60


def kept_till(desk: Desk, shop: int) -> int:
    """The till of a shop that this computer is, 0 where none was chosen."""
    found = desk.memory.shared().get(f"till.{shop}")
    return found if isinstance(found, int) else 0


def keep_till(desk: Desk, shop: int, till: int) -> None:
    """This computer is that till, whoever signs in."""
    desk.memory.shared().put(f"till.{shop}", till)


class ShopDesk(QWidget):
    """`shop` and `till` are the server's last views; `changed` after they were asked anew."""

    changed = Signal()
    failed = Signal(object)
    """The Problem of asking for the shops."""

    def __init__(self, desk: Desk, owner: QWidget) -> None:
        super().__init__(owner)
        self.setObjectName("plain")
        self._desk = desk
        self.shops: list[ShopView] = []
        self.tills: list[TillView] = []
        self.shop: ShopView | None = None
        self.till: TillView | None = None
        self.name = Elided(_("Booths"), "title")
        self.chooser, self.till_chooser = PickBox(), PickBox()
        self.chooser.setAccessibleName(_("Shop"))
        self.till_chooser.setAccessibleName(_("Till of this computer"))
        self.shift = Badge(desk.theme)
        self.credit = Elided("", "muted")
        self.fuse = label("", "fault", wrap=True)
        self.release = button(_("Let calls go on"), self.release_fuse, "danger")
        head = row(self.name, self.chooser, self.till_chooser, self.shift, None, self.credit, gap="medium")
        self.setLayout(column(head, row(self.fuse, None, self.release, gap="medium"), gap=""))
        self.chooser.activated.connect(self._other_shop)
        self.till_chooser.activated.connect(self._other_till)
        self._show()

    def ask(self) -> None:
        """Shops, then the tills of the one that is shown."""
        operation.run(self, self._desk.client, "shops.list", ShopList(), on_done=self._shops_came, on_problem=self.failed.emit)

    def ask_credit(self) -> None:
        """Only what the shop itself can still pay for."""
        if self.shop is not None:
            operation.run(self, self._desk.client, "shops.get", ById(self.shop.id), on_done=self._credit_came, on_problem=lambda _problem: None)

    def with_shift(self, then: Callable[[Any], None]) -> None:
        """Ask for the shift at this till."""
        if self.till is not None and self.till.shift is not None:
            operation.run(self, self._desk.client, "shifts.get", ById(self.till.shift), on_done=then)

    def release_fuse(self) -> None:
        """Calls again, by whoever may say so; what it may cost from now on is counted anew."""
        fuse = self.shop.fuse if self.shop is not None else None
        if fuse is not None:
            operation.run(self, self._desk.client, "fuses.release", FuseRelease(fuse.id), on_done=lambda _view: self.ask(), busy=self.release)

    # parts ---------------------------------------------------------------------------------------------------------
    def _shops_came(self, page: Any) -> None:
        self.shops = list(page.shops)
        wanted = self.shop.id if self.shop is not None else self._desk.memory.get("shop")
        self.shop = next((each for each in self.shops if each.id == wanted), self.shops[0] if self.shops else None)
        if self.shop is None:
            self.till, self.tills = None, []
            self._show()
            self.changed.emit()
            return
        operation.run(self, self._desk.client, "shops.get", ById(self.shop.id), on_done=self._shop_came)

    def _shop_came(self, view: Any) -> None:
        """Whole, with those who may approve, which a list does not tell."""
        if self.shop is not None and self.shop.id == view.id:
            self.shop = view
            operation.run(self, self._desk.client, "tills.list", TillList(view.id), on_done=self._tills_came)

    def _credit_came(self, view: Any) -> None:
        if self.shop is not None and self.shop.id == view.id:
            self.shop = view
            self._show_credit()

    def _tills_came(self, page: Any) -> None:
        if self.shop is None:
            return
        self.tills = [each for each in page.tills if not each.archived]
        wanted = kept_till(self._desk, self.shop.id)
        self.till = next((each for each in self.tills if each.id == wanted), self.tills[0] if len(self.tills) == 1 else None)
        if self.till is not None and self.till.id != wanted:
            keep_till(self._desk, self.shop.id, self.till.id)
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        shop, till = self.shop, self.till
        self.name.setText(shop.name if shop is not None else _("Booths"))
        self.name.setVisible(len(self.shops) < 2)
        _fill(self.chooser, [(each.id, each.name) for each in self.shops], shop.id if shop is not None else 0)
        self.chooser.setVisible(len(self.shops) > 1)
        choices = [(each.id, each.name) for each in self.tills]
        if till is None and choices:
            choices.insert(0, (0, _("Which till is this?")))
        _fill(self.till_chooser, choices, till.id if till is not None else 0)
        self.till_chooser.setVisible(len(choices) > 1)
        self.shift.show_state(self._shift_state())
        self._show_fuse()
        self._show_credit()

    def _show_fuse(self) -> None:
        """Why no booth can call, where somebody's calls were stopped for what they cost."""
        fuse = self.shop.fuse if self.shop is not None else None
        self.fuse.setText("" if fuse is None else stopped_text(fuse))
        self.fuse.setVisible(fuse is not None)
        self.release.setVisible(fuse is not None and self._desk.may("fuses.release"))

    def _show_credit(self) -> None:
        shop = self.shop
        self.credit.setText(self._credit())
        low = shop is not None and shop.available_minutes is not None and shop.available_minutes < LOW_MINUTES
        self.credit.setProperty("role", "fault" if low else "muted")
        redress(self.credit)

    def _shift_state(self) -> State:
        till = self.till
        if till is None:
            return State("")
        if till.shift is None:
            return State(_("No shift"), "warning")
        return State(_("Shift of {clerk}", clerk=till.clerk), "good")

    def _credit(self) -> str:
        shop = self.shop
        if shop is None:
            return ""
        money = words.money(shop.available, shop.currency)
        if shop.available_minutes is None:
            return _("The shop's credit: {money}", money=money)
        minutes = plural("{n} minute", "{n} minutes", shop.available_minutes)
        return _("The shop's credit: {money}, about {minutes}", money=money, minutes=minutes)

    def _other_shop(self, at: int) -> None:
        self.shop = self.shops[at]
        self._desk.memory.put("shop", self.shop.id)
        self.ask()

    def _other_till(self, at: int) -> None:
        chosen = self.till_chooser.itemData(at)
        if self.shop is not None and chosen:
            keep_till(self._desk, self.shop.id, chosen)
            self.till = next((each for each in self.tills if each.id == chosen), None)
            self._show()
            self.changed.emit()


def _fill(box: QComboBox, choices: list[tuple[int, str]], chosen: int) -> None:
    box.blockSignals(True)
    box.clear()
    for value, text in choices:
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    box.blockSignals(False)
