"""The daily summary: what a day came to, made once whatever the computer did, sent to who wants it, and shown by what a role may know."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_string
from email.policy import default
from typing import Any

import pytest

from appliance.errors import Forbidden, NotFound, UserError
from appliance.server_summaries import SummaryMaker
from appliance.services.daily_summary import DailySummaries
from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.services.ground.stepwise import finish
from appliance.store.nouns import Nouns
from appliance.wire.operators import GrantFields, OperatorCreate, OperatorUpdate
from appliance.wire.summaries import SummaryGet, SummaryReceive, SummarySend, SummaryView
from tests.services.shop import Shop, Simple

OWNER = folder_owner()
HOUR_MS = 3_600_000


class Business:
    """A root with an owner and a clerk, one customer who called yesterday."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        start = datetime(2026, 3, 10, 12, tzinfo=UTC)
        shop.clock.advance(start.timestamp() - shop.clock.utcnow() / 1000)
        self.simple = Simple(shop)
        self.nouns = shop.services.nouns
        self.set: DailySummaries = self.nouns.doors.summaries
        self.owner = self.operator("owner", "owner", "owner@example.test")
        self.clerk = self.operator("clerk", "clerk", "clerk@example.test")

    def operator(self, login: str, role: str, email: str = "", reseller: int | None = None, language: str = "") -> int:
        grants = [GrantFields(role, reseller=reseller)]
        made = OperatorCreate(login, grants, email=email, password="correct horse battery", language=language)
        return self.nouns.operators.create(OWNER, made).id

    def call(self, seconds: float) -> None:
        call = self.shop.begin(self.simple.alice, "442079460001")
        self.shop.answer(call, self.simple.trunk)
        self.shop.run(seconds)
        self.shop.end(call, trunk=self.simple.trunk)

    def until(self, day: int, hour: int, minute: int = 0) -> None:
        wanted = datetime(2026, 3, day, hour, minute, tzinfo=UTC).timestamp()
        self.shop.clock.advance(wanted - self.shop.clock.utcnow() / 1000)

    def make(self) -> list[str]:
        """Everything that is due; the days that were made."""
        made = []
        while (making := self.set.due()) is not None:
            self.set.keep(making, making.read(self.shop.store))
            made.append(making.day.on)
        return made

    def read(self, actor: Actor = OWNER, **asked: object) -> SummaryView:
        found = self.set.get(actor, SummaryGet(**asked)).run(self.shop.store)  # type: ignore[arg-type]
        assert isinstance(found, SummaryView)
        return found

    def mails(self) -> list[tuple[str, str]]:
        return [(each.kind, each.recipient) for each in self.nouns.messages.outbox.newest("", None, None) if each.kind == "summary"]

    def who(self, operator: int) -> Actor:
        found = self.nouns.operators.known(operator)
        assert found is not None
        return found


@pytest.fixture
def business(shop: Shop) -> Business:
    return Business(shop)


def test_it_is_made_once_at_its_hour_and_sent_to_the_owner(business: Business) -> None:
    business.call(60)
    assert business.make() == []  # the business is of today
    business.until(11, 6, 59)
    assert business.make() == []
    business.until(11, 7)
    assert business.make() == ["2026-03-10"] and business.make() == []
    assert business.mails() == [("summary", "owner@example.test")]
    view = business.read()
    assert view.on == "2026-03-10" and view.made_at is not None and view.figures is not None
    assert (view.figures.calls, view.figures.answered, view.figures.minutes) == (1, 1, "1.0")
    [money] = view.figures.money
    assert (money.sales, money.cost, money.margin) == ("0.0138", "0.011", "0.0028")
    business.until(11, 23)
    assert business.make() == []
    business.until(12, 7)
    assert business.make() == ["2026-03-11"] and len(business.mails()) == 2


def test_a_computer_that_was_off_makes_it_later_that_day_and_a_crash_sends_nothing_twice(business: Business) -> None:
    business.until(11, 7)
    making = business.set.due()
    assert making is not None
    business.shop.crash()  # between the reading and the unit of work
    business.shop.start()
    business.nouns = business.shop.services.nouns
    business.set = business.nouns.doors.summaries
    business.until(13, 16)
    assert business.make() == ["2026-03-12"]  # not the days nobody saw
    business.shop.crash()
    business.shop.start()
    business.nouns = business.shop.services.nouns
    business.set = business.nouns.doors.summaries
    assert business.make() == [] and len(business.mails()) == 1
    business.set.keep(making._replace(day=making.day._replace(on="2026-03-12")), making.read(business.shop.store))
    assert len(business.mails()) == 1


def test_the_day_is_the_business_own(business: Business) -> None:
    sub = business.shop.reseller("sub", parent=business.simple.root)
    with business.shop.services.changes.unit():
        business.shop.store.resellers.update(sub, {"timezone": "Pacific/Auckland"})  # 13 hours ahead in March
        business.shop.services.changes.note("reseller", sub)
    business.operator("below", "owner", "below@example.test", reseller=sub)
    business.until(11, 17, 59)
    assert [each for each in business.make() if each != "2026-03-10"] == []  # the root's is made, theirs is not
    business.until(11, 18, 1)  # 07:01 of the 12th there
    assert business.make() == ["2026-03-11"]
    assert ("summary", "below@example.test") in business.mails()
    below = Actor("below", 99, (Grant("owner", reseller_id=sub),))
    view = business.read(below)
    assert (view.reseller, view.since, view.until) == ("sub", "2026-03-10T11:00:00.000Z", "2026-03-11T11:00:00.000Z")
    with pytest.raises(NotFound):
        business.read(below, reseller="root")
    business.call(60)  # of the root's customer: none of the sub-reseller's business
    own = business.read(below, on="2026-03-12")
    assert own.figures is not None and own.figures.calls == 0 and own.backup is None
    assert business.read(on="2026-03-11").figures != own.figures


def test_who_chose_it_gets_it_with_what_the_role_may_know(business: Business) -> None:
    accountant = business.operator("books", "accountant", "books@example.test", language="es")
    assert business.set.receive(business.who(business.clerk), SummaryReceive(True)).receives
    business.set.receive(OWNER, SummaryReceive(True, operator="books"))
    business.set.receive(OWNER, SummaryReceive(False, operator=business.owner))
    with pytest.raises((Forbidden, NotFound)):
        business.set.receive(business.who(business.clerk), SummaryReceive(False, operator="books"))
    known = business.set.receivers(business.who(accountant)).receivers
    assert [each.login for each in known] == ["books"]  # the accountant manages nobody
    assert {each.login: each.receives for each in business.set.receivers(OWNER).receivers} == {"owner": False, "clerk": True, "books": True}
    business.call(60)
    business.until(11, 7)
    business.make()
    assert sorted(each for _, each in business.mails()) == ["books@example.test", "clerk@example.test"]
    clerks = business.read(business.who(business.clerk))
    assert clerks.figures is not None and clerks.figures.money[0].margin is None
    assert (clerks.shops, clerks.outages, clerks.low, clerks.carriers, clerks.backup) == (None, None, None, None, None)
    books = business.read(business.who(accountant))
    assert books.figures is not None and books.figures.money[0].margin == "0.0028" and books.low == [] and books.backup is None


def test_it_tells_of_trunks_stops_and_money_and_forgets_names_with_their_persons(business: Business) -> None:
    shop, store = business.shop, business.shop.store
    with shop.services.changes.unit():
        shop.store.trunks.update(business.simple.trunk, {"register": 1})
        shop.services.changes.note("trunk", business.simple.trunk)
    with shop.services.changes.unit():
        shop.services.trunk_states.told(business.simple.trunk, False, "403 Forbidden", shop.clock.utcnow())
    shop.clock.advance(1800)
    with shop.services.changes.unit():
        shop.services.trunk_states.told(business.simple.trunk, True, "", shop.clock.utcnow())
    with shop.services.changes.unit():
        store.guard.trip(business.simple.customer, "fuse.hour", "", 30_000_000, 25_000_000, "EUR", shop.clock.utcnow())
    shop.pay(business.simple.account, "-9.00")
    unmade = business.read(on="2026-03-10")
    assert unmade.made_at is None and unmade.outages is not None and unmade.stops is not None and unmade.low is not None
    assert [each.trunk for each in unmade.outages] == ["carrier"], "a day that is not made yet names things too"
    assert ([each.customer for each in unmade.stops], [each.owner for each in unmade.low]) == (["Alice"], ["Alice"])
    business.until(11, 7)
    business.make()
    view = business.read()
    assert view.outages is not None and view.stops is not None and view.low is not None and view.backup is not None
    [outage] = view.outages
    assert (outage.trunk, outage.reason, outage.detail, outage.began_at, outage.ended_at) == (
        "carrier", "registration", "403 Forbidden", "2026-03-10T12:00:00.000Z", "2026-03-10T12:30:00.000Z",
    )  # fmt: skip
    assert [(each.customer, each.reason, each.parameters["limit"]) for each in view.stops] == [("Alice", "fuse.hour", "25.00")]
    assert [(each.owner, each.left) for each in view.low] == [("Alice", "1.00")]
    assert (view.backup.newest_at, view.backup.copies) == (None, False)
    kept = store.daily_summaries.find(business.simple.root, "2026-03-10")
    assert kept is not None and "Alice" not in kept.content  # persons are there by id alone
    business.until(14, 7)
    late = business.read(on="2026-03-11")  # never made, and long past
    assert late.made_at is None and late.low is None and late.backup is None and late.stops == []


@pytest.mark.parametrize("language", ["en", "es", "nl", "fr", "pt", "de", "ar"])
def test_the_mail_says_it_in_the_operators_language(business: Business, language: str) -> None:
    business.nouns.operators.update(OWNER, OperatorUpdate(business.owner, language=language))
    business.call(60)
    business.until(11, 7)
    message = finish(business.set.send(business.who(business.owner), SummarySend()))
    row = business.shop.store.outbox.get(message.id)
    assert row is not None and row.recipient == "owner@example.test"
    data = json.loads(business.shop.services.room.sealer.open(row.message, "outbox"))["data"]
    mail = message_from_string(data, policy=default)
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and page is not None and "root" in mail["Subject"]
    said = text.get_content()
    assert "{" not in said and "0.01" in said.replace(",", ".") and "{" not in page.get_content().split("</style>")[-1]


def test_what_cannot_be_sent_or_read_is_refused_in_words(business: Business) -> None:
    nobody = business.operator("silent", "manager")
    business.until(11, 7)
    for code, work in (
        ("email.missing", lambda: finish(business.set.send(OWNER, SummarySend(operator=nobody)))),
        ("summary.nobody", lambda: finish(business.set.send(OWNER, SummarySend()))),
        ("summary.no_such_day", lambda: business.read(on="2026-03-12")),
        ("summary.no_such_day", lambda: business.read(on="1999-01-01")),
        ("date.invalid", lambda: business.read(on="yesterday")),
    ):
        with pytest.raises(UserError) as refused:
            work()
        assert refused.value.code == code


class Now:
    """A deferred that has fired."""

    def __init__(self, value: object) -> None:
        self.value = value

    def addCallback(self, work: Callable[[Any], object]) -> Now:  # noqa: N802
        made = work(self.value)
        self.value = made.value if isinstance(made, Now) else made
        return self

    def addCallbacks(self, work: Callable[[Any], object], failed: Callable[[Any], object]) -> Now:  # noqa: N802
        return self.addCallback(work)

    def addErrback(self, failed: Callable[[Any], object]) -> Now:  # noqa: N802
        return self


def test_a_running_server_makes_all_that_is_due(business: Business) -> None:
    shop = business.shop
    sub = shop.reseller("sub", parent=business.simple.root)
    business.operator("below", "owner", "below@example.test", reseller=sub)
    read: list[bool] = []

    def in_thread(work: Callable[[Nouns], object], slow: bool) -> Now:
        read.append(slow)
        with shop.store.reader() as reader, reader.snapshot():
            return Now(work(reader))

    maker = SummaryMaker(shop.services, in_thread, lambda work: Now(work()))
    maker.follow(shop.clock.monotonic())
    business.until(11, 8)
    maker.look()  # the month is read ahead first
    assert business.mails() == [] and read == [True]
    maker.look()
    maker.look()
    assert sorted(each for _, each in business.mails()) == ["below@example.test", "owner@example.test"] and read == [True] * 3
