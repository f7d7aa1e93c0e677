"""Tax: the named rates of a reseller, which of them is whose, checks of VAT numbers, and the report (money.md, Tax).

Law: an account is taxed at one point, when it is paid or when it is used, never at both; what was taxed keeps the percent it was taxed by.
"""

from __future__ import annotations

from msgspec import UNSET

from appliance.billing.tax import Decision, NamedRate, decide
from appliance.errors import Conflict, NotFound, UserError
from appliance.money import format_amount, format_percent
from appliance.services.ground import columns as col
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import moment, stamp
from appliance.services.ground.put_away import need_alive
from appliance.services.ground.reading import Reading
from appliance.services.ground.room import Room
from appliance.services.money.layouts import layout_of
from appliance.services.money.tax import percent_ppm, taxpayer
from appliance.store.accounts import Account
from appliance.store.customers import Customer
from appliance.store.nouns import Nouns
from appliance.store.people import Person
from appliance.store.taxes import TaxRate
from appliance.wire.shapes import ById, Done, Restored
from appliance.wire.taxes import (
    TaxChange,
    TaxCreate,
    TaxDecision,
    TaxList,
    TaxOf,
    TaxPage,
    TaxReport,
    TaxReportRow,
    TaxReportView,
    TaxView,
    VatCheck,
    VatCheckView,
)

LONGEST_HOW = 200


class Taxes:
    """`decision` is the rule for every door."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit

    # rules ---------------------------------------------------------------------------------------------------------
    def decision(self, account: Account, customer: Customer | None) -> Decision:
        """How supplies to the account are taxed today: by its customer, else by the first of those who share it, else by its reseller."""
        seller = self._store.resellers.get(account.reseller_id)
        assert seller is not None  # foreign key
        who = customer or next((each for each in self._store.customers.of_account(account.id) if each.archived_at is None), None)
        tax, person, country = None, None, ""
        if who is not None:
            tax, person = who.tax, self._store.people.get(who.person_id)
        elif account.owner_reseller_id is not None:
            owner = self._store.resellers.get(account.owner_reseller_id)
            assert owner is not None  # foreign key
            person, country = self._store.people.get(owner.person_id), owner.country
        country = (person.country if person is not None else "") or country
        rates = [NamedRate(each.name, each.percent_ppm, each.country) for each in self._store.taxes.list(seller.id)]
        return decide(taxpayer(tax, country, self._vat_checked_at(person) is not None), seller.country.upper(), rates)

    def at_payment(self, account: Account, customer: Customer | None) -> Decision | None:
        """The tax of money that comes in; None where the account is taxed by usage."""
        return self.decision(account, customer) if account.tax_point == "payment" else None

    def _vat_checked_at(self, person: Person | None) -> int | None:
        """When the person's VAT number was found valid the last time it was looked up."""
        if person is None or not person.vat_number:
            return None
        found = self._store.taxes.last_check(person.id, person.vat_number)
        return found.checked_at if found is not None and found.valid else None

    # requests ------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor, request: TaxList) -> TaxPage:
        """By country and name."""
        reseller = self._lookups.reseller(actor, request.reseller, "taxes.read")
        return TaxPage([self._view(row) for row in self._store.taxes.list(reseller.id, archived=request.archived)])

    def create(self, actor: Actor, request: TaxCreate) -> TaxView:
        """A named rate; one a country."""
        with self._room.changes.unit():
            reseller = self._lookups.reseller(actor, request.reseller, "taxes.write")
            values: dict[str, str | int | bytes | None] = {
                "name": str(col.name(request.name, "name")),
                "percent_ppm": percent_ppm(request.percent, "percent"),
                "country": _country(request.country),
            }
            self._free(reseller.id, values, None)
            row_id = self._store.taxes.insert(reseller_id=reseller.id, created_at=self._room.clock.utcnow(), **values)
            self._audit.made(actor, "taxes.create", "tax", row_id, values)
            self._room.changes.note("tax", row_id)
            return self._view(self._row(row_id))

    def change(self, actor: Actor, request: TaxChange) -> TaxView:
        """Name, percent or country; what was issued stays as it is."""
        with self._room.changes.unit():
            row = self._reached(actor, request.id)
            values: dict[str, str | int | bytes | None] = {}
            if request.name is not UNSET:
                values["name"] = col.name(request.name, "name")
            if request.percent is not UNSET:
                values["percent_ppm"] = percent_ppm(request.percent, "percent")
            if request.country is not UNSET:
                values["country"] = _country(request.country)
            self._free(row.reseller_id, values, row.id)
            self._store.taxes.update(row.id, values or {"name": row.name}, request.version)
            self._audit.changed(actor, "taxes.change", "tax", row.id, row._asdict(), values)
            self._room.changes.note("tax", row.id)
            return self._view(self._row(row.id))

    def archive(self, actor: Actor, request: ById) -> Done:
        """No longer chosen."""
        with self._room.changes.unit():
            row = self._reached(actor, request.id)
            self._store.taxes.archive(row.id, self._room.clock.utcnow())
            self._audit.noted(actor, "taxes.archive", "tax", row.id, name=row.name)
            self._room.changes.note("tax", row.id)
            return Done(row.id)

    def restore(self, actor: Actor, request: ById) -> Restored:
        """Chosen again; Conflict "tax.name_taken" or "tax.country_taken" where another is called so, or is its country's, by now."""
        with self._room.changes.unit():
            row = self._reached(actor, request.id, archived=True)
            if row.archived_at is None:
                return Restored(row.id, [])
            owner = self._store.resellers.get(row.reseller_id)
            assert owner is not None  # foreign key
            need_alive(owner.name, owner.archived_at)
            self._free(row.reseller_id, {"name": row.name, "country": row.country}, row.id)
            self._store.taxes.restore(row.id, request.version)
            self._audit.noted(actor, "taxes.restore", "tax", row.id, name=row.name)
            self._room.changes.note("tax", row.id)
            return Restored(row.id, [])

    def of(self, actor: Actor, request: TaxOf) -> TaxDecision:
        """Which rate, and why."""
        account, customer = self._lookups.payer(actor, request.customer, request.account, request.reseller, "accounts.read")
        made = self.decision(account, customer)
        person = None if customer is None else self._store.people.get(customer.person_id)
        if customer is None and account.owner_reseller_id is not None:
            owner = self._store.resellers.get(account.owner_reseller_id)
            person = None if owner is None else self._store.people.get(owner.person_id)
        return TaxDecision(
            category=made.category,
            percent=format_percent(made.ppm),
            name=made.name,
            country=made.country,
            why=made.why,
            point=account.tax_point,
            included=account.tax_point == "usage" and layout_of(self._store, account.reseller_id).tax_included,
            vat_number=None if person is None else person.vat_number,
            vat_checked_at=stamp(self._vat_checked_at(person)),
        )

    def check(self, actor: Actor, request: VatCheck) -> VatCheckView:
        """A VAT number was looked up: the proof that reverse charge stands on."""
        with self._room.changes.unit():
            customer = self._lookups.customer(actor, request.customer, request.reseller, "customers.write")
            person = self._store.people.get(customer.person_id)
            if person is None or not person.vat_number:
                raise UserError("tax.no_vat_number", field="customer", customer=customer.name)
            how = str(col.text(longest=LONGEST_HOW)(request.how, "how"))
            now = self._room.clock.utcnow()
            self._store.taxes.add_check(person.id, person.vat_number, request.valid, now, how, actor.operator_id)
            self._audit.noted(actor, "taxes.check", "customer", customer.id, valid=request.valid, how=how)
            self._room.changes.note("customer", customer.id)
            return VatCheckView(customer.name, person.vat_number, request.valid, stamp(now) or "", how)

    def report(self, actor: Actor, request: TaxReport) -> Reading:
        """By country and rate, beside what the tax accounts moved."""
        reseller = self._lookups.reseller(actor, request.reseller, "ledger.read")
        since, until = moment(request.since, "since"), moment(request.until, "until")
        assert since is not None and until is not None  # both are texts

        def run(tables: Nouns) -> TaxReportView:
            rows = tables.documents.tax_sums([reseller.id], since, until)
            posted: dict[str, int] = {}
            for each in tables.books.sums(frozenset({reseller.id}), since, until):
                if each.kind == "tax":
                    posted[each.currency] = posted.get(each.currency, 0) + each.debit_micros + each.credit_micros
            return TaxReportView(
                [
                    TaxReportRow(
                        row.country,
                        format_percent(row.percent_ppm),
                        row.category,
                        row.currency,
                        row.taxed_by == "payment",
                        row.pieces,
                        format_amount(row.net_micros),
                        format_amount(row.tax_micros),
                        format_amount(row.net_micros + row.tax_micros),
                    )
                    for row in rows
                ],
                {currency: format_amount(micros) for currency, micros in sorted(posted.items())},
            )

        return Reading(run)

    # parts ---------------------------------------------------------------------------------------------------------
    def _free(self, reseller_id: int, values: dict[str, str | int | bytes | None], own: int | None) -> None:
        for row in self._store.taxes.list(reseller_id):
            if row.id != own and row.name == values.get("name"):
                raise Conflict("tax.name_taken", field="name", name=row.name)
            if row.id != own and row.country == values.get("country"):
                raise Conflict("tax.country_taken", field="country", country=row.country or "*", name=row.name)

    def _reached(self, actor: Actor, row_id: int, *, archived: bool = False) -> TaxRate:
        row = self._store.taxes.get(row_id)
        if row is None or (row.archived_at is not None and not archived):
            raise NotFound("tax.unknown", field="id", id=row_id)
        self._access.need(actor, "taxes.write", row.reseller_id, what="tax")
        return row

    def _row(self, row_id: int) -> TaxRate:
        row = self._store.taxes.get(row_id)
        assert row is not None  # just written
        return row

    def _view(self, row: TaxRate) -> TaxView:
        reseller = self._store.resellers.get(row.reseller_id)
        assert reseller is not None  # foreign key
        return TaxView(row.id, row.version, reseller.name, row.name, format_percent(row.percent_ppm), row.country, stamp(row.archived_at))


def _country(text: str) -> str:
    plain = text.strip().upper()
    if plain and (len(plain) != 2 or not plain.isascii() or not plain.isalpha()):
        raise UserError("country.invalid", field="country", country=text[:20])
    return plain
