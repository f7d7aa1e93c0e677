"""Settings of a phone in its maker's own format: the templates of resources/templates/phones, filled and escaped (product.md S21).

Law: whatever a value holds, it stays one value: in XML it is escaped, in lines of `key = value` it is one line, and what
neither can carry is left out.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from appliance import paths

if TYPE_CHECKING:
    import jinja2

EXPIRES = 600
"""Seconds for which a phone registers: behind most routers the way back is kept open for less by the phone's own keep-alives."""

CODECS = ("pcma", "pcmu", "g729", "g723")
"""What an endpoint without a choice of its own is set up with, the best sound first."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]+")
_WRITTEN = {"alaw": "pcma", "ulaw": "pcmu", "g711a": "pcma", "g711u": "pcmu", "g723.1": "g723", "g7231": "g723"}
MAC = "(?P<mac>[0-9A-Fa-f]{12})"


class Maker(NamedTuple):
    """How a maker's phones ask. `files`: (pattern of the name they ask for, template), in `main`: the name that holds the account.

    `base`: the phone adds the name of the file to the address by itself.
    """

    files: tuple[tuple[str, str], ...]
    main: str
    base: bool = True


MAKERS = {
    "yealink": Maker(((rf"{MAC}\.cfg", "yealink.cfg"),), "{mac}.cfg"),
    "grandstream": Maker(((rf"cfg{MAC}\.xml", "grandstream.xml"),), "cfg{mac}.xml"),
    "snom": Maker(((rf"(?:snom[0-9A-Za-z]{{2,8}}-)?{MAC}\.(?:xml|htm)", "snom.xml"), (r"snom\.xml", "snom.xml")), "snom.xml", base=False),
    "polycom": Maker(
        ((r"000000000000\.cfg", "polycom_master.xml"), (rf"phone-{MAC}\.cfg", "polycom.xml"), (rf"{MAC}\.cfg", "polycom_master.xml")), "{mac}.cfg"
    ),
    "cisco": Maker(
        ((rf"(?:spa)?{MAC}\.xml", "cisco.xml"), (r"spa[0-9A-Za-z]{2,8}\.cfg", "cisco.xml"), (r"spa\.xml", "cisco.xml")), "spa.xml", base=False
    ),
    "fanvil": Maker(((rf"{MAC}\.cfg", "fanvil.xml"),), "{mac}.cfg"),
    "gigaset": Maker(((rf"{MAC}\.xml", "gigaset.xml"),), "{mac}.xml"),
    "linphone": Maker(((r"linphone\.xml", "linphone.xml"),), "linphone.xml", base=False),
}


class Account(NamedTuple):
    """What goes into the phone. `transport`: udp, tcp or tls."""

    label: str
    display_name: str
    server: str
    port: int
    transport: str
    realm: str
    user: str
    password: str
    codecs: tuple[str, ...] = ()


class Asked(NamedTuple):
    """A name that a phone asks for. `mac` "": it does not say who it is; `secret`: the answer holds the password."""

    template: str
    mac: str
    secret: bool


def asked(maker: str, name: str) -> Asked | None:
    """What is meant by the name of a file; None where that maker's phones ask for no such one."""
    for pattern, template in MAKERS[maker].files:
        found = re.fullmatch(pattern, name)
        if found is not None:
            mac = found.groupdict().get("mac") or ""
            return Asked(template, mac.lower(), template != "polycom_master.xml")
    return None


def file(template: str, account: Account, mac: str = "") -> tuple[bytes, str]:
    """The file, and its media type."""
    values: dict[str, object] = {name: _one_line(value) if isinstance(value, str) else value for name, value in account._asdict().items()}
    values |= {"codecs": codecs_of(account.codecs), "mac": mac, "expires": EXPIRES}
    kind = "application/xml" if template.endswith(".xml") else "text/plain; charset=utf-8"
    return _environment().get_template(template).render(values).encode(), kind


def codecs_of(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The endpoint's choice as the templates name them; the usual ones where it has none that phones know."""
    plain = [each.strip().lower().split("/")[0] for each in wanted]
    known = tuple(dict.fromkeys(name for each in plain if (name := _WRITTEN.get(each, each)) in CODECS))
    return known or CODECS


def _one_line(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(paths.resources() / "templates" / "phones"),
        autoescape=lambda name: bool(name) and str(name).endswith(".xml"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
