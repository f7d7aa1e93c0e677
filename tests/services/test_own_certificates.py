"""The certificate that a trunk shows its carrier: what may be given, how it is kept, and that its end is told in time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from appliance.errors import UserError
from appliance.services.ground.access import folder_owner
from appliance.services.keeping.self_check import Wanted, look
from appliance.services.trunks.own_certificates import OwnCertificates
from appliance.wire.description import DescriptionText, ExportRequest
from appliance.wire.shapes import Listing
from appliance.wire.trunks import TrunkCreate, TrunkUpdate
from tests.helpers.authority import CertificateAuthority
from tests.services.shop import Shop, Simple

OWNER = folder_owner()
CARRIER = "192.0.2.50"


@pytest.fixture
def authority(tmp_path: Path) -> CertificateAuthority:
    return CertificateAuthority(tmp_path)


def parts(file: Path) -> tuple[str, str]:
    """Certificate and key, as carriers send them: a file each."""
    key, mark, certificate = file.read_text().partition("-----BEGIN CERTIFICATE")
    return mark + certificate, key


def given(shop: Shop, trunk: int, text: str | None) -> None:
    shop.services.nouns.trunks.update(OWNER, TrunkUpdate(trunk, certificate=text))


def refused(shop: Shop, trunk: int, text: str) -> str:
    with pytest.raises(UserError) as fault:
        given(shop, trunk, text)
    assert fault.value.field == "certificate"
    return fault.value.code


def check(shop: Shop) -> list[tuple[str, str]]:
    lines = look(shop.folder, shop.clock, Wanted(disk_megabytes=1)).lines
    assert all(each.text != each.code and "{" not in each.text for each in lines)
    return [(each.state, each.code) for each in lines if each.name == "certificate"]


def test_what_cannot_be_shown_is_refused_with_what_to_do(shop: Shop, authority: CertificateAuthority) -> None:
    trunk = Simple(shop).trunk
    (mine, key), (_, other) = parts(authority.certificate("shop.example")), parts(authority.certificate("shop.example"))
    locked = serialization.load_pem_private_key(key.encode(), None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    )
    broken = mine.replace("MII", "AAA", 1)
    wrong = ["nonsense", key, broken + key, "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" + key, "x" * 100_001, mine.encode().hex()]
    assert {refused(shop, trunk, text) for text in wrong} == {"trunk.certificate_wrong"}
    assert {refused(shop, trunk, text) for text in (mine, mine + locked.decode(), mine + key + other)} == {"trunk.certificate_no_key"}
    assert refused(shop, trunk, mine + other) == "trunk.certificate_other_key"
    assert refused(shop, trunk, authority.certificate("shop.example", rsa_bits=1024).read_text()) == "trunk.certificate_weak"
    given(shop, trunk, authority.certificate("shop.example", rsa_bits=2048).read_text())
    given(shop, trunk, None)
    shop.clock.advance(400 * 86_400)
    assert refused(shop, trunk, mine + key) == "trunk.certificate_over"
    row = shop.store.trunks.get(trunk)
    assert row is not None and (row.certificate_sealed, row.certificate_name, row.certificate_until_at) == (None, "", None)


def test_it_is_kept_sealed_and_shown_in_the_order_of_its_chain(shop: Shop, authority: CertificateAuthority) -> None:
    simple = Simple(shop)
    trunks, shows = shop.services.nouns.trunks, OwnCertificates(shop.services.room)
    mine, key = parts(authority.certificate("sip.shop.example"))
    root, stranger = authority.root.read_text(), parts(authority.certificate("elsewhere.example"))[0]
    given(shop, simple.trunk, "from the carrier:\r\n" + stranger + key + root + mine)
    row = shop.store.trunks.get(simple.trunk)
    assert row is not None and row.certificate_sealed is not None and b"KEY" not in row.certificate_sealed
    assert (trunks.certificate(row) or "").split(key[:27])[0] == mine + root, "what leads nowhere is left out"
    view = trunks.list(OWNER, Listing()).trunks[0]
    assert (view.certificate_name, view.certificate_until) != ("", None) and "KEY" not in repr(view)
    assert "BEGIN" not in json.dumps([each._asdict() for each in shop.store.audit.list()], default=str), "the log keeps no secret"
    first = shop.services.hot.trunks[simple.trunk].certificate
    assert first.startswith(f"{simple.trunk}:")
    again = {"tollhouse": 1, "trunks": [{"name": view.name, "certificate": mine + root + key}]}
    nouns = shop.services.nouns
    assert nouns.description.apply(OWNER, DescriptionText(json.dumps(again))).changed == {}, "the same again is no change"
    assert "certificate" not in nouns.export.export(OWNER, ExportRequest()).text
    # of the flow's trunk, else of whose address it is
    pem = shows.shown("198.51.100.9", first)
    assert pem.startswith(mine) and shows.shown(view.host, "") == pem
    assert shows.shown("198.51.100.9", "") == shows.shown("198.51.100.9", "9999:ab") == ""
    trunks.create(OWNER, TrunkCreate("second", view.host))
    assert shows.shown(view.host, "") == "", "the other trunk at this address shows the server's own"
    given(shop, simple.trunk, "".join(parts(authority.certificate("sip.shop.example"))))
    assert shop.services.hot.trunks[simple.trunk].certificate not in (first, "")
    assert shows.shown("198.51.100.9", first) not in (pem, ""), "an old flow shows the new one"
    given(shop, simple.trunk, None)
    assert (shop.services.hot.trunks[simple.trunk].certificate, shows.shown("198.51.100.9", first)) == ("", "")


def test_its_end_is_told_three_weeks_before(shop: Shop, authority: CertificateAuthority) -> None:
    Simple(shop)
    assert check(shop) == [("ok", "check.certificate_none")]
    text = authority.certificate("shop.example").read_text()
    made = shop.services.nouns.trunks.create(OWNER, TrunkCreate("secure", CARRIER, transport="tls", certificate=text))
    row = shop.store.trunks.get(made.id)
    assert row is not None and row.certificate_until_at is not None
    assert check(shop) == [("ok", "check.certificate_ok")]
    shop.clock.advance((row.certificate_until_at - shop.clock.utcnow()) / 1000 - 20 * 86_400)
    assert check(shop) == [("warn", "check.trunk_certificate_soon")]
    shop.clock.advance(20 * 86_400 + 1)
    assert check(shop) == [("fail", "check.trunk_certificate_over")]
    shop.services.nouns.trunks.update(OWNER, TrunkUpdate(made.id, name="still secure", certificate=text))  # what is kept is no news
    shop.services.nouns.trunks.update(OWNER, TrunkUpdate(made.id, disabled=True))
    assert check(shop) == [("ok", "check.certificate_none")]
