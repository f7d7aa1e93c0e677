"""What the engine is told once, at its start."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Durations in seconds."""

    product: str = "Tollhouse"  # Server and User-Agent
    local_networks: tuple[str, ...] = (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
    check_uri: bool = True
    aliases: tuple[str, ...] = ()  # further names and addresses that mean this appliance
    digest_algorithms: tuple[str, ...] = ("MD5",)
    max_calls: int = 20_000  # live calls; past it 503
    media_wait: float = 3.0  # for a relay that is starting
    session_expires: int = 1800  # RFC 4028; 0: none
    session_minimum: int = 90
    default_expires: int = 3600
    minimum_expires: int = 60
    maximum_expires: int = 7200
    guard_enabled: bool = True
    guard_exempt: tuple[str, ...] = ()
    guard_guesses: int = 10  # wrong passwords or unknown users within five minutes
    guard_requests: int = 100  # within two seconds
    guard_ban_seconds: int = 300  # the first silence
    trace_calls: int = 200  # calls whose messages are kept; 0: none
