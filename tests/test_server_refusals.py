"""What a refusal undoes and what it leaves, by the server's own `exclusive`: rows and memory alike. A unit of work stands in for the pump's."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from appliance.api.auth import Asked
from appliance.api.bindings import Later, _by, bind
from appliance.api.bindings_shop import by_name
from appliance.api.site import Api
from appliance.errors import Conflict, EnvironmentFault, NotFound, UserError
from appliance.http_common import Door
from appliance.server import Server
from appliance.services.calls.call_record import Ended
from appliance.services.services import Services
from appliance.store.copy_cipher import CopyKey
from appliance.store.guard import BanRow
from appliance.store.rates import NewRate
from appliance.wire.api_tokens import ApiTokenCreate
from appliance.wire.backups import CopyRequest
from appliance.wire.bills import Approval, BillLoss, BillPay, BillQuote, Tender
from appliance.wire.decks import DeckApply
from appliance.wire.guard import BanLift
from appliance.wire.price_work import PriceWorkStop
from appliance.wire.rates import RateFields, RatesSet
from appliance.wire.settings import SettingsSet
from appliance.wire.shapes import ById, Listing
from appliance.wire.trunks import TrunkTestCall
from tests.services.call_shop.counter import LEIDEN, Counter
from tests.services.decks.conftest import Importing
from tests.services.nouns.described import example

DECK = "Code,Destination,Rate\n31,Netherlands,0.0125\n44,UK,0.02\n"


class Turns:
    """Every request as a server does it: each step in a unit of work, undone where it is refused. `full`: the next commit fails."""

    def __init__(self, services: Services) -> None:
        self.full = False
        self._services = services
        self._told: list[Callable[[BaseException | None], None]] = []
        pump = SimpleNamespace(run_between=self._unit, wake=lambda: None)
        self._server = cast(Server, SimpleNamespace(services=services, switch=SimpleNamespace(after_commit=self._told), pump=pump))

    def exclusive(self, work: Callable[[], object]) -> Deferred[object]:
        return Server.exclusive(self._server, work)

    def ask(self, work: Callable[[], object], between: Callable[[], object] = lambda: None) -> Any:
        """What it comes to; what is refused is raised. `between`: before each further step."""
        reply = self.done(work)
        while isinstance(reply, Later):
            between()
            result, then = reply.work(), reply.then
            if then is None:
                return result
            reply = self.done(lambda then=then, result=result: then(result))  # type: ignore[misc]
        return reply

    def done(self, work: Callable[[], object]) -> object:
        found: list[object] = []
        self.exclusive(work).addBoth(found.append)
        if isinstance(found[0], Failure):
            found[0].raiseException()
        return found[0]

    def _unit(self, work: Callable[[], None]) -> None:
        work()
        changes, store = self._services.changes, self._services.store
        fault, self.full = EnvironmentFault("disk.full") if self.full else None, False
        if fault is None and store.in_unit:
            changes.flush()
            store.commit()
        elif fault is not None:
            store.rollback()
            changes.failed()
        changes.committed()
        waiting, self._told[:] = list(self._told), []
        for tell in waiting:
            tell(fault)


class Running(Importing):
    """A folder's services behind such turns."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.turns = Turns(self.services)
        self.exclusive, self.done = self.turns.exclusive, self.turns.done
        self.bound = bind(self.services)

    def ask(self, operation: str, request: object, between: Callable[[], object] = lambda: None) -> Any:
        return self.turns.ask(lambda: self.bound[operation](Asked(self.owner), request), between)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Running]:
    one = Running(tmp_path / "data")
    one.apply(example())
    yield one
    assert one.verified()
    one.store.close()


def test_an_import_that_is_stopped_takes_the_tariff_along_that_it_made(shop: Running) -> None:
    deck = "Code,Rate\n" + "".join(f"9{number:05d},0.1\n" for number in range(900))

    def stop() -> None:
        for each in shop.nouns.pricing.price_desk.list(shop.owner).works:
            if each.phase == "writing" and each.done:
                shop.ask("rates.stop_writing", PriceWorkStop(each.id))

    with pytest.raises(UserError, match=r"prices\.stopped"):
        shop.ask("decks.apply", DeckApply(tariff="new", content=deck.encode()), between=stop)
    assert shop.store.tariffs.find(1, "new") is None


def test_a_profile_that_cannot_be_kept_is_said_before_anything_is_written(shop: Running) -> None:
    with pytest.raises(UserError) as refused:
        shop.ask("decks.apply", DeckApply(tariff="new", content=DECK.encode(), profile="p" * 300))
    assert refused.value.field == "profile" and shop.store.tariffs.find(1, "new") is None


def test_prices_that_were_refused_are_never_charged(shop: Running) -> None:
    """The deck that was built beside the unit goes with it, though the tariff comes to the same edition again."""
    row = shop.store.tariffs.find(1, "carrier-cost")
    assert row is not None
    book = shop.services.hot.prices.book
    deck = book.deck(row.id).copy()
    deck.remove([(each.prefix, each.id) for prefix in list(deck.prefixes()) for each in deck.versions(prefix)])
    before = shop.in_memory("carrier-cost")

    def write() -> None:
        set_id = shop.store.rates.open_set(row.id, "import", shop.clock.utcnow(), None)
        shop.store.rates.add(set_id, row.id, list[NewRate]())
        shop.nouns.decks.writing.activate(shop.owner, "decks.apply", row.id, set_id, deck, (0, 0))
        raise Conflict("deck.tariff_changed")

    found: list[Any] = []
    shop.exclusive(write).addErrback(lambda failure: found.append(failure.value))
    assert found[0].code == "deck.tariff_changed" and shop.in_memory("carrier-cost") == before
    with pytest.raises(Conflict), shop.services.changes.unit():
        shop.services.hot.prices.offer(99, deck, 1)
        shop.services.changes.note("rate", 99)
        with pytest.raises(NotFound), shop.services.changes.part():
            raise NotFound("tariff.unknown")
        assert 99 in shop.services.hot.prices._offered  # another's refusal takes nothing away
        raise Conflict("deck.tariff_changed")
    assert not shop.services.hot.prices._offered
    shop.ask("rates.set", RatesSet(tariff="carrier-cost", rates=[RateFields(prefix="44", price_per_minute="0.05")]))
    assert shop.in_memory("carrier-cost") == shop.in_store("carrier-cost") and len(before) + 1 == len(shop.in_memory("carrier-cost"))


def test_a_running_call_is_not_ended_for_what_is_refused_anyway(tmp_path: Path) -> None:
    """A wrong PIN, a till without a shift, an amount that is none: the guest talks on, and the wrong PIN counts."""
    counter = Counter(tmp_path / "data")
    counter.begin_shift()
    bill = counter.bill_of(counter.sit(counter.one))
    call = counter.base.answer(counter.base.begin(counter.one, LEIDEN))
    ended: list[int] = []

    def end(which: int) -> None:
        ended.append(which)
        counter.base.services.calls.finish(Ended(which, 200, "normal", "operator", None, "", "", None, counter.base.clock.monotonic()))

    table, turns = by_name(counter.base.services, _by, Later, end), Turns(counter.base.services)
    wrong = Approval("boss", "0000")
    for operation, request, code in (
        ("bills.write_off", BillLoss(bill, "cancelled", "left", counter.till, hang_up=True, approval=wrong), "approval.wrong"),
        ("bills.pay", BillPay(bill, counter.till, [Tender("cash", "x")], hang_up=True), "amount.invalid"),
        ("bills.pay", BillPay(bill, counter.till + 1, [Tender("cash", "1.00")], hang_up=True), "till.unknown"),
    ):
        with pytest.raises(UserError) as refused:
            turns.ask(lambda operation=operation, request=request: table[operation](Asked(counter.clerk), request))  # type: ignore[misc]
        assert (refused.value.code, ended) == (code, [])
    pin = counter.base.store.till_documents.pin(counter.boss.operator_id or 0)
    assert pin is not None and pin.failures == 1
    counter.base.run(10)
    # what the final price alone refuses ends the call: the till is told that, and what is due, and pays that
    pay = BillPay(bill, counter.till, [Tender("cash", "0.01")], hang_up=True)
    with pytest.raises(Conflict, match=r"bill\.call_ended") as late:
        turns.ask(lambda: table["bills.pay"](Asked(counter.clerk), pay))
    due = str(late.value.parameters["due"])
    assert (ended, due) == ([call], counter.nouns.checkout.quote(counter.clerk, BillQuote(bill)).due) and due != "0.00"
    with pytest.raises(UserError, match=r"bill\.not_enough"):
        turns.ask(lambda: table["bills.pay"](Asked(counter.clerk), pay))
    pay = BillPay(bill, counter.till, [Tender("cash", due)], hang_up=True)
    turns.ask(lambda: table["bills.pay"](Asked(counter.clerk), pay))
    assert ended == [call]
    counter.sound()
    counter.base.store.close()


def test_a_test_call_that_could_not_be_recorded_keeps_no_other_away(shop: Running) -> None:
    shop.services.begin_run()
    trunk = shop.nouns.trunks.list(shop.owner, Listing()).trunks[0]
    asked = TrunkTestCall(trunk.id, "442079460001")
    shop.turns.full = True
    with pytest.raises(EnvironmentFault):
        shop.done(lambda: shop.services.trunk_trials.order(shop.owner, asked))
    order: Any = shop.done(lambda: shop.services.trunk_trials.order(shop.owner, asked))
    assert order.call in shop.services.calls.running
    with pytest.raises(Conflict, match=r"trial\.running"):
        shop.done(lambda: shop.services.trunk_trials.order(shop.owner, asked))


def test_a_copy_that_could_not_be_begun_leaves_no_key_whose_phrase_nobody_saw(shop: Running, tmp_path: Path) -> None:
    place = tmp_path / "nas"
    place.mkdir()

    def full() -> None:
        shop.turns.full = True

    for between, told in ((full, False), (lambda: None, True)):
        try:
            phrase = shop.ask("backups.start_copy", CopyRequest(str(place)), between=between).phrase
        except EnvironmentFault:
            phrase = ""
        gc.collect()  # what broke off is let go
        assert (bool(phrase), CopyKey.load(shop.folder) is not None) == (told, told)


def test_who_cannot_be_allowed_for_good_stays_banned(shop: Running) -> None:
    ban = BanRow("address", "192.0.2.7", "", "guesses", shop.clock.utcnow(), shop.clock.utcnow() + 60_000, 1)
    shop.exclusive(lambda: shop.store.guard.set_bans([ban]))
    lifted: list[object] = []
    shop.nouns.bans.lifted = lambda *who: bool(lifted.append(who))  # type: ignore[func-returns-value]
    shop.ask("settings.set", SettingsSet({"guard.exempt": ",".join(["192.0.2.9"] * 1950)}))
    with pytest.raises(UserError, match=r"setting\.too_long"):
        shop.ask("bans.allow", BanLift("address", "192.0.2.7"))
    assert lifted == [] and len(shop.nouns.bans.list(shop.owner).bans) == 1
    shop.ask("settings.set", SettingsSet({"guard.exempt": None}))
    shop.ask("bans.allow", BanLift("address", "192.0.2.7"))
    assert lifted == [("address", "192.0.2.7", "")] and shop.nouns.bans.list(shop.owner).bans == []


def test_a_program_that_is_refused_was_seen_all_the_same(shop: Running) -> None:
    made = shop.ask("api_tokens.create", ApiTokenCreate(name="shop", scopes=["customers.write"]))
    site = Door(Api(shop.bound, shop.exclusive, shop.nouns.actor_of), "api", Clock())
    used = []
    for _each in range(2):
        body = json.dumps({"name": "", "tariff": "nix"}).encode()
        protocol, transport = site.buildProtocol(None), StringTransport()
        protocol.makeConnection(transport)
        head = f"POST /api/v1/customers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {made.token}\r\nContent-Type: application/json\r\n"
        protocol.dataReceived(head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert transport.value().startswith(b"HTTP/1.1 4")
        row = shop.store.sessions.token(made.made.id)
        used.append(None if row is None else row.used_at)
        shop.clock.advance(120)
    assert None not in used and len(set(used)) == 2
    assert [each.id for each in shop.ask("customers.list", Listing()).customers] == [1]
    assert shop.ask("customers.get", ById(1)).id == 1
