"""Who asks, and what that person may do.

Law: a thing outside an actor's reach looks as if it were not there (NotFound); a thing within reach that the role
does not allow is Forbidden. A grant in a reseller reaches that reseller and all below it; a grant in a shop reaches
that one customer.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.errors import Forbidden, NotFound
from appliance.store.nouns import Nouns

ROLES = ("owner", "manager", "accountant", "supervisor", "clerk", "read-only")

_READ = frozenset(
    {
        "customers.read",
        "endpoints.read",
        "accounts.read",
        "tariffs.read",
        "calls.read",
        "payments.read",
        "resellers.read",
        "messages.read",
        "taxes.read",
        "invoices.read",
        "shop.read",
    }
)
_MONEY = frozenset({"invoices.write", "vouchers.read", "vouchers.write", "approvals.decide", "bank.write", "taxes.write"})
"""What documents and incoming money need beyond reading; whoever keeps the books has it."""

_TILL = frozenset({"customers.read", "endpoints.read", "calls.read", "payments.read", "payments.record", "calls.price", "shop.read", "till.use"})
_CLERK_OF_SHOP = frozenset({"shop.read", "till.use", "customers.read", "endpoints.read"})
"""Of a clerk whose role is in a shop: calls and prices of the shop's own would tell him what it pays for them."""

_DAILY = _READ | frozenset(
    {
        "till.use",
        "till.approve",
        "shop.figures",
        "shop.write",
        "customers.write",
        "endpoints.write",
        "endpoints.reveal",
        "accounts.write",
        "payments.record",
        "calls.hang_up",
        "calls.price",
        "calls.person",
        "messages.send",
    }
)
_MANAGER = _DAILY | frozenset(
    {
        "tariffs.write",
        "payments.undo",
        "resellers.write",
        "templates.read",
        "templates.write",
        "trunks.read",
        "trunks.write",
        "costs.read",
        "settings.read",
        "audit.read",
        "operators.read",
        "guard.release",
    }
)

PERMISSIONS: dict[str, frozenset[str]] = {
    "owner": _MANAGER
    | _MONEY
    | frozenset(
        {
            "books.close",
            "accounts.adjust",
            "settings.write",
            "operators.write",
            "description.apply",
            "description.export",
            "ledger.read",
            "books.verify",
            "backups.make",
            "persons.export",
            "persons.erase",
            "persons.disclose",
        }
    ),
    "manager": _MANAGER | _MONEY,
    "accountant": _READ
    | _MONEY
    | frozenset(
        {
            "payments.record",
            "payments.undo",
            "accounts.adjust",
            "ledger.read",
            "costs.read",
            "calls.price",
            "books.verify",
            "audit.read",
            "shop.figures",
        }
    ),
    "supervisor": _TILL
    | frozenset(
        {
            "payments.undo",
            "calls.hang_up",
            "accounts.read",
            "calls.person",
            "till.approve",
            "shop.figures",
            "guard.release",
        }
    ),
    "clerk": _TILL,
    "read-only": _READ | frozenset({"calls.price"}),
}
"""What each role may do. "costs.read" is what a clerk never has: buying prices and margins."""

_SHOP_ROLES = frozenset({"owner", "manager", "supervisor", "clerk", "read-only"})


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in one reseller, or in one shop (a customer). `scopes`, where given, are its permissions in the role's place."""

    role: str
    reseller_id: int | None = None
    shop_id: int | None = None
    scopes: frozenset[str] | None = None

    def allows(self, permission: str) -> bool:
        """Whether it carries that permission where it holds."""
        if self.scopes is not None:
            return permission in self.scopes
        if self.shop_id is not None and self.role == "clerk":
            return permission in _CLERK_OF_SHOP
        return permission in PERMISSIONS.get(self.role, frozenset())


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. The folder's owner at the command line has no operator and may do everything. `language`: "" where none is set."""

    name: str
    operator_id: int | None = None
    grants: tuple[Grant, ...] = ()
    owner_of_folder: bool = False
    language: str = ""


def folder_owner(name: str = "folder owner") -> Actor:
    """Whoever can write the data folder."""
    return Actor(name, owner_of_folder=True)


class Access:
    """Answers who reaches what. It reads the tree of resellers from the store and keeps nothing."""

    def __init__(self, store: Nouns) -> None:
        self._store = store

    def may(self, actor: Actor, permission: str, reseller_id: int | None, shop_id: int | None = None) -> bool:
        """Whether the actor has the permission in that reseller (or that shop of it). None: the appliance as a whole, the root."""
        if actor.owner_of_folder:
            return True
        above = self._chain(reseller_id)
        for grant in actor.grants:
            if not grant.allows(permission):
                continue
            if grant.reseller_id is not None and grant.reseller_id in above:
                return True
            if grant.shop_id is not None and grant.shop_id == shop_id and grant.role in _SHOP_ROLES:
                return True
        return False

    def sees(self, actor: Actor, reseller_id: int | None, shop_id: int | None = None) -> bool:
        """Whether anything of that reseller (or shop) is the actor's business at all."""
        if actor.owner_of_folder:
            return True
        above = self._chain(reseller_id)
        return any(
            (grant.reseller_id is not None and grant.reseller_id in above) or (grant.shop_id is not None and grant.shop_id == shop_id)
            for grant in actor.grants
        )

    def need(self, actor: Actor, permission: str, reseller_id: int | None, shop_id: int | None = None, *, what: str = "reseller") -> None:
        """NotFound where the thing is outside the actor's reach, Forbidden where the role does not allow it."""
        if self.may(actor, permission, reseller_id, shop_id):
            return
        if self.sees(actor, reseller_id, shop_id):
            raise Forbidden("access.forbidden", permission=permission)
        raise NotFound(f"{what}.unknown")

    def reach(self, actor: Actor, permission: str) -> frozenset[int] | None:
        """Ids of all resellers where the actor has the permission; None: all of them."""
        if actor.owner_of_folder:
            return None
        tops = {grant.reseller_id for grant in actor.grants if grant.reseller_id is not None and grant.allows(permission)}
        if not tops:
            return frozenset()
        parents = {row.id: row.parent_id for row in self._store.resellers.list(archived=True)}
        found = set()
        for reseller_id in parents:
            at: int | None = reseller_id
            while at is not None and at not in tops:
                at = parents.get(at)
            if at is not None:
                found.add(reseller_id)
        return frozenset(found)

    def shops(self, actor: Actor, permission: str) -> frozenset[int]:
        """Customers that the actor reaches by a grant in a shop alone."""
        return frozenset(grant.shop_id for grant in actor.grants if grant.shop_id is not None and grant.allows(permission))

    def home(self, actor: Actor) -> int | None:
        """The reseller meant where a request names none: the actor's own, or the root; None in an empty appliance."""
        for grant in actor.grants:
            if grant.reseller_id is not None:
                return grant.reseller_id
        root = self._store.resellers.root()
        return None if root is None else root.id

    def _chain(self, reseller_id: int | None) -> set[int]:
        chain: set[int] = set()
        if reseller_id is None:
            root = self._store.resellers.root()
            return set() if root is None else {root.id}
        at: int | None = reseller_id
        while at is not None and at not in chain:
            chain.add(at)
            row = self._store.resellers.get(at)
            at = None if row is None else row.parent_id
        return chain
