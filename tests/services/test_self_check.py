"""The self-check's rules, and that the alerts follow them."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import pytest

from appliance.clock import SteppedClock
from appliance.errors import EnvironmentFault
from appliance.services.ground.access import folder_owner
from appliance.services.ground.stepwise import finish
from appliance.services.keeping import check_rules as rules
from appliance.services.keeping.self_check import Wanted, look
from appliance.wire.shapes import ById
from appliance.wire.trunks import TrunkUpdate
from tests.services.shop import Shop, Simple

SOURCE = "93.184.216.34"


def states(shop: Shop, wanted: Wanted | None = None, around: rules.Surroundings | None = None) -> dict[str, str]:
    found = look(shop.folder, shop.clock, wanted or Wanted(disk_megabytes=1), around)
    assert found.ok is ("fail" not in {each.state for each in found.lines})
    assert all(each.text != each.code and "{" not in each.text for each in found.lines), "a line without its sentence"
    return {each.name: each.state for each in found.lines}


def test_a_fresh_shop_has_no_failure(shop: Shop) -> None:
    Simple(shop)
    found = states(shop)
    assert {found[name] for name in ("disk", "books", "alg", "certificate")} == {"ok"} and found["backup"] == "warn"
    assert "ports" not in found and found["clock"] != "fail"


def test_a_clock_before_the_newest_fact_fails(shop: Shop) -> None:
    database = shop.store.database
    assert rules.clock_line(shop.clock, database, lambda: True).state == "ok"
    assert rules.clock_line(shop.clock, database, lambda: False).code == "check.clock_unsynchronised"
    assert rules.clock_line(shop.clock, database, lambda: None).state == "ok"
    shop.clock.jump(-3600)
    assert rules.clock_line(shop.clock, database, lambda: True).code == "check.clock_behind"
    assert rules.clock_line(SteppedClock(0), database, lambda: True).state == "fail"


def test_little_room_is_a_warning_and_none_a_failure(tmp_path: Path) -> None:
    free = rules.disk_line(tmp_path, 1)
    megabytes = int(free.parameters["megabytes"])
    assert free.state == "ok"
    assert rules.disk_line(tmp_path, megabytes * 2).state == "warn"
    assert rules.disk_line(tmp_path, megabytes * 20).state == "fail"
    assert rules.disk_line(tmp_path / "gone", 1).code == "check.disk_unreadable"


def test_writing_is_timed_and_leaves_nothing(tmp_path: Path) -> None:
    assert rules.write_line(tmp_path, SteppedClock()).state == "ok"

    class Slow(SteppedClock):
        def monotonic(self) -> float:
            self.advance(0.2)
            return super().monotonic()

    class Stuck(SteppedClock):
        def monotonic(self) -> float:
            self.advance(2)
            return super().monotonic()

    assert rules.write_line(tmp_path, Slow()).state == "warn"
    assert rules.write_line(tmp_path, Stuck()).state == "fail"
    assert rules.write_line(tmp_path / "gone", SteppedClock()).code == "check.writing_fails"
    assert list(tmp_path.iterdir()) == []


def certificate(folder: Path, name: str, days: int, clock: SteppedClock) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.fromtimestamp(clock.utcnow() / 1000, datetime.UTC)
    made = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now - datetime.timedelta(days=400)).not_valid_after(now + datetime.timedelta(days=days))
    (folder / "certificates").mkdir(exist_ok=True)
    (folder / "certificates" / f"{name}.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def test_certificates_are_told_before_they_run_out(tmp_path: Path) -> None:
    clock = SteppedClock()
    for name, days in (("a", 100), ("b", 10), ("c", -1)):
        certificate(tmp_path, name, days, clock)
    (tmp_path / "certificates" / "d.pem").write_text("nothing")
    assert [each.state for each in rules.certificate_lines(tmp_path, clock)] == ["ok", "warn", "fail", "fail"]


def test_without_a_trunk_for_them_emergency_calls_do_not_work(shop: Shop) -> None:
    """Said by the self-check and by what each phone is set up with (sip.md, Calls)."""
    simple = Simple(shop)
    trunks, phones = shop.services.nouns.trunks, shop.services.nouns.endpoints
    said = []
    for change in (TrunkUpdate(simple.trunk), TrunkUpdate(simple.trunk, emergency=True), TrunkUpdate(simple.trunk, disabled=True)):
        trunks.update(folder_owner(), change)
        said.append((states(shop)["emergency"], phones.reveal(folder_owner(), ById(simple.alice)).emergency_calls))
    assert said == [("warn", False), ("ok", True), ("warn", False)]


def test_backups_grow_old(tmp_path: Path) -> None:
    clock = SteppedClock()
    none = rules.backup_line(tmp_path, clock)
    assert (none.state, none.code) == ("warn", "check.backup_none") and "make one" in none.text
    file = tmp_path / "one.zip"
    file.touch()
    os.utime(file, (clock.utcnow() / 1000, clock.utcnow() / 1000))
    assert rules.backup_line(tmp_path, clock).state == "ok"
    clock.advance(8 * 86_400)
    assert (rules.backup_line(tmp_path, clock).state, rules.backup_line(tmp_path, clock).parameters["days"]) == ("warn", "8")


@pytest.mark.parametrize(
    ("place", "fault", "serving", "state"),
    [("", None, True, "warn"), ("/nas", "", True, "ok"), ("/nas", "it is away", True, "fail"), ("/nas", None, False, "ok")],
)
def test_the_second_copy(place: str, fault: str | None, serving: bool, state: str) -> None:
    assert rules.copy_line(place, fault, serving=serving).state == state


@pytest.mark.parametrize(("kind", "state"), [("none", "ok"), ("even", "ok"), ("one", "ok"), ("symmetric", "warn"), ("unanswered", "warn")])
def test_the_router_in_words(kind: str, state: str) -> None:
    said = rules.nat_line("stun.example.test:3478", (kind, "203.0.113.5:4000"))
    assert said.state == state and said.code == f"check.nat_{kind}" and said.text != said.code
    assert rules.nat_line("", None).code == "check.nat_unasked"


def test_phones_that_name_their_router_betray_an_alg() -> None:
    two = [(f"sip:{number}@{SOURCE}:{port};x=y", f"{SOURCE}:{port}") for number, port in ((1, 5060), (2, 5061))]
    assert rules.alg_line(two).parameters == {"address": SOURCE, "phones": "2"}
    assert rules.alg_line(two[:1]).state == "ok", "a phone with an address of its own is no sign"
    assert rules.alg_line([("sip:1@192.168.1.5", f"{SOURCE}:5060"), ("sip:2@192.168.1.6", f"{SOURCE}:5061")]).state == "ok"
    assert rules.alg_line([("sip:1@10.0.0.1", "10.0.0.1:5060"), ("sip:2@10.0.0.1", "10.0.0.1:5061")]).state == "ok"
    assert rules.alg_line([("sip:1@phone", "broken")]).state == "ok"


def test_damaged_books_are_a_line_not_the_end(shop: Shop) -> None:
    Simple(shop)
    with shop.store.write():
        shop.store.database.execute("UPDATE account SET balance_micros = balance_micros + 1 WHERE kind = 'credit'")
    assert states(shop)["books"] == "fail"
    shop.store.close()
    (shop.folder / "tollhouse.db").write_bytes(b"this is no database" * 100)
    found = states(shop)
    assert found["database"] == found["books"] == "fail" and found["disk"] == "ok"


def test_behind_a_router_the_ports_to_forward_are_named(shop: Shop) -> None:
    shop.services.settings.stored({"sip.public_address": "203.0.113.9", "media.listen": "0.0.0.0:20000-29999"})
    check = shop.services.nouns.self_check
    check.surroundings = lambda: rules.Surroundings(
        ("udp:0.0.0.0:5060", "tcp:0.0.0.0:5060", "udp:[::]:5060", "tls:192.168.1.5:5061", "udp:127.0.0.1:5062")
    )
    (said,) = [each.parameters["ports"] for each in finish(check.check(folder_owner())).lines if each.code == "check.ports_forward"]
    assert said == "UDP 5060, TCP 5060, TCP 5061, UDP 20000-29999"
    shop.services.settings.stored({"sip.public_address": "203.0.113.9", "media.engine": "rtpengine"})
    (said,) = [each.parameters["ports"] for each in finish(check.check(folder_owner())).lines if each.code == "check.ports_forward"]
    assert said == "UDP 5060, TCP 5060, TCP 5061", "that program's ports are its own"
    check.surroundings = lambda: rules.Surroundings(("udp:127.0.0.1:5060",))
    assert not [each for each in finish(check.check(folder_owner())).lines if each.code == "check.ports_forward"]


def test_what_the_check_finds_wrong_is_an_alert(shop: Shop) -> None:
    nouns = shop.services.nouns
    owner = folder_owner()
    shop.services.settings.stored({"alerts.disk_megabytes": 10**12})
    nouns.self_check.surroundings = lambda: rules.Surroundings(("udp:127.0.0.1:5060",), "it is away", None)
    found = finish(nouns.self_check.check(owner))
    assert {each.name for each in found.lines} >= {"ports", "nat"} and not found.ok
    told = {each.code: each.severity for each in nouns.alerts.list(owner).alerts}
    assert told["check.disk_low"] == "error"
    nouns.alerts.store_fault = lambda: EnvironmentFault("database.full", path="/data", detail="full")
    first = nouns.alerts.list(owner).alerts[0]
    assert (first.code, first.severity) == ("alert.not_recorded", "error") and "refused" in first.text
