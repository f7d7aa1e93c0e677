"""Operators: persons who sign in, what they are granted, and the codes that let them in the first time (P9).

There is no default password anywhere. The first start prints a set-up code that makes the owner; later the folder's
owner can give anybody a one-time code, which also takes a lost second factor away.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from appliance.errors import Conflict, Forbidden, NotFound, UserError
from appliance.services.ground import columns as col
from appliance.services.ground.access import PERMISSIONS, ROLES, Access, Actor
from appliance.services.ground.access import Grant as Held
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Column, Sql, differing, written
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.passwords import SHORTEST, Hashes, code_hash, make_code
from appliance.services.ground.room import Room
from appliance.services.people.resellers import Resellers
from appliance.services.people.second_factor import PURPOSE as SECOND_FACTOR
from appliance.services.people.web_logins import check_sign_in
from appliance.services.prices.retail import Retail
from appliance.store.operators import Grant, Operator
from appliance.store.resellers import Reseller
from appliance.wire.description import OperatorEntry
from appliance.wire.description_shop import ShopOperatorEntry
from appliance.wire.operators import (
    GrantFields,
    GrantView,
    OneTimeCode,
    OperatorCreate,
    OperatorPage,
    OperatorRedeem,
    OperatorReset,
    OperatorUpdate,
    OperatorView,
)
from appliance.wire.shapes import Listing

FIELDS = (
    Column("login", "login", col.name),
    Column("language", "language", col.language()),
    Column("disabled", "disabled", col.flag()),
)
BUSINESS_FIELDS = (
    Column("name", "name", col.name),
    Column("country", "country", col.country),
    Column("timezone", "timezone", col.timezone("UTC")),
    Column("language", "language", col.language("en")),
    Column("sip_domain", "sip_domain", lambda value, field: "" if value is None else col.domain(value, field)),
    Column("retail_markup_percent", "retail_markup_ppm", col.percent()),
)
Places = list[tuple[str, int | None, int | None, int | None]]
"""(role, reseller, shop, chain)."""

SETUP = "setup"
RESET = "reset"
CODE_MS = 7 * 86_400_000
SETUP_MS = 365 * 86_400_000  # the set-up code waits for its owner; it dies with the first operator


class Operators:
    """`describe` is the description file's way in; the rest are requests."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, resellers: Resellers, retail: Retail) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._resellers = resellers
        self._retail = retail

    # the first one -------------------------------------------------------------------------------------------------
    def setup_code(self) -> str | None:
        """A new set-up code while nobody can sign in, else None. It replaces the one before; only its hash is kept."""
        if any(row.password_hash is not None for row in self._store.operators.list()):
            return None
        code = make_code(self._room.random_bytes)
        now = self._room.clock.utcnow()
        with self._room.changes.unit():
            self._store.sessions.drop_codes(SETUP, None)
            self._store.sessions.insert_code(code_hash(code), SETUP, None, now, now + SETUP_MS)
        return code

    def redeem(self, request: OperatorRedeem, hashes: Hashes | None = None) -> OperatorView:
        """Turn a set-up or one-time code into a password. UserError "operator.code_wrong" whatever is wrong with the code."""
        check_sign_in(request.password, shortest=SHORTEST)
        hashed = (hashes or Hashes()).fresh(request.password)
        with self._room.changes.unit():
            now = self._room.clock.utcnow()
            hidden = code_hash(request.code)
            row = self._store.operators.find(request.login)
            if self._store.sessions.use_code(hidden, SETUP, now) is not None:
                row = self._first_owner(request, row)
            else:
                spent = self._store.sessions.use_code(hidden, RESET, now)
                if spent is None or row is None or spent.subject_id != row.id or row.disabled:
                    raise UserError("operator.code_wrong", field="code")
            self._store.operators.update(row.id, {"password_hash": hashed, "must_change": 0})
            self._store.sessions.end_all("operator", row.id)
            self._audit.noted(Actor(row.login, row.id), "operators.redeem", "operator", row.id, password_hash=hashed)
            self._room.changes.note("operator", row.id)
            return self.view(self._row(row.id))

    def _first_owner(self, request: OperatorRedeem, row: Operator | None) -> Operator:
        """The set-up code's operator: the owner at the root."""
        root = self._store.resellers.root()
        if root is None:
            if request.business is None:
                raise UserError("operator.no_business_yet", field="business")
            values = written(request.business, BUSINESS_FIELDS)
            if values["sip_domain"] == "":
                del values["sip_domain"]
            currency = str(col.currency(request.business.currency, "business.currency"))
            root = self._resellers.make(Actor(request.login), None, values, currency, None)
            self._retail.ensure(Actor(request.login), root)
        if row is None:
            row_id = self._insert(None, str(col.name(request.login, "login")), request.name, "", {})
            self._store.operators.grant(row_id, "owner", reseller_id=root.id)
            row = self._row(row_id)
            self._audit.made(Actor(row.login, row.id), "operators.create", "operator", row.id, {"login": row.login, "role": "owner"})
        return row

    # the description file ------------------------------------------------------------------------------------------
    def describe(
        self, actor: Actor, reseller: Reseller, entry: OperatorEntry | ShopOperatorEntry, hashes: Hashes, *, shop_id: int | None = None
    ) -> str:
        """An operator by its login with a role in this reseller, or in one shop of it alone: "created", "changed" or ""."""
        row = self._store.operators.find(entry.login)
        held = [] if row is None else list(self._store.operators.grants(row.id))
        if shop_id is None and held and reseller.id not in {grant.reseller_id for grant in held}:
            raise Conflict("operator.login_taken", field="login", login=entry.login)
        if shop_id is not None and any(grant.reseller_id is not None for grant in held):
            raise Conflict("operator.login_taken", field="login", login=entry.login)
        values = written(entry, FIELDS)
        values.pop("login")
        password = entry.password
        if isinstance(password, str) and not hashes.same(None if row is None else row.password_hash, password):
            values["password_hash"] = hashes.fresh(check_sign_in(password))
        elif password is None:
            values["password_hash"] = None
        name = entry.name if isinstance(entry.name, str) else ""
        email = entry.email if isinstance(entry.email, str) else ""
        if row is None:
            row_id = self._insert(reseller.id, entry.login, name, email, values)
            usual = "owner" if shop_id is None else "clerk"
            role = usual if entry.role is UNSET else entry.role
            self._store.operators.grant(row_id, role, reseller_id=reseller.id if shop_id is None else None, shop_id=shop_id)
            self._audit.made(actor, "operators.create", "operator", row_id, {"login": entry.login, "reseller": reseller.name, **values})
            self._room.changes.note("operator", row_id)
            return "created"
        changed = self._change(actor, row, values)
        person = {key: value or "" for key, value in (("name", entry.name), ("email", entry.email)) if value is not UNSET}
        changed = self._change_person(row, person) or changed
        if entry.role is not UNSET:
            changed = self._set_role(actor, row, entry.role, reseller, shop_id) or changed
        return "changed" if changed else ""

    def _set_role(self, actor: Actor, row: Operator, role: str, reseller: Reseller, shop_id: int | None) -> bool:
        here = reseller.id if shop_id is None else None
        held = [grant for grant in self._store.operators.grants(row.id) if (grant.reseller_id, grant.shop_id) == (here, shop_id)]
        if [grant.role for grant in held] == [role]:
            return False
        for grant in held:
            self._store.operators.revoke(grant.id)
        self._store.operators.grant(row.id, role, reseller_id=here, shop_id=shop_id)
        self._audit.changed(actor, "operators.update", "operator", row.id, {"role": ", ".join(grant.role for grant in held)}, {"role": role})
        self._room.changes.note("operator", row.id)
        return True

    # requests ------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor, request: Listing) -> OperatorPage:
        """Operators with a grant where the actor may look, by login."""
        reach = self._access.reach(actor, "operators.read")
        return OperatorPage([self.view(row) for row in self._store.operators.list() if self._within(row, reach)])

    def create(self, actor: Actor, request: OperatorCreate, hashes: Hashes | None = None) -> OperatorView:
        """An operator with grants that the actor may give; without a password, a one-time code in the answer."""
        hashed = None if request.password is None else (hashes or Hashes()).fresh(check_sign_in(request.password, shortest=SHORTEST))
        with self._room.changes.unit():
            if not request.grants:
                raise UserError("operator.no_grant", field="grants")
            places = self._places(actor, request.grants)
            if self._store.operators.find(request.login) is not None:
                raise Conflict("operator.login_taken", field="login", login=request.login)
            values = {**written(request, FIELDS), "password_hash": hashed}
            login = str(values.pop("login"))
            row_id = self._insert(places[0][1], login, request.name, request.email, values)
            for role, reseller_id, shop_id, chain_id in places:
                self._store.operators.grant(row_id, role, reseller_id=reseller_id, shop_id=shop_id, chain_id=chain_id)
            self._audit.made(actor, "operators.create", "operator", row_id, {"login": login, "grants": str(places), "password_hash": hashed})
            self._room.changes.note("operator", row_id)
            code = "" if hashed else self._new_code(row_id)[0]
            return self.view(self._row(row_id), code)

    def update(self, actor: Actor, request: OperatorUpdate, hashes: Hashes | None = None) -> OperatorView:
        """Changes of an operator; a new password or being disabled ends its sessions."""
        hashed = (hashes or Hashes()).fresh(check_sign_in(request.password, shortest=SHORTEST)) if isinstance(request.password, str) else None
        with self._room.changes.unit():
            row = self._reached(actor, request.id)
            if request.version not in (None, row.version):
                raise Conflict("store.changed_meanwhile", what="operator", id=row.id)
            values = written(request, FIELDS)
            if hashed is not None:
                values["password_hash"] = hashed
            if "login" in values and values["login"] != row.login and self._store.operators.find(str(values["login"])) is not None:
                raise Conflict("operator.login_taken", field="login", login=str(values["login"]))
            self._change(actor, row, values, request.version)
            if not values:  # name, e-mail and grants lie elsewhere: they are the operator's all the same
                self._store.operators.update(row.id, {"login": row.login})
            person = {key: value for key, value in (("name", request.name), ("email", request.email)) if isinstance(value, str)}
            self._change_person(row, person)
            if request.grants is not UNSET:
                places = self._places(actor, request.grants)
                before = list(self._store.operators.grants(row.id))
                for grant in before:
                    self._store.operators.revoke(grant.id)
                for role, reseller_id, shop_id, chain_id in places:
                    self._store.operators.grant(row.id, role, reseller_id=reseller_id, shop_id=shop_id, chain_id=chain_id)
                self._audit.changed(
                    actor, "operators.update", "operator", row.id, {"grants": str([tuple(each[2:5]) for each in before])}, {"grants": str(places)}
                )
            self._room.changes.note("operator", row.id)
            return self.view(self._row(row.id))

    def reset(self, actor: Actor, request: OperatorReset) -> OneTimeCode:
        """A one-time code and no second factor; audited. The folder's owner resets anybody, an owner those below him, never himself."""
        reach = self._access.reach(actor, "operators.write")
        if reach is not None and not reach:
            raise Forbidden("access.forbidden", permission="operators.write")
        with self._room.changes.unit():
            row = self._store.operators.find(request.login)
            if row is None:
                raise NotFound("operator.unknown", field="login", login=request.login)
            if not actor.owner_of_folder and self._reached(actor, row.id).id == actor.operator_id:
                raise Forbidden("access.forbidden", permission="operators.reset")
            self._store.operators.update(row.id, {"totp_sealed": None, "password_hash": None, "must_change": 1})
            self._store.sessions.drop_codes(f"{SECOND_FACTOR}:{row.id}", row.id)
            self._store.sessions.end_all("operator", row.id)
            code, until = self._new_code(row.id)
            self._audit.noted(actor, "operators.reset", "operator", row.id, login=row.login)
            self._room.changes.note("operator", row.id)
            return OneTimeCode(row.login, code, stamp(until) or "")

    def view(self, row: Operator, code: str = "") -> OperatorView:
        """The row without its secrets."""
        person = self._store.people.get(row.person_id)
        assert person is not None  # foreign key
        grants = [self._grant_view(grant) for grant in self._store.operators.grants(row.id)]
        return OperatorView(
            row.id,
            row.version,
            row.login,
            person.name,
            person.email,
            row.language,
            row.password_hash is not None,
            row.totp_sealed is not None,
            bool(row.must_change),
            bool(row.disabled),
            grants,
            code,
        )

    def actor(self, row: Operator) -> Actor:
        """The operator as services know who asks."""
        grants = tuple(
            Held(grant.role, grant.reseller_id, shop)
            for grant in self._store.operators.grants(row.id)
            for shop in ((grant.shop_id,) if grant.chain_id is None else self._store.operators.in_chain(grant.chain_id))
        )
        return Actor(row.login, row.id, grants, language=row.language)

    def changeable(self, actor: Actor, login: str) -> Operator:
        """One whom the actor may change; NotFound, Forbidden."""
        row = self._store.operators.find(login)
        if row is None:
            raise NotFound("operator.unknown", field="login", operator=login)
        return self._reached(actor, row.id)

    def known(self, operator_id: int) -> Actor | None:
        """The operator of that id, who is allowed in; None else."""
        row = self._store.operators.get(operator_id)
        return None if row is None or row.disabled else self.actor(row)

    # parts ---------------------------------------------------------------------------------------------------------
    def _insert(self, reseller_id: int | None, login: str, name: str, email: str, values: dict[str, Sql]) -> int:
        # A person's name is unique in its kind and place; two operators may share one, so the login stands for it.
        person = (
            self._store.people.insert(kind="operator", reseller_id=reseller_id, name=name or login, email=email)
            if not self._named(reseller_id, name or login)
            else self._store.people.insert(kind="operator", reseller_id=reseller_id, name=f"{name} ({login})", email=email)
        )
        return self._store.operators.insert(person_id=person, login=login, created_at=self._room.clock.utcnow(), **values)

    def _named(self, reseller_id: int | None, name: str) -> bool:
        return self._store.people.find("operator", reseller_id, name) is not None

    def _change(self, actor: Actor, row: Operator, values: dict[str, Sql], version: int | None = None) -> bool:
        changed = differing(values, row)
        if not changed:
            return False
        self._store.operators.update(row.id, changed, version)
        if "password_hash" in changed or changed.get("disabled"):
            self._store.sessions.end_all("operator", row.id)
        self._audit.changed(actor, "operators.update", "operator", row.id, row._asdict(), changed)
        self._room.changes.note("operator", row.id)
        return True

    def _change_person(self, row: Operator, values: dict[str, str]) -> bool:
        person = self._store.people.get(row.person_id)
        changed = {key: value for key, value in values.items() if person is not None and getattr(person, key) != value}
        if changed:
            self._store.people.update(row.person_id, changed)
        return bool(changed)

    def _new_code(self, operator_id: int) -> tuple[str, int]:
        code = make_code(self._room.random_bytes)
        now = self._room.clock.utcnow()
        self._store.sessions.drop_codes(RESET, operator_id)
        self._store.sessions.insert_code(code_hash(code), RESET, operator_id, now, now + CODE_MS)
        return code, now + CODE_MS

    def _places(self, actor: Actor, wanted: Sequence[GrantFields]) -> Places:
        """(role, reseller, shop, chain) of each; nobody gives what he could not do himself."""
        places: Places = []
        for at, grant in enumerate(wanted):
            if grant.role not in ROLES:
                raise UserError("field.not_a_choice", field=f"grants[{at}].role", choices=", ".join(ROLES))
            if grant.shop is not None:
                shop = self._lookups.customer(actor, grant.shop, grant.reseller, "operators.write", f"grants[{at}].shop")
                if not shop.call_shop:
                    raise UserError("operator.not_a_shop", field=f"grants[{at}].shop")
                self._may_give(actor, grant.role, shop.reseller_id)
                places.append((grant.role, None, shop.id, None))
            elif grant.chain is not None:
                owner = self._lookups.reseller(actor, grant.reseller, "operators.write", f"grants[{at}].reseller")
                chain = (
                    self._store.operators.chain(grant.chain)
                    if isinstance(grant.chain, int)
                    else self._store.operators.find_chain(owner.id, grant.chain)
                )
                if chain is None:
                    raise NotFound("chain.unknown", field=f"grants[{at}].chain", chain=grant.chain)
                self._access.need(actor, "operators.write", chain.reseller_id, what="chain")
                self._may_give(actor, grant.role, chain.reseller_id)
                places.append((grant.role, None, None, chain.id))
            else:
                reseller = self._lookups.reseller(actor, grant.reseller, "operators.write", f"grants[{at}].reseller")
                self._may_give(actor, grant.role, reseller.id)
                places.append((grant.role, reseller.id, None, None))
        return places

    def _may_give(self, actor: Actor, role: str, reseller_id: int) -> None:
        if not all(self._access.may(actor, permission, reseller_id) for permission in PERMISSIONS[role]):
            raise Forbidden("operator.role_too_high", role=role)

    def _within(self, row: Operator, reach: frozenset[int] | None) -> bool:
        return reach is None or any(self._place(grant) in reach for grant in self._store.operators.grants(row.id))

    def _place(self, grant: Grant) -> int | None:
        if grant.reseller_id is not None:
            return grant.reseller_id
        if grant.chain_id is not None:
            chain = self._store.operators.chain(grant.chain_id)
            return None if chain is None else chain.reseller_id
        shop = None if grant.shop_id is None else self._store.customers.get(grant.shop_id)
        return None if shop is None else shop.reseller_id

    def _reached(self, actor: Actor, row_id: int) -> Operator:
        """One whose every grant is within the actor's reach, so that nobody takes over somebody above himself."""
        row = self._store.operators.get(row_id)
        reach = self._access.reach(actor, "operators.write")
        if row is None or not self._within(row, reach):
            raise NotFound("operator.unknown", field="id", operator=row_id)
        if reach is not None and not all(self._place(grant) in reach for grant in self._store.operators.grants(row.id)):
            raise Forbidden("access.forbidden", permission="operators.write")
        return row

    def _grant_view(self, grant: Grant) -> GrantView:
        reseller = None if grant.reseller_id is None else self._store.resellers.get(grant.reseller_id)
        shop = None if grant.shop_id is None else self._store.customers.get(grant.shop_id)
        chain = None if grant.chain_id is None else self._store.operators.chain(grant.chain_id)
        names = [None if each is None else each.name for each in (reseller, shop, chain)]
        return GrantView(grant.role, *names)

    def _row(self, row_id: int) -> Operator:
        row = self._store.operators.get(row_id)
        if row is None:
            raise NotFound("operator.unknown")
        return row
