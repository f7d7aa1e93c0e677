"""Ask an operation from inside the server, as a door does: its turn with the store, its threads, its long reads; the reply as a view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.defer import Deferred
from twisted.web.server import Request

from appliance.api.auth import Asked
from appliance.api.bindings import Bound, Later
from appliance.api.replies import Parts
from appliance.api.site import Exclusive, Means
from appliance.services.ground.access import Actor
from appliance.services.ground.reading import Reading
from appliance.wire.operations import OPERATIONS


class Asking:
    """`ask(actor, name, request)` fires with the view, or fails with what the service raised."""

    def __init__(self, bound: Mapping[str, Bound], exclusive: Exclusive, means: Means) -> None:
        self._bound, self._exclusive, self._means = bound, exclusive, means

    def ask(self, actor: Actor, name: str, request: object, token: str = "") -> Deferred[Any]:
        """Permissions are the actor's: whatever is not his is not found. `token` is the session's, where the operation concerns it."""
        bound, reading = self._bound[name], self._means.reading
        run = reading if OPERATIONS[name].reads and reading is not None else self._exclusive
        done: Deferred[Any] = run(lambda: bound(Asked(actor, token=token), request))
        return done.addCallback(self._on)

    def file(self, actor: Actor, name: str, request: object) -> Deferred[Callable[[Request], None]]:
        """A file that may be long: what writes it to a request, part by part as it is read."""
        bound, reads = self._bound[name], self._means.long_reads
        assert reads is not None
        done: Deferred[Any] = self._exclusive(lambda: bound(Asked(actor), request))
        content = OPERATIONS[name].content

        def writer(reading: Reading) -> Callable[[Request], None]:
            def write(to: Request) -> None:
                Parts(reads.reactor, to, reads.parts(reading), content, reading.file_name)

            return write

        return done.addCallback(writer)

    def in_thread(self, work: Callable[[], Any]) -> Deferred[Any]:
        """Costly work that touches nothing of the store's thread."""
        assert self._means.long_reads is not None
        return self._means.long_reads.work(work)

    def _on(self, reply: Any) -> Any:
        reads = self._means.long_reads
        assert reads is not None
        if isinstance(reply, Reading):
            return reads.run(reply.run, reply.slow)
        if not isinstance(reply, Later):
            return reply
        done: Deferred[Any] = reads.work(reply.work)
        then = reply.then
        if then is not None:
            done.addCallback(lambda result: self._exclusive(lambda: then(result)))
        return done.addCallback(self._on)
