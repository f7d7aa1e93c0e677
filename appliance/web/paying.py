"""The plug-in of online payment: what a provider must be able to do, and the HTTP client that they ask by.

A provider sends the customer to a page of its own and tells us by a signed request (a webhook) what came of it. Whoever adds one writes this
class and names it in `providers`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from twisted.internet import defer

from appliance.errors import EnvironmentFault
from appliance.http_common import bring_tls_back
from appliance.services.money.online_payments import Intent, News

PATIENCE_SECONDS = 20.0
LONGEST_NEWS = 64 * 1024


class Begun(NamedTuple):
    """`provider_id` is the provider's name of the payment, `address` where the customer pays."""

    provider_id: str
    address: str


class Provider(Protocol):
    """One provider, as far as it is set up."""

    name: str
    title: str

    def ready(self) -> bool:
        """Whether its settings are there."""
        ...

    async def begin(self, intent: Intent, back: str, cancel: str) -> Begun:
        """Ask for a payment; `back` and `cancel` are pages of ours."""
        ...

    async def returned(self, provider_id: str) -> News | None:
        """The customer came back from the provider's page: what is known by now, None where it is told by a webhook alone."""
        ...

    async def news(self, headers: Callable[[str], str], body: bytes) -> News | None:
        """A webhook: what it says, None where it is not signed by the provider."""
        ...

    async def send_back(self, charge_id: str) -> None:
        """Give the money of a payment back."""
        ...


class Reply(NamedTuple):
    """An answer over HTTP, its JSON read."""

    status: int
    data: Any


class Client:
    """Asks providers; EnvironmentFault online.unreachable where there is no answer that can be read."""

    def __init__(self, reactor: Any) -> None:
        self._agent: Any = None
        self._reactor: Any = reactor

    async def ask(self, method: str, address: str, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
        """One request; the whole of the answer within PATIENCE_SECONDS."""
        import io

        bring_tls_back()  # and what asks is loaded by the first payment: most servers never make one
        from twisted.web.client import Agent, FileBodyProducer, HTTPConnectionPool, readBody
        from twisted.web.http_headers import Headers

        if self._agent is None:
            self._agent = Agent(self._reactor, connectTimeout=PATIENCE_SECONDS, pool=HTTPConnectionPool(self._reactor, persistent=False))
        said = Headers({name: [value] for name, value in headers.items()})
        sent: Any = None if body is None else FileBodyProducer(io.BytesIO(body))

        async def both() -> Reply:
            response = await self._agent.request(method.encode(), address.encode(), said, sent)
            content = await readBody(response)
            return Reply(response.code, json.loads(content) if content else None)

        try:
            waiting: defer.Deferred[Reply] = defer.ensureDeferred(both())
            return await waiting.addTimeout(PATIENCE_SECONDS, self._reactor)
        except Exception as error:
            raise EnvironmentFault("online.unreachable", reason=str(error) or type(error).__name__) from error


def number(value: object) -> int:
    """A whole number out of foreign JSON, 0 where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def text(value: object) -> str:
    """A text out of foreign JSON, "" where it is none."""
    return value if isinstance(value, str) else ""


def inner(value: object, *names: str | int) -> Any:
    """What lies that deep in foreign JSON, None where the way breaks off."""
    for name in names:
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and isinstance(name, int) and -len(value) <= name < len(value):
            value = value[name]
        else:
            return None
    return value
