"""Templates of resources/web made into pages: escaped by default, in the visitor's language; loaded by the first page."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from appliance import i18n, paths
from appliance.clock import parse_rfc3339
from appliance.money import parse_amount
from appliance.web.visit import Visit

if TYPE_CHECKING:
    import jinja2

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
}


@cache
def environment() -> jinja2.Environment:
    """Jinja2 over the program's own templates: whatever a caller, a phone or a person wrote is text, never markup."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(paths.resources() / "web" / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
    )


def page(visit: Visit, name: str, /, **values: Any) -> bytes:
    """The page of that template."""
    words = visit.words
    shown = {
        "_": words._,
        "plural": words.plural,
        "words": words,
        "money": lambda amount, currency: words.isolate(words.money(parse_amount(amount), currency)),
        "moment": lambda text: words.short_moment(parse_rfc3339(text), visit.timezone),
        "visit": visit,
        "brand": visit.brand,
        "language": words.language,
        "direction": "rtl" if words.right_to_left else "ltr",
        "languages": [(code, own_name(code)) for code in (visit.look.languages if visit.look else ()) or i18n.languages()],
        "look": visit.look,
        "form": visit.form_token,
        "typed": visit.typed,
        "asset": asset,
        "problem": None,
        "told": "",
        **values,
    }
    return environment().get_template(f"{name}.html").render(shown).encode()


@cache
def own_name(code: str) -> str:
    """`Español` of `es`."""
    from babel import Locale

    name = Locale.parse(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]


@cache
def static(name: str) -> tuple[bytes, str] | None:
    """A file of resources/web/static and its type; None where there is none of that plain name."""
    file = paths.resources() / "web" / "static" / name
    kind = TYPES.get(file.suffix)
    if kind is None or "/" in name or "\\" in name or name.startswith(".") or not file.is_file():
        return None
    return file.read_bytes(), kind


@cache
def asset(name: str) -> str:
    """The address of a static file, with what it holds in it: it may be kept for ever."""
    found = static(name)
    digest = hashlib.sha256(found[0]).hexdigest()[:12] if found is not None else "0"
    return f"/static/{digest}/{name}"
