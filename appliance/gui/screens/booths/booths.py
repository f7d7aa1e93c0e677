"""The booths of a shop: cards that live, number keys to choose one, F-keys for what is done to it; a clerk's whole day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from appliance.gui import operation, words
from appliance.gui.desk import Desk, Place
from appliance.gui.screen import Action, Screen
from appliance.gui.screens.booths import booth_forms, booth_verbs, shift_dialogs, shop_settings_forms
from appliance.gui.screens.booths.booth_cards import BoothGrid
from appliance.gui.screens.booths.booth_desk import ShopDesk
from appliance.gui.screens.booths.booth_meter import BoothBoard
from appliance.gui.screens.booths.checkout import Checkout
from appliance.gui.screens.booths.guest_prices import PriceLookUp
from appliance.gui.theme import space
from appliance.gui.widgets import confirm
from appliance.gui.widgets.empty import Empty, EmptyView
from appliance.gui.widgets.plain import column, holding, row, scrolling
from appliance.gui.words import _
from appliance.wire.bills import BillOpen, BillView
from appliance.wire.booths import BoothList, BoothUpdate, BoothView, SessionHangUp, SessionState, SessionView
from appliance.wire.problem import Problem
from appliance.wire.tills import TillView

TICK_MS = 1000
DIGITS_MS = 500
CREDIT_MS = 2000
"""After calls and payments, the shop's own credit is asked for once."""


class BoothsScreen(Screen):
    """The server owns every state: the screen asks anew when it hears of a change, and counts seconds between."""

    kinds = frozenset({"booth", "bill", "shop", "shift", "till", "binding", "endpoint", "customer", "fuse"})

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.board = BoothBoard(desk.clock)
        self.counter = ShopDesk(desk, self)
        self.grid = BoothGrid(desk.theme, self.board)
        self.prices = PriceLookUp(desk)
        self.none = EmptyView()
        self.middle = QStackedWidget()
        self._typed = ""
        self._asking = self._ask_again = False
        self._lay()
        self._digits = QTimer(self, singleShot=True, interval=DIGITS_MS)
        self._digits.timeout.connect(self._forget_digits)
        QApplication.instance().focusChanged.connect(self._focus_moved)  # type: ignore[union-attr]
        self._credit = QTimer(self, singleShot=True, interval=CREDIT_MS)
        self._credit.timeout.connect(self.counter.ask_credit)
        self._tick = QTimer(self, interval=TICK_MS)
        self._tick.timeout.connect(self._second)
        self._tick.start()
        desk.live.connect(self._live)
        self.grid.chosen_changed.connect(self._chosen)
        self.grid.opened.connect(lambda _identity: self.enter())
        self.prices.left.connect(self.grid.setFocus)
        self.counter.changed.connect(self._shop_changed)
        self.counter.failed.connect(self._failed)

    def title(self) -> str:
        return self.counter.shop.name if self.counter.shop is not None else _("Booths")

    def verbs(self) -> list[Action]:
        return booth_verbs.verbs(self)

    def refresh(self) -> None:
        self.counter.ask()

    def take_focus(self) -> None:
        """Keys go to the cards."""
        self.grid.setFocus()

    def on_changes(self, changes: Mapping[str, frozenset[int]]) -> None:
        """Shop, till or shift: all of it; a booth, a bill: the cards."""
        if changes.keys() & {"shop", "shift", "till", "customer", "fuse"}:
            self.counter.ask()
        else:
            self._ask_booths()
            if not self._credit.isActive():
                self._credit.start()

    # what is chosen ------------------------------------------------------------------------------------------------
    @property
    def booth(self) -> BoothView | None:
        """The card that keys are for."""
        shown = self.board.booths.get(self.grid.chosen)
        return shown.view if shown is not None else None

    @property
    def session(self) -> SessionView | None:
        """The guest in it."""
        booth = self.booth
        return booth.session if booth is not None else None

    # acts of a booth -----------------------------------------------------------------------------------------------
    def enter(self) -> None:
        """Enter on a card: a closed booth is opened, another is checked out."""
        booth = self.booth
        if booth is not None and booth.session is None:
            self.open_booth()
        elif booth is not None:
            self.check_out()

    def open_booth(self) -> None:
        """Ask how the guest pays, and open."""
        booth, shop = self.booth, self.counter.shop
        if booth is not None and shop is not None and booth.session is None and booth.state == "closed":
            booth_forms.open_booth(self.desk, self, shop, self.counter.till, booth, self._told)

    def top_up(self) -> None:
        """More money from the guest."""
        session, till = self.session, self._with_shift()
        if session is not None and till is not None:
            booth_forms.top_up(self.desk, self, till, session, self._told)

    def check_out(self) -> None:
        """The bill, and the money."""
        session, shop = self.session, self.counter.shop
        till = self._with_shift()
        if session is not None and shop is not None and till is not None:
            self._check_out(session.bill, session.booth_name)

    def change(self) -> None:
        """Note and limits of the guest."""
        if self.session is not None:
            booth_forms.change_session(self.desk, self, self.session, self._told)

    def move_guest(self) -> None:
        """To another booth."""
        free = [each.view for each in self.board.booths.values() if each.view.state == "closed"]
        if self.session is None:
            return
        if free:
            booth_forms.transfer(self.desk, self, self.session, free, self._told)
        else:
            self.desk.toast(_("No other booth is free."))

    def join(self) -> None:
        """Onto another guest's bill."""
        session = self.session
        others = [each.view.session for each in self.board.booths.values() if each.view.session is not None]
        others = [each for each in others if session is not None and each.bill != session.bill]
        if session is not None and others:
            booth_forms.join(self.desk, self, session, [each for each in others if each is not None], lambda _bill: self._ask_booths())
        elif session is not None:
            self.desk.toast(_("No other booth is open."))

    def pause(self) -> None:
        """No new calls for a while, or calls again."""
        session = self.session
        if session is not None:
            self._set_state(session, "open" if session.state in ("paused", "locked") else "paused")

    def set_pin(self) -> None:
        """The person's own PIN, whoever works here."""
        shop_settings_forms.set_pin(self.desk, self)

    def lock(self) -> None:
        """To pay: no new calls; a running one is ended if the clerk says so."""
        session, booth = self.session, self.booth
        if session is None or booth is None:
            return
        if booth.call is None:
            self._set_state(session, "locked")
            return
        text = _("The guest still talks to {number}. The call is ended and put onto the bill.", number=words.number(booth.call.number))
        confirm.ask(self, _("End the call?"), text, _("End the call"), lambda: self._set_state(session, "locked", hang_up=True))

    def hang_up(self) -> None:
        """End the running call; the booth stays open."""
        session, booth = self.session, self.booth
        if session is None or booth is None or booth.call is None:
            return
        text = _("The call to {number} is ended. The booth stays open.", number=words.number(booth.call.number))
        ask = SessionHangUp(session.id)
        confirm.ask(self, _("Hang up this call?"), text, _("Hang up"), lambda: self._run("booth_sessions.hang_up", ask))

    def out_of_order(self) -> None:
        """Out of order, or back in use."""
        booth = self.booth
        if booth is not None and booth.session is None:
            broken = booth.state != "out_of_order"
            self._run("booths.update", BoothUpdate(booth.id, out_of_order=broken))

    # acts of the counter -------------------------------------------------------------------------------------------
    def sell(self) -> None:
        """Goods over the counter, without a booth."""
        shop, till = self.counter.shop, self._with_shift()
        if shop is not None and till is not None:
            operation.run(self, self.desk.client, "bills.open", BillOpen(shop.id), on_done=self._sold)

    def shift(self) -> None:
        """Open a shift at this till, or close it."""
        shop, till = self.counter.shop, self.counter.till
        if shop is None or till is None:
            self.desk.toast(_("This shop has no till yet. Add one under Shop settings."))
        elif till.shift is None:
            shift_dialogs.OpenShift(self.desk, self, shop, till, lambda _view: self.counter.ask()).open()
        else:
            self.counter.with_shift(lambda view: shift_dialogs.CloseShift(self.desk, self, shop, view, lambda _report: self.counter.ask()).open())

    def move_cash(self) -> None:
        """Cash in or out of the drawer."""
        shop, till = self.counter.shop, self._with_shift()
        if shop is not None and till is not None and till.shift is not None:
            shift_dialogs.move_cash(self.desk, self, shop, till.shift, lambda _view: self.desk.toast(_("Written down.")))

    def x_report(self) -> None:
        """The shift so far, for a supervisor."""
        shop, till = self.counter.shop, self._with_shift()
        if shop is not None and till is not None and till.shift is not None:
            shift_dialogs.x_report(self.desk, self, shop, till.shift)

    def open_drawer(self) -> None:
        """Without a sale."""
        if self.counter.till is not None:
            shift_dialogs.open_drawer(self.desk, self, self.counter.till)

    def look_up(self) -> None:
        """To the price field."""
        self.prices.field.setFocus()
        self.prices.field.selectAll()

    # parts ---------------------------------------------------------------------------------------------------------
    def _lay(self) -> None:
        head = column(row(self.counter, gap="medium"), self.prices, gap="small")
        head.setContentsMargins(space("large"), space("large"), space("large"), space("small"))
        self.body.addLayout(head)
        cards = column(self.grid, None)
        cards.setContentsMargins(space("large"), space("small"), space("large"), space("large"))
        self.cards = scrolling(holding(cards))
        self.middle.addWidget(self.cards)
        self.middle.addWidget(self.none)
        self.body.addWidget(self.middle, 1)
        self.setFocusProxy(self.grid)
        self.setTabOrder(self.grid, self.prices.field)

    def _show_none(self, text: str, verb: str, place: Place) -> None:
        """Why there are no cards, and what to do for whoever may do it."""
        able = self.desk.may("customers.update")
        self.none.show_empty(Empty(text, verb, lambda: self.desk.go(place)) if able else Empty(text))

    def _shop_changed(self) -> None:
        shop = self.counter.shop
        self.title_changed.emit()
        if shop is None:
            text = _("No customer is a call shop yet. Turn the call shop option on in a customer's form, and its endpoints become booths.")
            self._show_none(text, _("Customers"), Place("customers"))
            self.middle.setCurrentWidget(self.none)
            self.verbs_changed.emit()
            return
        self.prices.show_shop(shop.id)
        self._ask_booths()

    def _ask_booths(self) -> None:
        shop = self.counter.shop
        self._ask_again = self._asking
        if shop is not None and not self._asking:
            self._asking = True
            operation.run(self, self.desk.client, "booths.list", BoothList(shop.id), on_done=self._came, on_problem=self._failed)

    def _came(self, page: Any) -> None:
        self._asking = False
        if self._ask_again:
            self._ask_booths()  # there was news while this was on its way
        self.board.show_page(page)
        if not page.booths:
            text = _("This shop has no booth yet. Each endpoint of the customer is a booth.")
            shop = self.counter.shop
            self._show_none(text, _("Open customer"), Place("customer", shop.id if shop is not None else 0))
            self.middle.setCurrentWidget(self.none)
        else:
            self.middle.setCurrentWidget(self.cards)
        self.grid.show_board()

    def _failed(self, problem: Problem) -> None:
        self._asking = False
        if self.board.booths:
            operation.teller(self)(problem)
        else:
            self.none.show_problem(problem, self.refresh)
            self.middle.setCurrentWidget(self.none)

    def _told(self, view: Any) -> None:
        """A booth's new card came as the reply: shown without waiting for the news of it."""
        shown = self.board.booths.get(view.id)
        if shown is None:
            self._ask_booths()
            return
        shown.view, shown.heard_at = view, self.board.now()
        self.grid.moved([view.id])
        self.verbs_changed.emit()
        if view.session is not None and "shop_credit" in view.session.warnings:
            self.desk.toast(_("The shop's own credit is less than the deposit: the calls end when it is used up."))

    def _set_state(self, session: SessionView, state: str, *, hang_up: bool = False) -> None:
        self._run("booth_sessions.set_state", SessionState(session.id, state, hang_up=hang_up), self._told)

    def _run(self, name: str, request: msgspec.Struct, on_done: Callable[[Any], None] | None = None) -> None:
        operation.run(self, self.desk.client, name, request, on_done=on_done or (lambda _view: self._ask_booths()))

    def _with_shift(self) -> TillView | None:
        """This computer's till, if a shift is open at it; else it is said what to do."""
        till = self.counter.till
        if till is None:
            self.desk.toast(_("This shop has no till yet. Add one under Shop settings."))
        elif till.shift is None:
            self.desk.toast(_("Open a shift first: money is taken in a shift only."))
            till = None
        return till

    def _sold(self, bill: BillView) -> None:
        self._check_out(bill.id, _("Counter"))

    def _check_out(self, bill: int, title: str) -> None:
        shop, till = self.counter.shop, self.counter.till
        if shop is not None and till is not None:
            dialog = Checkout(self.desk, self, shop, till, bill, title)
            dialog.finished.connect(lambda _result: self._ask_booths())
            dialog.open()

    # keys, seconds, news -------------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        held = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        if event.text().isdecimal() and not held:
            self._digit(event.text())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not held:
            self.enter()
        elif event.text() == "/" or (event.text().isalpha() and not held):
            self.look_up()
            if event.text() != "/":
                self.prices.field.setText(event.text())
        else:
            super().keyPressEvent(event)

    def _digit(self, digit: str) -> None:
        """1, or 1 and 2 for the twelfth: the longest number that is a card's wins."""
        self._typed += digit
        if not self.grid.choose_position(int(self._typed)):
            self._typed = digit
            self.grid.choose_position(int(digit))
        self._digits.start()

    def _forget_digits(self) -> None:
        self._typed = ""

    def _focus_moved(self, _left: QWidget | None, _now: QWidget | None) -> None:
        """What was done with one booth is over: the next digit begins another number, however fast it comes."""
        self._forget_digits()

    def _chosen(self) -> None:
        spot = self.grid.place_of(self.grid.chosen)
        if not spot.isEmpty():
            self.cards.ensureVisible(spot.center().x(), spot.center().y(), spot.width() // 2, spot.height())
        self.verbs_changed.emit()

    def _second(self) -> None:
        if self.isVisible():
            self.grid.tick()

    def _live(self, data: object) -> None:
        began = {identity for identity, shown in self.board.booths.items() if shown.view.call is None}
        moved = self.board.hear(data)
        if moved and self.isVisible():
            self.grid.moved([each for each in moved if each in began])
            self.grid.figures_moved([each for each in moved if each not in began])
