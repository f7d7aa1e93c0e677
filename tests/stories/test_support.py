"""Whoever helps: the self-check, the figures for Prometheus, a disclosure, and a bundle without secrets, all of a server at work."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from tests.helpers import sipp
from tests.helpers.appliance import Appliance, sip_port, wait_for
from tests.helpers.shop import customer, rate, shop
from tests.stories.conftest import Peers

ALICE, DIALLED, CALLER_ID = "1000001", "442079460001", "442071838750"
SECRETS = {
    "SIP password": f"secret-{ALICE}",
    "carrier's password": "carrier-secret-9",
    "web password": "web-secret-77",
    "mail password": "mail-secret-55",
    "metrics token": "metrics-secret-33",
    "operator's password": "owner-secret-11",
    "body of an e-mail": "Dear reader of this letter",
    "address of an e-mail": "alice.private@example.test",
    "telephone": "31201112233",
    "dialled": DIALLED,
    "dialled, its end": DIALLED[4:],
    "name": "Alice Privat",
    "street": "Keizersgracht 1",
}


def read(url: str, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def value(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def described(trunk_port: int) -> dict[str, object]:
    alice = customer("Alice Privat", ALICE, balance="5.00")
    alice |= {
        "email": SECRETS["address of an e-mail"],
        "phone": SECRETS["telephone"],
        "address": SECRETS["street"],
        "web_logins": [{"login": "alice", "password": SECRETS["web password"]}],
    }
    found = shop(
        trunk_port,
        rates=[rate("44", "United Kingdom", "0.0480")],
        trunk={"username": "us", "password": SECRETS["carrier's password"]},
        customers=[alice],
    )
    found["resellers"][0]["operators"] = [{"login": "owner", "password": SECRETS["operator's password"], "role": "owner"}]
    return found


def test_check_figures_disclosure_and_bundle(appliance: Appliance, peers: Peers, tmp_path: Path) -> None:
    trunk_port = sip_port()
    appliance.apply(described(trunk_port))
    ready = appliance.serve("--set", "log.level=debug")
    web, remote = ready["web"], f"127.0.0.1:{appliance.sip_port}"
    appliance.do("settings.set", {"values": {"mail.password": SECRETS["mail password"], "metrics.token": SECRETS["metrics token"]}})
    appliance.do("messages.set_template", {"name": "test", "language": "en", "subject": "x", "text": SECRETS["body of an e-mail"]})
    appliance.do("messages.test", {"recipient": SECRETS["address of an e-mail"]})
    users = [(ALICE, SECRETS["SIP password"], DIALLED)]
    peers.start("register", sipp.register(), remote=remote, users=users).succeed()
    carrier = peers.start("carrier", sipp.callee(challenge=("us", SECRETS["carrier's password"])), port=trunk_port)
    peers.start("alice", sipp.caller(), remote=remote, users=users, pause_ms=1100).succeed()
    carrier.succeed()
    peers.start("guess", sipp.register(), remote=remote, users=[(ALICE, "wrong-guess-1", "")]).wait()
    wait_for(appliance.cdrs, 20, "the record")
    call = appliance.cdrs()[0]["id"]
    assert DIALLED in appliance.run("trace", str(call), "--data", str(appliance.data)).stdout

    checked = json.loads(appliance.run("check", "--format", "json", "--data", str(appliance.data)).stdout)
    assert checked["ok"] and {each["name"] for each in checked["lines"]} >= {
        "clock",
        "disk",
        "writing",
        "ports",
        "nat",
        "alg",
        "books",
        "backup",
        "copy",
    }
    assert str(appliance.sip_port) in next(each["text"] for each in checked["lines"] if each["name"] == "ports")
    assert "ok    books" in appliance.run("check", "--data", str(appliance.data)).stdout

    status, text = read(f"{web}/metrics")
    assert status == 200
    assert value(text, 'tollhouse_calls_total{result="200"}') == 1 and value(text, "tollhouse_registrations") == 1
    assert value(text, 'tollhouse_charged_total{currency="EUR"}') > 0 and value(text, "tollhouse_commit_seconds_count") > 3
    assert value(text, 'tollhouse_commit_seconds_bucket{le="+Inf"}') == value(text, "tollhouse_commit_seconds_count")
    assert value(text, "tollhouse_calls_running") == 0 and value(text, "tollhouse_event_stream_readers") == 0
    assert value(read(f"{web}/metrics")[1], 'tollhouse_http_requests_total{status="200"}') >= 1
    assert read(f"{web}/metrics", **{"X-Forwarded-For": "203.0.113.5"})[0] == 401, "through a proxy anybody may be this computer"
    assert read(f"{web}/metrics", Authorization="Bearer wrong")[0] == 401
    token = SECRETS["metrics token"]
    assert read(f"{web}/metrics", **{"X-Forwarded-For": "203.0.113.5", "Authorization": f"Bearer {token}"})[0] == 200

    asked = ("--since", "2020-01-01", "--until", "2100-01-01", "--asker", "Police 17/26", "--reason", "order")
    told = json.loads(appliance.run("disclose", "--number", DIALLED, *asked, "--data", str(appliance.data)).stdout)
    assert [each["id"] for each in told["calls"]] == [call] and told["calls"][0]["source"].startswith("127.0.0.1:")

    assert_bundle_tells_nobody(appliance, tmp_path / "running.zip", serving=True)
    assert appliance.stop() == 0
    assert_bundle_tells_nobody(appliance, tmp_path / "stopped.zip", serving=False)


def assert_bundle_tells_nobody(appliance: Appliance, file: Path, *, serving: bool) -> None:
    appliance.run("bundle", str(file), "--data", str(appliance.data))
    assert file.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(members) >= {"version.json", "status.json", "check.json", "settings.json", "schema.sql", "counts.json", "logs/tollhouse.log"}
    assert json.loads(members["status.json"])["serving"] is serving
    assert json.loads(members["counts.json"])["rows"]["cdr"] == 1 and "CREATE TABLE cdr" in members["schema.sql"]
    assert json.loads(members["settings.json"])["mail.password"] == "(hidden)"
    assert "call id=" in members["logs/tollhouse.log"], "the log is worth something to whoever helps"
    found = {what: name for what, secret in SECRETS.items() for name, text in members.items() if secret.lower() in text.lower()}
    assert found == {}
    kept = (appliance.data / "control.json").read_text() if (appliance.data / "control.json").exists() else ""
    if kept:
        assert json.loads(kept)["token"] not in "".join(members.values())
