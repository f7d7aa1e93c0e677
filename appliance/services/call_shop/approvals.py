"""A supervisor's PIN for what a clerk may not do alone: hashed, and shut for a while after wrong ones.

Law: a wrong PIN is written down before it is answered, in a unit of work of its own, so that whoever is refused has used
up a try whatever becomes of the rest; where that was undone with the rest, it is written again (`UserError.afterwards`).
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from appliance.clock import rfc3339
from appliance.errors import Forbidden, NotFound, UserError
from appliance.services.call_shop.places import APPROVE, USE, Place, Places
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.passwords import Hashes, code_hash, make_code
from appliance.services.ground.room import Room
from appliance.services.people.operators import CODE_MS, Operators
from appliance.store.operators import Operator
from appliance.wire.bills import Approval
from appliance.wire.operators import OneTimeCode
from appliance.wire.shapes import Done
from appliance.wire.shops import Approver, PinCode, PinSet

TRIES = 5
SHUT_MS = 60_000
LONGEST_SHUT_MS = 3_600_000
SHORTEST, LONGEST = 4, 12
PIN_CODE = "pin"


class Approved(NamedTuple):
    """Who stood for it: None where the asker may do it himself."""

    operator_id: int | None


class Approvals:
    """`hashes` are PINs that were worked out ahead, in a thread."""

    def __init__(self, room: Room, access: Access, places: Places, operators: Operators, audit: Audit) -> None:
        self._room = room
        self._places = places
        self._store = room.store
        self._access = access
        self._operators = operators
        self._audit = audit

    def ahead(self, approval: Approval | None) -> Hashes:
        """The costly part, for a thread of its own: it reads by a connection of its own."""
        hashes = Hashes()
        if approval is not None:
            with self._room.store.reader() as tables:
                row = tables.operators.find(approval.login)
                pin = None if row is None else tables.till_documents.pin(row.id)
                if pin is not None:
                    hashes.prepare([(approval.pin, pin.pin_hash)])
        return hashes

    def ahead_of_set(self, request: PinSet) -> Hashes:
        """A fresh hash of the PIN, and (where the login says whose it is) whether the password is right."""
        hashes = Hashes().prepare_fresh(request.pin)
        if request.login is not None and request.password:
            with self._room.store.reader() as tables:
                row = tables.operators.find(request.login)
            if row is not None and row.password_hash is not None:
                hashes.prepare([(request.password, row.password_hash)])
        return hashes

    def need(self, actor: Actor, place: Place, approval: Approval | None, hashes: Hashes | None = None) -> Approved:
        """The actor may approve, or somebody's login and PIN do.

        Forbidden "approval.wanted", "approval.wrong", "approval.shut", "approval.not_allowed".
        """
        if self._access.may(actor, APPROVE, place.reseller.id, place.id):
            return Approved(None)
        if approval is None:
            raise Forbidden("approval.wanted", field="approval")
        row = self._store.operators.find(approval.login)
        pin = None if row is None or row.disabled else self._store.till_documents.pin(row.id)
        if row is None or pin is None:
            raise Forbidden("approval.wrong", field="approval.pin")
        now = self._room.clock.utcnow()
        if pin.shut_until_at > now:
            raise Forbidden("approval.shut", field="approval.pin", seconds=-(-(pin.shut_until_at - now) // 1000))
        if not (hashes or Hashes()).same(pin.pin_hash, approval.pin):
            refused = Forbidden("approval.wrong", field="approval.pin")
            refused.afterwards = partial(self._failed, row, pin.failures + 1, now, place)
            refused.afterwards()
            raise refused
        if not self._access.may(self._operators.actor(row), APPROVE, place.reseller.id, place.id):
            raise Forbidden("approval.not_allowed", field="approval.login")
        if pin.failures:
            with self._room.changes.unit():
                self._store.till_documents.tried(row.id, 0, 0)
        return Approved(row.id)

    def _failed(self, row: Operator, failures: int, now: int, place: Place) -> None:
        """Each full set of tries shuts twice as long as the one before."""
        rounds = failures // TRIES
        shut = now + min(SHUT_MS << (rounds - 1), LONGEST_SHUT_MS) if failures % TRIES == 0 else 0
        with self._room.changes.unit():
            self._store.till_documents.tried(row.id, failures, shut)
            self._audit.noted(Actor(row.login, row.id), "pins.wrong", "operator", row.id, shop=place.id, failures=failures)

    def code(self, actor: Actor, request: PinCode) -> OneTimeCode:
        """On paper, for somebody who works in the shop and forgot the PIN: whoever has it still has to sign in."""
        place = self._places.shop(actor, request.shop, APPROVE)
        row = self._store.operators.find(request.login)
        if row is None or row.disabled or not self._access.may(self._operators.actor(row), USE, place.reseller.id, place.id):
            raise NotFound("operator.unknown", field="login", login=request.login)
        if any(grant.reseller_id is not None for grant in self._store.operators.grants(row.id)) and row.id != actor.operator_id:
            row = self._operators.changeable(actor, request.login)  # whoever works for the reseller is not a shop's to reset
        code, now = make_code(self._room.random_bytes), self._room.clock.utcnow()
        with self._room.changes.unit():
            self._store.sessions.drop_codes(PIN_CODE, row.id)
            self._store.sessions.insert_code(code_hash(code), PIN_CODE, row.id, now, now + CODE_MS)
            self._store.till_documents.set_pin(row.id, None)
            self._audit.noted(actor, "pins.code", "operator", row.id, shop=place.id)
            self._room.changes.note("operator", row.id)
        return OneTimeCode(row.login, code, rfc3339(now + CODE_MS))

    def approvers(self, place: Place) -> list[Approver]:
        """Whose PIN approves in this shop, by login."""
        found = []
        for row in self._store.operators.list():
            if not row.disabled and self._access.may(self._operators.actor(row), APPROVE, place.reseller.id, place.id):
                person = self._store.people.get(row.person_id)
                found.append(
                    Approver(row.login, person.name if person is not None else row.login, self._store.till_documents.pin(row.id) is not None)
                )
        return found

    def set(self, actor: Actor, request: PinSet, hashes: Hashes | None = None) -> Done:
        """One's own PIN (with the password), or that of somebody whom one may change."""
        if request.pin is not None and not (request.pin.isascii() and request.pin.isdigit() and SHORTEST <= len(request.pin) <= LONGEST):
            raise UserError("pin.invalid", field="pin", shortest=SHORTEST, longest=LONGEST)
        known = hashes or Hashes()
        if request.login is None or (actor.operator_id is not None and request.login == actor.name):
            row = None if actor.operator_id is None else self._store.operators.get(actor.operator_id)
            if row is None:
                raise NotFound("operator.unknown", field="login")
            if not request.code and not known.same(row.password_hash, request.password):
                raise Forbidden("sign_in.wrong", field="password")
        else:
            row = self._operators.changeable(actor, request.login)
        with self._room.changes.unit():
            if request.code:
                spent = self._store.sessions.use_code(code_hash(request.code), PIN_CODE, self._room.clock.utcnow())
                if spent is None or spent.subject_id != row.id or actor.operator_id != row.id:
                    raise UserError("operator.code_wrong", field="code")
            self._store.till_documents.set_pin(row.id, None if request.pin is None else known.fresh(request.pin))
            self._audit.noted(actor, "pins.set", "operator", row.id, given=request.pin is not None)
            self._room.changes.note("operator", row.id)
        return Done(row.id)
