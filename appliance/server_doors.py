"""What stands behind the doors of a running server: turns of the store's thread, threads for long reads, event streams."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, maybeDeferred

from appliance.api.bindings import Live, bind
from appliance.api.event_stream import EventStreams, Sources
from appliance.api.long_reads import LongReads
from appliance.api.rate_limits import RateLimits
from appliance.api.site import Api, Exclusive, Means
from appliance.errors import EnvironmentFault
from appliance.i18n import sentence
from appliance.services.calls import ahead
from appliance.services.ground.access import Actor
from appliance.services.services import Services

if TYPE_CHECKING:
    from appliance.store.checkpoint import Checkpointer
    from appliance.store.second_copy import SecondCopy

log = logging.getLogger("tollhouse.server")


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
        self._run_between = self.between = run_between
        self.also_ending: list[Callable[[], None]] = []
        """What else ends with the event streams: those of the customers' pages."""
        self._exclusive = self.exclusive = exclusive
        nouns = services.nouns
        self.reads = self._reads = LongReads(reactor, services.store.reader)
        meters = nouns.call_shop.meters.rows
        sources = Sources(services.changes, services.live, services.store.reader, self._reads, run_between, self._still_good, meters)
        self._streams = EventStreams(reactor, sources)
        limits = RateLimits(services.clock.monotonic, lambda: float(services.settings.get("api.requests_per_second", 2000)))
        self.means = Means(self.reading, self._reads, _hashing(services), self._streams, limits)
        self.bound: Mapping[str, Callable[..., object]] = bind(services, live, long_reads=True)
        self.api = Api(self.bound, exclusive, nouns.actor_of, means=self.means)

    @property
    def readers(self) -> int:
        """Open event streams."""
        return len(self._streams)

    def start(self) -> None:
        """Before the first request."""
        self._reads.start()
        self._streams.start()
        limits = self._services.calls.guard.limits
        limits.history_wanted = self._read_history
        if not limits.whole:
            self._read_history()

    def _read_history(self) -> None:
        """What is usual for each customer, out of a month of many calls: beside them."""
        calls, now = self._services.calls, self._services.clock.utcnow()
        read = self._reads.run(lambda nouns: calls.guard.limits.read_history(nouns, now), slow=True)

        def fault(failure: Any) -> None:
            log.error("what customers usually spend could not be read: %s", failure.getTraceback())

        read.addCallback(lambda history: self._exclusive(lambda: calls.usual_known(history))).addErrback(fault)

    def stop_streams(self) -> None:
        """Whoever listens is told that it is over."""
        self._streams.stop()
        for end in self.also_ending:
            end()

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


class Copy:
    """The second copy of a running server: from its start, or from the moment that a place for it is named."""

    def __init__(self, services: Services, folder: Path, checkpointer: Checkpointer) -> None:
        self._services = services
        self._folder = folder
        self._checkpointer = checkpointer
        self._copy: SecondCopy | None = None
        self._over = False
        services.changes.listen(lambda _: self._begin_late(), "setting")

    def begin(self) -> None:
        """Where a place is named. One that runs keeps its place until the next start; a phrase is told when its key is made."""
        place = self._services.settings.get("backup.copy_to", "")
        if self._copy is not None or not place:
            return
        from appliance.store.copy_cipher import CopyKey, new_phrase
        from appliance.store.second_copy import SecondCopy

        key = CopyKey.load(self._folder)
        if key is None:
            phrase = new_phrase()
            key = CopyKey.of(phrase)
            key.save(self._folder)
            print(f"recovery phrase of the second copy, shown this once: {phrase}", file=sys.stderr, flush=True)
        self._copy = SecondCopy(self._folder, Path(place), key, self._services.clock)
        self._checkpointer.before = self._copy.around
        self._copy.start()

    def stop(self) -> None:
        """After the checkpointer's stop; a copy is begun no more."""
        self._over = True
        if self._copy is not None:
            self._copy.stop()

    def fault(self) -> str | None:
        """What keeps the copy from being made; "" nothing, None where none is wanted."""
        if self._copy is None:
            return None
        status = self._copy.status()
        if status.fault is not None:
            return sentence(status.fault.code, status.fault.parameters)
        return "" if not status.alarm else "-"

    def _begin_late(self) -> None:
        if self._over:
            return
        try:
            self.begin()
        except EnvironmentFault as fault:
            log.error("the second copy cannot begin: %s", fault)
