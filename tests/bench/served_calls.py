"""CPU of the whole server per billed call and per registration, its memory, its start: sipp as the load, loopback only.

    python -m tests.bench.served_calls [--rate 100] [--seconds 8] [--held 0] [--registrations 500]

A call is: INVITE, digest challenge, INVITE, rating, hold, ring, answer, 500 ms of talk, BYE, durable call record and ledger entries.
Where kamailio is installed, the same load goes through it as a plain dialog-stateful proxy (no rating, no database) in the same
run, and the ratio is printed. Bounded: at most `rate * seconds` calls a run; everything started here ends here.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.helpers import sipp
from tests.helpers.appliance import Appliance, sip_port, wait_for
from tests.helpers.shop import customer, rate, shop
from tests.helpers.sipp import Sipp

USERS = 500
TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def pss_mebibytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def numbers() -> list[str]:
    return [str(1_000_001 + index) for index in range(USERS)]


def described(trunk_port: int) -> dict[str, object]:
    customers = [customer(f"Bench {number}", number, balance="1000.00", endpoint={"max_calls": 10000}) for number in numbers()]
    return shop(trunk_port, rates=[rate("44", "Bench", "0.0100", connection_fee="0.0010")], customers=customers, trunk={"max_calls": 100000})


def loaded(folder: Path, remote: str, trunk_port: int, calls: int, per_second: float, pause_ms: int, limit: int) -> tuple[Sipp, Sipp]:
    carrier = Sipp(folder, sipp.callee(), "carrier", calls=calls, port=trunk_port, trace=False, timeout_s=900).start()
    users = [(number, f"secret-{number}", "447000000001") for number in numbers()]
    caller = Sipp(
        folder,
        sipp.caller(),
        "caller",
        remote=remote,
        calls=calls,
        rate=per_second,
        pause_ms=pause_ms,
        users=users,
        trace=False,
        limit=limit,
        timeout_s=900,
    )
    return carrier, caller.start()


def measure_calls(appliance: Appliance, folder: Path, trunk_port: int, per_second: float, seconds: float) -> float:
    assert appliance.process is not None
    calls = int(per_second * seconds)
    before = cpu_seconds(appliance.process.pid)
    carrier, caller = loaded(folder, f"127.0.0.1:{appliance.sip_port}", trunk_port, calls, per_second, 500, 5000)
    failed = caller.wait(seconds + 60)
    carrier.stop()
    used = cpu_seconds(appliance.process.pid) - before
    each = 1000 * used / calls
    print(f"{calls} calls at {per_second:g}/s: {each:.2f} ms of server CPU a call{'' if failed == 0 else '; NOT CLEAN'}", flush=True)
    return each


def measure_registrations(appliance: Appliance, folder: Path, per_second: float, seconds: float) -> None:
    assert appliance.process is not None
    count = int(per_second * seconds)
    before = cpu_seconds(appliance.process.pid)
    users = [(number, f"secret-{number}", "") for number in numbers()]
    phones = Sipp(
        folder,
        sipp.register(),
        "phones",
        remote=f"127.0.0.1:{appliance.sip_port}",
        calls=count,
        rate=per_second,
        users=users,
        trace=False,
        timeout_s=300,
    ).start()
    failed = phones.wait(seconds + 30)
    used = cpu_seconds(appliance.process.pid) - before
    print(
        f"{count} registrations at {per_second:g}/s: {1000 * used / count:.3f} ms of server CPU each{'' if failed == 0 else '; NOT CLEAN'}",
        flush=True,
    )


def measure_held(appliance: Appliance, folder: Path, trunk_port: int, held: int) -> None:
    assert appliance.process is not None
    before = pss_mebibytes(appliance.process.pid)
    carrier, caller = loaded(folder, f"127.0.0.1:{appliance.sip_port}", trunk_port, held, 150, int(held / 150 * 1000) + 60_000, held + 100)
    time.sleep(held / 150 + 1)  # each look costs a command that lists them all
    wait_for(lambda: sum(1 for row in appliance.rows("calls") if row["state"] == "answered") == held, 60, f"{held} calls held")
    time.sleep(1)
    after = pss_mebibytes(appliance.process.pid)
    print(f"{held} calls held: {before:.0f} -> {after:.0f} MiB PSS, {(after - before) * 1024 / held:.1f} KiB a call", flush=True)
    caller.wait(180)
    carrier.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, nargs="*", default=[100.0, 300.0])
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--held", type=int, default=0)
    parser.add_argument("--registrations", type=float, default=500.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        appliance = Appliance(Path(scratch))
        trunk_port = sip_port()
        began = time.monotonic()
        appliance.serve()
        print(f"start to ready on an empty folder: {time.monotonic() - began:.2f} s")
        assert appliance.process is not None
        print(f"idle: {pss_mebibytes(appliance.process.pid):.0f} MiB PSS")
        appliance.stop()
        began = time.monotonic()
        appliance.apply(described(trunk_port))
        print(f"{USERS} customers described: {time.monotonic() - began:.2f} s")
        appliance.serve("--set", "sip.digest_algorithms=MD5", "--set", "guard.enabled=false")
        try:
            for per_second in options.rate:
                measure_calls(appliance, Path(scratch) / f"calls{per_second:g}", trunk_port, per_second, options.seconds)
            if options.registrations:
                measure_registrations(appliance, Path(scratch) / "registrations", options.registrations, options.seconds)
            if options.held:
                measure_held(appliance, Path(scratch) / "held", trunk_port, options.held)
            appliance.verify()
        finally:
            appliance.kill()
            if "Traceback" in appliance.log():
                sys.exit(appliance.log())


if __name__ == "__main__":
    main()
