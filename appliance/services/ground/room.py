"""What every service is handed: the store, the clocks, the open unit's notes, the ledger and the look-ups."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from appliance.clock import Clock
from appliance.services.ground.changes import Changes
from appliance.services.ground.hot import Hot
from appliance.services.ground.ledger import Ledger
from appliance.services.ground.settings import Settings
from appliance.store.store import Store

if TYPE_CHECKING:
    from appliance.store.seal import Seal


class Room:
    """Made once by `Services`; a service keeps it and asks it for what it needs.

    `random_bytes(n)` is the only source of chance (passwords, codes, ids). `program` is how this program is started as a child, set by
    a server that leaves big work to children; empty: it is done here. `sip_host` is where phones reach a running server, "" without one;
    `web_listener` is where its pages are: (whether by TLS, host, port).
    """

    __slots__ = ("_sealer", "changes", "clock", "hot", "ledger", "program", "random_bytes", "settings", "sip_host", "store", "web_listener")

    def __init__(
        self, store: Store, clock: Clock, settings: Settings, random_bytes: Callable[[int], bytes], changes: Changes, ledger: Ledger, hot: Hot
    ) -> None:
        self.store = store
        self.clock = clock
        self.settings = settings
        self.random_bytes = random_bytes
        self.changes = changes
        self.ledger = ledger
        self.hot = hot
        self.program: tuple[str, ...] = ()
        self.sip_host = ""
        self.web_listener: tuple[bool, str, int] | None = None
        self._sealer: Seal | None = None

    @property
    def sealer(self) -> Seal:
        """Seals SIP passwords under the folder's key; the cipher is loaded by the first who needs it."""
        if self._sealer is None:
            from appliance.store.seal import Seal

            self._sealer = Seal.of(self.store.folder)
        return self._sealer
