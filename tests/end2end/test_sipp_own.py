"""sipp's own scenarios, as they come with it: its callers are a gateway known by address, its answerers registered phones."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import sipp
from tests.helpers.appliance import Appliance, sip_port, wait_for
from tests.helpers.ports import held
from tests.helpers.shop import customer, rate, shop
from tests.helpers.sipp import Sipp

pytestmark = pytest.mark.needs("sipp")
ALICE, BOB, CAROL = "1000001", "1000002", "1000003"
TO_ALICE, TO_BOB, TO_CAROL = "31201000001", "31201000002", "31201000003"
SOUNDS = Path("/usr/share/sip-tester")  # what its `uac_pcap` plays: one direction of a call, and a digit


class Own:
    """One of its own scenarios, running."""

    def __init__(self, folder: Path, name: str, port: int, *options: str) -> None:
        program = shutil.which("sipp")
        assert program, "sipp is not installed (Debian: apt-get install sip-tester)"
        self.name = name
        self.out = folder / f"{name}-{port}.out"
        line = [program, "-sn", name, "-i", "127.0.0.1", "-p", str(port), "-nostdin", "-timeout", "60s", "-timeout_error", *options]
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(line, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=folder)

    def succeeds(self) -> None:
        code = self.process.wait(60)
        assert code == 0, f"{self.name} ended with {code}\n{self.out.read_text(errors='replace')[-3000:]}"

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def ports() -> dict[str, int]:
    return {name: sip_port() for name in ("uac", "regexp", "uac_pcap", "3pcc-C-A", "3pcc-C-B", ALICE, BOB, CAROL)}


@pytest.fixture
def appliance(tmp_path: Path, ports: dict[str, int]) -> Iterator[Appliance]:
    one = Appliance(tmp_path)
    gateway = {
        "addresses": [f"127.0.0.1:{ports[name]}" for name in ports if name not in (ALICE, BOB, CAROL)],
        "numbers": [{"did": TO_ALICE, "endpoint": ALICE}, {"did": TO_BOB, "endpoint": BOB}, {"did": TO_CAROL, "endpoint": CAROL}],
        "media": "always",
    }
    people = [customer(name, number, balance="9.00") for name, number in (("Alice", ALICE), ("Bob", BOB), ("Carol", CAROL))]
    one.apply(shop(ports["uac"], rates=[rate("44", "United Kingdom", "0.0100")], trunk=gateway, customers=people))
    one.serve()
    for number in (ALICE, BOB, CAROL):
        registers = Sipp(tmp_path / number, sipp.register(), "register", f"127.0.0.1:{one.sip_port}", users=[(number, f"secret-{number}", "")])
        registers.port = ports[number]
        registers.start().succeed()
    yield one
    one.kill()
    one.assert_clean_log()


@pytest.mark.meets(
    "sipp", "its own uac, regexp and uac_pcap call its uas, which sends the sound back; its 3pcc joins two phones by late offers", "UDP"
)
def test_as_they_come(appliance: Appliance, tmp_path: Path, ports: dict[str, int]) -> None:
    (tmp_path / "pcap").symlink_to(SOUNDS)
    us, meeting = f"127.0.0.1:{appliance.sip_port}", sip_port()
    twin = f"127.0.0.1:{meeting}"
    answers = Own(tmp_path, "uas", ports[BOB], "-rtp_echo")
    wait_for(lambda: held(ports[BOB]), 20, "the one that answers")
    running = [Own(tmp_path, "uac_pcap", ports["uac_pcap"], "-m", "1", "-s", TO_BOB, us)]  # its eight seconds go by beside the others
    try:
        running += [Own(tmp_path, name, ports[name], "-m", "3", "-d", "200", "-s", TO_BOB, us) for name in ("uac", "regexp")]
        running += [Own(tmp_path, "3pcc-A", ports[ALICE], "-m", "1"), Own(tmp_path, "3pcc-B", ports[CAROL], "-m", "1")]
        wait_for(lambda: held(ports[ALICE]) and held(ports[CAROL]), 20, "the two that are joined")
        running.append(Own(tmp_path, "3pcc-C-B", ports["3pcc-C-B"], "-3pcc", twin, "-m", "1", "-s", TO_CAROL, us))
        wait_for(lambda: held(meeting, socket.SOCK_STREAM), 20, "the leg that waits for its twin")
        running.append(Own(tmp_path, "3pcc-C-A", ports["3pcc-C-A"], "-3pcc", twin, "-m", "1", "-s", TO_ALICE, us))
        for each in running:
            each.succeeds()
        rows = wait_for(lambda: len(found := appliance.cdrs()) == 9 and found, 20, "the records")
    finally:
        for each in (answers, *running):
            each.stop()
    assert {(row["result"], row["cause"]) for row in rows} == {(200, "normal")}
    assert max(row["media"]["packets"] for row in rows) > 400  # some 240 of G.711 and of a digit, and as many back
