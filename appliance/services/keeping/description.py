"""The description file: creates or updates what it describes, all or nothing, by natural keys (operations.md).

Law: one unit of work; applying twice changes nothing; the rules are those of the noun services, so that a file can do
nothing that a screen could not. What is costly and needs no writing (reading, hashing) is `prepare`, which may run in
a thread of its own; `apply_prepared` writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from msgspec import UNSET

from appliance.errors import UserError
from appliance.services.ground.access import Actor
from appliance.services.ground.fields import inside
from appliance.services.ground.passwords import Hashes
from appliance.services.ground.room import Room
from appliance.services.keeping.description_allowances import AllowanceSection
from appliance.services.keeping.description_customers import CustomerSection
from appliance.services.keeping.description_resellers import OperatorSection, ResellerSection
from appliance.services.keeping.description_tally import Tally
from appliance.services.keeping.description_tariffs import TariffSection
from appliance.services.keeping.description_text import read, with_line
from appliance.services.keeping.description_trunks import TrunkSection
from appliance.store.nouns import Nouns as Tables
from appliance.wire.description import Applied, Description, DescriptionText
from appliance.wire.exchange_rates import ExchangeRateSet
from appliance.wire.shapes import given

if TYPE_CHECKING:
    from appliance.services.nouns import Nouns


class Prepared(NamedTuple):
    """A file that was read, checked as far as types go, with its passwords hashed."""

    text: str
    description: Description
    hashes: Hashes


class Descriptions:
    """`prepare` then `apply_prepared`, or `apply` for both."""

    def __init__(self, room: Room, nouns: Nouns) -> None:
        self._room = room
        self._nouns = nouns

    def prepare(self, data: bytes) -> Prepared:
        """Reads and checks; hashes passwords where they are not those kept. Touches no connection but a reader of its own.

        UserError names field and `line`.
        """
        description = read(data)
        hashes = Hashes()
        if _has_passwords(description):
            with self._room.store.reader() as tables:
                hashes.prepare(_passwords(description, tables))
        return Prepared(data.decode("utf-8-sig"), description, hashes)

    def apply_prepared(self, actor: Actor, prepared: Prepared) -> Applied:
        """Write it, all or nothing."""
        self._nouns.access.need(actor, "description.apply", None)
        tally = Tally()
        try:
            with self._room.changes.unit():
                self._sections(actor, prepared, tally)
        except UserError as error:
            raise with_line(error, prepared.text) from None
        return tally.view()

    def apply(self, actor: Actor, request: DescriptionText, prepared: Prepared | None = None) -> Applied:
        """Both at once, unless it was prepared in a thread."""
        return self.apply_prepared(actor, prepared or self.prepare(request.text.encode()))

    def _sections(self, actor: Actor, prepared: Prepared, tally: Tally) -> None:
        nouns, room = self._nouns, self._room
        wanted = prepared.description
        for index, rate in enumerate(given(wanted.exchange_rates, [])):
            with inside(f"exchange_rates[{index}]"):
                request = ExchangeRateSet(rate.base, rate.quote, rate.rate, rate.valid_on)
                tally.noted("exchange_rates", nouns.exchange_rates.put(actor, request))
        resellers = ResellerSection(room, nouns, actor, tally)
        resellers.apply(given(wanted.resellers, []))
        tariffs = TariffSection(room, nouns, actor, tally)
        tariffs.apply(given(wanted.tariffs, []), resellers.buying)
        trunks = TrunkSection(room, nouns, actor, tally)
        trunks.apply(given(wanted.trunks, []))
        resellers.retail()
        trunks.routes(given(wanted.routes, []))
        AllowanceSection(room, nouns, actor, tally).bundles(given(wanted.bundles, []))
        CustomerSection(room, nouns, actor, tally, prepared.hashes).apply(given(wanted.customers, []))
        trunks.numbers()
        OperatorSection(room, nouns, actor, tally, prepared.hashes).apply(given(wanted.resellers, []))
        if wanted.settings is not UNSET:
            for key, value in wanted.settings.items():
                with inside("settings"):
                    tally.noted("settings", "changed" if nouns.configuration.put(actor, key, value) else "")


def _has_passwords(description: Description) -> bool:
    return any(True for _ in _passwords(description, None))


def _passwords(description: Description, tables: Tables | None) -> Iterator[tuple[str, str | None]]:
    """(password, hash kept so far) of every operator and web login that is given one."""
    for reseller in given(description.resellers, []):
        for operator in given(reseller.operators, []):
            if isinstance(operator.password, str):
                known = None if tables is None else tables.operators.find(operator.login)
                yield operator.password, None if known is None else known.password_hash
    for customer in given(description.customers, []):
        for person in [] if customer.shop is UNSET else given(customer.shop.operators, []):
            if isinstance(person.password, str):
                known = None if tables is None else tables.operators.find(person.login)
                yield person.password, None if known is None else known.password_hash
        for login in given(customer.web_logins, []):
            if isinstance(login.password, str):
                kept = None
                if tables is not None:
                    owner = tables.resellers.root() if customer.reseller is UNSET else tables.resellers.find(customer.reseller)
                    row = None if owner is None else tables.web_logins.find(owner.id, login.login)
                    kept = None if row is None else row.password_hash
                yield login.password, kept
