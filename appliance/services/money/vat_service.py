"""VAT numbers looked up at the European Commission's service (VIES) or one that speaks its REST: off until its address is set.

GET ADDRESS/ms/COUNTRY/vat/NUMBER is answered with JSON: `isValid` (or `valid`), `userError` where the country's own service does not answer,
`requestIdentifier` as the proof. What is kept is the check that a person would write down: valid or not, when, where.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import msgspec
from msgspec import Struct

from appliance.errors import EnvironmentFault, UserError
from appliance.services.ground.access import Actor
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps
from appliance.services.money.taxes import Taxes
from appliance.wire.taxes import VatCheck, VatCheckOnline, VatCheckView

_NUMBER = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,12}")
_VIES_COUNTRIES = {"GR": "EL"}  # Greece has a code of its own there
ANSWERED = frozenset({"", "VALID", "INVALID"})


class _Reply(Struct, frozen=True, rename="camel"):
    """The parts of the answer that count; whatever else is in it is passed over."""

    is_valid: bool | None = None
    valid: bool | None = None
    user_error: str | None = None
    request_identifier: str | None = None


class _Answer(NamedTuple):
    valid: bool
    identifier: str


class VatService:
    """`check` is given in steps: the question is asked on another thread. `fetch(url)` is the server's; OSError where nothing comes."""

    def __init__(self, room: Room, lookups: Lookups, taxes: Taxes) -> None:
        self._room = room
        self._lookups = lookups
        self._taxes = taxes
        self.fetch: Callable[[str], bytes] | None = None

    def check(self, actor: Actor, request: VatCheckOnline) -> Steps[VatCheckView]:
        """Look it up and keep what came out. UserError vat.off, vat.form, tax.no_vat_number; EnvironmentFault vat.unreachable, vat.unavailable."""
        customer = self._lookups.customer(actor, request.customer, request.reseller, "customers.write")
        person = self._room.store.people.get(customer.person_id)
        address = str(self._room.settings.get("taxes.vat_service", "")).strip().rstrip("/")
        if not address or self.fetch is None:
            raise UserError("vat.off", field="customer")
        if person is None or not person.vat_number:
            raise UserError("tax.no_vat_number", field="customer", customer=customer.name)
        answer: _Answer = yield partial(_asked, self.fetch, _url(address, person.vat_number))
        how = f"VIES {answer.identifier}".strip()
        return self._taxes.check(actor, VatCheck(customer.id, answer.valid, customer.reseller_id, how))


def _url(address: str, number: str) -> str:
    plain = re.sub(r"[ .\-/]", "", number).upper()
    if not _NUMBER.fullmatch(plain):
        raise UserError("vat.form", field="customer", number=number[:40])
    country = _VIES_COUNTRIES.get(plain[:2], plain[:2])
    return f"{address}/ms/{country}/vat/{plain[2:]}"


def _asked(fetch: Callable[[str], bytes], url: str) -> _Answer:
    try:
        reply = msgspec.json.decode(fetch(url), type=_Reply)
    except OSError as error:
        raise EnvironmentFault("vat.unreachable", reason=str(error)[:200]) from error
    except msgspec.DecodeError as error:
        raise EnvironmentFault("vat.unreachable", reason="no answer that can be read") from error
    said = (reply.user_error or "").upper()
    valid = reply.is_valid if reply.is_valid is not None else reply.valid
    if valid is None or said not in ANSWERED:
        raise EnvironmentFault("vat.unavailable", said=said or "?")
    return _Answer(valid, (reply.request_identifier or "")[:60])
