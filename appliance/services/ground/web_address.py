"""Where a reseller's pages are reached, as it is written into links."""

from __future__ import annotations

import ipaddress
import json

from appliance.services.ground.room import Room
from appliance.store.resellers import Reseller

HTTPS_PORT = 443


def address_of(room: Room, reseller: Reseller) -> str:
    """`https://my.example.test`: by the reseller's first host name, else by this server's address; "" where no server runs and no host is named.

    A listener of plain HTTP on loopback stands behind a proxy, which is what the world reaches at that name.
    """
    hosts = json.loads(reseller.web_hosts)
    listener = room.web_listener
    if listener is None:
        return f"https://{hosts[0]}" if hosts else ""
    secure, host, port = listener
    if not hosts:
        return f"{'https' if secure else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
    if secure:
        return f"https://{hosts[0]}" + ("" if port == HTTPS_PORT else f":{port}")
    return f"https://{hosts[0]}" if ipaddress.ip_address(host).is_loopback else f"http://{hosts[0]}:{port}"
