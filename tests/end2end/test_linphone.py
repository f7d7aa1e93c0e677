"""Linphone registers, is called and calls. Without a sound card it sends none: sound is shown with baresip and sipp."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end2end.test_relay_calls import ALICE, BOB, phone
from tests.helpers.appliance import Appliance, free_port, wait_for
from tests.helpers.linphone import Linphone
from tests.helpers.phone import peers
from tests.helpers.shop import customer, rate, shop


@pytest.mark.meets("Linphone", "called, then calls, by the server as its outbound proxy; signalling alone", "TCP")
@pytest.mark.needs("linphone-daemon")
def test_called_and_calling(tmp_path: Path) -> None:
    appliance = Appliance(tmp_path)
    people = [customer(name, number, balance="9.00", endpoint={"media": "always"}) for name, number in (("Alice", ALICE), ("Bob", BOB))]
    appliance.apply(shop(free_port(), rates=[rate("44", "United Kingdom", "0.0100")], customers=people))
    linphone: Linphone | None = None
    try:
        with peers() as loop:
            appliance.serve()
            bob = phone(loop, appliance, BOB, "udp", 900.0)
            where = f"127.0.0.1:{appliance.sip_port}"
            linphone = Linphone(tmp_path / "linphone", where, ALICE, f"secret-{ALICE}", domain="sip.example.test", transport="tcp")
            (row,) = wait_for(lambda: [each for each in appliance.rows("bindings") if each["endpoint"] == ALICE], 20, "linphone is registered")
            assert row["transport"] == "tcp"
            call = bob.call_answered(ALICE)
            linphone.wait("LinphoneCallStreamsRunning")
            call.hang_up()
            linphone.wait("LinphoneCallReleased")
            wait_for(lambda: len(appliance.cdrs()) == 1, 20, "the first record")
            linphone.say(f"call sip:{BOB}@sip.example.test")
            other = bob.wait_call()
            linphone.wait("LinphoneCallOutgoingRinging")
            wait_for(lambda: linphone.said().count("LinphoneCallStreamsRunning") == 2, 15, "linphone's own call is answered")
            linphone.say("terminate")
            assert other.wait("ended") and other.ended_by == "them"
            rows = wait_for(lambda: (found := appliance.cdrs()) and len(found) == 2 and found, 20, "both records")
            assert all(each["cause"] == "normal" and each["media"]["relayed"] for each in rows)
    finally:
        if linphone is not None:
            linphone.close()
        appliance.kill()
