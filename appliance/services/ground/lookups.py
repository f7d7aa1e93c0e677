"""Finding things through their owner: what is outside an actor's reach is not there (NotFound).

A reference is an id or a natural key. Names are sought in the reseller that the request names, or in the actor's own.
"""

from __future__ import annotations

from appliance.errors import NotFound, UserError
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.room import Room
from appliance.store.accounts import Account
from appliance.store.customers import Customer
from appliance.store.endpoints import Endpoint
from appliance.store.resellers import Reseller
from appliance.store.tariffs import Tariff
from appliance.store.trunks import Trunk
from appliance.wire.shapes import Ref


class Lookups:
    """Each method checks the permission for the thing that it gives."""

    def __init__(self, room: Room, access: Access) -> None:
        self._store = room.store
        self._access = access

    def reseller(self, actor: Actor, ref: Ref | None, permission: str, field: str = "reseller", *, archived: bool = False) -> Reseller:
        """By id or name; None: the actor's own, the root for the folder's owner."""
        resellers = self._store.resellers
        if ref is None:
            home = self._access.home(actor)
            row = None if home is None else resellers.get(home)
        else:
            row = resellers.get(ref) if isinstance(ref, int) else resellers.find(ref)
        if row is None or (row.archived_at is not None and not archived):
            raise NotFound("reseller.unknown", field=field, reseller=ref or "")
        self._access.need(actor, permission, row.id)
        return row

    def customer(self, actor: Actor, ref: Ref, reseller: Ref | None, permission: str, field: str = "customer", *, archived: bool = False) -> Customer:
        """By id, or by name in the reseller."""
        customers = self._store.customers
        if isinstance(ref, int):
            row = customers.get(ref)
        else:
            row = customers.find(self._named_in(actor, reseller, permission), ref)
        if row is None or (row.archived_at is not None and not archived):
            raise NotFound("customer.unknown", field=field, customer=ref)
        self._access.need(actor, permission, row.reseller_id, row.id, what="customer")
        return row

    def endpoint(self, actor: Actor, ref: Ref, permission: str, field: str = "endpoint", *, archived: bool = False) -> tuple[Endpoint, Customer]:
        """By id or number, with its customer."""
        endpoints = self._store.endpoints
        row = endpoints.get(ref) if isinstance(ref, int) else endpoints.find(ref)
        if row is None or (row.archived_at is not None and not archived):
            raise NotFound("endpoint.unknown", field=field, endpoint=ref)
        customer = self._store.customers.get(row.customer_id)
        assert customer is not None  # foreign key
        self._access.need(actor, permission, customer.reseller_id, customer.id, what="endpoint")
        return row, customer

    def account(self, actor: Actor, ref: Ref, reseller: Ref | None, permission: str, field: str = "account") -> Account:
        """A credit account by id, by name in the reseller that keeps it, or `reseller:NAME` for a reseller's own."""
        accounts = self._store.accounts
        row: Account | None = None
        if isinstance(ref, int):
            row = accounts.get(ref)
        elif ref.startswith("reseller:"):
            owner = self._store.resellers.find(ref.removeprefix("reseller:"))
            row = None if owner is None or owner.credit_account_id is None else accounts.get(owner.credit_account_id)
        else:
            found = [
                each
                for each in accounts.named(self._named_in(actor, reseller, permission), "credit", ref)
                if each.archived_at is None and each.owner_reseller_id is None
            ]
            row = found[0] if len(found) == 1 else None
        if row is None or row.kind != "credit":
            raise NotFound("account.unknown", field=field, account=ref)
        self._access.need(actor, permission, row.reseller_id, what="account")
        return row

    def payer(
        self, actor: Actor, customer: Ref | None, account: Ref | None, reseller: Ref | None, permission: str
    ) -> tuple[Account, Customer | None]:
        """A credit account in use by its customer or by itself, with the customer where it has only one; UserError where not one of both is named."""
        if (customer is None) is (account is None):
            raise UserError("payment.name_customer_or_account", field="customer")
        if customer is not None:
            found = self.customer(actor, customer, reseller, permission)
            row = self._store.accounts.get(found.credit_account_id)
            assert row is not None  # foreign key
            return row, found
        assert account is not None
        row = self.account(actor, account, reseller, permission)
        if row.archived_at is not None:
            raise NotFound("account.unknown", field="account", account=account)
        payers = [each for each in self._store.customers.of_account(row.id) if each.archived_at is None]
        return row, payers[0] if len(payers) == 1 else None

    def tariff(self, actor: Actor, ref: Ref, reseller: Ref | None, permission: str, field: str = "tariff") -> Tariff:
        """One that the reseller owns, or the one that it buys by."""
        if isinstance(ref, int):
            row = self._store.tariffs.get(ref)
            if row is None:
                raise NotFound("tariff.unknown", field=field, tariff=ref)
            if not self._buys(actor, row.id, permission):
                self._access.need(actor, permission, row.reseller_id, what="tariff")
            return row
        owner = self.reseller(actor, reseller, permission)
        return self.tariff_of(owner, ref, field)

    def tariff_of(self, reseller: Reseller, ref: Ref, field: str = "tariff") -> Tariff:
        """What a reseller may sell, buy or derive by: its own tariffs, then its buying tariff."""
        tariffs = self._store.tariffs
        buying = None if reseller.tariff_id is None else tariffs.get(reseller.tariff_id)
        if isinstance(ref, int):
            row = tariffs.get(ref)
            if row is not None and row.reseller_id != reseller.id and (buying is None or buying.id != row.id):
                row = None
        else:
            row = tariffs.find(reseller.id, ref)
            if row is None and buying is not None and buying.name == ref:
                row = buying
        if row is None or row.archived_at is not None:
            raise NotFound("tariff.unknown", field=field, tariff=ref)
        return row

    def trunk(self, actor: Actor, ref: Ref, permission: str, field: str = "trunk", *, archived: bool = False) -> Trunk:
        """By id or name; trunk names are unique in the appliance."""
        trunks = self._store.trunks
        row = trunks.get(ref) if isinstance(ref, int) else trunks.find(ref)
        if row is None or (row.archived_at is not None and not archived):
            raise NotFound("trunk.unknown", field=field, trunk=ref)
        self._access.need(actor, permission, row.reseller_id, what="trunk")
        return row

    def _named_in(self, actor: Actor, reseller: Ref | None, permission: str) -> int:
        """Where a name is sought; a clerk of a shop has no reseller of its own, and its shop's is meant."""
        if reseller is None and self._access.home(actor) is not None:
            for shop_id in self._access.shops(actor, permission):
                shop = self._store.customers.get(shop_id)
                if shop is not None and not any(grant.reseller_id for grant in actor.grants):
                    return shop.reseller_id
        return self.reseller(actor, reseller, permission).id

    def _buys(self, actor: Actor, tariff_id: int, permission: str) -> bool:
        """Whether it is what the actor's own house buys by, and he may know what that costs."""
        home = self._access.home(actor)
        row = None if home is None else self._store.resellers.get(home)
        if row is None or row.tariff_id != tariff_id:
            return False
        return self._access.may(actor, permission, row.id) and self._access.may(actor, "costs.read", row.id)
