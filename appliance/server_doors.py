"""What stands behind the doors of a running server: turns of the store's thread, threads for long reads, event streams."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, maybeDeferred

from appliance.api.bindings import Live, bind
from appliance.api.event_stream import EventStreams, Sources
from appliance.api.long_reads import LongReads
from appliance.api.rate_limits import RateLimits
from appliance.api.site import Api, Exclusive, Means
from appliance.i18n import sentence
from appliance.services import ahead
from appliance.services.access import Actor
from appliance.services.services import Services

if TYPE_CHECKING:
    from appliance.store.second_copy import SecondCopy


class Doors:
    """Made once; `api` and the control door share its table and its means."""

    def __init__(
        self,
        reactor: Any,
        services: Services,
        run_between: Callable[[Callable[[], None]], None],
        exclusive: Exclusive,
        live: Live,
    ) -> None:
        self._services = services
        self._run_between = run_between
        self._exclusive = exclusive
        nouns = services.nouns
        self._reads = LongReads(reactor, services.store.reader)
        self._streams = EventStreams(
            reactor, Sources(services.changes, services.live, services.store.reader, self._reads, run_between, self._still_good)
        )
        limits = RateLimits(services.clock.monotonic, lambda: float(services.settings.get("api.requests_per_second", 2000)))
        self.means = Means(self.reading, self._reads, _hashing(services), self._streams, limits)
        self.bound: Mapping[str, Callable[..., object]] = bind(services, live, long_reads=True)
        self.api = Api(self.bound, exclusive, nouns.actor_of, means=self.means)

    def start(self) -> None:
        """Before the first request."""
        self._reads.start()
        self._streams.start()

    def stop_streams(self) -> None:
        """Whoever listens is told that it is over."""
        self._streams.stop()

    def stop(self) -> None:
        """After the last request."""
        self._reads.stop()

    def reading(self, work: Callable[[], object]) -> Deferred[object]:
        """Run what only reads on the store's thread: at once where nothing waits to be written, else in its turn, so that
        nobody is told what may yet be undone."""
        done: Deferred[object] = Deferred()

        def run() -> None:
            turn = self._exclusive(work) if self._services.store.in_unit else maybeDeferred(work)
            turn.chainDeferred(done)

        self._run_between(run)
        return done

    def _still_good(self, token: str) -> Deferred[Actor | None]:
        found: Deferred[Any] = self.reading(lambda: self._services.nouns.actor_of(token, prolong=False))
        return found


def _hashing(services: Services) -> dict[str, Callable[[Any], Any]]:
    """What is done ahead of an operation; a description goes to its thread by itself, once it is known to be allowed."""
    return {name: work for name, work in ahead.table(services.nouns).items() if name != "description.apply"}


def fault_of(copy: SecondCopy | None) -> str | None:
    """What keeps the second copy from being made; "" nothing, None where none is wanted."""
    if copy is None:
        return None
    status = copy.status()
    if status.fault is not None:
        return sentence(status.fault.code, status.fault.parameters)
    return "" if not status.alarm else "-"
