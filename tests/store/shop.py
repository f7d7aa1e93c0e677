"""A small shop for the store's tests: root, one reseller, one customer with an endpoint, a trunk, accounts, a tariff with one rate."""

from __future__ import annotations

from typing import NamedTuple

from appliance.store.calls import Cdr, CdrPerson, Charge, LiveCall
from appliance.store.rates import NewRate
from appliance.store.store import Store

START = 1_767_225_600_000


class Shop(NamedTuple):
    """Row ids."""

    root: int
    sub: int
    customer: int
    endpoint: int
    trunk: int
    tariff: int
    rate: int
    run: int
    credit: int
    revenue: int
    cost: int
    carrier: int
    cash: int
    sub_credit: int


def reseller_in(store: Store, name: str, parent: int | None = None) -> int:
    """A reseller of that name."""
    person = store.people.insert(kind="reseller", reseller_id=parent, name=name)
    return store.resellers.insert(
        parent_id=parent,
        person_id=person,
        name=name,
        currency="EUR",
        sip_domain=f"{name}.test",
        number_first="1000000",
        number_last="1999999",
        timezone="UTC",
        created_at=START,
    )


def customer_in(store: Store, reseller: int, name: str, tariff: int, account: int) -> int:
    """A customer of that name with something personal everywhere."""
    person = store.people.insert(
        kind="customer",
        reseller_id=reseller,
        name=name,
        first_name="Alice",
        last_name="Example",
        email="alice@example.test",
        phone="+31201112233",
        address="1 Street",
        vat_number="NL1",
        description="regular",
    )
    return store.customers.insert(reseller_id=reseller, person_id=person, tariff_id=tariff, credit_account_id=account, created_at=START)


def shop_in(store: Store) -> Shop:
    """Everything, in one unit of work, with 1000.00 paid in by the customer and by the reseller."""
    with store.write():
        root = reseller_in(store, "root")
        sub = reseller_in(store, "sub", root)
        account = store.accounts.insert
        credit = account(kind="credit", reseller_id=root, name="alice", currency="EUR", created_at=START)
        sub_credit = account(kind="credit", reseller_id=root, name="sub", currency="EUR", owner_reseller_id=sub, created_at=START)
        revenue, cost, carrier, cash = (
            account(kind=kind, reseller_id=root, name="", currency="EUR", created_at=START) for kind in ("revenue", "carrier_cost", "carrier", "cash")
        )
        tariff = store.tariffs.insert(reseller_id=root, name="retail", currency="EUR", created_at=START)
        rate_set = store.rates.open_set(tariff, "typed", START)
        store.rates.add(rate_set, tariff, [NewRate("31", "Netherlands", 10000, 0, 1, 1, 0, 0, 0, 0, None, 0)])
        store.rates.activate(rate_set, START)
        (rate,) = store.rates.active(tariff)
        customer = customer_in(store, root, "Alice Shop", tariff, credit)
        endpoint = store.endpoints.insert(customer_id=customer, number="1000001", auth_name="1000001", display_name="Alice", created_at=START)
        store.numbers.assign("1000001", root, endpoint, START)
        trunk = store.trunks.insert(reseller_id=root, name="carrier", host="192.0.2.9", port=5060, transport="udp", created_at=START)
        run = store.runs.start(START, 0)
        pay(store, START, credit, cash, 1_000_000_000, customer)
        pay(store, START, sub_credit, cash, 1_000_000_000, None)
    return Shop(root, sub, customer, endpoint, trunk, tariff, rate.id, run, credit, revenue, cost, carrier, cash, sub_credit)


def pay(store: Store, at: int, credit: int, cash: int, micros: int, customer: int | None) -> int:
    """A payment with its entry; the payment's id."""
    entry, _ = store.ledger.post(at, "payment", ((credit, micros), (cash, -micros)))
    return store.payments.insert(
        account_id=credit,
        customer_id=customer,
        entry_id=entry,
        at=at,
        kind="payment",
        method="cash",
        gross_micros=micros,
        credit_micros=micros,
        currency="EUR",
    )


def live_of(shop: Shop, number: int) -> LiveCall:
    """A call just admitted."""
    return LiveCall(number, shop.run, shop.customer, shop.endpoint, None, START + number, None, None, '{"dialled":"31201234567"}', None)


def cdr_of(shop: Shop, number: int, *, amount: int = 2500, cost: int = 1500, result: int = 200) -> tuple[Cdr, CdrPerson]:
    """The record of a call of 15 s to the Netherlands."""
    at = START + number
    cdr = Cdr(
        number,
        shop.run,
        at,
        at + 1000,
        at + 16000,
        15000,
        0,
        15,
        shop.root,
        shop.customer,
        shop.endpoint,
        shop.trunk,
        None,
        "31",
        "Netherlands",
        result,
        "normal",
        "caller",
        cost,
        "EUR",
        "EUR",
        amount,
        "[]",
        '{"relayed":false}',
        0,
        0,
        "out",
    )
    person = CdrPerson(
        number,
        f"call-{number}@192.0.2.1",
        "1000001",
        "0031201234567",
        "31201234567",
        f"out-{number}",
        "192.0.2.1:5060/udp",
        "phone/1.0",
        "192.0.2.9:5060/udp",
    )
    return cdr, person


def record_call(store: Store, shop: Shop, number: int, *, amount: int = 2500, cost: int = 1500) -> None:
    """The end of a call, in the open unit: record, entries, charge, live row gone, changes told."""
    at = START + number + 16000
    cdr, person = cdr_of(shop, number, amount=amount, cost=cost)
    store.calls.insert_cdr(cdr, person)
    post = store.ledger.post
    entry, _ = post(at, "call", ((shop.credit, -amount), (shop.revenue, amount)), call_id=number, level=0)
    store.calls.insert_charge(
        Charge(number, 0, shop.credit, shop.customer, None, shop.tariff, shop.rate, 15, amount, "EUR", entry, '{"prefix":"31"}')
    )
    post(at, "cost", ((shop.cost, cost), (shop.carrier, -cost)), call_id=number)
    store.calls.delete_live(number)
    store.changes.add(at, "call", f"[{number}]")
    store.changes.add(at, "balance", f"[{shop.credit}]")
