"""Who is not answered: listed, lifted, and allowed for good (sip.md, Guard). The engine's guard decides; this is what people see of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from appliance.errors import NotFound
from appliance.i18n import sentence
from appliance.services.calls.places import COUNTRY, KIND, Places
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.address_country import country_of_address
from appliance.services.ground.audit import Audit
from appliance.services.ground.configuration import Configuration
from appliance.services.ground.moments import stamp
from appliance.services.ground.room import Room
from appliance.store.guard import BanRow
from appliance.wire.guard import BanLift, BanPage, BanView
from appliance.wire.shapes import Done

EXEMPT = "guard.exempt"


class Bans:
    """`lifted`, `live_at` and `now` are a running server's; without one what it wrote down last is shown and changed."""

    def __init__(self, room: Room, access: Access, audit: Audit, configuration: Configuration) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._audit = audit
        self._configuration = configuration
        self.now: Callable[[], Sequence[BanRow]] | None = None
        self.lifted: Callable[[str, str, str], bool] = lambda kind, host, name: False
        self.live_at: Callable[[str], bool] = lambda host: False
        self.places: Places | None = None

    def list(self, actor: Actor) -> BanPage:
        """Those in force, newest first."""
        self._access.need(actor, "settings.read", None)
        settings = self._room.settings
        rows = self._rows()
        return BanPage([self._view(row) for row in rows], list(settings.words(EXEMPT)), settings.get("guard.enabled", True))

    def lift(self, actor: Actor, request: BanLift) -> Done:
        """Answer somebody again; the next fault counts as the first."""
        self._access.need(actor, "settings.write", None)
        with self._room.changes.unit():
            self._lift(request)
            self._audit.noted(actor, "bans.lift", "ban", 0, banned=request.kind, host=request.host, name=request.name)
            return Done()

    def allow(self, actor: Actor, request: BanLift) -> Done:
        """Lift the ban, and only warn about that address from now on; of a phone: it may be in that country, or at that address."""
        self._access.need(actor, "settings.write", None)
        with self._room.changes.unit():
            self._known(request)
            if request.kind == KIND:
                self._allow_place(actor, request)
            else:
                exempt = list(self._room.settings.words(EXEMPT))
                if request.host not in exempt:
                    self._configuration.put(actor, EXEMPT, [*exempt, request.host])
                self._audit.noted(actor, "bans.allow", "ban", 0, banned=request.kind, host=request.host, name=request.name)
            self._lift(request)  # last: what a running server knows is not undone with a refusal
            return Done()

    def _known(self, request: BanLift) -> Sequence[BanRow]:
        rows = self._rows()
        if not any((row.kind, row.host, row.name) == (request.kind, request.host, request.name) for row in rows):
            raise NotFound("ban.unknown", field="host", host=request.host)
        return rows

    def _lift(self, request: BanLift) -> None:
        rows = self._known(request)
        if request.kind == KIND:
            if self.places is not None:
                self.places.forget(request.host, request.name)
            for kind, name in (("address", ""), ("user", request.name)):  # what the tries from there have brought on
                self.lifted(kind, request.host, name)
        else:
            self.lifted(request.kind, request.host, request.name)
        self._store.guard.set_bans(row for row in rows if (row.kind, row.host, row.name) != (request.kind, request.host, request.name))
        self._room.changes.note("ban")

    def _allow_place(self, actor: Actor, request: BanLift) -> None:
        """The phone gets a list of its own: what was typed for it so far, and this country or address."""
        endpoint = self._room.hot.by_number(request.name)
        typed = None if endpoint is None or self.places is None else self.places.typed_for(endpoint)
        if endpoint is None or typed is None:
            return
        networks, countries = list(typed.limits.networks), sorted(typed.limits.countries)
        country = country_of_address(request.host) if countries else ""
        if country:
            countries = sorted({*countries, country})
        else:
            networks.append(request.host)
        written = {"networks": json.dumps(networks), "countries": json.dumps(countries)}
        before = {"networks": json.dumps(list(typed.limits.networks)), "countries": json.dumps(sorted(typed.limits.countries))}
        self._store.guard.put_limit("endpoint", endpoint.id, written)
        self._audit.changed(actor, "bans.allow", "endpoint", endpoint.id, before, written)
        self._room.changes.note("guard_limit", endpoint.id)

    def _rows(self) -> Sequence[BanRow]:
        if self.now is not None:
            return self.now()
        return list(self._store.guard.bans(self._room.clock.utcnow()))[::-1]

    def _view(self, row: BanRow) -> BanView:
        phone = self._room.hot.by_number(row.name) if row.kind in ("user", KIND) else None
        return BanView(
            row.kind,
            row.host,
            row.name,
            row.reason,
            sentence(f"ban.{row.reason}", {}),
            stamp(row.since_at) or "",
            stamp(row.until_at) or "",
            row.times,
            None if phone is None else phone.number,
            self.live_at(row.host),
            country_of_address(row.host) if row.kind == KIND and row.reason == COUNTRY else "",
        )
