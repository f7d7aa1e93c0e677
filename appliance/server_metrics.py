"""/metrics: what the server counts, as Prometheus reads it (text format 0.0.4), to this computer or to whoever holds the token.

The client library of Prometheus is left out: it takes 100 ms of a start that may take 500, and 14 MB, for what is fifty lines here.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address
from typing import Any, NamedTuple

from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from appliance import __version__
from appliance.api.auth import bearer
from appliance.api.site import Exclusive
from appliance.http_common import Door
from appliance.server_doors import Doors
from appliance.services.ground.configuration import open_secret
from appliance.services.services import Services
from appliance.sip.engine import Engine
from appliance.sip.recorder import COMMIT_BUCKETS
from appliance.sip.transport import Pump

log = logging.getLogger("tollhouse.server")

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
MICROS = 1_000_000
FORWARDED = ("x-forwarded-for", "forwarded")
"""What a proxy adds: then the asker is not this computer, whatever the address says."""


class Family(NamedTuple):
    """One metric. `samples` by labels as they stand between the braces; "" for none."""

    name: str
    kind: str
    help: str
    samples: Mapping[str, float]


def text_of(families: Iterable[Family]) -> bytes:
    """The text format; a histogram's samples carry their suffix in the key: `_bucket{le="0.01"}`, `_sum`, `_count`."""
    lines = []
    for family in families:
        lines += [f"# HELP {family.name} {family.help}", f"# TYPE {family.name} {family.kind}"]
        for labels, value in family.samples.items():
            shown = str(value) if isinstance(value, int) else repr(value)
            suffix = labels if family.kind == "histogram" or not labels else f"{{{labels}}}"
            lines.append(f"{family.name}{suffix} {shown}")
    return ("\n".join(lines) + "\n").encode()


def escaped(text: str) -> str:
    """A label's value."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


class Figures:
    """Gathers them when they are asked for; nothing here is counted twice."""

    def __init__(self, services: Services, engine: Engine, pump: Pump, doors: Doors, door: Callable[[], Door]) -> None:
        self._services = services
        self._engine = engine
        self._pump = pump
        self._doors = doors
        self._door = door

    def families(self) -> list[Family]:
        """All of them; while the connection is nobody else's."""
        services, pump, door = self._services, self._pump.counters, self._door()
        counted = services.calls.settlement.log
        waiting = services.store.outbox.waiting()
        return [
            Family("tollhouse_info", "gauge", "The program.", {f'version="{escaped(__version__)}"': 1}),
            Family("tollhouse_calls_total", "counter", "Calls recorded since the start, by result.", _by("result", counted.results)),
            Family("tollhouse_calls_running", "gauge", "Calls that run now.", {"": len(services.calls.running)}),
            Family("tollhouse_registrations", "gauge", "Endpoints with a phone.", {"": len(services.registrations.registered())}),
            Family(
                "tollhouse_charged_total",
                "counter",
                "Charged to customers for calls since the start, by currency.",
                {f'currency="{escaped(name)}"': micros / MICROS for name, micros in sorted(counted.money.items())},
            ),
            Family("tollhouse_commit_seconds", "histogram", "How long units of work took to become durable.", _histogram(pump)),
            Family("tollhouse_commits_failed_total", "counter", "Units of work that could not be recorded.", {"": pump.commits_failed}),
            Family("tollhouse_sip_received_total", "counter", "SIP messages read.", {"": pump.received}),
            Family("tollhouse_sip_sent_total", "counter", "SIP messages sent.", {"": pump.sent}),
            Family("tollhouse_sip_refused_total", "counter", "New requests refused while the disk was slow.", {"": pump.refused_stalled}),
            Family("tollhouse_queue_messages", "gauge", "SIP messages that wait for a unit of work.", {"": self._pump.queued}),
            Family("tollhouse_mail_waiting", "gauge", "E-mails that wait to be sent.", {"": waiting}),
            Family("tollhouse_event_stream_readers", "gauge", "Open event streams.", {"": self._doors.readers}),
            Family("tollhouse_http_requests_total", "counter", "HTTP requests answered, by status.", _by("status", door.answered)),
            Family("tollhouse_http_connections", "gauge", "Open HTTP connections.", {"": door.connections}),
            Family("tollhouse_job_failures", "gauge", "Timed jobs that failed at their last run.", {"": services.jobs.failing}),
        ]


def _by(label: str, counts: Mapping[int, int]) -> dict[str, float]:
    return {f'{label}="{key}"': count for key, count in sorted(counts.items())}


def _histogram(counters: Any) -> dict[str, float]:
    found: dict[str, float] = {}
    total = 0
    for bound, count in zip((*(f"{each:g}" for each in COMMIT_BUCKETS), "+Inf"), counters.commit_buckets, strict=True):
        total += count
        found[f'_bucket{{le="{bound}"}}'] = total
    return found | {"_sum": round(counters.commit_seconds_sum, 6), "_count": total}


class Metrics(Resource):
    """The page. A stranger is told nothing, not even that there is one."""

    isLeaf = True  # noqa: N815

    def __init__(self, services: Services, figures: Figures, reading: Exclusive) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._services = services
        self._figures = figures
        self._reading = reading

    def render(self, request: Any) -> bytes | int:
        if (request.method or b"") not in (b"GET", b"HEAD"):
            request.setResponseCode(405)
            request.setHeader(b"allow", b"GET")
            return b""
        if not self._allowed(request):
            request.setResponseCode(401)
            request.setHeader(b"www-authenticate", b"Bearer")
            return b""
        request.setHeader(b"content-type", CONTENT_TYPE)
        gone: list[object] = []
        request.notifyFinish().addErrback(gone.append)

        def write(content: object) -> None:
            if not gone:
                request.write(content if request.method == b"GET" and isinstance(content, bytes) else b"")
                request.finish()

        def refused(failure: Failure) -> None:
            log.error("the figures could not be gathered: %s", failure.getErrorMessage())
            if not gone:
                request.setResponseCode(503)
                request.finish()

        self._reading(lambda: text_of(self._figures.families())).addCallbacks(write, refused)
        return NOT_DONE_YET

    def _allowed(self, request: Any) -> bool:
        token = bearer(request.getHeader("authorization"))
        if token:
            wanted = open_secret(self._services.room, "metrics.token")
            return bool(wanted) and hmac.compare_digest(token.encode(), wanted.encode())
        address = request.getClientAddress()
        try:
            here = ip_address(str(getattr(address, "host", ""))).is_loopback
        except ValueError:
            return False
        return here and not any(request.getHeader(name) for name in FORWARDED)
