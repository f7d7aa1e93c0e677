"""Pages and sums of call records against a plain look at every record, by chance filters, over clocks that jump."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.clock import SteppedClock
from appliance.store import call_search
from appliance.store.call_search import Wanted
from appliance.store.calls import Cdr, CdrPerson, Charge
from appliance.store.store import Store
from tests.store.shop import START, Shop, cdr_of, customer_in, reseller_in, shop_in

RECORDS = 400
OUTCOMES = ((200, "normal"), (200, "credit"), (486, "busy"), (404, "no such number"), (503, "route"))


class Filled:
    """A store with records of chance, and the same records to look at."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.shop: Shop = shop_in(store)
        self.chance = random.Random(5)
        with store.write():
            self.resellers = [self.shop.root, self.shop.sub, reseller_in(store, "deep", self.shop.sub)]
            self.customers = [(customer_in(store, each, f"c{each}", self.shop.tariff, self.shop.credit), each) for each in self.resellers]
            self.endpoints = [
                (
                    store.endpoints.insert(customer_id=customer, number=f"30{customer}{part}", auth_name=f"{customer}{part}", created_at=START),
                    customer,
                    reseller,
                )
                for customer, reseller in self.customers
                for part in range(2)
            ]
            self.rows = [self._record(number) for number in range(1, RECORDS + 1)]

    def _record(self, number: int) -> tuple[Cdr, CdrPerson]:
        chance = self.chance
        endpoint, customer, reseller = chance.choice(self.endpoints)
        result, cause = chance.choice(OUTCOMES)
        direction = chance.choice(("out", "out", "in", "on_net"))
        nobody = chance.random() < 0.1
        cdr, person = cdr_of(self.shop, number, result=result)
        cdr = cdr._replace(
            started_at=START + number * 1000 - (50_000 if chance.random() < 0.1 else 0),
            answered_at=START if result == 200 else None,
            reseller_id=None if nobody else reseller,
            customer_id=None if nobody else customer,
            endpoint_id=None if nobody or chance.random() < 0.1 else endpoint,
            trunk_id=chance.choice((self.shop.trunk, None)),
            callee_endpoint_id=chance.choice(self.endpoints)[0] if direction == "on_net" else None,
            destination=chance.choice(("Netherlands", "Germany", None)),
            cause=cause,
            direction=direction,
        )
        person = person._replace(
            normalised=f"{chance.choice((31, 49))}{chance.randrange(100):03d}", caller=f"{chance.choice((30, 31))}{chance.randrange(50)}"
        )
        self.store.calls.insert_cdr(cdr, person)
        if cdr.reseller_id is not None and result == 200:
            charge = Charge(number, 1, None, None, cdr.reseller_id, self.shop.tariff, None, 15, number, "EUR", None, "{}")
            self.store.calls.insert_charge(charge)
        return cdr, person

    def wanted(self) -> Wanted:
        chance = self.chance

        def some(value: object) -> object:
            return value if chance.random() < 0.25 else None

        bounded = chance.random() < 0.3
        return Wanted(
            resellers=tuple(chance.sample(self.resellers, chance.randrange(1, 3))) if bounded else None,
            customer_id=some(chance.choice(self.customers)[0]),  # type: ignore[arg-type]
            endpoint_id=some(chance.choice(self.endpoints)[0]),  # type: ignore[arg-type]
            trunk_id=some(self.shop.trunk),  # type: ignore[arg-type]
            destination=some("Germany"),  # type: ignore[arg-type]
            called=str(some("31") or ""),
            numbers=("300", "4905") if chance.random() < 0.2 else (),
            results=((200, 300),) if chance.random() < 0.2 else ((400, 500), (503, 504)) if chance.random() < 0.2 else (),
            cause=some("busy"),  # type: ignore[arg-type]
            direction=some("on_net"),  # type: ignore[arg-type]
            from_at=some(START + 100_000),  # type: ignore[arg-type]
            until_at=some(START + 300_000),  # type: ignore[arg-type]
        )

    def meant(self, wanted: Wanted) -> list[Cdr]:
        """All records of the filter, in the page's order."""
        found = [cdr for cdr, person in self.rows if self._meets(wanted, cdr, person)]
        by_number = (wanted.numbers or wanted.called) and wanted.endpoint_id is None and wanted.customer_id is None
        return sorted(found, key=lambda cdr: cdr.id if by_number else (cdr.started_at, cdr.id), reverse=True)

    @staticmethod
    def _meets(wanted: Wanted, cdr: Cdr, person: CdrPerson) -> bool:
        own = cdr.endpoint_id == wanted.endpoint_id or (cdr.callee_endpoint_id == wanted.endpoint_id and cdr.direction == "on_net")
        return all(
            (
                wanted.resellers is None or cdr.reseller_id in wanted.resellers,
                wanted.customer_id in (None, cdr.customer_id),
                wanted.endpoint_id is None or own,
                wanted.trunk_id in (None, cdr.trunk_id),
                wanted.destination in (None, cdr.destination),
                person.normalised.startswith(wanted.called),
                not wanted.numbers or person.normalised.startswith(wanted.numbers) or person.caller.startswith(wanted.numbers),
                not wanted.results or any(low <= cdr.result < high for low, high in wanted.results),
                wanted.cause in (None, cdr.cause),
                wanted.direction in (None, cdr.direction),
                wanted.from_at is None or cdr.started_at >= wanted.from_at,
                wanted.until_at is None or cdr.started_at < wanted.until_at,
            )
        )


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    folder: Path = tmp_path_factory.mktemp("search")
    with Store(folder / "data", SteppedClock()) as store:
        yield Filled(store)


@pytest.mark.parametrize("most_sought", [call_search.MOST_SOUGHT, 3])
def test_pages_and_sums_are_what_a_plain_look_finds(filled: Filled, monkeypatch: pytest.MonkeyPatch, most_sought: int) -> None:
    monkeypatch.setattr(call_search, "MOST_SOUGHT", most_sought)
    search = filled.store.call_search
    sizes = set()
    for _ in range(300):
        wanted = filled.wanted()
        meant = filled.meant(wanted)
        sizes.add(min(len(meant), 50))
        step = filled.chance.choice((1, 7, 50, 500)) if len(meant) < 60 else 50
        assert [row.id for row in search.every(wanted, step)] == [cdr.id for cdr in meant], wanted
        sums = search.sums(wanted)
        assert sum(each.calls for each in sums) == len(meant), wanted
        assert sum(each.answered for each in sums) == sum(1 for cdr in meant if cdr.answered_at is not None)
        assert sum(each.amount_micros for each in sums) == sum(cdr.amount_micros for cdr in meant)
        paid = search.paid_in_all(wanted, (filled.shop.sub,))
        assert paid.get("EUR", 0) == sum(cdr.id for cdr in meant if cdr.reseller_id == filled.shop.sub and cdr.result == 200), wanted
    assert len(sizes) > 20, "filters that find nothing prove nothing"


def test_shops_beside_resellers_are_met_once(filled: Filled) -> None:
    customer, reseller = filled.customers[0]
    wanted = Wanted(resellers=(filled.shop.sub,), customers=(customer,))
    meant = [cdr for cdr, _ in filled.rows if cdr.reseller_id == filled.shop.sub or cdr.customer_id == customer]
    assert reseller != filled.shop.sub
    assert [row.id for row in filled.store.call_search.every(wanted, 50)] == [
        cdr.id for cdr in sorted(meant, key=lambda cdr: (cdr.started_at, cdr.id), reverse=True)
    ]
    assert filled.store.call_search.page(Wanted(resellers=())) == []


def test_what_one_house_paid_by_call(filled: Filled) -> None:
    calls = [cdr.id for cdr, _ in filled.rows if cdr.reseller_id == filled.shop.sub and cdr.result == 200][:5]
    assert filled.store.call_search.paid_by(calls, (filled.shop.sub,)) == {call: (call, "EUR") for call in calls}
    assert filled.store.call_search.paid_by(calls, ()) == {}


def test_every_walk_uses_its_index(filled: Filled) -> None:
    """A walk that sorts or reads the whole table would be right and slow."""
    database = filled.store.database
    for wanted in (
        Wanted(),
        Wanted(customer_id=filled.customers[0][0]),
        Wanted(endpoint_id=filled.endpoints[0][0]),
        Wanted(resellers=(1, 2)),
        Wanted(destination="Germany"),
        Wanted(cause="busy"),
        Wanted(results=((200, 300),)),
        Wanted(trunk_id=filled.shop.trunk),
    ):
        for walk in filled.store.call_search._walks(wanted):
            where, bindings = call_search._bounds(wanted, walk)
            sql = f"EXPLAIN QUERY PLAN SELECT c.started_at, c.id FROM {walk.source} WHERE {where} ORDER BY c.started_at DESC, c.id DESC LIMIT 100"
            plan = " ".join(row[3] for row in database.fetch(sql, (*walk.bindings, *bindings)))
            assert "USING" in plan and "INDEX cdr_" in plan, (wanted, plan)
            assert "TEMP B-TREE" not in plan, (wanted, plan)
