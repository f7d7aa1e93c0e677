"""Where phones may be when they register or call: networks and countries, typed for a phone, its customer or a reseller (sip.md, Guard).

Law: the nearest that has something typed decides alone, so that one phone may travel while the others stay. An address passes if it lies in
one of the networks, or belongs to one of the countries; an address of `sip.local_networks` has no country and passes where countries alone
are typed. Whoever is refused had the right password, which is why it is kept to be shown, in bounded number.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import NamedTuple

from appliance.services.ground.address_country import country_of_address
from appliance.services.ground.hot_limits import HotLimits, Limits
from appliance.services.ground.hot_rows import HotEndpoint
from appliance.services.ground.room import Room
from appliance.store.guard import BanRow

KIND = "place"
"""Such rows stand among the bans."""

COUNTRY, NETWORK = "country", "network"
"""Why somebody was refused: his country is not among those, or, where no country is typed, his address is in none of the networks."""

MOST_KEPT = 1_000
MOST_REMEMBERED = 50_000
SHOWN_MS = 86_400_000
"""A refusal is shown for a day after the last try."""

LOCAL = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7", "fe80::/10")


class Typed(NamedTuple):
    """Whose limits decide for a phone: `kind` and `owner` as in `guard_limit`."""

    kind: str
    owner: int
    limits: Limits


class Places:
    """Asked with every right password; where nobody typed anything that costs one look."""

    def __init__(self, room: Room, limits: HotLimits) -> None:
        self._hot = room.hot
        self._clock = room.clock
        self._settings = room.settings
        self._limits = limits
        self._known: dict[tuple[int, str], str] = {}  # endpoint and address to why not, "" for yes
        self._refused: dict[tuple[str, str], BanRow] = {}  # by address and number
        self.fresh = False
        """Something was refused since this was last set to False."""
        room.changes.listen(lambda _: self._known.clear(), "guard_limit", "endpoint", "customer", "reseller", "setting")

    def may_be(self, endpoint_id: int, host: str) -> bool:
        """Whether that endpoint's phone may be at this address."""
        if not self._limits.placed:
            return True
        key = endpoint_id, host
        why = self._known.get(key)
        if why is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            why = self._known[key] = self._why_not(endpoint_id, host)
        if not why:
            return True
        self._refuse(self._hot.endpoints[endpoint_id].number, host, why)
        return False

    def typed_for(self, endpoint: HotEndpoint) -> Typed | None:
        """Who decides where a phone may be; None: it may be anywhere."""
        customer = self._hot.customers[endpoint.customer_id]
        parties = [("endpoint", endpoint.id), ("customer", customer.id), *(("reseller", each) for each in self._hot.chain(customer.reseller_id))]
        for kind, owner in parties:
            limits = self._limits.of(kind, owner)
            if limits.networks or limits.countries:
                return Typed(kind, owner, limits)
        return None

    def _why_not(self, endpoint_id: int, host: str) -> str:
        endpoint = self._hot.endpoints.get(endpoint_id)
        typed = None if endpoint is None else self.typed_for(endpoint)
        if typed is None or _within(host, typed.limits.networks):
            return ""
        countries = typed.limits.countries
        if not countries:
            return NETWORK
        if not typed.limits.networks and _within(host, self._settings.words("sip.local_networks", LOCAL)):
            return ""
        return "" if country_of_address(host) in countries else COUNTRY

    # what was refused ----------------------------------------------------------------------------------------------
    def _refuse(self, number: str, host: str, why: str) -> None:
        now = self._clock.utcnow()
        before = self._refused.pop((host, number), None)
        if before is None and len(self._refused) >= MOST_KEPT:
            del self._refused[next(iter(self._refused))]
        since, times = (before.since_at, before.times) if before is not None else (now, 0)
        self._refused[host, number] = BanRow(KIND, host, number, why, since, now + SHOWN_MS, times + 1)
        self.fresh = True

    def rows(self) -> list[BanRow]:
        """Who was refused of late, the newest first."""
        now = self._clock.utcnow()
        return [row for row in reversed(self._refused.values()) if row.until_at > now]

    def restore(self, rows: Iterable[BanRow]) -> None:
        """What an earlier run wrote down."""
        self._refused.update(((row.host, row.name), row) for row in rows if row.kind == KIND)

    def forget(self, host: str, number: str) -> bool:
        """Somebody looked at it; False where there is no such row."""
        return self._refused.pop((host, number), None) is not None


def _within(host: str, networks: Iterable[str]) -> bool:
    try:
        literal = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    address = literal.ipv4_mapped if isinstance(literal, ipaddress.IPv6Address) and literal.ipv4_mapped is not None else literal
    found = (ipaddress.ip_network(text, strict=False) for text in networks)
    return any(network.version == address.version and address in network for network in found)
