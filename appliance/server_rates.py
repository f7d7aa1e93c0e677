"""The bank's reference rates fetched once a day, where the owner wants it: the setting is off until then.

A fetch that fails is logged and tried again at the job's next time; the rates that are there stay.
"""

from __future__ import annotations

import logging
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from appliance.billing.ecb import LARGEST_BYTES
from appliance.services.ground.access import folder_owner
from appliance.services.services import Services
from appliance.wire.exchange_rates import ExchangeRatesImport

log = logging.getLogger("tollhouse.server")

EVERY_SECONDS = 6 * 3600.0  # the bank sets its rates once a day, and not at a weekend
FIRST_SECONDS = 60.0
PATIENCE_SECONDS = 30.0
SOURCE = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"

OWN_HOSTS = ("127.0.0.1", "::1", "localhost")
LARGEST_ANSWER = 65_536

Deferring = Callable[..., Any]


def fetched(url: str) -> bytes:
    """What stands at an address; OSError where it cannot be had. Blocks: for a thread."""
    if not url.startswith("https://"):
        raise OSError(f"{url} is not fetched: only https is")
    with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
        content: bytes = answer.read(LARGEST_BYTES + 1)
    return content


def answered(url: str) -> bytes:
    """What a service answers, also one on this computer; OSError where nothing comes. Blocks: for a thread."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in OWN_HOSTS):
        raise OSError(f"{url} is not asked: only https is")
    request = urllib.request.Request(url, headers={"Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        content: bytes = answer.read(LARGEST_ANSWER)
    return content


class RateFetch:
    """`in_thread(work, argument)` and `exclusive(work)` give deferreds of the results."""

    def __init__(self, services: Services, in_thread: Deferring, exclusive: Deferring, fetch: Callable[[str], bytes] = fetched) -> None:
        self._services = services
        self._in_thread = in_thread
        self._exclusive = exclusive
        self._fetch = fetch

    def follow(self, now: float) -> None:
        """From now on (the engine's seconds)."""
        self._services.jobs.every("exchange rates", EVERY_SECONDS, self.due, first=now + FIRST_SECONDS)

    def due(self) -> None:
        """The job: nothing where the setting is off."""
        settings = self._services.settings
        if not settings.get("exchange_rates.fetch", False):
            return
        waiting = self._in_thread(self._fetch, str(settings.get("exchange_rates.source", SOURCE)))
        waiting.addCallback(lambda content: self._exclusive(lambda: self._take(content)))
        waiting.addErrback(lambda failure: log.warning("exchange rates could not be fetched: %s", failure.value))

    def _take(self, content: bytes) -> None:
        taken = self._services.nouns.exchange_rates.take_file(folder_owner("exchange rates"), ExchangeRatesImport(content))
        log.info("exchange rates of %s: %d new", ", ".join(taken.days), taken.written)
