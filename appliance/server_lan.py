"""The server announced on the LAN, as long as the setting says so and the API can be reached from there at all.

The library and its thread are loaded when there is something to announce: a server on loopback never pays for them.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Callable
from typing import NamedTuple

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure

from appliance import __version__
from appliance.services.services import Services
from appliance.wire.lan import SCHEME, SERVICE, VERSION, instance

log = logging.getLogger("tollhouse.server")


class Offer(NamedTuple):
    """What is announced. `host` is bare; an unspecified one stands for all of this machine's."""

    name: str
    host: str
    port: int
    secure: bool = False


Take = Callable[[], None]
Announce = Callable[[Offer], Take]
"""Announces, and gives what takes it back. Both may take seconds and run in a thread."""


def reachable(host: str) -> bool:
    """Whether another machine can reach a listener on this address."""
    return not ipaddress.ip_address(host).is_loopback


def announce(offer: Offer) -> Take:
    """By multicast DNS on every interface; OSError where the machine has no network for it."""
    from ifaddr import get_adapters
    from zeroconf import ServiceInfo, Zeroconf

    everywhere = ipaddress.ip_address(offer.host).is_unspecified
    own = [str(each.ip) for adapter in get_adapters() for each in adapter.ips if each.is_IPv4]
    hosts = [each for each in own if reachable(each)] if everywhere else [offer.host]
    line = Zeroconf() if everywhere else Zeroconf(interfaces=[offer.host])
    info = ServiceInfo(
        SERVICE,
        instance(offer.name),
        port=offer.port,
        parsed_addresses=hosts,
        properties={SCHEME: "https" if offer.secure else "http", VERSION: __version__},
        server=f"{socket.gethostname().split('.')[0] or 'tollhouse'}-tollhouse.local.",
    )
    line.register_service(info, allow_name_change=True)

    def take_back() -> None:
        line.unregister_service(info)
        line.close()

    return take_back


class Announcement:
    """Follows the setting; one step after the other, each in a thread."""

    def __init__(self, services: Services, host: str, port: int, announce: Announce = announce, *, secure: bool = False) -> None:
        self._settings = services.settings
        self._offer = Offer(f"Tollhouse on {socket.gethostname()}", host, port, secure)
        self._announce = announce
        self._take_back: Take | None = None
        self._busy: Deferred[None] | None = None
        self._over = False
        services.changes.listen(lambda _: self.follow(), "setting")

    @property
    def announced(self) -> bool:
        """Whether the LAN has been told."""
        return self._take_back is not None

    def follow(self) -> None:
        """Announce or take back, as the setting says now."""
        wanted = not self._over and reachable(self._offer.host) and bool(self._settings.get("lan.announce", True))
        if self._busy is not None or wanted == self.announced:
            return
        work = (lambda: self._announce(self._offer)) if wanted else self._take_back
        assert work is not None
        self._busy = deferToThread(work).addCallbacks(self._done, self._failed)

    def stop(self) -> Deferred[None] | None:
        """Take it back; fires when that is done."""
        self._over = True
        self.follow()
        return self._busy

    def _done(self, take_back: Take | None) -> Deferred[None] | None:
        self._take_back, self._busy = take_back, None
        self.follow()
        return self._busy

    def _failed(self, failure: Failure) -> None:
        """A machine without multicast is no reason not to serve; it is tried again when a setting changes."""
        self._take_back, self._busy = None, None
        log.warning("the server could not be announced on the LAN: %s", failure.getErrorMessage())
