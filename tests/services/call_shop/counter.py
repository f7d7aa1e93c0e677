"""A call shop with two booths, a till and two people at the counter, beside the small appliance of `tests.services.shop`.

The shop buys at 0.0125 a minute (London, fee 0.001 and a quarter), its guests pay double what it pays.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.services.ground.passwords import hasher
from appliance.wire.bills import BillPay, BillSettled, BillView, Tender
from appliance.wire.booths import BoothView, SessionOpen
from appliance.wire.shapes import ById
from appliance.wire.shifts import ShiftOpen, ShiftView
from appliance.wire.shops import ShopUpdate
from appliance.wire.tills import TillCreate
from tests.services.shop import Shop, Simple, rate

LONDON, LEIDEN = "442079460001", "31711234567"
FLOAT = {"EUR": {"50.00": 1, "10.00": 3, "0.20": 100}}  # 100.00
PIN = "4711"


class Counter:
    """One shop open for business."""

    def __init__(self, folder: Path) -> None:
        self.base = Shop(folder)
        self.base.start()
        self.simple = Simple(self.base)
        base, simple = self.base, self.simple
        self.account = base.account(simple.root, "shop", "100.00")
        self.shop = base.customer(simple.root, "Shop", simple.retail, self.account, call_shop=1)
        self.booth_tariff = base.tariff(simple.root, "booths", rate("31", "0.30", first=60, then=60), base=simple.retail, markup_ppm=1_000_000)
        with base.services.changes.unit():
            base.store.customers.update(self.shop, {"booth_tariff_id": self.booth_tariff})
            base.services.changes.note("customer", self.shop)
        self.one = base.endpoint(self.shop, "1000011", registered=True)
        self.two = base.endpoint(self.shop, "1000012", registered=True)
        self.owner = folder_owner()
        self.clerk = self.person("clerk", "clerk")
        self.boss = self.person("boss", "supervisor", PIN)
        self.nouns.shops.update(
            self.owner,
            ShopUpdate(self.shop, rounding="0.05", denominations=["50", "20", "10", "5", "2", "1", "0.5", "0.2", "0.1", "0.05"], tax_percent="21"),
        )
        self.till = self.nouns.tills.create(self.owner, TillCreate(self.shop, "front", printer="file")).id

    def person(self, login: str, role: str, pin: str | None = None, shop: int | None = None) -> Actor:
        """Somebody with a role in the shop."""
        store = self.base.store
        with self.base.services.changes.unit():
            person = store.people.insert(kind="operator", reseller_id=self.simple.root, name=login)
            row = store.operators.insert(person_id=person, login=login, created_at=self.base.clock.utcnow())
            store.operators.grant(row, role, shop_id=shop or self.shop)
            if pin is not None:
                store.till_documents.set_pin(row, hasher().hash(pin))
        return Actor(login, row, (Grant(role, shop_id=shop or self.shop),))

    @property
    def nouns(self) -> Any:
        """The services of call shops."""
        return self.base.services.nouns.call_shop

    def begin_shift(self, actor: Actor | None = None, counted: dict[str, dict[str, int]] | None = None) -> ShiftView:
        """The clerk's day begins."""
        return self.nouns.shifts.open(actor or self.clerk, ShiftOpen(self.till, FLOAT if counted is None else counted))

    def sit(self, booth: int, **how: Any) -> BoothView:
        """A guest takes a booth."""
        if how.get("mode") == "deposit":
            how.setdefault("till", self.till)
        return self.nouns.sessions.open(self.clerk, SessionOpen(booth, **how))

    def bill_of(self, card: BoothView) -> int:
        """The bill of who sits there."""
        assert card.session is not None
        return card.session.bill

    def talk(self, booth: int, number: str, seconds: float) -> int:
        """A call that is answered and lasts so long, or is cut; its id."""
        call = self.base.answer(self.base.begin(booth, number))
        cut = self.base.run(seconds)
        if call not in [each for each, _ in cut]:
            self.base.end(call)
        return call

    def bill(self, bill_id: int, actor: Actor | None = None) -> BillView:
        """As the counter sees it."""
        return self.nouns.bills.get(actor or self.clerk, ById(bill_id))

    def pay(self, bill_id: int, *tenders: tuple[str, str] | tuple[str, str, str], **how: Any) -> BillSettled:
        """Settle a bill."""
        given = [Tender(*each) for each in tenders]
        return self.nouns.checkout.pay(self.clerk, BillPay(bill_id, self.till, given, **how))

    def accounts(self) -> dict[str, int]:
        """What the shop's accounts have, by kind and name; those of nothing are left out."""
        rows = self.base.store.accounts.list()
        return {
            f"{row.kind}:{row.name}:{row.currency}": row.balance_micros
            for row in rows
            if row.kind.startswith(("shop", "guest")) and row.balance_micros
        }

    def sound(self) -> None:
        """The books are proved, and every chain, drawer and guest's account with them."""
        self.base.verify()
        assert self.base.store.accounts.imbalance() == {}
