"""How far the set-up is, read off what the server has: there is no other memory of it, so it is never wrong about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.words import _, micros
from appliance.wire.calls import RunningCall, RunningCalls
from appliance.wire.cdrs import CdrList, CdrPage, CdrRow, CdrView
from appliance.wire.customers import CustomerList, CustomerPage, CustomerView
from appliance.wire.endpoints import EndpointList, EndpointPage, EndpointView
from appliance.wire.resellers import ResellerPage, ResellerView
from appliance.wire.routes import RoutePage, RouteView
from appliance.wire.settings import SettingPage
from appliance.wire.shapes import ById, Listing
from appliance.wire.tariffs import TariffPage, TariffView
from appliance.wire.trunks import TrunkPage, TrunkView

BUSINESS, TRUNK, PRICES, MARKUP, CUSTOMER = STEPS = ("business", "trunk", "prices", "markup", "customer")
KINDS = frozenset({"reseller", "trunk", "trunk_state", "route", "tariff", "rate", "customer", "endpoint", "setting", "payment", "balance"})
LIVE_KINDS = frozenset({"call", "binding", "echo_heard"})
ECHO_KEY = "service_numbers.echo"
ECHO_USUAL = "*43"
COPY_KEY = "backup.copy_to"
SERVICE = "service"
GATHER_MS = 300
NEEDS = ("settings.set", "trunks.create", "customers.create")


def titles() -> Mapping[str, str]:
    """{step: its name}."""
    return {
        BUSINESS: _("Your business"),
        TRUNK: _("Trunk"),
        PRICES: _("Buying prices"),
        MARKUP: _("Markup"),
        CUSTOMER: _("First customer"),
    }


@dataclass(frozen=True)
class Found:
    """What the server has. Whatever was not asked yet, or may not be, is as if it were not there."""

    business: ResellerView | None = None
    copy_to: str = ""
    echo_number: str = ECHO_USUAL
    trunks: tuple[TrunkView, ...] = ()
    routes: tuple[RouteView, ...] = ()
    tariffs: tuple[TariffView, ...] = ()
    customers: tuple[CustomerView, ...] = ()
    endpoints: tuple[EndpointView, ...] = ()
    calls: tuple[CdrRow, ...] = ()
    echoes: frozenset[int] = frozenset()
    """Ids of calls to the echo number whose sound came and went back."""
    running: tuple[RunningCall, ...] = ()

    @property
    def trunk(self) -> TrunkView | None:
        """The trunk that the set-up is about: one that calls go over, else the first."""
        routed = {name for route in self.routes for name in route.trunks}
        return next((each for each in self.trunks if each.name in routed), self.trunks[0] if self.trunks else None)

    @property
    def cost(self) -> TariffView | None:
        """The tariff of buying prices, once it has prices: a trunk's, or where no trunk has one yet any with prices of its own."""
        names = {each.cost_tariff for each in self.trunks}
        bought = (each for each in self.tariffs if each.name in names and each.rates)
        return next(bought, None) or next((each for each in self.tariffs if each.base is None and each.rates and not names - {None}), None)

    @property
    def retail(self) -> TariffView | None:
        """The tariff that customers pay by: the one derived from the buying prices."""
        cost = self.cost
        return None if cost is None else next((each for each in self.tariffs if each.base == cost.name), None)

    @property
    def customer(self) -> CustomerView | None:
        """The newest customer that has something to call with."""
        able = [each for each in self.customers if self.phones(each)]
        return max(able, key=lambda each: each.id, default=None)

    def phones(self, customer: CustomerView) -> list[EndpointView]:
        """The customer's endpoints that are in use: as listed, or as they came with the customer that was just made."""
        listed = [each for each in self.endpoints if each.customer_id == customer.id]
        return [each for each in listed or customer.endpoints if each.archived_at is None]

    def calls_of(self, customer: CustomerView) -> list[CdrRow]:
        """The customer's calls, the newest first."""
        return [each for each in self.calls if each.customer == customer.name]

    def registered(self, customer: CustomerView) -> bool:
        """Whether a phone of the customer is on line."""
        return any(each.registered for each in self.phones(customer))

    def echo_heard(self, customer: CustomerView) -> bool:
        """Whether the customer heard its own echo, in this call or an earlier one."""
        now = any(each.echo is not None and each.echo.heard and each.customer == customer.name for each in self.running)
        return now or any(each.id in self.echoes for each in self.calls_of(customer))

    def billed(self, customer: CustomerView | None = None) -> CdrRow | None:
        """The first call known that was paid for."""
        rows = self.calls if customer is None else self.calls_of(customer)
        return next((each for each in reversed(rows) if micros(each.amount) > 0), None)

    def done(self, step: str) -> bool:
        """Whether nothing of the step is left."""
        if step == BUSINESS:
            return self.business is not None and bool(self.business.country)
        if step == TRUNK:
            trunk = self.trunk
            return trunk is not None and (not trunk.register or bool(trunk.registered)) and bool(self.routes)
        if step == PRICES:
            return self.cost is not None
        if step == MARKUP:
            return self.retail is not None
        return self.billed() is not None

    @property
    def left(self) -> list[str]:
        """The steps that are not done, in order."""
        return [step for step in STEPS if not self.done(step)]


@dataclass
class _Asked:
    """Answers that are still awaited, and what came so far."""

    open: int = 0
    part: bool = False
    came: dict[str, Any] = field(default_factory=dict)


class SetupState(QObject):
    """`changed(Found)` whenever something that the set-up looks at is other than before."""

    changed = Signal(object)

    def __init__(self, desk: Desk, parent: QObject, *, live: bool = True) -> None:
        """`live`: calls and phones are followed, too, as they come."""
        super().__init__(parent)
        self._desk = desk
        self.found = Found()
        self.known = False
        self._listened: set[int] = set()
        self._newest: _Asked | None = None
        self._later = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._later.timeout.connect(self.ask)
        self._calls_later = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._calls_later.timeout.connect(self.ask_calls)
        desk.listener.subscribe(self, KINDS | LIVE_KINDS if live else KINDS, self._heard)

    @staticmethod
    def may(desk: Desk) -> bool:
        """Whether the person can set the shop up at all."""
        return all(desk.may(each) for each in NEEDS)

    def stop(self) -> None:
        """Follow nothing any more."""
        self._desk.listener.unsubscribe(self)
        self._later.stop()
        self._calls_later.stop()

    def know_trunk(self, view: TrunkView) -> None:
        """A trunk that was just saved: what comes next need not wait for the lists, which a busy server may answer late."""
        trunks = {each.id: each for each in self.found.trunks} | {view.id: view}
        self.found = replace(self.found, trunks=tuple(trunks.values()))
        self.changed.emit(self.found)
        self.ask()

    def ask(self) -> None:
        """Ask for all of it anew; told once all has come."""
        asked = _Asked()
        wanted: tuple[tuple[str, Any], ...] = (
            ("resellers.list", Listing(limit=1)),
            ("settings.list", Listing(limit=200)),
            ("trunks.list", Listing()),
            ("routes.list", Listing()),
            ("tariffs.list", Listing()),
            ("customers.list", CustomerList(limit=50)),
            ("endpoints.list", EndpointList(limit=50)),
            ("cdrs.list", CdrList(limit=50)),
            ("calls.list", None),
        )
        asked.open = len(wanted)
        self._newest = asked  # what was asked before it may know less and is not told any more
        for name, request in wanted:
            self._ask(asked, name, request)

    def ask_calls(self) -> None:
        """Only what moves while one tries the first phone."""
        asked = _Asked(3, part=True)
        for name, request in (("endpoints.list", EndpointList(limit=50)), ("cdrs.list", CdrList(limit=50)), ("calls.list", None)):
            self._ask(asked, name, request)

    def _ask(self, asked: _Asked, name: str, request: Any) -> None:
        def came(view: Any) -> None:
            asked.came[name] = view
            over(None)

        def over(_problem: object) -> None:
            asked.open -= 1
            if not asked.open and asked.came and (asked.part or asked is self._newest):
                self._take(asked.came)

        operation.run(self, self._desk.client, name, request, on_done=came, on_problem=over)

    def _take(self, came: dict[str, Any]) -> None:
        new: dict[str, Any] = {}
        for view in came.values():
            new |= _read(view)
        self.known = True
        self.found = replace(self.found, **new)
        self.changed.emit(self.found)
        self._ask_echoes()

    def _ask_echoes(self) -> None:
        """Whether the sound of a call to the echo number went both ways stands in its record."""
        number = self.found.echo_number
        for row in self.found.calls:
            if row.id not in self._listened and row.direction == SERVICE and number in (row.normalised, row.dialled) and row.answered_at:
                self._listened.add(row.id)
                operation.run(self, self._desk.client, "cdrs.get", ById(row.id), on_done=self._echo_came, on_problem=lambda problem: None)

    def _echo_came(self, view: CdrView) -> None:
        if view.echo is not None and view.echo.heard:
            self.found = replace(self.found, echoes=self.found.echoes | {view.id})
            self.changed.emit(self.found)

    def _heard(self, changes: Mapping[str, frozenset[int]]) -> None:
        if set(changes) - LIVE_KINDS:
            self._later.start()
        elif not self._calls_later.isActive():
            self._calls_later.start()


def _read(view: Any) -> dict[str, Any]:
    """What one answer says, as fields of `Found`."""
    if isinstance(view, ResellerPage):
        return {"business": view.resellers[0] if view.resellers else None}
    if isinstance(view, SettingPage):
        echo = view.values.get(ECHO_KEY, ECHO_USUAL)
        return {"copy_to": str(view.values.get(COPY_KEY, "") or ""), "echo_number": str(echo or "")}
    if isinstance(view, TrunkPage):
        return {"trunks": tuple(each for each in view.trunks if each.archived_at is None and not each.disabled)}
    if isinstance(view, RoutePage):
        return {"routes": tuple(each for each in view.routes if each.trunks)}
    if isinstance(view, TariffPage):
        return {"tariffs": tuple(each for each in view.tariffs if each.archived_at is None)}
    if isinstance(view, CustomerPage):
        return {"customers": tuple(each for each in view.customers if each.archived_at is None)}
    if isinstance(view, EndpointPage):
        return {"endpoints": tuple(view.endpoints)}
    if isinstance(view, CdrPage):
        return {"calls": tuple(view.cdrs)}
    if isinstance(view, RunningCalls):
        return {"running": tuple(view.calls)}
    return {}
