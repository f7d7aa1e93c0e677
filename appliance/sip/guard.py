"""Who is not listened to: counters and bans (sip.md Guard).

Law of this file: it counts and answers yes or no; it never sends. Every table is bounded, and the oldest entry makes
room. An address from which a registered phone is live is never silenced as a whole: there the name, the program or the
flow alone is refused.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from appliance.sip.nat import Networks, address
from appliance.sip.policy import Flow

MAX_COUNTED = 10_000  # addresses, names and flows with counters
MAX_BANS = 10_000
MAX_AGENTS = 500  # names of programs remembered
MAX_NEWS = 1_000
MAX_TEXT = 128  # characters of a name or program that are kept

#: Programs that look for open servers; one word of it in User-Agent is enough.
SCANNERS = (
    "friendly-scanner",
    "friendly-request",
    "sipvicious",
    "sipcli",
    "sip-scan",
    "sipscan",
    "sundayddr",
    "vaxsipuseragent",
    "pplsip",
    "siparmyknife",
    "mr.sip",
)

PASSWORD, UNKNOWN_USER, SCANNER, MALFORMED, FLOOD, PLACE = "password", "unknown_user", "scanner", "malformed", "flood", "place"


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """Limits; times in seconds."""

    enabled: bool = True
    guesses: int = 10  # judged guesses of one source
    guess_seconds: float = 300.0  # within this time
    malformed: int = 50  # unreadable messages within the same time
    requests: int = 100  # messages of one address
    request_seconds: float = 2.0  # within this time
    trunk_requests: int = 2_000  # the same for an address of a trunk
    silence_seconds: float = 300.0  # the first ban; each further one lasts twice as long
    longest_silence_seconds: float = 86_400.0
    memory_seconds: float = 86_400.0  # how long a past ban makes the next one longer
    slow_after: int = 10  # guesses at one name over all addresses, until its challenges are slowed down
    slowest_seconds: float = 8.0
    exempt: tuple[str, ...] = ()  # networks that are only warned about


class Ban(NamedTuple):
    """Somebody who is not answered. `kind`: address, user, agent or flow; `name` is empty for an address."""

    kind: str
    host: str
    name: str
    reason: str
    since: float
    until: float
    times: int  # how often in a row


class GuardNews(NamedTuple):
    """For the log and the consoles. `warned`: exempt, so nothing was done."""

    ban: Ban
    warned: bool


Key = tuple[str, str, str]
_K = TypeVar("_K")
_V = TypeVar("_V")


def source(host: str) -> str:
    """Under which name an address is counted: itself; for IPv6 its /64, which is one customer's."""
    if ":" not in host:
        return host
    literal = address(host)
    if literal is None or literal.version == 4:
        return host
    return literal.exploded[:19] + "::/64"


class _Window:
    """A count in a window of time that starts with its first event."""

    __slots__ = ("count", "start")

    def __init__(self, start: float) -> None:
        self.start = start
        self.count = 0


class Guard:
    """Counts and bans. Times are engine seconds."""

    __slots__ = ("_agents", "_bans", "_exempt", "_failures", "_live", "_news", "_past", "_rates", "_slow", "_trunks", "settings")

    def __init__(self, settings: GuardSettings | None = None) -> None:
        self.settings = settings or GuardSettings()
        self._exempt = Networks(self.settings.exempt)
        self._agents: dict[str, bool] = {}  # programs seen, and whether they are scanners
        self._rates: dict[str, _Window] = {}
        self._failures: dict[Key, _Window] = {}
        self._slow: dict[str, _Window] = {}
        self._bans: dict[Key, Ban] = {}
        self._past: dict[Key, tuple[int, float]] = {}  # how often in a row, when the last ended
        self._live: dict[str, int] = {}
        self._trunks: frozenset[str] = frozenset()
        self._news: deque[GuardNews] = deque(maxlen=MAX_NEWS)

    def configure(self, settings: GuardSettings) -> None:
        """Take new limits; bans and counters stay."""
        self.settings = settings
        self._exempt = Networks(settings.exempt)

    def trust_trunks(self, hosts: frozenset[str]) -> None:
        """Addresses of trunks: their own rate, and no bans for guesses."""
        self._trunks = hosts

    def registered(self, host: str, change: int) -> None:
        """A live binding at this address came (+1) or went (-1)."""
        count = self._live.get(host, 0) + change
        if count > 0:
            self._live[host] = count
        else:
            self._live.pop(host, None)

    def is_live(self, host: str) -> bool:
        """Whether a registered phone is at this address."""
        return host in self._live

    def packet(self, flow: Flow, now: float) -> bool:
        """Count a packet before it is read; False: drop it in silence."""
        settings = self.settings
        if not settings.enabled:
            return True
        host = flow.host
        trunk = host in self._trunks
        if ":" in host:
            host = source(host)
        if self._bans and (self._banned(("address", host, ""), now) or self._banned(("flow", *_flow_key(flow)), now)):
            return False
        window = self._rates.get(host)
        if window is None or now - window.start >= settings.request_seconds:
            window = _bounded(self._rates, host, now)
        window.count = count = window.count + 1
        limit = settings.trunk_requests if trunk else settings.requests
        if count <= limit:
            return True
        if count == limit + 1:
            self._punish(flow, FLOOD, "", "", now)
        # Whoever is not banned as a whole is held to the rate all the same.
        return flow.host in self._exempt

    @property
    def knows_names(self) -> bool:
        """Whether `request` would look at the user name at all, so that it need not be read for nothing."""
        return bool(self._bans)

    def request(self, flow: Flow, username: str, user_agent: str, now: float) -> bool:
        """Judge a request by who it says it is; False: drop it in silence. Counts scanners."""
        if not self.settings.enabled:
            return True
        if user_agent and self._scans(user_agent):
            self._punish(flow, SCANNER, "", user_agent, now)
            return flow.host in self._exempt
        if not self._bans:
            return True
        host = source(flow.host)
        return not (
            (username and self._banned(("user", host, username[:MAX_TEXT]), now))
            or (user_agent and self._banned(("agent", host, user_agent[:MAX_TEXT]), now))
        )

    def _scans(self, user_agent: str) -> bool:
        known = self._agents.get(user_agent)
        if known is None:
            _make_room(self._agents, MAX_AGENTS)
            lower = user_agent[:MAX_TEXT].lower()
            known = self._agents[user_agent] = any(word in lower for word in SCANNERS)
        return known

    def guessed(self, flow: Flow, username: str, unknown_user: bool, now: float, user_agent: str = "", reason: str = "") -> None:
        """Count a judged guess. `reason`: another one than that the user is unknown, or the password wrong."""
        settings = self.settings
        if not settings.enabled:
            return
        name = username[:MAX_TEXT]
        slow = self._slow.get(name)
        if slow is None or now - slow.start >= settings.guess_seconds:
            slow = _bounded(self._slow, name, now)
        slow.count += 1
        if flow.host in self._trunks:
            return
        host = source(flow.host)
        # Where a phone is live each name is counted by itself, so that one wrong password of twelve silences one.
        key: Key = ("user", host, name) if self.is_live(flow.host) else ("address", host, "")
        if self._count(key, settings.guesses, now):
            self._punish(flow, reason or (UNKNOWN_USER if unknown_user else PASSWORD), name, user_agent, now)

    def malformed(self, flow: Flow, now: float) -> None:
        """Count a message that could not be read."""
        if self.settings.enabled and flow.host not in self._trunks:
            key: Key = ("malformed", source(flow.host), "")
            if self._count(key, self.settings.malformed, now):
                self._punish(flow, MALFORMED, "", "", now)

    def challenge_delay(self, username: str, now: float) -> float:
        """Seconds to wait before a challenge to this name: nothing, then longer with each further guess at it."""
        settings = self.settings
        window = self._slow.get(username[:MAX_TEXT])
        if not settings.enabled or window is None or now - window.start >= settings.guess_seconds:
            return 0.0
        over = window.count - settings.slow_after
        return min(0.5 * 2.0 ** min(over, 10), settings.slowest_seconds) if over > 0 else 0.0

    def bans(self, now: float) -> list[Ban]:
        """Those in force, newest first."""
        return sorted((ban for ban in self._bans.values() if ban.until > now), key=lambda ban: -ban.since)

    def lift(self, kind: str, host: str, name: str = "") -> bool:
        """Allow somebody again, and forget that they were banned; False where no such ban is."""
        key = (kind, host, name)
        self._past.pop(key, None)
        self._failures.pop(key, None)
        return self._bans.pop(key, None) is not None

    def restore(self, bans: list[Ban]) -> None:
        """Take over bans of an earlier run."""
        for ban in bans[:MAX_BANS]:
            self._bans[(ban.kind, ban.host, ban.name)] = ban

    def news(self) -> list[GuardNews]:
        """What happened since the last call."""
        items = list(self._news)
        self._news.clear()
        return items

    def _count(self, key: Key, limit: int, now: float) -> bool:
        window = self._failures.get(key)
        if window is None or now - window.start >= self.settings.guess_seconds:
            window = _bounded(self._failures, key, now)
        window.count += 1
        if window.count < limit:
            return False
        del self._failures[key]
        return True

    def _banned(self, key: Key, now: float) -> bool:
        ban = self._bans.get(key)
        if ban is None:
            return False
        if now < ban.until:
            return True
        del self._bans[key]
        return False

    def _punish(self, flow: Flow, reason: str, name: str, user_agent: str, now: float) -> None:
        """Ban the address, or where a phone is live there: the name, the program, or the flow."""
        host = source(flow.host)
        key: Key = ("address", host, "")
        if flow.host in self._trunks:
            key = ("flow", *_flow_key(flow))
        elif self.is_live(flow.host):
            if name:
                key = ("user", host, name)
            elif reason == SCANNER:
                key = ("agent", host, user_agent[:MAX_TEXT])
            else:
                key = ("flow", *_flow_key(flow))
        times, ended = self._past.get(key, (0, now))
        times = times + 1 if now - ended < self.settings.memory_seconds else 1
        seconds = min(self.settings.silence_seconds * 2.0 ** min(times - 1, 20), self.settings.longest_silence_seconds)
        ban = Ban(*key, reason, now, now + seconds, times)
        # A trunk that floods is told of and held to its rate, never shut out.
        warned = flow.host in self._exempt or flow.host in self._trunks
        if not warned:
            _make_room(self._bans, MAX_BANS)
            self._bans[key] = ban
            _make_room(self._past, MAX_BANS)
            self._past[key] = (times, ban.until)
        self._news.append(GuardNews(ban, warned))


def _flow_key(flow: Flow) -> tuple[str, str]:
    return source(flow.host), f"{flow.transport}:{flow.port}"


def _bounded(table: dict[_K, _Window], key: _K, now: float) -> _Window:
    table.pop(key, None)
    _make_room(table, MAX_COUNTED)
    window = table[key] = _Window(now)
    return window


def _make_room(table: dict[_K, _V], most: int) -> None:
    """Drop the oldest entry of a full table."""
    if len(table) >= most:
        del table[next(iter(table))]
