"""A small appliance made straight in the store: figures chosen to be computed by hand."""

from __future__ import annotations

from pathlib import Path
from random import Random

from appliance.clock import SteppedClock
from appliance.services.calls.call_record import Accepted, Attempt, Denied, Ended
from appliance.services.ground.settings import Settings
from appliance.services.keeping.verify import check
from appliance.services.services import Services
from appliance.store.bindings import Binding
from appliance.store.endpoints import Secret
from appliance.store.rates import NewRate
from appliance.store.store import Store

MICROS = 1_000_000


def micros(text: str) -> int:
    """Micros of a decimal amount."""
    whole, _, part = text.lstrip("-").partition(".")
    value = int(whole) * MICROS + int(part.ljust(6, "0") or 0)
    return -value if text.startswith("-") else value


class Simple:
    """One root, `retail` a quarter above `cost`, one trunk for everything, Alice (1000001) and her account."""

    def __init__(self, shop: Shop, balance: str = "10.00", retail: tuple[NewRate, ...] = (), limit: str = "0") -> None:
        self.root = shop.reseller()
        self.cost = shop.tariff(self.root, "cost", rate("44", "0.0100", "0.0010"), rate("31", "0.0200", first=60, then=60), rate("49", "0.4800"))
        self.retail = shop.tariff(self.root, "retail", *retail, base=self.cost, markup_ppm=250_000)
        self.trunk = shop.trunk(self.root, "carrier", self.cost)
        shop.route(self.root, "", self.trunk)
        self.account = shop.account(self.root, "alice", balance, limit)
        self.customer = shop.customer(self.root, "Alice", self.retail, self.account)
        self.alice = shop.endpoint(self.customer, "1000001")


class Shop:
    """One store, its services, and a scripted engine: calls are admitted, answered and ended by the tests themselves."""

    def __init__(self, folder: Path, overrides: dict[str, object] | None = None) -> None:
        self.folder = folder
        self.clock = SteppedClock()
        self.overrides = overrides
        self.open()
        self.made = 0

    def open(self) -> None:
        """A server starts on the folder: whatever an earlier one left is there."""
        self.store = Store(self.folder, self.clock)
        self.services = Services(self.store, self.clock, Settings(self.overrides), Random(7).randbytes)
        self.calls = self.services.calls

    def start(self) -> None:
        """Begin a run, recovery first."""
        self.recovered = self.services.begin_run()

    def crash(self) -> None:
        """The process dies: what is not committed is gone, and the next one starts on the same folder."""
        self.store.close()
        self.open()

    # things ----------------------------------------------------------------------------------------------------------
    def reseller(self, name: str = "root", parent: int | None = None, tariff: int | None = None, balance: str | None = None, **other: object) -> int:
        s, now = self.store, self.clock.utcnow()
        with self.services.changes.unit():
            person = s.people.insert(kind="reseller", name=name)
            row = s.resellers.insert(
                parent_id=parent,
                person_id=person,
                name=name,
                currency="EUR",
                sip_domain=f"sip.{name}.test",
                number_first="1",
                number_last="2",
                timezone="UTC",
                created_at=now,
                tariff_id=tariff,
                **other,
            )  # type: ignore[arg-type]
            if parent is not None:
                account = s.accounts.insert(kind="credit", reseller_id=parent, name=name, currency="EUR", owner_reseller_id=row, created_at=now)
                s.resellers.update(row, {"credit_account_id": account})
                self._fund(account, parent, balance)
            self.services.changes.note("reseller", row)
        return row

    def tariff(self, reseller: int, name: str, *rates: NewRate, base: int | None = None, markup_ppm: int = 0, **other: object) -> int:
        s, now = self.store, self.clock.utcnow()
        with self.services.changes.unit():
            row = s.tariffs.insert(reseller_id=reseller, name=name, currency="EUR", base_id=base, markup_ppm=markup_ppm, created_at=now, **other)  # type: ignore[arg-type]
            rate_set = s.rates.open_set(row, "test", now)
            s.rates.add(rate_set, row, rates)
            s.rates.activate(rate_set, now)
            self.services.changes.note("tariff", row)
        return row

    def account(self, reseller: int, name: str, balance: str = "0", limit: str = "0") -> int:
        with self.services.changes.unit():
            row = self.store.accounts.insert(
                kind="credit", reseller_id=reseller, name=name, currency="EUR", credit_limit_micros=micros(limit), created_at=self.clock.utcnow()
            )
            self._fund(row, reseller, balance)
        return row

    def _fund(self, account: int, reseller: int, balance: str | None) -> None:
        if balance and micros(balance):
            self.services.ledger.post(
                self.clock.utcnow(),
                "opening",
                [(account, micros(balance)), (self.services.ledger.account(reseller, "opening", "EUR"), -micros(balance))],
            )

    def pay(self, account: int, amount: str, reseller: int = 1) -> None:
        """Money comes in while calls run."""
        with self.services.changes.unit():
            self._fund(account, reseller, amount)

    def customer(self, reseller: int, name: str, tariff: int, account: int, **other: object) -> int:
        with self.services.changes.unit():
            person = self.store.people.insert(kind="customer", reseller_id=reseller, name=name)
            row = self.store.customers.insert(
                reseller_id=reseller, person_id=person, tariff_id=tariff, credit_account_id=account, created_at=self.clock.utcnow(), **other
            )  # type: ignore[arg-type]
            self.services.changes.note("customer", row)
        return row

    def endpoint(self, customer: int, number: str, *, registered: bool = False, **other: object) -> int:
        now = self.clock.utcnow()
        with self.services.changes.unit():
            row = self.store.endpoints.insert(customer_id=customer, number=number, auth_name=number, created_at=now, **other)  # type: ignore[arg-type]
            self.store.endpoints.put_secret(Secret(row, "sip.root.test", "a" * 32, "b" * 64, None))
            if registered:
                self.store.bindings.save(binding(row, f"sip:{number}@192.0.2.1:5062", now))
            self.services.changes.note("endpoint", row)
        return row

    def trunk(self, reseller: int, name: str, cost: int | None = None, **other: object) -> int:
        with self.services.changes.unit():
            row = self.store.trunks.insert(
                reseller_id=reseller,
                name=name,
                host="192.0.2.50",
                port=5060,
                transport="udp",
                cost_tariff_id=cost,
                created_at=self.clock.utcnow(),
                **other,
            )  # type: ignore[arg-type]
            self.services.changes.note("trunk", row)
        return row

    def route(self, reseller: int, prefix: str, *trunks: int, order: str = "priority") -> None:
        with self.services.changes.unit():
            row = self.store.routes.insert(reseller_id=reseller, prefix=prefix, order=order)
            self.store.routes.set_trunks(row, [(each, 1) for each in trunks])
            self.services.changes.note("route", row)

    # calls -----------------------------------------------------------------------------------------------------------
    def attempt(self, endpoint: int | None, dialled: str, **other: object) -> Accepted | Denied:
        """INVITE: a unit of work of its own, as a batch would have it."""
        answer = self.attempt_uncommitted(endpoint, dialled, **other)
        self.commit()
        return answer

    def attempt_uncommitted(self, endpoint: int | None, dialled: str, **other: object) -> Accepted | Denied:
        """INVITE in a unit of work that stays open."""
        self.made += 1
        self.services.changes.begin()
        attempt = Attempt(f"call-{self.made}@phone", dialled, "1", False, "192.0.2.1:5062/udp", "phone", endpoint)
        return self.calls.admit(attempt._replace(**other), self.clock.monotonic())  # type: ignore[arg-type]

    def begin(self, endpoint: int, dialled: str, **other: object) -> int:
        """INVITE that must be admitted; the call."""
        answer = self.attempt(endpoint, dialled, **other)
        assert isinstance(answer, Accepted), answer
        return answer.call

    def answer(self, call: int, trunk: int | None = None) -> int:
        """200."""
        self.services.changes.begin()
        self.calls.answered(call, trunk, None, "192.0.2.50:5060/udp", "trunk-call", "{}", self.clock.monotonic())
        self.commit()
        return call

    def end(self, call: int, cause: str = "normal", by: str = "caller", status: int = 200, trunk: int | None = None) -> None:
        """BYE, or a final refusal."""
        self.end_uncommitted(call, cause, by, status, trunk)
        self.commit()

    def end_uncommitted(self, call: int, cause: str = "normal", by: str = "caller", status: int = 200, trunk: int | None = None) -> None:
        """The same in a unit of work that stays open."""
        self.services.changes.begin()
        self.calls.finish(Ended(call, status, cause, by, trunk, "", "", None, self.clock.monotonic()))

    def commit(self) -> None:
        self.services.heartbeat.beat_with()
        self.services.changes.flush()
        self.store.commit()
        self.services.changes.committed()

    def run(self, seconds: float) -> list[tuple[int, str]]:
        """Let time pass, ending calls at their limits as the engine would; (call, cause) of those."""
        end = self.clock.monotonic() + seconds
        cut: list[tuple[int, str]] = []
        while (moment := self.calls.next_limit()) is not None and moment <= end:
            self.clock.advance(max(0.0, moment - self.clock.monotonic()))
            for call, cause in self.calls.limits_reached(self.clock.monotonic()):
                cut.append((call, cause))
                self.end(call, cause, "server")
            self.calls.tones_due(self.clock.monotonic())
        self.clock.advance(end - self.clock.monotonic())
        return cut

    def balance(self, account: int) -> int:
        return self.store.accounts.balance(account)

    def verify(self) -> None:
        """The books are proved, and every charge is worked out again."""
        assert check(self.store).faults == []

    def beat(self) -> None:
        """The heartbeat's job."""
        self.services.heartbeat.beat()
        if self.store.in_unit:
            self.commit()

    def lose_unit(self) -> None:
        """The COMMIT of the open unit fails: the disk is full."""
        self.store.rollback()
        self.services.changes.failed()


def rate(prefix: str, price: str, fee: str = "0", first: int = 1, then: int = 1, **other: object) -> NewRate:
    """One rate; amounts are decimals."""
    return NewRate(prefix, f"to {prefix}", micros(price), micros(fee), first, then, **other)  # type: ignore[arg-type]


def binding(endpoint: int, contact: str, now: int, seconds: int = 3600, **other: object) -> Binding:
    """A row of a registration."""
    values: dict[str, object] = {
        "source": "192.0.2.1:5062",
        "transport": "udp",
        "listener": "udp:192.0.2.9:5060",
        "call_id": "r1",
        "cseq": 1,
        "q": 1000,
        "path": "[]",
        "instance": "",
        "reg_id": 0,
        "user_agent": "phone",
        "natted": 0,
        "since_at": now,
        "refreshed_at": now,
        "expires_at": now + seconds * 1000,
        **other,
    }
    return Binding(endpoint, contact, **values)  # type: ignore[arg-type]
