"""Pictures that somebody sends in, drawn anew: what leaves here is a small PNG of ours, whatever hid in the file (web.md, uploads)."""

from __future__ import annotations

import hashlib
import io
import warnings
from typing import NamedTuple

from appliance.errors import UserError
from appliance.wire.brands import LARGEST_LOGO

WIDEST, HIGHEST = 480, 128
MOST_PIXELS = 24_000_000
MOST_BYTES = 24_000
"""Of what is kept: every page carries it."""

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


class Logo(NamedTuple):
    """A PNG and its size in pixels."""

    png: bytes
    width: int
    height: int
    hash: str


def drawn_anew(data: bytes) -> Logo:
    """For a thread. UserError brand.logo_large, brand.logo_wrong at `logo`."""
    from PIL import Image

    if len(data) > LARGEST_LOGO:
        raise UserError("brand.logo_large", field="logo", most=LARGEST_LOGO // 1_000_000)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS or min(opened.size) < 1:
                    raise UserError("brand.logo_large", field="logo", most=LARGEST_LOGO // 1_000_000)
                picture = opened.convert("RGBA")
    except UserError:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UserError("brand.logo_wrong", field="logo", formats=", ".join(FORMATS)) from error
    box = (WIDEST, HIGHEST)
    while True:
        small = picture.copy()
        small.thumbnail(box, Image.Resampling.LANCZOS)
        for kept in (small, small.quantize(128)):
            out = io.BytesIO()
            kept.save(out, "PNG", optimize=True)
            if out.tell() <= MOST_BYTES:
                png = out.getvalue()
                return Logo(png, small.width, small.height, hashlib.sha256(png).hexdigest()[:16])
        box = (max(1, box[0] * 2 // 3), max(1, box[1] * 2 // 3))
