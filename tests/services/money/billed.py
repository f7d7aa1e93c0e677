"""A shop with calls made and money moved, for tests of documents: figures chosen to be computed by hand."""

from __future__ import annotations

from pathlib import Path

from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.services.money_nouns import MoneyNouns
from appliance.wire.invoices import InvoiceMake, InvoiceView
from appliance.wire.payments import PaymentRecord, PaymentView
from appliance.wire.taxes import TaxCreate
from tests.services.shop import Shop, Simple

DAY = 86_400


class Billed:
    """Alice (1000001) at 0.0125 a minute to 44 (fee 0.00125) and 0.60 to 49; her account is taxed by usage with 21 %."""

    def __init__(self, folder: Path, tax: str = "21", point: str = "usage", balance: str = "0", limit: str = "1000") -> None:
        self.shop = Shop(folder)
        self.shop.start()
        self.simple = Simple(self.shop, balance=balance, limit=limit)
        self.owner: Actor = folder_owner()
        self.account = self.simple.account
        self.put("accounts", self.account, tax_point=point)
        if tax:
            self.money.taxes.create(self.owner, TaxCreate("VAT", tax))

    def put(self, noun: str, row: int, **values: object) -> None:
        """Columns of a row, as if they had been so."""
        with self.shop.services.changes.unit():
            getattr(self.shop.store, noun).update(row, values)

    @property
    def money(self) -> MoneyNouns:
        return self.shop.services.nouns.money

    def call(self, dialled: str = "4912345678", seconds: float = 60, endpoint: int | None = None) -> int:
        call = self.shop.begin(endpoint or self.simple.alice, dialled)
        self.shop.answer(call, self.simple.trunk)
        self.shop.clock.advance(seconds)
        self.shop.end(call)
        return call

    def invoice(self, **fields: object) -> InvoiceView:
        return self.money.invoices.make(self.owner, InvoiceMake(account=self.account, **fields))  # type: ignore[arg-type]

    def pay(self, amount: str, **fields: object) -> PaymentView:
        return self.money.payments.record(self.owner, PaymentRecord(amount, account=self.account, method="bank", **fields))  # type: ignore[arg-type]

    def balance(self) -> int:
        return self.shop.balance(self.account)

    def operator(self, login: str, role: str, email: str = "", reseller: int | None = None, shop: int | None = None) -> Actor:
        """Somebody with a role in the root, or in one shop."""
        store = self.shop.store
        with self.shop.services.changes.unit():
            person = store.people.insert(kind="operator", name=login, email=email)
            row = store.operators.insert(person_id=person, login=login, created_at=self.shop.clock.utcnow())
            store.operators.grant(row, role, reseller_id=None if shop else reseller or self.simple.root, shop_id=shop)
        found = store.operators.get(row)
        assert found is not None
        return Actor(login, row, (Grant(role, None if shop else reseller or self.simple.root, shop),))
