"""The tablet in a booth: let in by a code of the desk, shown its own booth and nothing else, followed as it changes, ended by the desk."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.helpers.appliance import Appliance
from tests.web.booth_shop import TabletBrowser, shop_at_work


@pytest.fixture(scope="module")
def cafe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    with shop_at_work(tmp_path_factory.mktemp("cafe")) as made:
        yield made


@pytest.fixture(scope="module")
def tablet(cafe: Appliance) -> TabletBrowser:
    return TabletBrowser(cafe.ready["web"]).pair(cafe)


def test_the_booths_own_figures_in_the_guests_language(tablet: TabletBrowser) -> None:
    got = tablet.get("/booth")
    assert got.status == 200 and 'lang="es"' in got.text and "Booth 1" in got.plain
    assert "12,00 EUR" in got.plain, "what is left of his deposit, as one writes it in his language"
    assert 'lang="en"' in tablet.get("/booth?language=en").text and "You can call now." in tablet.page.plain
    for secret in ("blue coat", "1000101", "secret-", "50.00", "1000102"):
        assert secret not in got.text, "neither who he is nor what the shop has"


def test_prices_are_the_guests_and_never_the_shops(tablet: TabletBrowser) -> None:
    told = tablet.get("/booth/prices?search=germ&language=en").plain
    assert "Germany" in told and "60.00 EUR a minute" in told and "30.00" not in told and "24.00" not in told
    assert "0.05 EUR a minute" in tablet.get("/booth/prices?search=0031&language=en").plain
    assert "No price is found" in tablet.get("/booth/prices?search=zzzz&language=en").plain
    assert "<script>" not in tablet.get("/booth/prices?search=<script>x</script>").text


def test_only_a_code_of_the_desk_lets_in_and_only_once(cafe: Appliance) -> None:
    code = cafe.do("booths.tablet_code", {"id": 2})["code"]
    stranger = TabletBrowser(cafe.ready["web"])
    assert "Code" in stranger.get("/booth").plain and stranger.get("/booth/now").status == 404 and stranger.get("/booth/events").status == 404
    assert stranger.get("/booth/prices?search=49", follow=False).status == 303
    stranger.get("/booth")
    assert stranger.post("/booth", {"code": "12345678"}).status == 400
    assert stranger.post("/booth", {"code": code}, form="0" * 40).status == 400, "a form of ours"
    stranger.get("/booth")
    entered = stranger.post("/booth", {"code": code})
    assert entered.status == 200 and "closed" in stranger.get("/booth?language=en").plain, "the other booth, without a guest"
    assert "12.00" not in stranger.page.text
    late = TabletBrowser(cafe.ready["web"])
    late.get("/booth")
    assert late.post("/booth", {"code": code}).status == 400
    first, second = (cafe.do("booths.tablet_code", {"id": 2})["code"] for _ in range(2))
    late.get("/booth")
    assert first != second and late.post("/booth", {"code": first}).status == 400, "a new code voids the one before"
    assert [len(cafe.do("booths.tablets", {"id": each})["tablets"]) for each in (1, 2)] == [1, 1]
    signed = cafe.ready["web"]
    forged = TabletBrowser(signed)
    forged.cookies.update({"tollhouse": stranger.cookies["tollhouse_booth"], "tollhouse_reseller": stranger.cookies["tollhouse_booth"]})
    assert forged.get("/overview", follow=False).status == 303 and forged.get("/reseller", follow=False).status == 303


def test_events_tell_each_change_and_the_end(cafe: Appliance, tablet: TabletBrowser) -> None:
    at = urlsplit(cafe.ready["web"])
    line = http.client.HTTPConnection(at.hostname or "", at.port or 80, timeout=20)
    line.request("GET", "/booth/events?language=en", headers={"host": tablet.host, "cookie": f"tollhouse_booth={tablet.cookies['tollhouse_booth']}"})
    reply = line.getresponse()
    assert reply.status == 200 and reply.getheader("content-type", "").startswith("text/event-stream")

    def event() -> tuple[str, str]:
        name, data = "", ""
        while True:
            text = reply.readline().decode().rstrip("\n")
            if not text and data:
                return name, data
            name = text.removeprefix("event: ") if text.startswith("event: ") else name
            data = text.removeprefix("data: ") if text.startswith("data: ") else data

    assert "You can call now." in json.loads(event()[1])
    cafe.do("booth_sessions.set_state", {"id": 1, "state": "locked"})
    assert "Please go to the desk." in json.loads(event()[1])
    cafe.do("booths.end_tablets", {"id": 1})
    assert event()[0] == "gone"
    line.close()
    assert "Code" in tablet.get("/booth").plain and cafe.do("booths.tablets", {"id": 1})["tablets"] == []
    cafe.assert_clean_log()
