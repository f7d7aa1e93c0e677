"""What of the change stream somebody may hear: the ids of things within reach, and nothing of anybody else's.

Law: where an owner cannot be found any more (the thing was removed) only the kind is told, never the id; what is
nobody's is the root's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from appliance.services.ground.access import Access, Actor
from appliance.store.nouns import Nouns
from appliance.store.owners import OWNED, Owner
from appliance.wire.changes import Change

PERMISSION = {
    "reseller": "resellers.read",
    "summary": "calls.read",
    "customer": "customers.read",
    "registration": "customers.read",
    "web_login": "customers.read",
    "endpoint": "endpoints.read",
    "binding": "endpoints.read",
    "account": "accounts.read",
    "balance": "accounts.read",
    "payment": "payments.read",
    "tariff": "tariffs.read",
    "rate": "tariffs.read",
    "trunk": "trunks.read",
    "trunk_state": "trunks.read",
    "did": "trunks.read",
    "number": "endpoints.read",
    "route": "trunks.read",
    "call": "calls.read",
    "echo_heard": "calls.read",
    "emergency": "calls.read",
    "trunk_test": "trunks.read",
    **dict.fromkeys(("booth", "bill", "shift", "till", "print_job", "goods", "shop", "till_receipt", "fuse"), "shop.read"),
    "operator": "operators.read",
    "api_token": "operators.read",
    "webhook": "operators.read",
    "setting": "settings.read",
    "exchange_rate": "settings.read",
}
"""What reading a kind needs; a kind that is not here is told to whoever has all of the appliance in reach."""

OTHERWISE = "settings.read"
PERSONS = "calls.person"

OF_CALLS = frozenset({"call", "echo_heard", "emergency", "trunk_test"})
"""Kinds whose ids are calls, running ones too."""

Running = Mapping[int, Owner]
"""Owners of calls that run, by id: their records are not written yet."""


class Sight:
    """One actor's. Made anew when operators, grants or resellers change; `tables` is read while it is made, and in `visible`."""

    def __init__(self, actor: Actor, tables: Nouns) -> None:
        self.actor = actor
        access = Access(tables)
        root = tables.resellers.root()
        self._reach: dict[str, frozenset[int] | None] = {}
        self._shops: dict[str, frozenset[int]] = {}
        for permission in {*PERMISSION.values(), OTHERWISE, PERSONS}:
            reach = access.reach(actor, permission)
            self._reach[permission] = None if reach is None or (root is not None and root.id in reach) else reach
            self._shops[permission] = access.shops(actor, permission)

    def sees(self, kind: str, owner: Owner) -> bool:
        """Whether a thing of that owner is within reach."""
        permission = PERMISSION.get(kind, OTHERWISE)
        reach = self._reach[permission]
        return reach is None or owner[0] in reach or (owner[1] is not None and owner[1] in self._shops[permission])

    def reads_persons(self, owner: Owner) -> bool:
        """Whether numbers in records of that owner are shown whole."""
        reach = self._reach[PERSONS]
        return reach is None or owner[0] in reach or (owner[1] is not None and owner[1] in self._shops[PERSONS])

    def visible(self, changes: Sequence[Change], tables: Nouns, running: Running) -> list[Change]:
        """The changes with the ids that are this actor's business; those without any are left out."""
        found = []
        for change in changes:
            permission = PERMISSION.get(change.kind, OTHERWISE)
            if self._reach[permission] is None:
                found.append(change)
            elif change.kind in OWNED and (self._reach[permission] or self._shops[permission]):
                told = self._told(change, tables, running)
                if told is not None:
                    found.append(told)
        return found

    def _told(self, change: Change, tables: Nouns, running: Running) -> Change | None:
        if not change.ids:
            return change
        known: dict[int, list[Owner]] = {}
        sought = change.ids
        if change.kind in OF_CALLS:
            known = {each: [running[each]] for each in change.ids if each in running}
            sought = tuple(each for each in change.ids if each not in known)
        known.update(tables.owners.of(change.kind, sought))
        ids = tuple(each for each in change.ids if any(self.sees(change.kind, owner) for owner in known.get(each, ())))
        if not ids and all(each in known for each in change.ids):
            return None
        if not ids and change.kind in OF_CALLS:
            return None
        return Change(sequence=change.sequence, kind=change.kind, ids=ids)
