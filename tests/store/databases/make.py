"""Keep a database of the schema's present version: `python -m tests.store.databases.make`, once, when a version is given away.

A small shop in the middle of its day: a reseller below another, prices, payments and a receipt, calls that were charged, refused and
never ended. What is kept is never made anew: later versions must open what earlier ones wrote.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path

from appliance.demo_loop import AgentLoop
from appliance.store.database import Database
from appliance.store.store import DATABASE_NAME
from tests.helpers.appliance import Appliance, wait_for
from tests.helpers.phone import Phone, peers
from tests.helpers.shop import customer, rate, shop
from tests.helpers.trunk import ScriptedTrunk

HERE = Path(__file__).resolve().parent


def described(trunk_port: int) -> dict[str, object]:
    """The shop."""
    found = shop(
        trunk_port,
        rates=[rate("44", "United Kingdom", "0.0100", connection_fee="0.0010"), rate("49", "Germany", "0.4800")],
        customers=[customer("Alice", "1000001", balance="10.00"), customer("Bob", "1000002", balance="0.00")],
        trunk={"username": "shop", "password": "carrier-secret"},
    )
    found["resellers"].append(
        {
            "name": "Sub", "parent": "root", "currency": "EUR", "sip_domain": "sip.sub.test", "web_hosts": [], "tariff": "retail",
            "credit_limit": "0", "opening_balance": "20.00", "number_range": "2000000-2999999", "timezone": "UTC",
        }
    )  # fmt: skip
    found["tariffs"].append({"reseller": "Sub", "name": "dear", "base": "retail", "markup_percent": "50"})
    found["customers"].append({**customer("Carol", "2000001", balance="3.00"), "reseller": "Sub", "tariff": "dear"})
    return found


def traded(one: Appliance, trunk_port: int) -> None:
    """Money comes in, a receipt is drawn, a tariff is changed."""
    one.apply(described(trunk_port))
    paid = one.do("payments.record", {"customer": "Alice", "amount": "5.00", "method": "cash", "request_id": "till-1"})
    one.do("receipts.pdf", {"id": paid["id"]})
    one.do("payments.record", {"customer": "Bob", "amount": "1.00", "method": "cash", "request_id": "till-2"})


def called(one: Appliance, loop: AgentLoop) -> None:
    """Calls of every kind; the server dies with one of them running."""
    one.serve()
    phones = {
        number: Phone(loop, ("127.0.0.1", one.sip_port), number, f"secret-{number}", domain=domain)
        for number, domain in (("1000001", "sip.example.test"), ("1000002", "sip.example.test"), ("2000001", "sip.sub.test"))
    }
    assert all(phone.register() for phone in phones.values())
    for number, dialled in (("1000001", "442079460001"), ("2000001", "4930123456"), ("1000002", "4930123456")):
        call = phones[number].call_answered(dialled)
        loop.wait(lambda: False, 1.2)
        call.hang_up()
    assert phones["1000001"].call("8812345").wait("ended")
    phones["1000001"].call_answered("442079460002")
    wait_for(lambda: len(one.cdrs()) == 4, 20, "four call records")
    loop.wait(lambda: False, 6.0)  # a heartbeat, which a call of a dead server is charged up to
    one.kill()


def main() -> None:
    """Write version-N.db.gz and its key."""
    with tempfile.TemporaryDirectory() as name:
        one = Appliance(Path(name))
        with peers() as loop:
            trunk = ScriptedTrunk(loop, credentials=("shop", "carrier-secret"))
            traded(one, trunk.port)
            called(one, loop)
            trunk.close()
        database = Database(one.data / DATABASE_NAME)
        version = database.version
        database.copy_into(Path(name) / "kept.db")
        database.close()
        (HERE / f"version-{version}.db.gz").write_bytes(gzip.compress((Path(name) / "kept.db").read_bytes(), 9, mtime=0))
        (HERE / f"version-{version}.key").write_bytes((one.data / "key").read_bytes())
        print(json.dumps({"version": version, "bytes": (HERE / f"version-{version}.db.gz").stat().st_size}))


if __name__ == "__main__":
    main()
