"""Addresses as typed: IP, IP:port, [IPv6]:port or network, and, for trunks, host names."""

from __future__ import annotations

import ipaddress
import re

from appliance.errors import UserError

_HOST = re.compile(r"^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62}))*\.?$")


def check_source(text: str, field: str) -> str:
    """The address without blanks; UserError "address.invalid" where it is none of these."""
    address = text.strip()
    host, port = _split(address)
    if port is not None and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise UserError("address.invalid", field=field, address=text[:128])
    try:
        ipaddress.ip_network(host, strict=False)
    except ValueError:
        raise UserError("address.invalid", field=field, address=text[:128]) from None
    if port is not None and "/" in host:
        raise UserError("address.invalid", field=field, address=text[:128])
    return address


def check_host(value: object, field: str) -> str:
    """A host name or an address without port; UserError "host.invalid"."""
    host = str(value).strip().removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if not _HOST.match(host) or host.replace(".", "").isdigit():
            raise UserError("host.invalid", field=field, host=str(value)[:128]) from None
    return host


def check_tls_name(value: object, field: str) -> str:
    """A DNS name as certificates have it, in lower case; null and "" are none. UserError "host.invalid", also for an address
    and for a wildcard, which stands for nobody in SIP (RFC 5922 7.2)."""
    name = str(value or "").strip().rstrip(".").lower()
    if name and (not _HOST.match(name) or name.replace(".", "").isdigit()):
        raise UserError("host.invalid", field=field, host=str(value)[:128])
    return name


def _split(address: str) -> tuple[str, str | None]:
    if address.startswith("["):
        host, _, rest = address[1:].partition("]")
        return host, rest[1:] if rest.startswith(":") else None if not rest else "bad"
    if address.count(":") == 1:
        host, _, port = address.partition(":")
        return host, port
    return address, None
