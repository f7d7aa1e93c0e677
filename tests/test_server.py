"""The wiring room as a process: what it says, what it leaves behind, how its parts agree on one unit of work."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.helpers.appliance import Appliance, CommandFailed, wait_for
from tests.helpers.shop import customer, rate, shop


@pytest.fixture
def appliance(tmp_path: Path) -> Iterator[Appliance]:
    one = Appliance(tmp_path)
    yield one
    one.kill()
    one.assert_clean_log()


def described() -> dict[str, object]:
    return shop(5099, rates=[rate("44", "UK", "0.01")], customers=[customer("Alice", "1000001", balance="1.00")])


def test_one_line_is_printed_and_the_owners_door_is_private_and_goes_with_the_server(appliance: Appliance) -> None:
    ready = appliance.serve("--web", "127.0.0.1:0")
    assert ready["sip"] == [f"udp:127.0.0.1:{appliance.sip_port}", f"tcp:127.0.0.1:{appliance.sip_port}"]
    assert ready["web"].startswith("http://127.0.0.1:") and not ready["web"].endswith(":0")
    control = appliance.data / "control.json"
    assert stat.S_IMODE(control.stat().st_mode) == 0o600
    assert set(json.loads(control.read_text())) >= {"url", "token"}
    (status,) = appliance.rows("status")
    assert (status["serving"], status["calls"], status["sip"]) == (True, 0, ready["sip"])
    process = appliance.process
    assert process is not None and process.stdout is not None
    assert process.stdout.read() is None  # nothing after the one line
    assert appliance.stop() == 0
    assert not control.exists()


def test_a_set_up_code_is_shown_while_nobody_can_sign_in(appliance: Appliance) -> None:
    appliance.serve()
    assert "set-up code: " in appliance.log()
    appliance.stop()
    appliance.errors.unlink()
    description = described()
    description["resellers"][0]["operators"] = [{"login": "owner", "password": "a long enough one", "role": "owner"}]  # type: ignore[index]
    appliance.apply(description)
    appliance.serve()
    assert "set-up code: " not in appliance.log()


def test_operations_of_a_running_server_are_whole_or_nothing_and_durable(appliance: Appliance) -> None:
    appliance.apply(described())
    appliance.serve()
    appliance.do("payments.record", {"account": "alice", "amount": "2.50", "method": "cash"})
    with pytest.raises(CommandFailed):
        appliance.do("payments.record", {"account": "nobody", "amount": "2.50", "method": "cash"})
    described_again = described()
    described_again["customers"] = [customer("Bob", "1000002", balance="1.00"), customer("Bad", "1000003", balance="no number")]
    appliance.apply(described_again, code=1)
    appliance.kill()
    assert [row["account"] for row in appliance.rows("balances")] == ["alice"]
    assert appliance.balance("alice") == "3.50"
    appliance.verify()


def test_settings_of_a_start_are_checked_before_anything_is_opened(appliance: Appliance) -> None:
    for wrong in ("sip.no_such=1", "sip.check_uri=perhaps", "sip.max_calls=0"):
        with pytest.raises(CommandFailed):
            appliance.serve("--set", wrong)
    appliance.errors.unlink()


def test_a_second_copy_is_kept_and_its_phrase_shown_once(appliance: Appliance) -> None:
    place = appliance.folder / "elsewhere"
    place.mkdir()
    setting = ("--set", f"backup.copy_to={place}")
    appliance.serve(*setting)
    assert appliance.log().count("recovery phrase") == 1
    wait_for(lambda: list(place.rglob("*.full")), 15, "a full copy")
    appliance.stop()
    appliance.serve(*setting)
    assert appliance.log().count("recovery phrase") == 1


def test_a_listener_on_every_address_tells_peers_one_that_leads_to_it(appliance: Appliance) -> None:
    ready = appliance.serve(sip=["udp:0.0.0.0:0"])
    (where,) = ready["sip"]
    assert where.startswith("udp:0.0.0.0:") and not where.endswith(":0")


PASSWORD = "a long enough one"


def asked(appliance: Appliance, token: str, path: str, body: Mapping[str, object]) -> tuple[int, dict[str, object]]:
    """(status, answer) of a POST to the API of the server."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    try:
        with urlopen(Request(f"{appliance.ready['web']}/api/v1{path}", json.dumps(body).encode(), headers), timeout=20) as reply:
            return reply.status, json.loads(reply.read())
    except HTTPError as refused:
        return refused.code, json.loads(refused.read())


def test_what_is_refused_leaves_its_mark_and_nothing_else(appliance: Appliance) -> None:
    """What is above a clerk's limit waits for a second person, and a wrong PIN is counted: both although the request was undone."""
    description = described()
    description["resellers"][0]["operators"] = [  # type: ignore[index]
        {"login": login, "password": PASSWORD, "role": role} for login, role in (("owner", "owner"), ("cleo", "clerk"))
    ]
    description["customers"][0]["call_shop"] = True  # type: ignore[index]
    appliance.apply(description)
    appliance.serve()
    appliance.do("approvals.set_limit", {"role": "clerk", "what": "payment", "amount": "1"})
    owner, cleo = (str(asked(appliance, "", "/sign-in", {"login": who, "password": PASSWORD})[1]["token"]) for who in ("owner", "cleo"))
    status, answer = asked(appliance, cleo, "/payments", {"customer": "Alice", "amount": "2.00"})
    assert (status, answer["code"]) == (409, "approval.needed")
    waiting = appliance.do("approvals.list", {})["approvals"]
    assert [(each["id"], each["amount"]) for each in waiting] == [(1, "2.00")] and appliance.balance("alice") == "1.00"
    assert asked(appliance, owner, "/approvals/1/decide", {"approve": True})[0] == 200 and appliance.balance("alice") == "3.00"
    assert asked(appliance, owner, "/pins", {"pin": "8642", "password": PASSWORD})[0] == 200
    _, bill = asked(appliance, cleo, "/bills", {"shop": "Alice"})
    asked(appliance, cleo, f"/bills/{bill['id']}/items", {"text": "Copies", "amount": "0.20"})
    told = {"reason": "regular", "amount": "0.10", "approval": {"login": "owner", "pin": "0000"}}
    codes = [asked(appliance, cleo, f"/bills/{bill['id']}/discount", told)[1].get("code") for _ in range(6)]
    assert codes == ["approval.wrong"] * 5 + ["approval.shut"]
    appliance.verify()
