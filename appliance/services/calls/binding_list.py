"""Registrations for operators: which phones are on line, and from where."""

from __future__ import annotations

from collections.abc import Callable

from appliance.clock import rfc3339
from appliance.services.calls.registrations import Registrations
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.reading import Reading
from appliance.services.ground.room import Room
from appliance.store.bindings import BindingRow as Row
from appliance.store.nouns import Nouns
from appliance.wire.bindings import BindingList, BindingPage, BindingRow

LONGEST_PAGE = 1000


class BindingLists:
    """`now()` is the clock that registrations end by (`Registrations.now`)."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, now: Callable[[], int] | None = None) -> None:
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._now = now or room.clock.utcnow

    def follow(self, registrations: Registrations) -> None:
        """Use their clock."""
        self._now = registrations.now

    def list(self, actor: Actor, request: BindingList) -> Reading:
        """A page, whole endpoints at a time."""
        reach = self._access.reach(actor, "endpoints.read")
        shops = self._access.shops(actor, "endpoints.read")
        customer = endpoint = None
        if request.customer is not None:
            customer = self._lookups.customer(actor, request.customer, request.reseller, "endpoints.read").id
        elif request.reseller is not None:
            branch = frozenset(self._store.resellers.branch(self._lookups.reseller(actor, request.reseller, "endpoints.read").id))
            reach, shops = branch if reach is None else branch & reach, frozenset()
        if request.endpoint is not None:
            endpoint = self._lookups.endpoint(actor, request.endpoint, "endpoints.read")[0].id
        now, limit = self._now(), max(1, min(request.limit, LONGEST_PAGE))
        sought = request.search.casefold()

        def seen(row: Row) -> bool:
            if reach is not None and row.reseller_id not in reach and row.customer_id not in shops:
                return False
            texts = (row.endpoint, row.display_name, row.customer, row.user_agent, row.source)
            return not sought or any(sought in text.casefold() for text in texts)

        def run(tables: Nouns) -> BindingPage:
            found: list[BindingRow] = []
            for row in tables.bindings.page(now, after_endpoint=request.after, customer_id=customer, endpoint_id=endpoint):
                if not seen(row):
                    continue
                if len(found) >= limit and row.endpoint_id != found[-1].endpoint_id:
                    return BindingPage(found, found[-1].endpoint_id)
                found.append(_view(row))
            return BindingPage(found)

        return Reading(run)


def _view(row: Row) -> BindingRow:
    return BindingRow(
        endpoint_id=row.endpoint_id,
        endpoint=row.endpoint,
        display_name=row.display_name,
        customer=row.customer,
        contact=row.contact,
        source=row.source,
        transport=row.transport,
        natted=bool(row.natted),
        since_at=rfc3339(row.since_at),
        refreshed_at=rfc3339(row.refreshed_at),
        expires_at=rfc3339(row.expires_at),
        user_agent=row.user_agent,
    )
