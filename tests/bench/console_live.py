"""A hundred running calls that change each second: what they cost the console that shows them, and the server.

    python -m tests.bench.console_live [calls] [seconds]

The real server, the real console on its screen of running calls, sipp as phones and carrier. Prints one JSON object a figure.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.bench.console_desk import OWNER, Desk, cpu_seconds, told
from tests.helpers import sipp
from tests.helpers.appliance import Appliance, sip_port
from tests.helpers.shop import customer, rate, shop
from tests.helpers.sipp import Sipp

CALLS, SECONDS = 100, 15
CONSOLE_PERCENT, SERVER_PERCENT = 10.0, 5.0


def described(appliance: Appliance, trunk_port: int, calls: int) -> list[tuple[str, str, str]]:
    """A shop whose customers are rich enough; (number, password, dialled) of each caller."""
    people = [
        customer(f"Customer {number:03d}", str(1000001 + number), balance="1000.00", endpoint={"media": "never", "max_calls": 2})
        for number in range(calls)
    ]
    described = shop(trunk_port, rates=[rate("44", "United Kingdom", "0.0100"), rate("49", "Germany", "0.4800")], customers=people)
    described["resellers"][0]["operators"] = [{"login": OWNER[0], "password": OWNER[1], "role": "owner"}]
    appliance.apply(described)
    numbers = [str(1000001 + number) for number in range(calls)]
    return [(number, f"secret-{number}", f"{'44' if at % 2 else '49'}20794{at:05d}") for at, number in enumerate(numbers)]


def main() -> None:
    """All figures."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else CALLS
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else SECONDS
    with tempfile.TemporaryDirectory(prefix="bench") as scratch:
        place = Path(scratch)
        appliance, trunk_port = Appliance(place), sip_port()
        users = described(appliance, trunk_port, calls)
        appliance.serve()
        peers: list[Sipp] = []
        try:
            desk = Desk(appliance, place)
            from appliance.gui.desk import Place

            remote, long = f"127.0.0.1:{appliance.sip_port}", int((seconds + 40) * 1000)
            peers.append(Sipp(place / "carrier", sipp.callee(), "carrier", calls=calls, port=trunk_port, trace=False, timeout_s=180).start())
            options = {"calls": calls, "rate": 50, "pause_ms": long, "users": users, "trace": False, "timeout_s": 180}
            peers.append(Sipp(place / "phones", sipp.caller(), "phones", remote=remote, **options).start())  # type: ignore[arg-type]
            desk.window.show()
            desk.window.go(Place("live_calls"))
            shown = desk.window.screen_shown
            desk.until(lambda: len(shown.list.model.rows) == calls)  # type: ignore[union-attr]
            desk.rest(4)  # the beginning is over
            assert appliance.process is not None
            own, others = cpu_seconds(), cpu_seconds(appliance.process.pid)
            desk.wait(seconds)
            told(f"console with {calls} running calls", 100 * (cpu_seconds() - own) / seconds, "% of a core", CONSOLE_PERCENT)
            told(f"server with {calls} running calls", 100 * (cpu_seconds(appliance.process.pid) - others) / seconds, "% of a core", SERVER_PERCENT)
            assert len(shown.list.model.rows) == calls  # type: ignore[union-attr]
            desk.close()
        finally:
            for peer in peers:
                peer.stop()
            appliance.stop()


if __name__ == "__main__":
    main()
