"""The resellers of a description file: parents before children, the root first; and their operators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from msgspec import UNSET

from appliance.errors import NotFound, UserError
from appliance.money import parse_amount
from appliance.services.ground import columns as col
from appliance.services.ground.access import Actor
from appliance.services.ground.columns import written
from appliance.services.ground.fields import inside
from appliance.services.ground.passwords import Hashes
from appliance.services.ground.room import Room
from appliance.services.keeping.description_tally import Tally
from appliance.services.people.resellers import FIELDS
from appliance.store.resellers import Reseller
from appliance.wire.description import ResellerEntry

if TYPE_CHECKING:
    from appliance.services.nouns import Nouns


class Buying(NamedTuple):
    """What a reseller is to buy by: one of its parent's tariffs by name, None for none; `path` is its place in the file."""

    path: str
    row: Reseller
    tariff: str | None
    new: bool


class ResellerSection:
    """`apply`, then (once tariffs and trunks are there) `retail`."""

    def __init__(self, room: Room, nouns: Nouns, actor: Actor, tally: Tally) -> None:
        self._room = room
        self._store = room.store
        self._nouns = nouns
        self._actor = actor
        self._tally = tally
        self._markups: dict[int, int] = {}
        self.buying: list[Buying] = []

    def apply(self, entries: Sequence[ResellerEntry]) -> None:
        """Every entry, parents first whatever their order in the file."""
        names: dict[str, int] = {}
        for index, entry in enumerate(entries):
            if names.setdefault(entry.name, index) != index:
                raise UserError("description.twice", field=f"resellers[{index}].name", name=entry.name)
        posted = self._store.ledger.openings()
        waiting = dict(enumerate(entries))
        while waiting:
            ready = [index for index, entry in waiting.items() if not self._waits(entry, names, waiting)]
            if not ready:
                index = min(waiting)
                raise UserError("reseller.cycle", field=f"resellers[{index}].parent", name=waiting[index].name)
            for index in ready:
                path = f"resellers[{index}]"
                with inside(path):
                    self._one(waiting.pop(index), path, posted)

    def retail(self) -> None:
        """The automatic tariff of every reseller that has none of that name."""
        for row in list(self._store.resellers.list()):
            if self._nouns.retail.ensure(self._actor, row):
                self._tally.created("tariffs")
            elif row.id in self._markups and self._nouns.retail.follow(self._actor, row, self._markups[row.id]):
                self._tally.changed("tariffs")

    def _waits(self, entry: ResellerEntry, names: dict[str, int], waiting: dict[int, ResellerEntry]) -> bool:
        """Whether its parent stands in the file and was not done yet. A second root waits for the first, to be told so."""
        if isinstance(entry.parent, str):
            return names.get(entry.parent) in waiting
        return False

    def _one(self, entry: ResellerEntry, path: str, posted: dict[int, int]) -> None:
        row = self._store.resellers.find(entry.name)
        limit = None if entry.credit_limit is UNSET else int(col.amount()(entry.credit_limit, "credit_limit") or 0)
        made = row is None
        if row is None:
            row = self._make(entry, limit or 0)
            self._tally.created("resellers")
            self._tally.warnings.extend(self._nouns.resellers.notices(row))
        else:
            changed = self._change(row, entry, limit)
            self._tally.noted("resellers", "changed" if changed else "")
            row = self._again(row)
        if entry.opening_balance is not UNSET:
            self._open(row, entry.opening_balance, posted)
        if entry.tariff is not UNSET:
            self.buying.append(Buying(path, row, entry.tariff, made))

    def _make(self, entry: ResellerEntry, limit: int) -> Reseller:
        parent = None
        if isinstance(entry.parent, str):
            parent = self._store.resellers.find(entry.parent)
            if parent is None:
                raise NotFound("reseller.unknown", field="parent", reseller=entry.parent)
        elif limit and self._store.resellers.root() is None:
            raise UserError("reseller.root_has_no_account", field="credit_limit")
        currency = None if entry.currency is UNSET else str(col.currency(entry.currency, "currency"))
        number_range = None if entry.number_range is UNSET else entry.number_range
        return self._nouns.resellers.make(self._actor, parent, written(entry, FIELDS), currency, number_range, limit)

    def _change(self, row: Reseller, entry: ResellerEntry, limit: int | None) -> bool:
        parent = None if row.parent_id is None else self._store.resellers.get(row.parent_id)
        if entry.parent is not UNSET and entry.parent != (None if parent is None else parent.name):
            raise UserError("reseller.second_root" if entry.parent is None else "reseller.parent_fixed", field="parent", reseller=row.name)
        if entry.currency is not UNSET and entry.currency != row.currency:
            raise UserError("reseller.currency_fixed", field="currency", currency=row.currency)
        self._markups[row.id] = row.retail_markup_ppm
        number_range = None if entry.number_range is UNSET else entry.number_range
        changed = self._nouns.resellers.change(self._actor, row, written(entry, FIELDS), number_range)
        if changed and number_range is not None:
            self._tally.warnings.extend(self._nouns.resellers.notices(self._again(row)))
        if limit is not None and self._nouns.resellers.set_limit(self._actor, row, limit):
            changed = True
        return changed

    def _open(self, row: Reseller, amount: str | None, posted: dict[int, int]) -> None:
        micros = 0 if amount is None else parse_amount(amount, "opening_balance")
        account = None if row.credit_account_id is None else self._store.accounts.get(row.credit_account_id)
        if account is None:
            if micros:
                raise UserError("reseller.root_has_no_account", field="opening_balance")
            return
        if amount is not None and self._nouns.credit_accounts.open_with(self._actor, account, micros, posted):
            self._tally.created("opening_balances")

    def _again(self, row: Reseller) -> Reseller:
        fresh = self._store.resellers.get(row.id)
        assert fresh is not None
        return fresh


class OperatorSection:
    """The operators of each reseller, once all customers are there."""

    def __init__(self, room: Room, nouns: Nouns, actor: Actor, tally: Tally, hashes: Hashes) -> None:
        self._store = room.store
        self._nouns = nouns
        self._actor = actor
        self._tally = tally
        self._hashes = hashes

    def apply(self, entries: Sequence[ResellerEntry]) -> None:
        """Logins are unique in the appliance: the same login twice in a file is a fault."""
        seen: set[str] = set()
        for index, entry in enumerate(entries):
            if entry.operators is UNSET:
                continue
            reseller = self._store.resellers.find(entry.name)
            assert reseller is not None  # written by ResellerSection
            for place, operator in enumerate(entry.operators):
                with inside(f"resellers[{index}].operators[{place}]"):
                    if operator.login in seen:
                        raise UserError("description.twice", field="login", name=operator.login)
                    seen.add(operator.login)
                    self._tally.noted("operators", self._nouns.operators.describe(self._actor, reseller, operator, self._hashes))
