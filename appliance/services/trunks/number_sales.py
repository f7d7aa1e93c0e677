"""Incoming numbers that go from reseller to reseller, each at a price of its own (product.md P6).

Law: a number belongs to the reseller of its trunk, and is passed on from parent to child alone, so that who has it is a chain. At each link the
buyer pays his parent: once, each month, and a minute of each call that comes in, by the same entries as customers do. A month of a sale is
taken once, whatever happened; days that were paid and are not used are given back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from msgspec import UNSET

from appliance.billing import fees as months_of
from appliance.billing import ledger as events
from appliance.errors import Conflict, NotFound, UserError
from appliance.money import currency_decimals, format_amount, round_ratio
from appliance.services.ground import columns as col
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Column, Sql, differing, written
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.services.ground.spending_history import zone_named
from appliance.services.trunks.number_fees import Incoming, NumberFees, did_row, failover_of
from appliance.store.accounts import Account
from appliance.store.number_sales import NumberFee, NumberSale
from appliance.store.resellers import Reseller
from appliance.store.trunks import Did
from appliance.wire.description import NumberSaleEntry
from appliance.wire.numbers import NumberList, NumberPage, NumberPrice, NumberPut, NumberSell, NumberTakeBack, NumberView

FIELDS = (
    Column("setup_fee", "setup_micros", col.amount(None)),
    Column("monthly_fee", "fee_micros", col.amount(None)),
    Column("price_per_minute", "price_micros", col.amount(None)),
)
HOUR_MS = 3_600_000
THE_FIRST = 1
"""Months of a number begin on the first."""


class NumberSales:
    """`step` is the job's work: what is due, once an hour and after each sale."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, fees: NumberFees, once: Once) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._fees = fees
        self._once = once
        self._hour = -1

    # requests ------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor, request: NumberList) -> NumberPage:
        """What one reseller has."""
        reseller = self._lookups.reseller(actor, request.reseller, "endpoints.read")
        found = []
        for did in self._store.trunks.dids():
            if request.search in did.did and reseller.id in self.holders(did):
                found.append(self._view(actor, did, reseller))
        return NumberPage(found)

    def put(self, actor: Actor, request: NumberPut) -> NumberView:
        """Where it rings, by whoever has it last."""
        with self._room.changes.unit():
            self.ring(actor, request)
            after = self._known(request.did)
            return self._view(actor, after, self._reseller(self.holders(after)[-1]))

    def sell(self, actor: Actor, request: NumberSell) -> NumberView:
        """To a sub-reseller of whoever has it; its first month is taken at once."""
        return self._once.do(actor, "numbers.sell", request.request_id, request, NumberView, lambda: self._sell(actor, request))

    def _sell(self, actor: Actor, request: NumberSell) -> NumberView:
        self.agree(actor, request.did, request)
        buyer = self._lookups.reseller(actor, request.reseller, "resellers.read")
        return self._view(actor, self._known(request.did), self._reseller(buyer.parent_id or 0))

    def take_back(self, actor: Actor, request: NumberTakeBack) -> NumberView:
        """From a sub-reseller and all below."""
        return self._once.do(actor, "numbers.take_back", request.request_id, request, NumberView, lambda: self._take_back(actor, request))

    def _take_back(self, actor: Actor, request: NumberTakeBack) -> NumberView:
        did = self._known(request.did)
        buyer = self._lookups.reseller(actor, request.reseller, "resellers.read")
        if buyer.id not in self._store.number_sales.of(did.did) or buyer.parent_id is None:
            raise NotFound("did.unknown", field="did", did=did.did)
        self._access.need(actor, "resellers.write", buyer.parent_id, what="did")
        self.taken_from(actor, did, buyer.id)
        silent = did._replace(endpoint_id=None, failover="[]", price_micros=None, fee_micros=None, setup_micros=None)
        self._store.trunks.put_did(*silent)
        self._fees.follow(actor, did, silent)
        self._told(did)
        return self._view(actor, silent, self._reseller(buyer.parent_id))

    # rules ---------------------------------------------------------------------------------------------------------
    def ring(self, actor: Actor, number: Incoming, *, set_up: bool = True) -> bool:
        """In an open unit of work: where a number rings and what its customer pays, by whoever has it last; whether anything changed.

        `set_up`: whether its new customer pays for that.
        """
        before = self._known(number.did)
        holder = self._reseller(self.holders(before)[-1])
        self._access.need(actor, "endpoints.write", holder.id, what="did")
        endpoint_id = before.endpoint_id
        if number.endpoint is not UNSET:
            endpoint_id = None if number.endpoint is None else self._endpoint(number.endpoint, holder)
        after = did_row(number, before.trunk_id, endpoint_id, before)
        if after == before:
            return False
        self._store.trunks.put_did(*after)
        self._fees.follow(actor, before, after, set_up=set_up)
        self._audit.noted(actor, "numbers.put", "reseller", holder.id, **after._asdict())
        self._told(after)
        return True

    def agree(self, actor: Actor, number: str, price: NumberSell | NumberSaleEntry, *, set_up: bool = True) -> bool:
        """In an open unit of work: a sub-reseller has a number from now on, or has it at another price; whether anything changed.

        `set_up`: whether a new buyer pays for that.
        """
        did = self._known(number)
        buyer = self._lookups.reseller(actor, price.reseller, "resellers.read")
        holders = self.holders(did)
        if buyer.parent_id is None or buyer.parent_id not in holders:
            raise UserError("did.not_passed_on", field="reseller", reseller=buyer.name, did=did.did)
        self._access.need(actor, "resellers.write", buyer.parent_id, what="did")
        account = self._account(buyer)
        values = written(price, FIELDS)
        sale = self._store.number_sales.of(did.did).get(buyer.id)
        changed = True
        if sale is not None:
            changed = self._change(actor, buyer, sale, values)
        elif buyer.parent_id == holders[-1]:
            self._pass_on(actor, did, buyer, account, values, set_up=set_up)
        else:
            raise Conflict("did.sold", field="did", did=did.did, reseller=self._reseller(holders[-1]).name)
        if changed:
            self._told(did)
        return changed

    def holders(self, did: Did) -> Sequence[int]:
        """Who has a number, from the trunk's reseller down to the last."""
        trunk = self._store.trunks.get(did.trunk_id)
        assert trunk is not None  # foreign key
        chain, sales = [trunk.reseller_id], self._store.number_sales.of(did.did)
        parents = {reseller: self._reseller(reseller).parent_id for reseller in sales}
        while (child := next((each for each, parent in parents.items() if parent == chain[-1]), None)) is not None:
            chain.append(child)
        return chain

    def taken_from(self, actor: Actor, did: Did, reseller_id: int | None = None) -> None:
        """In an open unit of work: the sales of a number end, those from one reseller down or all."""
        sales, holders = self._store.number_sales.of(did.did), self.holders(did)
        for each in holders[1:] if reseller_id is None else holders[holders.index(reseller_id) :]:
            sale = sales[each]
            seller = self._reseller(each)
            ends = self._today(seller)
            self._store.number_sales.end(sale.id, ends.isoformat())
            self._take(sale._replace(ends_on=ends.isoformat()))
            self._audit.noted(actor, "numbers.take_back", "reseller", each, did=did.did)
            self._room.changes.note("number", each)

    def sold(self, did: Did) -> Sequence[Sequence[int | None]]:
        """Whom a number is sold to, from the top, and the prices: what `sold_again` takes."""
        sales = self._store.number_sales.of(did.did)
        chain = [sales[each] for each in self.holders(did)[1:]]
        return [[each.reseller_id, each.setup_micros, each.fee_micros, each.price_micros] for each in chain]

    def sold_again(self, actor: Actor, did: Did, sold: Iterable[Sequence[int | None]]) -> None:
        """In an open unit of work: the sales that had ended go on from today, each while the one above it does; set-up fees were paid."""
        above = self.holders(did)[0]
        for reseller_id, setup, fee, price in sold:
            buyer = self._store.resellers.get(reseller_id or 0)
            if buyer is None or buyer.archived_at is not None or buyer.parent_id != above:
                return
            prices: dict[str, Sql] = {"setup_micros": setup, "fee_micros": fee, "price_micros": price}
            self._store.number_sales.begin(did.did, buyer.id, self._today(buyer).isoformat(), prices)
            self._take(self._store.number_sales.of(did.did)[buyer.id])
            self._audit.made(actor, "numbers.sell", "reseller", buyer.id, {"did": did.did, **prices})
            self._room.changes.note("number", buyer.id)
            above = buyer.id

    def _pass_on(self, actor: Actor, did: Did, buyer: Reseller, account: Account, values: dict[str, Sql], *, set_up: bool) -> None:
        today = self._today(buyer).isoformat()
        silent = did._replace(endpoint_id=None, failover="[]", price_micros=None, fee_micros=None, setup_micros=None)
        if silent != did:
            self._store.trunks.put_did(*silent)
            self._fees.follow(actor, did, silent)
        sale_id = self._store.number_sales.begin(did.did, buyer.id, today, values)
        sale = self._store.number_sales.of(did.did)[buyer.id]
        if sale.setup_micros and set_up:
            self._post(sale, account, "setup", "", sale.setup_micros, today, today)
        self._take(sale)
        self._audit.made(actor, "numbers.sell", "reseller", buyer.id, {"did": did.did, "sale": sale_id, **values})

    def _change(self, actor: Actor, buyer: Reseller, sale: NumberSale, values: dict[str, Sql]) -> bool:
        changed = differing(values, sale)
        if changed:
            self._store.number_sales.change(sale.id, changed)
            self._take(self._store.number_sales.of(sale.did)[buyer.id])
            self._audit.changed(actor, "numbers.sell", "reseller", buyer.id, sale._asdict(), changed)
        return bool(changed)

    # money ---------------------------------------------------------------------------------------------------------
    def step(self) -> None:
        """The job."""
        hour = self._room.clock.utcnow() // HOUR_MS
        if hour == self._hour:
            return
        self._hour = hour
        for sale in list(self._store.number_sales.running()):
            if sale.fee_micros:
                with self._room.changes.unit():
                    self._take(sale)

    def _take(self, sale: NumberSale) -> None:
        """What is due of a sale, and what is to be given back, in the open unit of work."""
        buyer = self._reseller(sale.reseller_id)
        account = self._account(buyer)
        decimals = currency_decimals(account.currency)
        ends = None if sale.ends_on is None else date.fromisoformat(sale.ends_on)
        done = {(each.kind, each.month): each for each in self._store.number_sales.taken(sale.id)}
        if sale.fee_micros:
            for month in months_of.months(THE_FIRST, date.fromisoformat(sale.starts_on), ends, self._today(buyer)):
                amount = months_of.price(sale.fee_micros, month, decimals)
                if amount and ("month", month.key) not in done:
                    self._post(sale, account, "month", month.key, amount, month.since.isoformat(), month.until.isoformat())
        if ends is not None:
            paid = [each for each in done.values() if each.kind == "month" and ("returned", each.month) not in done]
            self._give_back(sale, account, ends, [each for each in paid if each.until_on > ends.isoformat()])

    def _give_back(self, sale: NumberSale, account: Account, ends: date, months: Sequence[NumberFee]) -> None:
        for each in months:
            since, until = date.fromisoformat(each.since_on), date.fromisoformat(each.until_on)
            kept = max(ends, since)
            amount = round_ratio(each.amount_micros * (until - kept).days, (until - since).days, currency_decimals(account.currency))
            if amount:
                self._post(sale, account, "returned", each.month, amount, kept.isoformat(), each.until_on)

    def _post(self, sale: NumberSale, account: Account, kind: str, month: str, micros: int, since: str, until: str) -> None:
        entry = (events.fee_returned if kind == "returned" else events.monthly_fee)(account.id, account.reseller_id, micros, account.currency)
        entry_id = self._room.ledger.write(self._room.clock.utcnow(), entry, reference=f"number:{sale.id}:{month or kind}")
        assert entry_id is not None  # no fee of nothing
        self._store.number_sales.take(NumberFee(entry_id, sale.did, sale.id, None, kind, month, micros, since, until))

    # looks ---------------------------------------------------------------------------------------------------------
    def _known(self, did: str) -> Did:
        row = self._store.trunks.find_did(did)
        if row is None:
            raise NotFound("did.unknown", field="did", did=did[:40])
        return row

    def _reseller(self, reseller_id: int) -> Reseller:
        row = self._store.resellers.get(reseller_id)
        assert row is not None  # foreign key
        return row

    def _account(self, buyer: Reseller) -> Account:
        account = None if buyer.credit_account_id is None else self._store.accounts.get(buyer.credit_account_id)
        if account is None:
            raise UserError("did.no_account", field="reseller", reseller=buyer.name)
        return account

    def _endpoint(self, number: str, holder: Reseller) -> int:
        row = self._store.endpoints.find(number)
        customer = None if row is None else self._store.customers.get(row.customer_id)
        if row is None or customer is None or customer.reseller_id != holder.id:
            raise NotFound("endpoint.unknown", field="endpoint", endpoint=number[:40])
        return row.id

    def _today(self, reseller: Reseller) -> date:
        return datetime.fromtimestamp(self._room.clock.utcnow() / 1000, UTC).astimezone(zone_named(reseller.timezone)).date()

    def _told(self, did: Did) -> None:
        self._room.changes.note("did", did.trunk_id)
        for each in self.holders(did):
            self._room.changes.note("number", each)

    def _view(self, actor: Actor, did: Did, reseller: Reseller) -> NumberView:
        holders, sales = self.holders(did), self._store.number_sales.of(did.did)
        place = holders.index(reseller.id)
        bought = sales.get(reseller.id) if self._access.may(actor, "costs.read", reseller.id) else None
        below = holders[place + 1] if place + 1 < len(holders) else None
        endpoint = None if did.endpoint_id is None or below is not None else self._store.endpoints.get(did.endpoint_id)
        customer = None if endpoint is None else self._store.customers.get(endpoint.customer_id)
        account = None if customer is None else self._store.accounts.get(customer.credit_account_id)
        return NumberView(
            did=did.did,
            reseller=reseller.name,
            reseller_id=reseller.id,
            buys=None if bought is None else _price(bought, self._account(reseller).currency),
            sold_to=None if below is None else self._reseller(below).name,
            sells=_price(sales[below], self._account(self._reseller(below)).currency)
            if below is not None
            else _price(did, reseller.currency if account is None else account.currency),
            endpoint=None if endpoint is None else endpoint.number,
            customer=None if customer is None else customer.name,
            failover=[] if below is not None else failover_of(did),
        )


def _price(row: NumberSale | Did, currency: str) -> NumberPrice:
    setup, fee, price = (None if each is None else format_amount(each) for each in (row.setup_micros, row.fee_micros, row.price_micros))
    return NumberPrice(setup, fee, price, currency)
