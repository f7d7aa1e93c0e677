"""E-mail as services put it into the outbox: what it says, to whom, in which language, and who may send it."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from appliance import i18n
from appliance.errors import Forbidden, NotFound, UserError
from appliance.services.ground.configuration import HIDDEN, open_secret
from appliance.services.mail.email_text import FIELDS
from appliance.services.mail.outbox import WAITS_SECONDS, Outgoing
from appliance.wire.customers import CustomerCreate, CustomerUpdate, NewEndpoint, NewWebLogin
from appliance.wire.endpoints import EndpointCreate
from appliance.wire.messages import MailTest, MessageList, SendDetails, TemplateList, TemplatePreview, TemplateSet
from appliance.wire.operators import GrantFields, OperatorCreate
from appliance.wire.resellers import ResellerUpdate
from appliance.wire.settings import SettingsSet
from appliance.wire.shapes import ById, Listing
from tests.services.nouns.described import Described


def waiting(shop: Described) -> list[Outgoing]:
    return shop.nouns.messages.outbox.due()


def only(shop: Described) -> tuple[EmailMessage, str, str]:
    (message,) = waiting(shop)
    read: Any = message_from_bytes(message.data, policy=default)
    text, page = read.iter_parts()
    return read, text.get_content(), page.get_content()


def test_a_new_customer_is_told_everything_once(described: Described) -> None:
    shop = described
    made = shop.nouns.customers.create(
        shop.owner,
        CustomerCreate("Bob", email="bob@example.test", endpoint=NewEndpoint(), web_login=NewWebLogin(), send_details=True),
    )
    number = made.endpoints[0].number
    message, text, page = only(shop)
    assert (message["To"], message["Subject"]) == ("bob@example.test", f"Your account at Tollhouse {number}")
    assert f"User name: {number}" in text
    assert f"Password: {made.passwords[number]}" in text
    assert "SIP server: sip.example.test" in text
    assert "https://my.example.test/" in text
    assert f"Web login: {number}" in text
    assert made.passwords[number] in page
    assert made.passwords[number].encode() not in shop.store.outbox.get(1).message  # type: ignore[union-attr]
    (view,) = shop.nouns.messages.list(shop.owner, MessageList()).messages
    assert (view.kind, view.state, view.customer) == ("details", "waiting", "Bob")


def test_without_an_address_nothing_is_made(described: Described) -> None:
    shop = described
    with pytest.raises(UserError, match=r"email\.missing") as refused:
        shop.nouns.customers.create(shop.owner, CustomerCreate("Bob", endpoint=NewEndpoint(), send_details=True))
    assert refused.value.field == "email"
    with pytest.raises(UserError, match=r"email\.nothing_to_send"):
        shop.nouns.customers.create(shop.owner, CustomerCreate("Bob", email="bob@example.test", send_details=True))
    assert [each.name for each in shop.nouns.customers.list(shop.owner, Listing()).customers] == ["Alice Shop"]
    assert waiting(shop) == []


@pytest.mark.parametrize(
    "wrong", ["bob", "bob@", "@example.test", "bob@nowhere", "a b@example.test", "a..b@example.test", "bob@exa_mple.test\nBcc: x@y.test"]
)
def test_a_wrong_address_is_refused(described: Described, wrong: str) -> None:
    with pytest.raises(UserError, match=r"email\.invalid"):
        described.nouns.messages.send_details(described.owner, SendDetails("1000001", recipient=wrong))


def test_an_address_of_another_script_is_written_as_dns_wants_it(described: Described) -> None:
    view = described.nouns.messages.send_details(described.owner, SendDetails("1000001", recipient="info@bücher.example"))
    assert view.recipient == "info@xn--bcher-kva.example"


def test_the_password_is_sent_by_permission_only(described: Described) -> None:
    shop = described
    shop.nouns.messages.send_details(shop.owner, SendDetails("1000001"))
    _, text, page = only(shop)
    assert "Password" not in text
    assert "Password" not in page
    assert "secret-1" not in text + page
    shop.nouns.operators.create(shop.owner, OperatorCreate("till", [GrantFields("supervisor", "root")], password="long enough"))
    with pytest.raises(Forbidden):
        shop.nouns.messages.send_details(shop.operator("till"), SendDetails("1000001"))
    shop.nouns.messages.send_details(shop.operator("owner"), SendDetails("1000001", with_password=True))
    data = waiting(shop)[-1].data
    assert b"secret-1" in data


def test_a_further_endpoint_is_sent_too(described: Described) -> None:
    made = described.nouns.endpoints.create(described.owner, EndpointCreate("Alice Shop", send_details=True))
    _, text, _ = only(described)
    assert f"Password: {made.password}" in text


def test_it_speaks_the_customers_language_and_shows_the_brand(described: Described) -> None:
    shop = described
    root = shop.store.resellers.root()
    assert root is not None
    shop.nouns.resellers.update(shop.owner, ResellerUpdate(root.id, company="Café & Söhne", email="hola@shop.test", phone="+34 91 1"))
    shop.nouns.customers.update(shop.owner, CustomerUpdate(1, language="es-MX"))
    shop.nouns.messages.send_details(shop.owner, SendDetails("1000001"))
    message, text, page = only(shop)
    assert message["From"] == "Café & Söhne <hola@shop.test>"
    assert message["Content-Language"] == "es"
    assert "Servidor SIP: sip.example.test" in text
    assert "Café &amp; Söhne" in page
    shop.nouns.messages.send_details(shop.owner, SendDetails("1000001", language="ar"))
    assert b'dir=3D"rtl"' in waiting(shop)[-1].data


def test_a_reseller_words_its_own_e_mail(described: Described) -> None:
    shop = described
    own = TemplateSet("details", "en", subject="Welcome {customer}", text="Hi {first_name}\nSecret: {password}\n.dot\n", html="<p>{customer}</p>")
    view = shop.nouns.templates.set(shop.owner, own)
    assert view.own
    shop.nouns.messages.send_details(shop.owner, SendDetails("1000001"))
    message, text, _ = only(shop)
    assert message["Subject"] == "Welcome Alice Shop"
    assert text.splitlines() == ["Hi Alice", ".dot"]
    assert not shop.nouns.templates.set(shop.owner, TemplateSet("details", "en")).own
    shown = shop.nouns.templates.list(shop.owner, TemplateList()).templates
    assert {(each.name, each.language) for each in shown} == {(name, code) for name in FIELDS for code in i18n.languages()}


@pytest.mark.parametrize(
    ("template", "code", "field"),
    [
        (TemplateSet("details", "en", subject="Hi", text="{passwort}"), "template.unknown_field", "text"),
        (TemplateSet("details", "en", subject="{x}", text="a"), "template.unknown_field", "subject"),
        (TemplateSet("details", "en", text="a"), "template.no_subject", "subject"),
        (TemplateSet("details", "en", subject="a"), "template.no_text", "text"),
        (TemplateSet("nothing", "en", subject="a", text="a"), "template.unknown", "name"),
        (TemplateSet("details", "xx", subject="a", text="a"), "language.unknown", "language"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused(described: Described, template: TemplateSet, code: str, field: str) -> None:
    with pytest.raises(UserError) as refused:
        described.nouns.templates.set(described.owner, template)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_preview_shows_what_is_not_kept_yet(described: Described) -> None:
    shop = described
    seen = shop.nouns.messages.preview(
        shop.owner, TemplatePreview("details", "en", endpoint="1000001", text="Dear {customer} <{number}> {password}", html="<b>{customer}</b> {x:1}")
    )
    assert seen.text == "Dear Alice Shop <1000001> ••••••••\n"
    assert "<b>Alice Shop</b> {x:1}" in seen.html
    assert waiting(shop) == []
    assert "Alice & Co" not in shop.nouns.messages.preview(shop.owner, TemplatePreview("test", "es")).text
    low = shop.nouns.messages.preview(
        shop.owner, TemplatePreview("balance_low", "en", endpoint="1000001", text="{customer}: {balance} of {threshold}")
    )
    assert low.text == "Alice Shop: EUR 1.50 of EUR 5.00\n", "what an endpoint does not say of itself is an example's"


def test_tries_grow_apart_and_end(described: Described) -> None:
    shop, outbox = described, described.nouns.messages.outbox
    message = shop.nouns.messages.test(shop.owner, MailTest("owner@example.test")).id
    for wait in WAITS_SECONDS:
        assert [each.id for each in waiting(shop)] == [message]
        outbox.failed(message, "no way", for_good=False)
        assert waiting(shop) == []
        shop.clock.advance(wait)
    for _ in range(20):
        if shop.nouns.messages.get(shop.owner, ById(message)).state == "failed":
            break
        outbox.failed(message, "no way", for_good=False)
        shop.clock.advance(WAITS_SECONDS[-1])
    assert shop.nouns.messages.get(shop.owner, ById(message)).state == "failed"
    assert waiting(shop) == []
    shop.nouns.messages.retry(shop.owner, ById(message))
    outbox.sent(message)
    with pytest.raises(UserError, match=r"message\.sent_already"):
        shop.nouns.messages.retry(shop.owner, ById(message))
    kept = shop.store.outbox.get(message)
    assert kept is not None
    assert kept.message == b""
    shop.clock.advance(91 * 86_400)
    with shop.services.changes.unit():
        assert outbox.forget_old() == 1


def test_another_reseller_sees_no_messages(described: Described) -> None:
    shop = described
    message = shop.nouns.messages.send_details(shop.owner, SendDetails("1000001")).id
    shop.nouns.operators.create(shop.owner, OperatorCreate("sub", [GrantFields("owner", "Sub One")], password="long enough"))
    sub = shop.operator("sub")
    assert shop.nouns.messages.list(sub, MessageList()).messages == []
    with pytest.raises(NotFound):
        shop.nouns.messages.get(sub, ById(message))
    with pytest.raises((Forbidden, NotFound)):
        shop.nouns.messages.test(sub, MailTest("a@example.test"))


def test_the_mail_servers_password_is_sealed_and_never_shown(described: Described) -> None:
    shop = described
    page = shop.nouns.configuration.set(shop.owner, SettingsSet({"mail.password": "hunter two", "mail.host": "smtp.example.test"}))
    assert page.values["mail.password"] == HIDDEN
    assert open_secret(shop.services.room, "mail.password") == "hunter two"
    shop.nouns.configuration.set(shop.owner, SettingsSet({"mail.password": HIDDEN}))
    assert open_secret(shop.services.room, "mail.password") == "hunter two"
    assert "mail.password" not in shop.export()["settings"]
    kept = shop.store.database.fetch("SELECT after FROM audit WHERE after LIKE '%mail.password%'")
    assert kept and all("hunter" not in row[0] for row in kept)
    shop.nouns.configuration.set(shop.owner, SettingsSet({"mail.password": None}))
    assert open_secret(shop.services.room, "mail.password") == ""
