"""Letters to a selection of customers, the announcement of dearer prices, and the template of the payments page."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.errors import Conflict, NotFound, UserError
from appliance.money import parse_amount
from appliance.services.ground.access import Actor, Grant
from appliance.services.ground.stepwise import finish
from appliance.services.mail import letters as letters_module
from appliance.services.mail.email_text import Template
from appliance.services.money.payments_page import parts, plain
from appliance.wire.customers import CustomerCreate, CustomerUpdate
from appliance.wire.letters import CustomerLetters, LetterList, LetterPreview, LetterSelection, LetterSend, LetterText
from appliance.wire.messages import TemplateSet
from appliance.wire.rates import RateFields, RatesSet
from appliance.wire.settings import SettingsSet
from tests.services.nouns.described import Described

DAY_MS = 86_400_000


@pytest.fixture
def shop(described: Described) -> Described:
    """Alice, Bob without an address, and Carla who reads Spanish."""
    described.nouns.customers.create(described.owner, CustomerCreate(name="Bob", country="GB"))
    carla = CustomerCreate(name="Carla", first_name="Carla", email="carla@example.test", language="es", country="ES")
    described.nouns.customers.create(described.owner, carla)
    return described


def written(shop: Described) -> dict[str, Any]:
    """What went into the outbox, by recipient."""
    for _each in range(5):
        shop.nouns.web.letters.step()
        shop.nouns.web.price_rises.step()
        if shop.store.in_unit:
            shop.services.changes.flush()
            shop.store.commit()
            shop.services.changes.committed()
    return {each.recipient: each for each in shop.nouns.messages.outbox.due()}


def test_a_selection_is_counted_as_it_is_written_to(shop: Described) -> None:
    letters = shop.nouns.web.letters
    count = finish(letters.count(shop.owner, LetterSelection()))
    assert (count.customers, count.with_email, count.languages) == (3, 2, {"en": 1, "es": 1})
    for asked, names in (
        (LetterSelection(search="carl"), ["Carla"]),
        (LetterSelection(country="gb"), ["Bob"]),
        (LetterSelection(language="es"), ["Carla"]),
        (LetterSelection(balance_below="5"), ["Bob", "Carla"]),
        (LetterSelection(tariff="retail", disabled=True), []),
        (LetterSelection(customers=[1]), ["Alice Shop"]),
    ):
        assert finish(letters.count(shop.owner, asked)).names == names


def test_a_letter_goes_to_each_in_his_language_and_is_kept(shop: Described) -> None:
    letters = shop.nouns.web.letters
    spanish = LetterText("Hola {first_name}", "Saldo: {balance}", "<p>{balance}</p>")
    texts = {"en": LetterText("Hello {first_name}", "Your balance: {balance}"), "es": spanish}
    seen = letters.preview(shop.owner, LetterPreview(customer="Carla", texts=texts))
    assert seen.subject == "Hola Carla" and "Saldo" in seen.text and 'lang="es"' in seen.html
    asked = LetterSend(texts=texts, expected=2, request_id="once")
    made = finish(letters.send(shop.owner, asked))
    assert (made.count, made.written) == (2, 0)
    assert finish(letters.send(shop.owner, asked)).id == made.id, "sent again it is the same letter"
    found = written(shop)
    assert set(found) == {"alice@example.test", "carla@example.test"}
    assert b"Hola Carla" in found["carla@example.test"].data and b"text/html" in found["carla@example.test"].data
    assert letters.list(shop.owner, LetterList()).letters[0].written == 2
    kept = letters.of_customer(shop.owner, CustomerLetters(1)).letters
    assert [(each.subject, each.state) for each in kept] == [("Hello Alice", "waiting")] and "10.00" in kept[0].text


def test_many_customers_are_looked_through_a_few_at_a_time(shop: Described, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters_module, "STEP_SECONDS", -1)
    monkeypatch.setattr(letters_module, "A_PAGE", 2)
    letters = shop.nouns.web.letters
    steps = letters.send(shop.owner, LetterSend(expected=2, request_id="slowly"))
    assert [next(steps) for _customer in range(3)] == [None] * 3 and letters.list(shop.owner, LetterList()).letters == []
    made = finish(steps)
    assert (made.count, finish(letters.count(shop.owner, LetterSelection())).with_email) == (2, 2)
    assert finish(letters.send(shop.owner, LetterSend(expected=2, request_id="slowly"))) == made


def test_a_bad_address_holds_up_nobody(shop: Described) -> None:
    shop.nouns.customers.update(shop.owner, CustomerUpdate(1, email="no address"))
    finish(shop.nouns.web.letters.send(shop.owner, LetterSend()))
    assert set(written(shop)) == {"carla@example.test"}
    assert shop.nouns.web.letters.of_customer(shop.owner, CustomerLetters(1)).letters[0].state == ""


def test_what_is_wrong_is_refused(shop: Described) -> None:
    letters = shop.nouns.web.letters
    with pytest.raises(Conflict):
        finish(letters.send(shop.owner, LetterSend(expected=1)))
    with pytest.raises(UserError):
        finish(letters.send(shop.owner, LetterSend(country="GB")))
    for texts in ({"en": LetterText("", "x")}, {"en": LetterText("x", "{password}")}, {"xx": LetterText("x", "y")}):
        with pytest.raises(UserError):
            finish(letters.send(shop.owner, LetterSend(texts=texts)))
    with pytest.raises(UserError):
        finish(letters.send(shop.owner, LetterSend(template="details")))
    sub = shop.store.resellers.find("Sub One")
    assert sub is not None
    stranger = Actor("sub", None, (Grant("manager", reseller_id=sub.id),))
    with pytest.raises(NotFound):
        finish(letters.send(stranger, LetterSend(customers=[1])))
    assert letters.list(stranger, LetterList()).letters == []


def test_dearer_prices_are_told_once_before_they_count(shop: Described) -> None:
    now = shop.clock.utcnow()
    rates = [
        RateFields(prefix="31", destination="Netherlands", price_per_minute="0.0200", valid_from="2026-01-08"),
        RateFields(prefix="44", destination="United Kingdom", price_per_minute="0.0100", valid_from="2026-01-08"),
    ]
    shop.nouns.rates.set(shop.owner, RatesSet(tariff="carrier-cost", rates=rates))
    assert written(shop) == {}, "nobody is told where the setting is off"
    shop.nouns.configuration.set(shop.owner, SettingsSet({"mail.price_rise_days": 3}))
    assert written(shop) == {}, "a week ahead is too early"
    shop.clock.advance(5 * 86_400)
    found = written(shop)
    assert set(found) == {"alice@example.test", "carla@example.test"}
    text = shop.nouns.web.letters.of_customer(shop.owner, CustomerLetters(1)).letters[0].text
    assert "+31" in text and "0.0125" in text and "0.025" in text and "+44" not in text, "what is new is no rise"
    shop.clock.advance(7200)
    assert set(written(shop)) == {"alice@example.test", "carla@example.test"}
    assert len(list(shop.store.outbox.newest())) == 2 and now


def test_the_payments_page_runs_nothing_of_a_resellers() -> None:
    hostile = (
        '<p onclick="x()">Pay <script>alert(1)</script><a href="javascript:alert(1)">a</a><a href="https://bank.test/?a=1&b=2" style="x">b</a>'
        '<iframe src="//x"></iframe><form action="//x"><input></form><img src=x onerror=y><svg><script>1</script></svg></div><b>open'
    )
    assert plain(hostile) == '<p>Pay <a>a</a><a href="https://bank.test/?a=1&amp;b=2" rel="noopener">b</a><b>open</b></p>'
    values = {"iban": "<b>NL</b>", "bic": ""}
    heading, before, after = parts(Template("How", "x", "<ul>\n<li>{iban}</li>\n<li>{bic}</li>\n</ul><div>{vouchers}</div><p>End"), values)
    assert (heading, before.replace("\n", ""), after) == ("How", "<ul><li>&lt;b&gt;NL&lt;/b&gt;</li></ul>", "<p>End\n</p>")
    assert parts(Template("How", "x", "<p>Cash only</p>"), {})[2] is None


def test_the_payments_page_is_a_template_like_others(shop: Described) -> None:
    row = shop.store.customers.get(1)
    assert row is not None
    heading, before, after = shop.nouns.web.payments_pages.shown(row, "en")
    assert heading == "How to pay in" and "RF" in before and after is not None
    shop.nouns.templates.set(shop.owner, TemplateSet("payments_page", "en", subject="Cash", text="At the desk, {brand}"))
    assert shop.nouns.web.payments_pages.shown(row, "en")[0] == "Cash"
    with pytest.raises(UserError):
        shop.nouns.templates.set(shop.owner, TemplateSet("payments_page", "en", subject="x", text="{password}"))
    shop.nouns.templates.set(shop.owner, TemplateSet("payments_page", "en"))
    assert shop.nouns.web.payments_pages.shown(row, "en")[0] == "How to pay in"
    assert parse_amount("1") > 0
