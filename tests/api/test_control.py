"""The owner's door: the file that names it, the token, one operation a request."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport

from appliance.api.control import Control, ControlResource, write_private
from appliance.errors import EnvironmentFault
from appliance.http_common import Door
from appliance.wire.operations import OPERATIONS
from tests.api.test_site import answer, asked, at_once

TOKEN = "t" * 43


def post(path: str, body: bytes, token: str = TOKEN, method: str = "POST") -> tuple[int, dict[str, object]]:
    asked.clear()
    site = Door(ControlResource(dict.fromkeys(OPERATIONS, answer({"done": True})), at_once, TOKEN), "control", Clock())
    protocol, transport = site.buildProtocol(None), StringTransport()
    protocol.makeConnection(transport)
    protocol.dataReceived(
        f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    )
    head, _, content = transport.value().partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(content)


def test_an_operation_is_run_as_the_folders_owner() -> None:
    assert post("/operations/payments.record", b'{"amount": "5", "customer": "Al"}') == (200, {"done": True})
    who, request = asked[0]
    assert who.signed_in().owner_of_folder
    assert (request.amount, request.customer) == ("5", "Al")


@pytest.mark.parametrize(
    ("path", "body", "token", "method", "status", "code"),
    [
        ("/operations/customers.list", b"{}", "wrong", "POST", 401, "access.sign_in"),
        ("/operations/customers.list", b"{}", "", "POST", 401, "access.sign_in"),
        ("/operations/customers.list", b"{}", TOKEN, "GET", 404, "request.no_such_path"),
        ("/customers", b"{}", TOKEN, "POST", 404, "request.no_such_path"),
        ("/operations/no.such", b"{}", TOKEN, "POST", 422, "operation.unknown"),
        ("/operations/payments.record", b'{"amount": 5}', TOKEN, "POST", 400, "request.wrong_value"),
        ("/operations/payments.record", b"{", TOKEN, "POST", 400, "request.not_json"),
    ],
)
def test_what_is_refused(path: str, body: bytes, token: str, method: str, status: int, code: str) -> None:
    got, problem = post(path, body, token, method)
    assert (got, problem["code"]) == (status, code)
    assert not asked


def test_the_file_is_its_owners_alone_and_goes_with_the_door(tmp_path: Path) -> None:
    file = tmp_path / "control.json"
    control = Control(MemoryReactorClock(), {}, at_once, file, TOKEN)
    assert json.loads(file.read_text())["token"] == TOKEN
    assert json.loads(file.read_text())["url"] == control.url
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    control.close()
    assert list(tmp_path.iterdir()) == []


def test_a_private_file_replaces_an_open_one(tmp_path: Path) -> None:
    file = tmp_path / "control.json"
    file.write_text("old")
    file.chmod(0o644)
    write_private(file, b"new")
    assert file.read_text() == "new"
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match=r"folder\.not_writable"):
        write_private(tmp_path / "no" / "control.json", b"x")
