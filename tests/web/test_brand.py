"""A reseller's brand on its pages: its colour and logo under addresses of their own, its languages, at its own host name alone."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image

from tests.helpers.appliance import Appliance
from tests.web.browser import Browser


@pytest.fixture(scope="module")
def served(apart: Appliance) -> Appliance:
    out = io.BytesIO()
    Image.new("RGBA", (300, 80), "#0033cc").save(out, "PNG")
    apart.do(
        "brands.set",
        {"name": "Blue <Phones>", "accent": "#ffcc00", "logo": base64.b64encode(out.getvalue()).decode(), "languages": ["en", "es"]},
    )
    apart.do(
        "resellers.create",
        {"name": "Sub", "currency": "EUR", "sip_domain": "sip.sub.test", "web_hosts": ["my.sub.test"], "number_range": "2000000-2000999"},
    )
    return apart


def test_the_pages_show_it(served: Appliance) -> None:
    browser = Browser(served.ready["web"])
    page = browser.get("/sign-in")
    assert "Blue &lt;Phones&gt;" in page.text and "Blue <Phones>" not in page.text
    style, logo = (re.search(rf'"(/brand/[0-9a-f]{{16}}/{name})"', page.text) for name in (r"site\.css", r"logo\.png"))
    assert style is not None and logo is not None
    sheet = browser.get(style[1])
    assert sheet.headers["content-type"].startswith("text/css") and "--accent:" in sheet.text and "immutable" in sheet.headers["cache-control"]
    picture = browser.get(logo[1])
    assert picture.headers["content-type"] == "image/png" and picture.body.startswith(b"\x89PNG") and len(picture.body) < 24_000
    assert 'value="ar"' not in page.text and 'value="es"' in page.text
    assert 'lang="en"' in browser.get("/sign-in?language=ar").text, "a language that is not offered is not shown"
    assert 'lang="es"' in browser.get("/sign-in?language=es").text


def test_another_reseller_has_its_own(served: Appliance) -> None:
    ours, theirs = Browser(served.ready["web"]), Browser(served.ready["web"], "my.sub.test")
    logo = re.search(r'"(/brand/[0-9a-f]{16}/logo\.png)"', ours.get("/sign-in").text)
    assert logo is not None
    page = theirs.get("/sign-in")
    assert "/brand/" not in page.text and "Sub" in page.text and 'value="ar"' in page.text
    assert theirs.get(logo[1]).status == 404
    assert ours.get("/brand/0123456789abcdef/logo.png").status == 404
    assert ours.get("/brand/../../etc/passwd").status == 404
