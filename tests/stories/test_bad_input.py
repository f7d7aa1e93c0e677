"""What is wrong is said in words, names the line and the field, and changes nothing."""

from __future__ import annotations

import json
import socket
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.appliance import COMMAND, Appliance, sip_port, wait_for
from tests.helpers.shop import customer, rate, shop

ALICE = "1000001"


def good() -> dict[str, Any]:
    return shop(5999, rates=[rate("44", "United Kingdom", "0.0100")], customers=[customer("Alice", ALICE, balance="10.00")])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda d: d["customers"][0].update(ballance="1"), "ballance"),
        (lambda d: d["customers"][0]["credit_account"].update(credit_limit="1,5x"), "customers[0].credit_account.credit_limit"),
        (lambda d: d["tariffs"][0]["rates"][0].update(price_per_minute="0.01.1"), "tariffs[0].rates[0].price_per_minute"),
        (lambda d: d["customers"][0].update(tariff="nowhere"), "customers[0].tariff"),
        (lambda d: d["resellers"].append({**d["resellers"][0], "name": "second"}), "resellers[1]"),
        (lambda d: d["tariffs"][1].update(base="retail"), "tariffs[1].base"),
        (lambda d: d["customers"].append({**d["customers"][0], "name": "Other"}), "customers[1].endpoints[0].number"),
    ],
    ids=["unknown field", "wrong amount", "wrong price", "unknown tariff", "second root", "cycle", "number twice"],
)
def test_a_wrong_description_names_the_field_and_changes_nothing(appliance: Appliance, change: Any, named: str) -> None:
    appliance.apply(good())
    before = (appliance.run("export", "--data", str(appliance.data)).stdout, appliance.rows("ledger"))
    description = good()
    description["customers"][0]["description"] = "must not arrive"
    change(description)
    done = appliance.apply(description, code=1)
    assert named in done.stderr and "Traceback" not in done.stderr
    assert (appliance.run("export", "--data", str(appliance.data)).stdout, appliance.rows("ledger")) == before


def test_broken_json_names_the_line(appliance: Appliance) -> None:
    file = appliance.folder / "broken.json"
    file.write_text('{\n "tollhouse": 1,\n "resellers": [,]\n}\n')
    done = appliance.run("apply", str(file), "--data", str(appliance.data), code=1)
    assert "line 3" in done.stderr.lower()


def test_applying_twice_changes_nothing_and_export_gives_it_back(appliance: Appliance, tmp_path: Path) -> None:
    appliance.apply(good())
    first = appliance.run("export", "--data", str(appliance.data)).stdout
    ledger = appliance.rows("ledger")
    appliance.apply(good())
    assert appliance.run("export", "--data", str(appliance.data)).stdout == first and appliance.rows("ledger") == ledger
    assert "secret-" not in first
    appliance.apply(json.loads(first))
    assert appliance.run("export", "--data", str(appliance.data)).stdout == first and appliance.rows("ledger") == ledger


def test_a_port_in_use_and_a_second_server_are_said(appliance: Appliance) -> None:
    appliance.apply(good())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", appliance.sip_port))
        done = appliance.run("serve", "--data", str(appliance.data), "--sip", f"udp:127.0.0.1:{appliance.sip_port}", "--web", "127.0.0.1:0", code=1)
        assert str(appliance.sip_port) in done.stderr and "Traceback" not in done.stderr
    appliance.serve()
    done = appliance.run("serve", "--data", str(appliance.data), "--sip", f"udp:127.0.0.1:{sip_port()}", "--web", "127.0.0.1:0", code=1)
    assert done.stdout == "" and "Traceback" not in done.stderr and done.stderr.strip()


def test_a_damaged_and_a_newer_database_are_refused(appliance: Appliance) -> None:
    appliance.apply(good())
    database = appliance.data / "tollhouse.db"
    with sqlite3.connect(database) as db:
        db.execute("pragma user_version = 9999")
    done = appliance.run("serve", "--data", str(appliance.data), "--sip", f"udp:127.0.0.1:{appliance.sip_port}", code=1)
    assert "newer" in done.stderr and "Traceback" not in done.stderr
    for extra in ("-wal", "-shm"):
        Path(f"{database}{extra}").unlink(missing_ok=True)
    database.write_bytes(b"not a database at all" * 1000)
    done = appliance.run("verify", "--data", str(appliance.data), code=1)
    assert "damaged" in done.stderr.lower() and "Traceback" not in done.stderr


def test_malformed_and_oversized_sip_leaves_the_server_well(appliance: Appliance) -> None:
    appliance.apply(good())
    appliance.serve()
    target = ("127.0.0.1", appliance.sip_port)
    junk = [
        b"",
        b"\r\n\r\n",
        b"\x00" * 1200,
        b"INVITE",
        b"INVITE sip:x SIP/2.0\r\n\r\n",
        b"SIP/2.0 999 what\r\n\r\n",
        b"INVITE sip:x@y SIP/2.0\r\nVia: " + b"a" * 60000,
        b"REGISTER sip:sip.example.test SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: <sip:1@x>;tag=a\r\n"
        b"To: <sip:1@x>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n",
        b"INVITE sip:x@y SIP/2.0\r\n" + b"X: y\r\n" * 9000 + b"\r\n",
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for text in junk * 20:
            out.sendto(text, target)
        with socket.create_connection(target, 20) as stream, suppress(OSError):  # it may hang up before all is written
            stream.sendall(b"INVITE sip:x@y SIP/2.0\r\nContent-Length: 99999999\r\n\r\n" + b"z" * 100000)
        ping = (
            f"OPTIONS sip:127.0.0.1:{appliance.sip_port} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{out.getsockname()[1]};branch=z9hG4bKq;rport\r\nMax-Forwards: 70\r\n"
            "From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: ping\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        ).encode()
        out.settimeout(1)

        def answered() -> bool:
            out.sendto(ping, target)  # again, as phones do: behind so much junk a datagram may be lost
            with suppress(TimeoutError):
                while not out.recv(65536).startswith(b"SIP/2.0 200"):
                    pass
                return True
            return False

        wait_for(answered, 20, "an answer to OPTIONS")
    appliance.assert_clean_log()


def test_commands_without_a_folder_say_so(tmp_path: Path, appliance: Appliance) -> None:
    for command in (["cdrs"], ["balances"], ["verify"], ["status"], ["backup", str(tmp_path / "b")]):
        done = appliance.run(*command, "--data", str(tmp_path / "nothing"), code=None)
        assert done.returncode == 1 and "Traceback" not in done.stderr and done.stderr.strip(), (COMMAND, command)
    assert not (tmp_path / "nothing").exists()


def test_backup_and_restore_give_the_same_books(appliance: Appliance, tmp_path: Path) -> None:
    appliance.apply(good())
    file = tmp_path / "books.backup"
    appliance.serve()
    appliance.run("backup", str(file), "--data", str(appliance.data))
    appliance.do("payments.record", {"account": "alice", "amount": "5.00", "method": "cash"})
    assert appliance.balance("alice") == "15.00"
    assert appliance.run("restore", str(file), "--data", str(appliance.data), code=1).stderr.strip()  # a server runs
    appliance.stop()
    appliance.run("restore", str(file), "--data", str(appliance.data))
    assert appliance.balance("alice") == "10.00"
    appliance.verify()
    file.write_bytes(file.read_bytes()[:-200] + b"x" * 200)
    assert "not a backup that can be trusted" in appliance.run("restore", str(file), "--data", str(appliance.data), code=1).stderr.lower()
    assert appliance.balance("alice") == "10.00"
