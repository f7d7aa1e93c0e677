"""Links that phones fetch their settings by: good for one phone, some hours, some fetches; each showing of a password is told."""

from __future__ import annotations

import json

import pytest

from appliance.errors import EnvironmentFault, Forbidden, NotFound, UserError
from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.services.people.provisioning import MOST_OPEN, Provisioning
from appliance.wire.endpoints import EndpointUpdate
from appliance.wire.provisioning import ProvisioningCreate, ProvisioningList, ProvisioningMade
from appliance.wire.shapes import ById
from tests.services.nouns.described import Described

OWNER = folder_owner()
MAC, OTHER = "805ec0112233", "805ec0445566"


def phones(one: Described) -> Provisioning:
    return one.nouns.doors.provisioning


def made(one: Described, maker: str = "yealink", **more: object) -> tuple[ProvisioningMade, str]:
    """A link for the first endpoint, and its token."""
    answer = phones(one).create(OWNER, ProvisioningCreate(1, maker, **more))  # type: ignore[arg-type]
    return answer, answer.url.split("/p/")[1].split("/")[0]


def fetch(one: Described, token: str, name: str = f"{MAC}.cfg", source: str = "192.0.2.7") -> bytes:
    return phones(one).fetch(token, name, source, "Yealink SIP-T46S").content


def state(one: Described) -> list[str]:
    return [each.state for each in phones(one).list(OWNER, ProvisioningList(1)).links]


def test_a_phone_fetches_its_account(described: Described) -> None:
    answer, token = made(described)
    assert answer.url == f"https://my.example.test/p/{token}/" and answer.file == "MAC.cfg" and len(token) == 32
    assert state(described) == ["waiting"]
    text = fetch(described, token).decode()
    assert "account.1.password = secret-1\n" in text and "account.1.sip_server.1.address = sip.example.test\n" in text
    link = phones(described).list(OWNER, ProvisioningList(1)).links[0]
    assert (link.state, link.fetches, link.mac, link.fetched_from) == ("used", 1, MAC, "192.0.2.7")


def test_only_the_hash_is_kept_and_every_fetch_is_told(described: Described) -> None:
    _, token = made(described)
    fetch(described, token)
    row = described.services.store.provision_links.get(1)
    assert row is not None and token not in str(row)
    told = [each for each in described.services.store.audit.of("endpoint", 1) if each.operation.startswith("provisioning.")]
    assert sorted(each.operation for each in told) == ["provisioning.create", "provisioning.fetch"]
    said = json.loads(next(each.after for each in told if each.operation == "provisioning.fetch") or "{}")
    assert said["source"] == "192.0.2.7" and said["file"] == f"{MAC}.cfg"
    assert all(token not in (each.after or "") and "secret-1" not in (each.after or "") for each in told)


def test_the_first_phone_that_asks_is_the_one(described: Described) -> None:
    _, token = made(described)
    fetch(described, token)
    with pytest.raises(NotFound, match=r"provisioning\.file_unknown"):
        fetch(described, token, f"{OTHER}.cfg")
    _, named = made(described, mac="80:5E:C0:44:55:66")
    with pytest.raises(NotFound):
        fetch(described, named)
    assert fetch(described, named, f"{OTHER.upper()}.cfg")


def test_a_link_ends(described: Described) -> None:
    _, token = made(described, hours=2, fetches=2)
    fetch(described, token)
    fetch(described, token)
    with pytest.raises(NotFound, match=r"provisioning\.link_unknown"):
        fetch(described, token)
    _, late = made(described, hours=2)
    described.clock.advance(2 * 3600)
    with pytest.raises(NotFound, match=r"provisioning\.link_unknown"):
        fetch(described, late)
    answer, token = made(described)
    phones(described).revoke(OWNER, ById(answer.link.id))
    phones(described).revoke(OWNER, ById(answer.link.id))
    with pytest.raises(NotFound, match=r"provisioning\.link_unknown"):
        fetch(described, token)
    assert state(described) == ["revoked", "expired", "expired"]


def test_the_way_to_the_account_spends_no_fetch(described: Described) -> None:
    _, token = made(described, "polycom", fetches=1)
    for name in ("000000000000.cfg", "0004f2112233.cfg"):
        assert b"secret-1" not in fetch(described, token, name)
    with pytest.raises(NotFound, match=r"provisioning\.file_unknown"):
        fetch(described, token, "0004f2112233-phone.cfg")
    assert b"secret-1" in fetch(described, token, "phone-0004f2112233.cfg")
    assert state(described) == ["spent"]


@pytest.mark.parametrize("token", ["", "x", "a" * 32, "a" * 5000, "../1", "\x00", "1 OR 1=1"])
def test_a_guessed_token_is_nobodys(described: Described, token: str) -> None:
    made(described)
    with pytest.raises(NotFound, match=r"provisioning\.link_unknown"):
        fetch(described, token)


def test_whoever_is_stopped_gets_nothing(described: Described) -> None:
    _, token = made(described)
    described.nouns.endpoints.update(OWNER, EndpointUpdate(1, disabled=True))
    with pytest.raises(NotFound, match=r"provisioning\.link_unknown"):
        fetch(described, token)
    described.nouns.endpoints.update(OWNER, EndpointUpdate(1, disabled=False, password="another-one"))
    assert b"another-one" in fetch(described, token), "the password of now"
    described.nouns.endpoints.update(OWNER, EndpointUpdate(1, password=None))
    with pytest.raises(NotFound):
        fetch(described, token)
    with pytest.raises(UserError, match=r"provisioning\.no_password"):
        made(described)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"maker": "nokia"}, "maker"),
        ({"mac": "80:5e"}, "mac"),
        ({"mac": "../../etc/pw"}, "mac"),
        ({"hours": 0}, "hours"),
        ({"hours": 169}, "hours"),
        ({"fetches": 0}, "fetches"),
        ({"fetches": 51}, "fetches"),
    ],
)
def test_what_is_asked_wrongly(described: Described, asked: dict[str, object], code: str) -> None:
    with pytest.raises(UserError, match=f"provisioning.{code}"):
        phones(described).create(OWNER, ProvisioningCreate(**{"endpoint": 1, "maker": "snom", **asked}))  # type: ignore[arg-type]


def test_links_are_bounded(described: Described) -> None:
    for _ in range(MOST_OPEN):
        made(described)
    with pytest.raises(UserError, match=r"provisioning\.too_many"):
        made(described)


def test_anothers_endpoint_is_not_found(described: Described) -> None:
    root = described.services.store.resellers.root()
    sub = described.services.store.resellers.find("Sub One")
    assert root is not None and sub is not None
    stranger = Actor("sub", 9, (Grant("owner", reseller_id=sub.id),))
    answer, _ = made(described)
    for work in (
        lambda: phones(described).create(stranger, ProvisioningCreate(1, "snom")),
        lambda: phones(described).list(stranger, ProvisioningList(1)),
        lambda: phones(described).revoke(stranger, ById(answer.link.id)),
    ):
        with pytest.raises(NotFound):
            work()
    clerk = Actor("clerk", 8, (Grant("clerk", reseller_id=root.id),))
    with pytest.raises(Forbidden):
        phones(described).create(clerk, ProvisioningCreate(1, "snom"))
    assert len(phones(described).list(clerk, ProvisioningList(1)).links) == 1, "who may see the endpoint sees that there is a link"


def test_the_address_of_the_pages(described: Described) -> None:
    room = described.services.room
    room.web_listener = (True, "0.0.0.0", 8443)
    assert made(described)[0].url.startswith("https://my.example.test:8443/p/")
    room.web_listener = (True, "0.0.0.0", 443)
    assert made(described)[0].url.startswith("https://my.example.test/p/")
    room.web_listener = (False, "127.0.0.1", 8080)
    assert made(described)[0].url.startswith("https://my.example.test/p/"), "a proxy stands before it"
    room.web_listener = (False, "192.168.1.5", 8080)
    assert made(described)[0].url.startswith("http://my.example.test:8080/p/")


def test_without_any_address_there_is_no_link(empty: Described) -> None:
    shop = {"tollhouse": 1, "resellers": [{"name": "root", "currency": "EUR", "sip_domain": "sip.example.test", "number_range": "1000000-1999999"}]}
    shop["customers"] = [{"reseller": "root", "name": "A", "endpoints": [{"number": "1000001", "password": "secret-1"}]}]  # type: ignore[list-item]
    empty.apply(shop)
    with pytest.raises(EnvironmentFault, match=r"provisioning\.no_address"):
        made(empty)
    empty.services.room.web_listener = (True, "192.168.1.5", 8443)
    answer, token = made(empty, "linphone")
    assert (answer.url, answer.file) == (f"https://192.168.1.5:8443/p/{token}/linphone.xml", "")


@pytest.mark.parametrize(
    ("source", "near"),
    [
        ("127.0.0.1", True), ("192.168.1.9", True), ("::ffff:10.0.0.1", True), ("fe80::1%eth0", True),
        ("203.0.113.9", False), ("2001:db8::9", False), ("", False), ("x", False),
    ],
)  # fmt: skip
def test_our_own_networks(described: Described, source: str, near: bool) -> None:
    assert phones(described).close_by(source) is near
