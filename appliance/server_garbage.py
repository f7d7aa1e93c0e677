"""Python's search for garbage cycles in a server that answers phones.

Law: what calls and registrations make is freed by counting references alone (`tests/bench/engine_call.py` counts the cycles
they leave: none), so it is never searched. Twisted leaves some 5 KiB in cycles with every HTTP connection that ends; that is
searched for when enough of it has come together. A search goes through everything that lives, and no call moves meanwhile.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

LOOK_SECONDS = 0.5
LONGEST_SECONDS = 3600.0
CONNECTIONS = 1_000
"""Connections after which a search is due: some 5 MiB."""

CONNECTIONS_UNDER_LOAD = 10_000
LOAD_CALLS = 200
"""With more calls than this a search waits for ten times as much garbage: it would hold them all up."""


class Collector:
    """Takes the place of the interpreter's own search. `connections`: how many were ever accepted; `calls`: how many run."""

    def __init__(self, reactor: Any, connections: Callable[[], int], calls: Callable[[], int]) -> None:
        self._reactor = reactor
        self._connections = connections
        self._calls = calls
        self._searched_at = 0.0
        self._searched_connections = 0
        self.searches = 0

    def start(self) -> None:
        """What is there now is searched once."""
        gc.disable()
        self._search()
        self._reactor.callLater(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        new = self._connections() - self._searched_connections
        enough = CONNECTIONS if self._calls() <= LOAD_CALLS else CONNECTIONS_UNDER_LOAD
        if new >= enough or self._reactor.seconds() - self._searched_at >= LONGEST_SECONDS:
            self._search()
        else:
            gc.freeze()  # moves what has come up out of the way of later searches, without looking at it
        self._reactor.callLater(LOOK_SECONDS, self._look)

    def _search(self) -> None:
        self.searches += 1
        self._searched_at = self._reactor.seconds()
        self._searched_connections = self._connections()
        gc.unfreeze()
        gc.collect()
        gc.freeze()
