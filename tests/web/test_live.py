"""The overview's own events: balance without a reload, one's own alone, bounded, and over with the session."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.helpers.appliance import Appliance, wait_for
from tests.web.browser import Browser


@contextmanager
def stream(server: Appliance, browser: Browser, headers: dict[str, str] | None = None) -> Iterator[http.client.HTTPResponse]:
    """The events of whoever is signed in at the browser."""
    at = urlsplit(server.ready["web"])
    line = http.client.HTTPConnection(at.hostname or "", at.port or 80, timeout=20)
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    line.request("GET", "/events", headers={"host": browser.host, "cookie": cookies, **(headers or {})})
    try:
        yield line.getresponse()
    finally:
        line.close()


def event(reply: http.client.HTTPResponse) -> str:
    """The data of the next event."""
    data: list[str] = []
    while True:
        line = reply.readline().decode().rstrip("\n")
        if line.startswith("data: "):
            data.append(line[6:])
        elif not line and data:
            return "\n".join(data)
        elif not line and reply.isclosed():
            raise AssertionError("the stream ended")


def shown(text: str) -> float:
    found = re.search(r"([0-9]+\.[0-9]{2})", text)
    assert found is not None, text
    return float(found[1])


def test_the_balance_moves_by_itself(alice: Browser, served: Appliance) -> None:
    assert 'data-events="/events"' in alice.get("/overview").text
    with stream(served, alice) as reply:
        assert reply.status == 200 and reply.headers["content-type"].startswith("text/event-stream")
        assert reply.headers["cache-control"] == "no-store"
        before = shown(event(reply))
        served.do("payments.record", {"customer": 2, "amount": "1.00", "method": "cash"})
        served.do("payments.record", {"customer": "Alice", "amount": "1.25", "method": "cash"})
        text = event(reply)
        assert shown(text) == before + 1.25, "another's payment is not told"
        assert "<section" in text and "<script" not in text
    with stream(served, alice, {"last-event-id": "1"}) as reply:
        assert shown(event(reply)) == before + 1.25, "after a break the whole state comes again"


def test_streams_are_bounded_and_need_a_session(alice: Browser, served: Appliance, browser: Browser) -> None:
    stranger = Browser(served.ready["web"])
    got = stranger.get("/events", follow=False)
    assert got.status == 303 and got.headers["location"].startswith("/sign-in")
    with stream(served, alice) as one, stream(served, alice) as two, stream(served, alice) as three, stream(served, alice) as four:
        assert [each.status for each in (one, two, three, four)] == [200] * 4
        for each in (one, two, three, four):
            event(each)
        with stream(served, alice) as five:
            assert five.status == 503
        assert alice.get("/running").status == 200, "the page asks now and then instead"


def test_a_stream_ends_with_its_session(served: Appliance) -> None:
    browser = Browser(served.ready["web"])
    browser.sign_in("alice", "alice-password")
    with stream(served, browser) as reply:
        event(reply)
        other = Browser(served.ready["web"])
        other.sign_in("alice", "alice-password")
        other.get("/security")
        other.post("/security/others", {})
        while reply.readline():
            pass
        assert reply.isclosed()


def test_spending_is_set_by_a_form(alice: Browser, served: Appliance) -> None:
    assert "Spent on calls this month" in alice.get("/spending").plain
    got = alice.post("/spending", {"alert_below": "2,50", "month_cap": "1 250"})
    assert "Saved" in got.plain and 'value="2.50"' in got.text and 'value="1,250.00"' in got.text
    view = served.do("customers.spending", {"id": 1})
    assert (view["alert_below"], view["month_cap"]) == ("2.50", "1250.00")
    alice.get("/spending?language=es")
    assert 'value="2,50"' in alice.page.text
    alice.get("/spending?language=en")
    for typed in ("x", "-3"):
        got = alice.post("/spending", {"alert_below": "", "month_cap": typed})
        assert got.status == 400 and f'value="{typed}"' in got.text and "month_cap-problem" in got.text
    assert alice.post("/spending", {"alert_below": "", "month_cap": "0"}, form="0").status == 400
    got = alice.post("/spending", {"alert_below": "", "month_cap": "0"})
    assert "Your spending cap" in alice.get("/overview").plain
    alice.get("/spending")
    alice.post("/spending", {"alert_below": "", "month_cap": ""})
    assert served.do("customers.spending", {"id": 1})["month_cap"] is None


def test_messages_are_kept_for_the_customer(alice: Browser, served: Appliance) -> None:
    text = {"subject": "<b>News</b> for {first_name}", "text": "Line one\n<script>alert(1)</script>"}
    served.do("messages.send_letter", {"customers": [1], "texts": {"en": text}})

    def there() -> bool:
        return "News" in alice.get("/messages").plain

    wait_for(there, 20, "the letter")
    page = alice.get("/messages").text
    assert "<script>alert" not in page and "&lt;b&gt;News" in page
    assert "News" in alice.get("/overview").plain
    mallory = Browser(served.ready["web"])
    mallory.sign_in("mallory", "mallory-pass")
    assert "News" not in mallory.get("/messages").plain
