"""A reseller's brand: what pages, papers and e-mails show of it; pictures and colours that somebody hostile sends in."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from appliance.contrast import contrast
from appliance.errors import NotFound, UserError
from appliance.services.ground.access import Actor, Grant, folder_owner
from appliance.services.ground.stepwise import finish
from appliance.services.mail.brand import brand_of, seller_of
from appliance.services.people.logo import HIGHEST, MOST_BYTES, WIDEST, drawn_anew
from appliance.wire.brands import LARGEST_LOGO, BrandGet, BrandSet, BrandView
from tests.services.nouns.described import Described

OWNER = folder_owner()


def picture(width: int = 600, height: int = 200, kind: str = "PNG", **save: Any) -> bytes:
    out = io.BytesIO()
    made = Image.new("RGB" if kind == "JPEG" else "RGBA", (width, height), "#cc3300")
    made.paste("#0033cc", (0, 0, width // 2, height // 2))
    made.save(out, kind, **save)
    return out.getvalue()


def put(one: Described, **fields: Any) -> BrandView:
    return finish(one.nouns.doors.brands.set(OWNER, BrandSet(**fields)))


def test_a_brand_is_shown_everywhere(described: Described) -> None:
    root = described.services.store.resellers.root()
    assert root is not None
    assert described.nouns.doors.brands.look(root).key == "", "nothing is set: nothing differs"
    view = put(described, name="Blue Phones", accent="#FFCC00", logo=picture(), help_email="help@blue.test", sender_email="no-reply@blue.test")
    assert (view.shown_name, view.accent, view.moved, view.logo[:4]) == ("Blue Phones", "#ffcc00", True, b"\x89PNG")
    assert contrast(view.accent_light, "#ffffff") >= 4.5 and view.accent_dark == "#ffcc00"
    look = described.nouns.doors.brands.look(root)
    assert look.name == "Blue Phones" and len(look.key) == 16 and view.accent_light in look.style and "#ffcc00" in look.style
    sender = brand_of(described.services.room, root)
    assert (sender.name, sender.email, sender.mail_from, sender.logo) == ("Blue Phones", "help@blue.test", "no-reply@blue.test", view.logo)
    assert seller_of(described.services.room, root).name == "Tollhouse", "papers of law do not take the brand's name"
    key = look.key
    put(described, accent="#00aa00")
    assert described.nouns.doors.brands.look(root).key != key, "what is kept for ever changes its address"
    view = put(described, logo=None, accent="", name="")
    assert (view.logo, view.shown_name, view.accent_light) == (b"", "Tollhouse", "#1f5fbf")
    assert described.nouns.doors.brands.look(root).key == ""


def test_hosts_and_languages(described: Described) -> None:
    view = put(described, web_hosts=["phones.blue.test", "my.example.test"], languages=["es", "en", "es"])
    assert (view.web_hosts, view.languages, view.address) == (["phones.blue.test", "my.example.test"], ["es", "en"], "https://phones.blue.test")
    root = described.services.store.resellers.root()
    assert root is not None and described.nouns.doors.brands.look(root).languages == ("es", "en")
    with pytest.raises(UserError, match=r"brand\.language"):
        put(described, languages=["tlh"])


def test_what_is_sent_wrongly_changes_nothing(described: Described) -> None:
    put(described, name="Blue")
    for fields, code in (
        ({"accent": "red"}, "brand.accent"),
        ({"accent": "#fff;}body{display:none"}, "brand.accent"),
        ({"help_email": "nobody"}, "email.invalid"),
        ({"name": "x" * 81}, "field.wrong_text"),
        ({"logo": b"<svg onload=alert(1)>"}, "brand.logo_wrong"),
    ):
        with pytest.raises(UserError, match=code):
            put(described, **{"help_phone": "123", **fields})
    view = described.nouns.doors.brands.get(OWNER, BrandGet())
    assert (view.name, view.help_phone, view.logo) == ("Blue", "", b"")


def test_another_resellers_brand_is_not_found(described: Described) -> None:
    sub = described.services.store.resellers.find("Sub One")
    assert sub is not None
    stranger = Actor("sub", 9, (Grant("owner", reseller_id=sub.id),))
    assert described.nouns.doors.brands.get(stranger, BrandGet()).reseller == "Sub One"
    for work in (
        lambda: described.nouns.doors.brands.get(stranger, BrandGet("root")),
        lambda: finish(described.nouns.doors.brands.set(stranger, BrandSet("root", name="Mine"))),
    ):
        with pytest.raises(NotFound):
            work()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_logo_is_small_whatever_was_sent(kind: str) -> None:
    logo = drawn_anew(picture(3000, 1500, kind))
    assert logo.width <= WIDEST and logo.height <= HIGHEST and len(logo.png) <= MOST_BYTES
    with Image.open(io.BytesIO(logo.png)) as read:
        assert read.format == "PNG" and read.size == (logo.width, logo.height)


def test_noise_is_made_small_enough() -> None:
    out = io.BytesIO()
    Image.effect_noise((480, 128), 200).convert("RGB").save(out, "PNG")
    assert len(drawn_anew(out.getvalue()).png) <= MOST_BYTES


def test_nothing_but_the_picture_is_kept() -> None:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "<script>alert(1)</script>")
    sent = picture(pnginfo=told) + b"<?php system('x'); ?>"
    assert b"script" in sent
    logo = drawn_anew(sent)
    assert b"script" not in logo.png and b"php" not in logo.png
    assert drawn_anew(sent).hash == logo.hash


def bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\x00" * 100)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n",
        picture()[:200],
        bomb(60_000, 60_000),
        bomb(200, 200),
        b"x" * (LARGEST_LOGO + 1),
        b"BM" + b"\x00" * 60,
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    ],
)
def test_what_is_no_picture_is_refused(sent: bytes) -> None:
    with pytest.raises(UserError, match=r"brand\.logo_"):
        drawn_anew(sent)
