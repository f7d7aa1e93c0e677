"""Whatever happens in whatever order: no account below its limit because of calls, every call recorded once, the books prove."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from appliance.services.calls.call_record import Accepted
from tests.services.shop import Shop, micros, rate

NUMBERS = ("4930123456", "31201234567", "442079460001", "2125550000")
RATES = (
    rate("49", "0.4800"),
    rate("31", "0.0200", first=60, then=60),
    rate("44", "0.0100", "0.0130", 30, 6, minimum_seconds=20),
    rate("2125", "0.9000", first=0, then=7, free_seconds=5, free_below_seconds=3, maximum_charge_micros=micros("0.40")),
)

STEPS = st.one_of(
    st.tuples(st.just("call"), st.integers(0, 3), st.sampled_from(NUMBERS)),
    st.tuples(st.just("answer"), st.integers(0, 30), st.none()),
    st.tuples(st.just("answer"), st.integers(0, 30), st.none()),
    st.tuples(st.just("end"), st.integers(0, 30), st.none()),
    st.tuples(st.just("wait"), st.integers(1, 90_000), st.none()),
    st.tuples(st.just("pay"), st.integers(0, 3), st.integers(1, 400_000)),
    st.tuples(st.just("limit"), st.integers(0, 3), st.integers(0, 300_000)),
    st.tuples(st.just("lose"), st.integers(0, 3), st.sampled_from(NUMBERS)),
    st.tuples(st.just("crash"), st.none(), st.none()),
)


class World:
    """A root, a reseller below it, four phones on two accounts, and what was put into each account."""

    def __init__(self, folder: Path) -> None:
        self.shop = shop = Shop(folder)
        shop.start()
        root = shop.reseller()
        cost = shop.tariff(root, "cost", *RATES)
        to_one = shop.tariff(root, "to-one", base=cost, markup_ppm=100_000)
        one = shop.reseller("one", root, to_one, "0.90")
        retail = shop.tariff(root, "retail", base=cost, markup_ppm=250_000)
        dear = shop.tariff(one, "retail", base=to_one, markup_ppm=1_000_000, rounding="up", decimals=2)
        self.trunk = shop.trunk(root, "carrier", cost)
        shop.route(root, "", self.trunk)
        shared, other = shop.account(root, "shared", "0.60"), shop.account(one, "other", "0.45", "0.10")
        owners = [(root, retail, shared), (root, retail, shared), (one, dear, other), (one, dear, other)]
        self.phones = [
            shop.endpoint(shop.customer(seller, f"customer {index}", tariff, account), f"100000{index}")
            for index, (seller, tariff, account) in enumerate(owners)
        ]
        self.accounts = [row.id for row in shop.store.accounts.list("credit")]
        self.put_in = {account: shop.balance(account) for account in self.accounts}
        self.limits = {row.id: row.credit_limit_micros for row in shop.store.accounts.list("credit")}
        self.admitted: list[int] = []
        self.answered: set[int] = set()

    def step(self, kind: str, which: int, what: object) -> None:
        shop = self.shop
        running = [call for call in self.admitted if call in shop.calls.running]
        if kind == "call":
            answer = shop.attempt(self.phones[which], str(what))
            if isinstance(answer, Accepted):
                self.admitted.append(answer.call)
        elif kind == "answer" and running:
            call = running[which % len(running)]
            if call not in self.answered:
                shop.answer(call, self.trunk)
                self.answered.add(call)
        elif kind == "end" and running:
            call = running[which % len(running)]
            shop.end(call, "normal" if call in self.answered else "cancelled", status=200 if call in self.answered else 487)
        elif kind == "wait":
            shop.run(which / 1000)
            shop.beat()
        elif kind == "pay":
            account = self.accounts[which % len(self.accounts)]
            seller = shop.store.accounts.get(account).reseller_id  # type: ignore[union-attr]
            shop.pay(account, f"0.{what:06d}", seller)
            self.put_in[account] += int(str(what))
        elif kind == "limit":
            account = self.accounts[which % len(self.accounts)]
            if int(str(what)) >= self.limits[account]:  # a lowered one may leave an account below it, and not by its calls
                with shop.services.changes.unit():
                    shop.services.ledger.set_limit(account, int(str(what)))
                self.limits[account] = int(str(what))
        elif kind == "lose":
            shop.attempt_uncommitted(self.phones[which], str(what))
            shop.lose_unit()
        elif kind == "crash":
            shop.crash()
            shop.start()

    def check(self) -> None:
        for account in self.accounts:
            assert self.shop.balance(account) >= -self.limits[account]
            held = self.shop.calls.reserved().get(account, 0)
            assert self.shop.balance(account) + self.limits[account] >= held

    def close(self) -> None:
        """The power goes; afterwards everything must add up."""
        shop = self.shop
        shop.crash()
        shop.start()
        assert list(shop.store.calls.live()) == []
        charged = dict.fromkeys(self.accounts, 0)
        for call in self.admitted:
            cdr = shop.store.calls.get(call)
            assert cdr is not None
            charges = shop.store.calls.charges(call)
            assert bool(charges) is (call in self.answered)
            for charge in charges:
                charged[charge.account_id or 0] += charge.amount_micros
        for account in self.accounts:
            assert shop.balance(account) == self.put_in[account] - charged[account]
        shop.verify()
        shop.store.close()


@given(st.lists(STEPS, min_size=12, max_size=60))
def test_any_history_leaves_whole_books(steps: list[tuple[str, int, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "data")
        for step in steps:
            world.step(*step)
            world.check()
        world.close()
