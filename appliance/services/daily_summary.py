"""The daily summary: once a day, at an hour of choice, kept to be looked at later and sent to the operators who want it (console.md).

Law: a day is made once for a reseller, by the same unit of work that puts its e-mails into the outbox; so a computer that was off at that hour
makes it when it is on again, and no restart sends it twice. Whoever reads a day, on the screen or by e-mail, is shown what his role may know.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import msgspec

from appliance.clock import rfc3339
from appliance.errors import NotFound, UserError
from appliance.services.daily_figures import Day, Standing, day_of, named, put_together, standing, without_costs
from appliance.services.daily_mail import TEMPLATE, values_of
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import day as checked_day
from appliance.services.ground.reading import Reading
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps
from appliance.services.mail.brand import brand_of
from appliance.services.mail.email_text import check_address, filled
from appliance.services.mail.messages import Messages
from appliance.services.people.operators import Operators
from appliance.services.statistics import zone_of
from appliance.store.nouns import Nouns
from appliance.store.operators import Operator
from appliance.store.resellers import Reseller
from appliance.wire.carriers import CarrierAccount
from appliance.wire.changes import Change
from appliance.wire.shapes import Done, Ref
from appliance.wire.statistics import Figures
from appliance.wire.summaries import SummaryGet, SummaryReceive, SummaryReceiver, SummaryReceivers, SummarySend, SummaryView

KEY = "summary.receive"
KEPT_MS = 400 * 86_400_000


class Making(NamedTuple):
    """A day that is due: `read` runs anywhere, `DailySummaries.keep` takes what it gives."""

    reseller_id: int
    day: Day
    read: Callable[[Nouns], SummaryView]


class DailySummaries:
    """`carriers` and `copy_fault` are set by whoever knows them."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, operators: Operators, messages: Messages) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._operators = operators
        self._messages = messages
        self.carriers: Callable[[frozenset[int] | None], Iterator[CarrierAccount]] = lambda reach: iter(())
        self.copy_fault: Callable[[], str | None] = lambda: None
        self._made: dict[int, str] = {}
        self._readers: list[Reseller] | None = None
        room.changes.on_undo(self._made.clear)
        room.changes.listen(self._forget, "operator", "reseller")

    # requests ------------------------------------------------------------------------------------------------------
    def get(self, actor: Actor, request: SummaryGet) -> Reading:
        """A day as it was made; one that was not, put together from the records."""
        reseller = self._lookups.reseller(actor, request.reseller, "calls.read")
        day = self._day(reseller, request.on)
        kept = self._store.daily_summaries.find(reseller.id, day.on)
        if kept is not None:
            view = msgspec.json.decode(kept.content, type=SummaryView)
            return Reading(lambda tables: self._shown(actor, reseller, named(tables, view)))
        read = self._reading(reseller, day)
        return Reading(lambda tables: self._shown(actor, reseller, named(tables, read(tables))), slow=True)

    def receivers(self, actor: Actor) -> SummaryReceivers:
        """Who gets it: oneself, and those whom one may manage."""
        reach = self._access.reach(actor, "operators.read")
        found = []
        for row in self._store.operators.list():
            home = self._home(row)
            if home is not None and not row.disabled and (row.id == actor.operator_id or reach is None or home.id in reach):
                found.append(self._receiver(row, home))
        return SummaryReceivers(self._hour(), sorted(found, key=lambda each: each.operator_id != actor.operator_id))

    def receive(self, actor: Actor, request: SummaryReceive) -> SummaryReceiver:
        """Somebody gets it from now on, or no more."""
        with self._room.changes.unit():
            row = self._whom(actor, request.operator)
            home = self._home(row)
            if home is None:
                raise UserError("summary.no_business", field="operator", login=row.login)
            if request.receive != self._receives(row):
                self._store.settings.put(KEY, json.dumps(request.receive), _scope(row))
                self._audit.changed(actor, "summaries.receive", "operator", row.id, {KEY: not request.receive}, {KEY: request.receive})
                self._room.changes.note("operator", row.id)
            return self._receiver(row, home)

    def send(self, actor: Actor, request: SummarySend) -> Steps[Done]:
        """By e-mail to one operator, now; UserError email.missing."""
        row = self._whom(actor, request.operator)
        reseller = self._home(row)
        if reseller is None:
            raise UserError("summary.no_business", field="operator", login=row.login)
        address = check_address(self._person(row)[1], "operator")
        day = self._day(reseller, request.on)
        kept = self._store.daily_summaries.find(reseller.id, day.on)
        if kept is None:
            read = self._reading(reseller, day)
            view = yield lambda: self._beside(read)
        else:
            view = named(self._store, msgspec.json.decode(kept.content, type=SummaryView))
        with self._room.changes.unit():
            message = self._put(row, reseller, address, view)
            self._audit.noted(actor, "summaries.send", "operator", row.id, on=day.on, message_id=message)
        return Done(message)

    # the job -------------------------------------------------------------------------------------------------------
    def due(self) -> Making | None:
        """A day that is to be made now, if any; nothing where nobody of the reseller's signs in."""
        now, hour = self._room.clock.utcnow(), self._hour()
        for reseller in self._homes():
            here = datetime.fromtimestamp(now // 1000, zone_of(reseller.timezone))
            on = here.date() - timedelta(days=1)
            if here.hour < hour or self._made.get(reseller.id) == on.isoformat():
                continue
            day = day_of(on, reseller.timezone)
            if reseller.created_at >= day.until or self._store.daily_summaries.find(reseller.id, day.on) is not None:
                self._made[reseller.id] = day.on
                continue
            return Making(reseller.id, day, self._reading(reseller, day))
        return None

    def keep(self, making: Making, view: SummaryView) -> None:
        """It is made: kept, and put into the outbox for whoever wants it."""
        with self._room.changes.unit():
            reseller = self._store.resellers.get(making.reseller_id)
            if reseller is None or self._store.daily_summaries.find(reseller.id, making.day.on) is not None:
                return
            now = self._room.clock.utcnow()
            made = msgspec.structs.replace(view, made_at=rfc3339(now))
            content = msgspec.json.encode(made).decode()
            self._store.daily_summaries.insert(reseller_id=reseller.id, on_day=making.day.on, made_at=now, content=content)
            self._store.daily_summaries.forget(now - KEPT_MS)
            shown = named(self._store, made)
            for row in list(self._store.operators.list()):
                home = self._home(row)
                if home is not None and home.id == reseller.id and not row.disabled and self._receives(row):
                    self._tell(row, reseller, shown)
            self._room.changes.note("summary", reseller.id)

    def _tell(self, row: Operator, reseller: Reseller, view: SummaryView) -> None:
        try:
            address = check_address(self._person(row)[1], "email")
        except UserError:
            return  # nobody without an address is told
        self._put(row, reseller, address, view)

    # parts ---------------------------------------------------------------------------------------------------------
    def _put(self, row: Operator, reseller: Reseller, address: str, view: SummaryView) -> int:
        spoken = self._messages.language_of(None, reseller, row.language)
        brand = brand_of(self._room, reseller)
        shown = self._shown(self._operators.actor(row), reseller, view)
        values = {**values_of(shown, spoken), "brand": brand.name}
        return self._messages.outbox.put(
            TEMPLATE,
            address,
            filled(self._messages.template_of(reseller.id, TEMPLATE, spoken), values, spoken, brand.name),
            sender=self._messages.outbox.sender_of(brand.mail_from, reseller.sip_domain),
            sender_name=brand.name,
            language=spoken,
            reseller_id=reseller.id,
        )

    def _reading(self, reseller: Reseller, day: Day) -> Callable[[Nouns], SummaryView]:
        """How things stand is asked now where the day is today or yesterday; later it is known no more."""
        now = self._room.clock.utcnow()
        fresh = now - day.until < 86_400_000
        stands = standing(self._room, reseller, self.carriers, self.copy_fault) if fresh else Standing()
        return lambda tables: put_together(tables, reseller, day, stands)

    def _beside(self, read: Callable[[Nouns], SummaryView]) -> SummaryView:
        """In another thread, on a connection of its own."""
        reader = self._store.reader()
        try:
            with reader.snapshot():
                return named(reader, read(reader))
        finally:
            reader.close()

    def _shown(self, actor: Actor, reseller: Reseller, view: SummaryView) -> SummaryView:
        """What the actor's role may know of it."""
        may = {
            name: self._access.may(actor, permission, reseller.id)
            for name, permission in (("shops", "shop.figures"), ("outages", "trunks.read"), ("stops", "customers.read"), ("low", "accounts.read"))
        }
        costs = self._access.may(actor, "costs.read", reseller.id)
        figures: Figures | None = view.figures
        return msgspec.structs.replace(
            view,
            figures=figures if costs or figures is None else without_costs(figures),
            carriers=view.carriers if costs else None,
            backup=view.backup if self._access.may(actor, "backups.make", None) else None,
            more_low=view.more_low if may["low"] else 0,
            **{name: getattr(view, name) if allowed else None for name, allowed in may.items()},
        )

    def _day(self, reseller: Reseller, on: str | None) -> Day:
        today = datetime.fromtimestamp(self._room.clock.utcnow() // 1000, zone_of(reseller.timezone)).date()
        wanted = today - timedelta(days=1) if on is None else date.fromisoformat(checked_day(on, "on"))
        first = datetime.fromtimestamp(reseller.created_at // 1000, zone_of(reseller.timezone)).date()
        if not min(first, today) - timedelta(days=400) <= wanted <= today:
            raise UserError("summary.no_such_day", field="on", day=wanted.isoformat())
        return day_of(wanted, reseller.timezone)

    def _hour(self) -> int:
        return self._room.settings.get("summary.hour", 7)

    def _homes(self) -> list[Reseller]:
        """Businesses with an operator who may read it."""
        if self._readers is None:
            homes = {home.id: home for row in self._store.operators.list() if not row.disabled and (home := self._home(row)) is not None}
            self._readers = [homes[each] for each in sorted(homes)]
        return self._readers

    def _forget(self, changes: Sequence[Change]) -> None:
        self._readers = None

    def _home(self, row: Operator) -> Reseller | None:
        """The business that somebody works for: the first of his roles in one. Roles in a shop alone make nobody its reader."""
        for grant in self._store.operators.grants(row.id):
            if grant.reseller_id is not None:
                found = self._store.resellers.get(grant.reseller_id)
                return found if found is not None and found.archived_at is None else None
        return None

    def _receives(self, row: Operator) -> bool:
        """As chosen; an owner, where nothing was."""
        chosen = self._store.settings.get(KEY, _scope(row))
        if chosen is not None:
            return bool(json.loads(chosen))
        return any(grant.role == "owner" and grant.reseller_id is not None for grant in self._store.operators.grants(row.id))

    def _receiver(self, row: Operator, home: Reseller) -> SummaryReceiver:
        name, email = self._person(row)
        return SummaryReceiver(row.id, row.login, name, email, home.name, self._receives(row))

    def _person(self, row: Operator) -> Sequence[str]:
        person = self._store.people.get(row.person_id)
        return ("", "") if person is None else (person.name, person.email)

    def _whom(self, actor: Actor, ref: Ref | None) -> Operator:
        if ref is None:
            if actor.operator_id is None:
                raise UserError("summary.nobody", field="operator")
            ref = actor.operator_id
        row = self._store.operators.get(ref) if isinstance(ref, int) else self._store.operators.find(ref)
        if row is None:
            raise NotFound("operator.unknown", field="operator", operator=ref)
        return row if row.id == actor.operator_id else self._operators.changeable(actor, row.login)


def _scope(row: Operator) -> str:
    return f"operator:{row.id}"
