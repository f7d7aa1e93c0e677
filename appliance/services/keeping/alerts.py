"""What needs somebody's eye, worked out when it is asked: trunks, emergency calls, backups, balances, the books.

Law: an alert tells nothing that its reader could not have looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from appliance.errors import EnvironmentFault
from appliance.i18n import sentence
from appliance.money import format_amount, parse_amount
from appliance.services.calls.emergency import ALARM_MS, Emergencies
from appliance.services.calls.places import Places
from appliance.services.calls.trunk_watch import TrunkWatch
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.address_country import country_of_address
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.services.guard.fuses import Fuses
from appliance.services.keeping.backups import FOLDER
from appliance.services.keeping.check_rules import BACKUP_OLD_MS, DAY_MS, FAIL, newest_backup
from appliance.services.people.customers import WAITING
from appliance.services.trunks.trunk_states import TrunkStates
from appliance.store.accounts import Balance
from appliance.store.tills import Till
from appliance.wire.alerts import Alert, Alerts
from appliance.wire.carriers import CarrierAccount
from appliance.wire.checks import CheckLine

ERROR, WARNING = "error", "warning"
MOST_NAMED = 5
YOUNG_MS = DAY_MS  # a business of one day has nothing to lose yet

CopyFault = Callable[[], str | None]
"""What keeps the second copy from being made; "" where it is made, None where none is wanted."""


class AlertList:
    """`states` and `copy_fault` are a running server's; `checked` is what its last self-check found wrong, `store_fault` why
    the last unit of work could not be recorded, `unbridged` how many calls between IPv4 and IPv6 had no relay, and when the last was."""

    def __init__(self, room: Room, access: Access) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self.states: TrunkStates | None = None
        self.fuses: Fuses | None = None
        self.watch: TrunkWatch | None = None
        self.places: Places | None = None
        self.emergencies: Emergencies | None = None
        self.copy_fault: CopyFault = lambda: None
        self.certificate_faults: Callable[[], Mapping[str, str]] = dict
        self.checked: Callable[[], Sequence[CheckLine]] = lambda: ()
        self.store_fault: Callable[[], EnvironmentFault | None] = lambda: None
        self.unbridged: Callable[[], tuple[int, int] | None] = lambda: None
        self.carriers: Callable[[frozenset[int] | None], Iterator[CarrierAccount]] = lambda reach: iter(())
        self.unsigned: Callable[[Actor], Iterator[tuple[Till, str, str]]] = lambda actor: iter(())

    def list(self, actor: Actor) -> Alerts:
        """All that the actor may know of, errors first."""
        found = [
            *self._calls_for_help(actor),
            *self._recording(actor),
            *self._fuses(actor),
            *self._places(actor),
            *self._trunks(actor),
            *self._watched(actor),
            *self._emergency(actor),
            *self._books(actor),
            *self._backups(actor),
            *self._balances(actor),
            *self._carriers(actor),
            *self._registrations(actor),
            *self._tills(actor),
            *self._checks(actor),
            *self._certificates(actor),
            *self._unbridged(actor),
        ]
        return Alerts(sorted(found, key=lambda alert: alert.severity != ERROR))

    def _calls_for_help(self, actor: Actor) -> Iterator[Alert]:
        """At every console for a day: who calls for help may need more of it."""
        now, hot = self._room.clock.utcnow(), self._room.hot
        for each in self.emergencies.since(now - ALARM_MS) if self.emergencies is not None else ():
            customer, phone = hot.customers.get(each.customer or 0), hot.endpoints.get(each.endpoint or 0)
            if self._access.may(actor, "calls.read", None if customer is None else customer.reseller_id, each.customer):
                where = phone.emergency_address if phone is not None else ""
                said = {"number": each.number, "caller": phone.number if phone is not None else "", "at": stamp(each.at) or "", "address": where}
                code = "alert.emergency_call" if phone is not None else "alert.emergency_passed"
                yield _alert(code, ERROR, "call", each.call, **said, customer=customer.name if customer is not None else "")

    def _recording(self, actor: Actor) -> Iterator[Alert]:
        fault = self.store_fault()
        if fault is not None and self._access.may(actor, "settings.read", None):
            yield _alert("alert.not_recorded", ERROR, reason=sentence(fault.code, fault.parameters))

    def _checks(self, actor: Actor) -> Iterator[Alert]:
        if self._access.may(actor, "settings.read", None):
            for each in self.checked():
                yield Alert(each.code, ERROR if each.state == FAIL else WARNING, each.text, each.parameters, "check")

    def _fuses(self, actor: Actor) -> Iterator[Alert]:
        """Customers whose calls are stopped; and a guard that is off stands there as long as it is."""
        for row in self.fuses.all_tripped() if self.fuses is not None else ():
            customer = self._store.customers.get(row.customer_id)
            if customer is None or self.fuses is None or not self._access.may(actor, "customers.read", customer.reseller_id, customer.id):
                continue
            view = self.fuses.view(row)
            yield _alert(row.reason.replace("fuse.", "alert.fuse_"), ERROR, "customer", customer.id, customer=customer.name, **view.parameters)
        if not self._room.settings.get("guard.enabled", True) and self._access.may(actor, "settings.read", None):
            yield _alert("alert.guard_off", WARNING)

    def _places(self, actor: Actor) -> Iterator[Alert]:
        """Phones with the right password that were where they may not be: stolen, or on a journey."""
        for row in self.places.rows()[:MOST_NAMED] if self.places is not None and self._access.may(actor, "settings.read", None) else ():
            country = country_of_address(row.host)
            where = f"{row.host} ({country})" if country else row.host
            yield _alert("alert.place", ERROR, "ban", number=row.name, where=where)

    def _certificates(self, actor: Actor) -> Iterator[Alert]:
        if self._access.may(actor, "settings.read", None):
            for host, reason in self.certificate_faults().items():
                yield _alert("alert.certificate_refused", WARNING, "check", host=host, reason=reason)

    def _unbridged(self, actor: Actor) -> Iterator[Alert]:
        """For a day after the last such call."""
        said = self.unbridged()
        if said is not None and self._room.clock.utcnow() - said[1] < DAY_MS and self._access.may(actor, "settings.read", None):
            yield _alert("alert.unbridged", WARNING, count=said[0], at=stamp(said[1]) or "")

    def _trunks(self, actor: Actor) -> Iterator[Alert]:
        reach = self._access.reach(actor, "trunks.read")
        for row in self._store.trunks.list() if self.states is not None else ():
            if not row.register or row.disabled or (reach is not None and row.reseller_id not in reach) or self.states is None:
                continue
            state = self.states.of(row.id)
            if state is not None and not state.registered:
                since = stamp(state.since_at) or ""
                yield _alert("alert.trunk_not_registered", ERROR, "trunk", row.id, trunk=row.name, reason=state.reason, since=since)

    def _watched(self, actor: Actor) -> Iterator[Alert]:
        """Trunks that rest, that answer falsely, or whose sound is gone."""
        watch, reach = self.watch, self._access.reach(actor, "trunks.read")
        for row in self._store.trunks.list() if watch is not None else ():
            if watch is None or row.disabled or (reach is not None and row.reseller_id not in reach):
                continue
            figures, until, _ = watch.health(row.id)
            said = {"trunk": row.name, "calls": figures.calls, "failed": figures.failed}
            if until:
                yield _alert("alert.trunk_rests", ERROR, "trunk", row.id, **said, until=stamp(until) or "")
            if percent := figures.short_percent(watch.rules):
                yield _alert("alert.trunk_short_calls", WARNING, "trunk", row.id, **{**said, "calls": figures.answered}, percent=percent)
            if percent := figures.dead_percent(watch.rules):
                yield _alert("alert.trunk_dead_air", WARNING, "trunk", row.id, **{**said, "calls": figures.heard}, percent=percent)

    def _emergency(self, actor: Actor) -> Iterator[Alert]:
        if not self._access.may(actor, "trunks.read", None) or not self._room.hot.endpoints:
            return
        if not self._room.hot.takes_emergency_calls():
            yield _alert("alert.no_emergency_trunk", ERROR, "trunk")

    def _books(self, actor: Actor) -> Iterator[Alert]:
        if not self._access.may(actor, "books.verify", None):
            return
        for currency, micros in self._store.accounts.imbalance().items():
            yield _alert("alert.books", ERROR, amount=format_amount(micros), currency=currency)

    def _backups(self, actor: Actor) -> Iterator[Alert]:
        if not self._access.may(actor, "backups.make", None):
            return
        fault = self.copy_fault()
        if fault:
            yield _alert("alert.copy_failed", ERROR, reason=fault)
        if fault is not None:
            return
        newest = newest_backup(self._store.folder / FOLDER)
        now = self._room.clock.utcnow()
        root = self._store.resellers.root()
        if newest is None and root is not None and now - root.created_at > YOUNG_MS:
            yield _alert("alert.no_backup", WARNING)
        elif newest is not None and now - newest > BACKUP_OLD_MS:
            yield _alert("alert.backup_old", WARNING, days=(now - newest) // DAY_MS)

    def _carriers(self, actor: Actor) -> Iterator[Alert]:
        reach = self._access.reach(actor, "costs.read")
        for row in self.carriers(reach) if reach is None or reach else ():
            if row.low:
                yield _alert("alert.carrier_low", WARNING, "trunk", row.trunk_id, trunk=row.trunk, hours=row.hours_left)

    def _tills(self, actor: Actor) -> Iterator[Alert]:
        for till, shop, reason in self.unsigned(actor):
            yield _alert("alert.signing_device", ERROR, "till", till.id, till=till.name, shop=shop, reason=reason)

    def _registrations(self, actor: Actor) -> Iterator[Alert]:
        for scope in self._store.settings.scopes(WAITING):
            row = self._store.customers.get(int(scope.partition(":")[2]))
            if row is not None and row.disabled and row.archived_at is None and self._access.may(actor, "customers.write", row.reseller_id, row.id):
                yield _alert("alert.registration_waits", WARNING, "customer", row.id, customer=row.name)

    def _balances(self, actor: Actor) -> Iterator[Alert]:
        reach = self._access.reach(actor, "accounts.read")
        below = parse_amount(self._room.settings.get("alerts.low_balance", "2.00"), "alerts.low_balance")
        if reach is not None and not reach:
            return
        low = self._store.accounts.low(below, reach)
        for one, many, rows in (
            ("alert.account_empty", "alert.accounts_empty", [row for row in low if _left(row) <= 0]),
            ("alert.account_low", "alert.accounts_low", [row for row in low if _left(row) > 0]),
        ):
            if rows:
                code = one if len(rows) == 1 else many
                names = ", ".join(row.owner or row.account for row in rows[:MOST_NAMED])
                yield _alert(code, WARNING, "account", rows[0].id if len(rows) == 1 else 0, count=len(rows), names=names)


def _left(row: Balance) -> int:
    return row.balance_micros + row.credit_limit_micros


def _alert(code: str, severity: str, kind: str = "", row_id: int = 0, **parameters: object) -> Alert:
    said = {name: str(value) for name, value in parameters.items()}
    return Alert(code, severity, sentence(code, said), said, kind, row_id)
