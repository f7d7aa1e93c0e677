"""The real door over real services, in memory: bytes in, bytes out, a stepped clock, threads that run at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from appliance.api.bindings import bind
from appliance.api.event_stream import EventStreams, Sources
from appliance.api.long_reads import LongReads
from appliance.api.rate_limits import RateLimits
from appliance.api.site import Api, Means
from appliance.http_common import Door
from appliance.services.ground.access import Actor, Grant
from appliance.wire.operations import PREFIX
from tests.api.live_double import Live
from tests.services.shop import Shop, Simple, rate


class Inline(LongReads):
    """Threads' work, at once."""

    def work(self, job: Callable[[], Any], slow: bool = False) -> Deferred[Any]:
        return maybeDeferred(job)


class Served:
    """A root with Alice, and below it a sub-reseller with Bob. `actors`: who holds which token."""

    def __init__(self, folder: Path, per_second: float = 0) -> None:
        self.shop = shop = Shop(folder)
        shop.start()
        self.root = Simple(shop)
        self.sub_tariff = shop.tariff(self.root.root, "to sub", base=self.root.cost, markup_ppm=100_000)
        self.sub = shop.reseller("sub", self.root.root, self.sub_tariff, "100")
        self.sub_retail = shop.tariff(self.sub, "sub retail", base=self.sub_tariff, markup_ppm=500_000)
        self.bob_account = shop.account(self.sub, "bob", "10")
        self.bob_customer = shop.customer(self.sub, "Bob", self.sub_retail, self.bob_account)
        self.bob = shop.endpoint(self.bob_customer, "2000001")
        self.other = shop.reseller("other", self.root.root, self.sub_tariff, "100")
        shop.tariff(self.root.root, "spare", rate("1", "0.01"))
        self.actors: dict[str, Actor] = {
            "owner": Actor("owner", 1, (Grant("owner", reseller_id=self.root.root),)),
            "sub": Actor("sub", 2, (Grant("manager", reseller_id=self.sub),)),
            "other": Actor("other", 3, (Grant("manager", reseller_id=self.other),)),
            "clerk": Actor("clerk", 4, (Grant("clerk", reseller_id=self.root.root),)),
        }
        services = shop.services
        self.reactor = Clock()
        self.reads = Inline(self.reactor, shop.store.reader)
        self.streams = EventStreams(
            self.reactor,
            Sources(
                services.changes,
                services.live,
                shop.store.reader,
                self.reads,
                lambda work: work(),
                lambda token: maybeDeferred(self.actor_of, token),
                services.nouns.call_shop.meters.rows,
            ),
        )
        self.streams.start()
        limits = RateLimits(self.reactor.seconds, lambda: per_second)
        means = Means(self.at_once, self.reads, {}, self.streams, limits)
        self.door = Door(Api(bind(services, Live(), long_reads=True), self.at_once, self.actor_of, means=means), "api", self.reactor)

    def actor_of(self, token: str, *, prolong: bool = True) -> Actor | None:
        return self.actors.get(token) or self.shop.services.nouns.actor_of(token, prolong=prolong)

    def at_once(self, work: Callable[[], object]) -> Deferred[object]:
        return maybeDeferred(work)

    def ask(self, token: str, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request on a connection of its own."""
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"{method} {PREFIX}{path} HTTP/1.1", "Host: x", f"Content-Length: {len(content)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        lines += [f"Authorization: Bearer {token}"] if token else []
        protocol, transport = self.door.buildProtocol(None), StringTransport()
        protocol.makeConnection(transport)
        protocol.dataReceived("\r\n".join([*lines, "", ""]).encode() + content)
        answer = transport.value()
        protocol.connectionLost(Failure(ConnectionDone()))
        return Answer(answer)

    def listen(self, token: str, last: str | None = None) -> Listener:
        """An open stream."""
        return Listener(self, token, last)

    def pass_time(self, seconds: float, step: float = 0.05) -> None:
        for _ in range(round(seconds / step)):
            self.reactor.advance(step)

    def call(self, endpoint: int, dialled: str, seconds: float = 30) -> int:
        """A whole call that was answered; its id."""
        call = self.shop.answer(self.shop.begin(endpoint, dialled), self.root.trunk)
        self.shop.clock.advance(seconds)
        self.shop.end(call, trunk=self.root.trunk)
        return call

    def close(self) -> None:
        self.streams.stop()
        self.reads.stop()
        self.shop.store.close()


class Answer:
    """What came back."""

    def __init__(self, data: bytes) -> None:
        head, _, self.content = data.partition(b"\r\n\r\n")
        first, *rest = head.decode().split("\r\n")
        self.status = int(first.split()[1])
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
        if self.headers.get("transfer-encoding") == "chunked":
            self.content = dechunked(self.content)

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class Listener:
    """One reader of the stream."""

    def __init__(self, served: Served, token: str, last: str | None) -> None:
        self.protocol, self.transport = served.door.buildProtocol(None), StringTransport()
        self.protocol.makeConnection(self.transport)
        head = f"GET {PREFIX}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        self.protocol.dataReceived((head + (f"Last-Event-ID: {last}\r\n" if last is not None else "") + "\r\n").encode())

    @property
    def text(self) -> str:
        return dechunked(self.transport.value().partition(b"\r\n\r\n")[2]).decode()

    def events(self, name: str = "") -> list[tuple[str, str, Any]]:
        """(event, id, data) so far, of one name or of all."""
        found = []
        for block in self.text.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
            if "data" in fields and name in ("", fields["event"]):
                found.append((fields["event"], fields.get("id", ""), json.loads(fields["data"])))
        return found

    def heard(self) -> list[tuple[str, list[int]]]:
        """(kind, ids) of all changes so far."""
        return [(data["kind"], data["ids"]) for _, _, data in self.events("change")]

    def last_id(self) -> str:
        return [identity for _, identity, _ in self.events() if identity][-1]

    def clear(self) -> None:
        self.transport.clear()
        self.transport.write(b"\r\n\r\n")

    def hang_up(self) -> None:
        self.protocol.connectionLost(Failure(ConnectionDone()))


def dechunked(data: bytes) -> bytes:
    """The content of chunks (RFC 9112 7.1), as far as they came."""
    found = b""
    while data:
        size, _, rest = data.partition(b"\r\n")
        length = int(size or b"0", 16)
        found += rest[:length]
        data = rest[length + 2 :]
    return found
