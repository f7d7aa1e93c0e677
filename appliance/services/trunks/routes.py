"""Routes: which trunks serve a prefix, in which order."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from appliance.billing.rate import LONGEST_PREFIX
from appliance.errors import NotFound, UserError
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.room import Room
from appliance.store.resellers import Reseller
from appliance.store.routes import Route
from appliance.store.trunks import Trunk
from appliance.wire.routes import RoutePage, RouteSet, RouteView
from appliance.wire.shapes import ById, Done, Listing

ORDERS = ("priority", "cost", "weight")
MOST_TRUNKS = 50


class Routes:
    """`put` is the rule for every door."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit

    # rules ---------------------------------------------------------------------------------------------------------
    def put(
        self, actor: Actor, reseller: Reseller, prefix: str, trunks: Sequence[Trunk] | None, order: str | None, weights: Sequence[int] | None = None
    ) -> str:
        """The route of a prefix, made or changed: "created", "changed" or "". None stays as it is."""
        _check_prefix(prefix)
        if order is not None and order not in ORDERS:
            raise UserError("field.not_a_choice", field="order", choices=", ".join(ORDERS))
        routes = self._store.routes
        row = routes.find(reseller.id, prefix)
        made = row is None
        if row is None:
            row_id = routes.insert(reseller_id=reseller.id, prefix=prefix, order=order or "priority")
            row = self._row(row_id)
        before = [(step.trunk_id, step.weight) for step in routes.trunks(row.id)]
        steps = before if trunks is None else self._steps(reseller, trunks, weights, before)
        changed = steps != before
        if changed:
            routes.set_trunks(row.id, steps)
        if order is not None and order != row.order:
            routes.update(row.id, {"order": order})
            changed = True
        if not (made or changed):
            return ""
        facts = {"prefix": prefix, "order": order or row.order, "trunks": str([step[0] for step in steps])}
        self._audit.noted(actor, "routes.set", "route", row.id, **facts)
        self._room.changes.note("route", row.id)
        return "created" if made else "changed"

    def _steps(
        self, reseller: Reseller, trunks: Sequence[Trunk], weights: Sequence[int] | None, before: list[tuple[int, int]]
    ) -> list[tuple[int, int]]:
        if len(trunks) > MOST_TRUNKS or len({trunk.id for trunk in trunks}) != len(trunks):
            raise UserError("route.trunk_twice", field="trunks", most=MOST_TRUNKS)
        if weights is not None and len(weights) != len(trunks):
            raise UserError("route.weights_differ", field="weights")
        kept = dict(before)
        return [(trunk.id, weights[at] if weights is not None else kept.get(trunk.id, 1)) for at, trunk in enumerate(trunks)]

    # requests ------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor, request: Listing) -> RoutePage:
        """The actor's routes by prefix."""
        reach = self._access.reach(actor, "trunks.read")
        return RoutePage([self.view(row) for row in self._store.routes.list() if reach is None or row.reseller_id in reach])

    def set(self, actor: Actor, request: RouteSet) -> RouteView:
        """The route of a prefix, made or changed."""
        with self._room.changes.unit():
            reseller = self._lookups.reseller(actor, request.reseller, "trunks.write")
            trunks = (
                None
                if request.trunks is UNSET
                else [self._lookups.trunk(actor, ref, "trunks.read", f"trunks[{at}]") for at, ref in enumerate(request.trunks)]
            )
            self.put(
                actor,
                reseller,
                request.prefix,
                trunks,
                None if request.order is UNSET else request.order,
                None if request.weights is UNSET else request.weights,
            )
            row = self._store.routes.find(reseller.id, request.prefix)
            assert row is not None
            return self.view(row)

    def remove(self, actor: Actor, request: ById) -> Done:
        """Calls of that prefix go by the next shorter one."""
        with self._room.changes.unit():
            row = self._row(request.id)
            self._access.need(actor, "trunks.write", row.reseller_id, what="route")
            self._store.routes.remove(row.id)
            self._audit.noted(actor, "routes.remove", "route", row.id, prefix=row.prefix)
            self._room.changes.note("route", row.id)
            return Done(row.id)

    def view(self, row: Route) -> RouteView:
        """The row with names instead of ids."""
        reseller = self._store.resellers.get(row.reseller_id)
        steps = list(self._store.routes.trunks(row.id))
        trunks = [self._store.trunks.get(step.trunk_id) for step in steps]
        return RouteView(
            row.id,
            row.version,
            "" if reseller is None else reseller.name,
            row.prefix,
            row.order,
            ["" if trunk is None else trunk.name for trunk in trunks],
            [step.weight for step in steps],
        )

    def _row(self, row_id: int) -> Route:
        row = self._store.routes.get(row_id)
        if row is None:
            raise NotFound("route.unknown", field="id")
        return row


def _check_prefix(prefix: str) -> None:
    if len(prefix) > LONGEST_PREFIX or (prefix and not (prefix.isascii() and prefix.isdigit())):
        raise UserError("rate.prefix_not_digits", field="prefix", prefix=prefix[:64])
