"""A reseller moves in from another system: his phones register with their old passwords, calls are charged, old calls are listed."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from tests.helpers import sipp
from tests.helpers.appliance import Appliance, sip_port
from tests.helpers.shop import rate, shop
from tests.services.moving.dumps import written
from tests.stories.conftest import Peers

PLAIN, DIGEST = "6000001", "6000002"
HA1 = "1b132d467b52a017c49af8a5524eff10"
"""MD5 of 6000002:sip.example.test:old-digest"""

FILES = {
    "people.csv": "customer,name,balance,credit_limit,tariff\n17,Harbour Phones,5.00,0,Basic\n18,Hill Phones,-1.50,20,Basic\n",
    "phones.csv": f"customer,user,password,ha1\n17,{PLAIN},old-plain,\n18,{DIGEST},,{HA1}\n",
    "prices.csv": "tariff,prefix,price,destination,first_increment,next_increment\nBasic,44,0.60,United Kingdom,1,1\n",
    "calls.csv": "id,customer,started_at,seconds,number,caller,destination,amount\n900,17,2025-12-24 18:00:00,120,442079460000,6000001,UK,1.20\n",
}


def test_moved_in_under_a_running_server(appliance: Appliance, peers: Peers, tmp_path: Path) -> None:
    trunk_port = sip_port()
    appliance.apply(shop(trunk_port, rates=[rate("44", "United Kingdom", "0.10")], customers=[]))
    appliance.serve()
    remote = f"127.0.0.1:{appliance.sip_port}"
    command = ("move", *(written(tmp_path, name, text) for name, text in FILES.items()), "--from", "csv", "--realm", "sip.example.test")
    where = ("--data", str(appliance.data))
    seen = json.loads(appliance.run(*command, "--preview", *where).stdout)
    assert seen["agree"] and seen["refused"] == [] and not seen["applied"]
    assert {row["customer"]: (row["old_balance"], row["new_balance"]) for row in seen["customers"]} == {
        "Harbour Phones": ("5.00", "5.00"),
        "Hill Phones": ("-1.50", "-1.50"),
    }
    done = json.loads(appliance.run(*command, "--yes", "--cut-over", *where).stdout)
    assert done["agree"] and done["cut_over"]
    table = appliance.run(*command, "--preview", *where, code=1)
    assert "nothing more is moved" in table.stderr
    peers.start("register-digest", sipp.register(), remote=remote, users=[(DIGEST, "old-digest", "")]).succeed()
    peers.start("register", sipp.register(), remote=remote, users=[(PLAIN, "old-plain", "")]).succeed()
    carrier = peers.start("carrier", sipp.callee(), calls=1, port=trunk_port)
    peers.start("call", sipp.caller(), remote=remote, users=[(PLAIN, "old-plain", "442079460001")], pause_ms=1200).succeed()
    carrier.succeed()
    (cdr,) = appliance.cdrs()
    assert (cdr["customer"], cdr["billed_seconds"]) == ("Harbour Phones", 2)
    assert [Decimal(each["amount"]) for each in cdr["charges"]] == [Decimal("0.02")]
    assert Decimal(appliance.balance("Harbour Phones")) == Decimal("4.98")
    asked = json.dumps({"customer": "Harbour Phones"})
    (old,) = json.loads(appliance.run("do", "old_calls.list", "-", *where, stdin=asked).stdout)["calls"]
    assert (old["number"], old["amount"], old["seconds"], old["started_at"][:10]) == ("442079460000", "1.20", 120, "2025-12-24")
    appliance.verify()
    assert appliance.stop() == 0
