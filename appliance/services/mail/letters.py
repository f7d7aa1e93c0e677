"""Letters to customers: chosen, counted, seen before they go, written a few at a time, and kept with each customer (product.md S13).

Law: whom a letter goes to is settled when it is sent, in one unit of work; who has no address that works is told nothing and holds up nobody.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import chain

import msgspec

from appliance.errors import Conflict, UserError
from appliance.money import parse_amount
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.columns import Sql
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.moments import stamp
from appliance.services.ground.once import Once
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps
from appliance.services.mail.brand import brand_of
from appliance.services.mail.email_templates import checked_language
from appliance.services.mail.email_text import Template, check, check_address, filled
from appliance.services.mail.messages import Messages
from appliance.services.mail.outbox import state_of
from appliance.store.customers import Customer
from appliance.store.letters import CustomerLetter, Letter
from appliance.store.people import Person
from appliance.store.resellers import Reseller
from appliance.wire import letters as wire
from appliance.wire.messages import MessagePreview
from appliance.words import Words

MOST = 100_000
"""Customers that one letter goes to."""

NAMED = 5
EACH_STEP = 20
A_PAGE = 200
STEP_SECONDS = 0.005
TEMPLATES = ("letter",)


class Letters:
    """`step` is the job that writes what waits."""

    def __init__(self, room: Room, access: Access, lookups: Lookups, audit: Audit, once: Once, messages: Messages) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._lookups = lookups
        self._audit = audit
        self._once = once
        self._messages = messages

    # requests ------------------------------------------------------------------------------------------------------
    def count(self, actor: Actor, request: wire.LetterSelection) -> Steps[wire.LetterCount]:
        """How many would be written to."""
        names: list[str] = []
        languages: dict[str, int] = {}

        def found(row: Customer, person: Person) -> None:
            if len(names) < NAMED:
                names.append(row.name)
            if person.email:
                spoken = self._messages.language_of(row, self._reseller(row.reseller_id))
                languages[spoken] = languages.get(spoken, 0) + 1

        count = yield from self._gathered(actor, request, found)
        return wire.LetterCount(count, sum(languages.values()), languages, names)

    def preview(self, actor: Actor, request: wire.LetterPreview) -> MessagePreview:
        """As this customer would read it."""
        row = self._lookups.customer(actor, request.customer, request.reseller, "messages.send")
        texts = _checked(request.template, request.texts)
        return MessagePreview(*self._content(row, request.template, texts, {})[0])

    def send(self, actor: Actor, request: wire.LetterSend) -> Steps[wire.LetterView]:
        """The letter and whom it goes to; it is written from now on, a few a second."""
        kept = self._once.seen(actor, "messages.send_letter", request.request_id, request, wire.LetterView)
        if kept is not None:
            return kept
        texts = _checked(request.template, request.texts)
        ids: list[int] = []
        resellers: list[int] = []

        def found(row: Customer, person: Person) -> None:
            if person.email:
                ids.append(row.id)
                if not resellers:
                    resellers.append(row.reseller_id)

        yield from self._gathered(actor, request, found)

        def work() -> wire.LetterView:
            if not ids:
                raise UserError("letter.nobody", field="search")
            if request.expected is not None and request.expected != len(ids):
                raise Conflict("letter.other_count", field="expected", expected=request.expected, count=len(ids))
            reseller = self._reseller(resellers[0])
            if request.reseller is not None or not request.customers:
                reseller = self._lookups.reseller(actor, request.reseller, "messages.send")
            spoken = self._messages.language_of(None, reseller)
            subject = self._wording(reseller, request.template, texts, spoken).subject
            letter = self.write(actor.name, "letter", reseller.id, request.template, subject, {"texts": texts}, ids)
            self._audit.noted(actor, "messages.send_letter", "letter", letter, subject=subject, count=len(ids))
            return self._view(self._letter(letter))

        return self._once.do(actor, "messages.send_letter", request.request_id, request, wire.LetterView, work)

    # rules ---------------------------------------------------------------------------------------------------------
    def write(self, who: str, kind: str, reseller_id: int, template: str, subject: str, texts: Mapping[str, object], customers: list[int]) -> int:
        """A letter to these customers, in the open unit of work; its id."""
        now = self._room.clock.utcnow()
        letter = self._store.letters.insert(
            reseller_id=reseller_id, at=now, who=who, kind=kind, subject=subject, template=template, texts=json.dumps(texts), customers=len(customers)
        )
        self._store.letters.address(letter, customers, now)
        self._room.changes.note("letter", letter)
        return letter

    def step(self) -> None:
        """The job: the next few are written and put into the outbox."""
        waiting = self._store.letters.waiting(EACH_STEP)
        if not waiting:
            return
        self._room.changes.begin()
        for each in waiting:
            with self._room.changes.unit():
                self._put(each)

    def _put(self, each: CustomerLetter) -> None:
        letter, row = self._letter(each.letter_id), self._store.customers.get(each.customer_id)
        assert row is not None  # foreign key
        kept = json.loads(letter.texts)
        texts = {language: Template(*text) for language, text in kept.get("texts", {}).items()}
        values = kept.get("values", {})
        content, spoken = self._content(row, letter.template, texts, values)
        reseller, person = self._reseller(row.reseller_id), self._person(row)
        brand = brand_of(self._room, reseller)
        outbox = None
        if row.archived_at is None and person.email:
            try:
                outbox = self._messages.outbox.put(
                    letter.kind,
                    check_address(person.email, "email"),
                    content,
                    sender=self._messages.outbox.sender_of(brand.mail_from, reseller.sip_domain),
                    sender_name=brand.name,
                    language=spoken,
                    customer_id=row.id,
                    reseller_id=reseller.id,
                )
            except UserError:
                outbox = None  # an address that nothing can be sent to
        changes: dict[str, Sql] = {"at": self._room.clock.utcnow(), "subject": content.subject, "text": content.text, "outbox_id": outbox, "done": 1}
        self._store.letters.sheets.update(each.id, changes)
        self._room.changes.note("letter", letter.id)

    # parts ---------------------------------------------------------------------------------------------------------
    def _content(self, row: Customer, template: str, texts: Mapping[str, Template], more: Mapping[str, str]) -> tuple[Template, str]:
        reseller, person = self._reseller(row.reseller_id), self._person(row)
        account, brand = self._store.accounts.get(row.credit_account_id), brand_of(self._room, reseller)
        assert account is not None  # foreign key
        spoken = self._messages.language_of(row, reseller)
        endpoint = next(iter(self._store.endpoints.list(row.id)), None)
        tariff = self._store.tariffs.get(row.tariff_id)
        values = {
            "customer": person.company or f"{person.first_name} {person.last_name}".strip() or person.name,
            "first_name": person.first_name or person.name,
            "last_name": person.last_name,
            "company": person.company,
            "number": endpoint.number if endpoint is not None else "",
            "tariff": tariff.name if tariff is not None else "",
            "balance": Words(spoken).money(account.balance_micros, account.currency),
            "web_address": brand.web_address,
            "brand": brand.name,
            "brand_phone": brand.phone,
            "brand_email": brand.email,
            **more,
        }
        return filled(self._wording(reseller, template, texts, spoken), values, spoken, brand.name), spoken

    def _wording(self, reseller: Reseller, template: str, texts: Mapping[str, Template], spoken: str) -> Template:
        if not texts:
            return self._messages.template_of(reseller.id, template, spoken)
        return texts.get(spoken) or texts.get(self._messages.language_of(None, reseller)) or next(iter(texts.values()))

    def _gathered(self, actor: Actor, request: wire.LetterSelection, found: Callable[[Customer, Person], None]) -> Steps[int]:
        """Tell `found` of each who is chosen, for a few milliseconds a step; how many they are."""
        clock, count = self._room.clock, 0
        begun = clock.monotonic()
        for each in self._looked(actor, request):
            if each is not None:
                found(*each)
                count += 1
            if clock.monotonic() - begun > STEP_SECONDS:
                yield None
                begun = clock.monotonic()
        return count

    def _looked(self, actor: Actor, request: wire.LetterSelection) -> Iterator[tuple[Customer, Person] | None]:
        """Each who is chosen, and None for each who is not."""
        if len(request.customers) > MOST:
            raise UserError("letter.too_many", field="customers", most=MOST)
        if request.customers:
            for each in dict.fromkeys(request.customers):
                row = self._lookups.customer(actor, each, None, "messages.send", "customers")
                yield row, self._person(row)
            return
        reseller = self._lookups.reseller(actor, request.reseller, "messages.send")
        tariff = None if request.tariff is None else self._lookups.tariff_of(reseller, request.tariff).id
        below = None if request.balance_below is None else parse_amount(request.balance_below, "balance_below")
        ids = self._store.resellers.branch(reseller.id) if request.branch else (reseller.id,)
        count = 0
        for row in chain.from_iterable(map(self._customers, ids)):
            person = self._person(row)
            fits = self._fits(row, person, request, tariff, below)
            count += fits
            if count > MOST:
                raise UserError("letter.too_many", field="search", most=MOST)
            yield (row, person) if fits else None

    def _customers(self, reseller_id: int) -> Iterator[Customer]:
        """A page at a time: nothing is read while others have their turn."""
        page = list(self._store.customers.list(reseller_id, limit=A_PAGE))
        while page:
            yield from page
            page = list(self._store.customers.list(reseller_id, after_id=page[-1].id, limit=A_PAGE)) if len(page) == A_PAGE else []

    def _fits(self, row: Customer, person: Person, request: wire.LetterSelection, tariff: int | None, below: int | None) -> bool:
        sought = request.search.lower()
        if sought and not any(sought in text.lower() for text in (person.name, person.first_name, person.last_name, person.company, person.email)):
            return False
        if (tariff is not None and row.tariff_id != tariff) or (request.country and person.country != request.country.upper()):
            return False
        if request.disabled is not None and bool(row.disabled) is not request.disabled:
            return False
        if request.language and self._messages.language_of(row, self._reseller(row.reseller_id)) != request.language:
            return False
        return below is None or self._store.accounts.balance(row.credit_account_id) < below

    def _view(self, row: Letter) -> wire.LetterView:
        name = self._reseller(row.reseller_id).name
        return wire.LetterView(row.id, stamp(row.at) or "", name, row.who, row.kind, row.subject, row.customers, self._store.letters.written(row.id))

    def _told(self, row: CustomerLetter) -> wire.CustomerLetterView:
        message = None if row.outbox_id is None else self._store.outbox.get(row.outbox_id)
        state = state_of(message) if message is not None else "sent" if row.outbox_id is not None else ""
        error = message.error if message is not None else None
        kind = self._letter(row.letter_id).kind
        return wire.CustomerLetterView(row.id, row.letter_id, stamp(row.at) or "", kind, row.subject, row.text, state, error)

    def _letter(self, letter_id: int) -> Letter:
        row = self._store.letters.get(letter_id)
        assert row is not None  # foreign key
        return row

    def _person(self, row: Customer) -> Person:
        person = self._store.people.get(row.person_id)
        assert person is not None  # foreign key
        return person

    def _reseller(self, reseller_id: int) -> Reseller:
        row = self._store.resellers.get(reseller_id)
        assert row is not None  # foreign key
        return row

    # lists ---------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor, request: wire.LetterList) -> wire.LetterPage:
        """Letters of the actor's resellers."""
        reach = self._access.reach(actor, "messages.read")
        if request.reseller is not None:
            reach = frozenset({self._lookups.reseller(actor, request.reseller, "messages.read").id})
        limit = max(1, min(request.limit, 1000))
        found = self._store.letters.newest(reach, request.after or None, limit + 1)
        return wire.LetterPage([self._view(row) for row in found[:limit]], found[limit - 1].id if len(found) > limit else 0)

    def of_customer(self, actor: Actor, request: wire.CustomerLetters) -> wire.CustomerLetterPage:
        """What one customer was told."""
        row = self._lookups.customer(actor, request.id, None, "customers.read", "id", archived=True)
        limit = max(1, min(request.limit, 1000))
        found = self._store.letters.of_customer(row.id, request.after or None, limit + 1)
        return wire.CustomerLetterPage([self._told(each) for each in found[:limit]], found[limit - 1].id if len(found) > limit else 0)


def _checked(template: str, texts: Mapping[str, wire.LetterText]) -> dict[str, Template]:
    """Own wordings, each fit to be filled in; UserError names what is wrong."""
    if template not in TEMPLATES:
        raise UserError("template.unknown", field="template", name=template[:100])
    found = {}
    for language, text in texts.items():
        found[checked_language(language)] = check(template, Template(*msgspec.structs.astuple(text)))
    return found
