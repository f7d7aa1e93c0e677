"""Which relay carries the sound: our own process, or an rtpengine that somebody else keeps running."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from appliance.errors import UserError
from appliance.services.ground.settings import Settings
from appliance.sip.media import MediaSettings, RelayMedia
from appliance.sip.media_ng import RtpengineMedia


def media_of(
    reactor: Any, program: Sequence[str], settings: Settings, limits: MediaSettings,
    on_ready: Callable[[], None], on_silence: Callable[[int, float], None], on_echo: Callable[[int, int, int], None],
) -> RelayMedia | RtpengineMedia:  # fmt: skip
    """By `media.engine`. UserError media.rtpengine where its address is none."""
    if settings.get("media.engine", "own") != "rtpengine":
        return RelayMedia(reactor, program, limits, on_ready, on_silence, on_echo)
    return RtpengineMedia(reactor, place(str(settings.get("media.rtpengine", ""))), limits, on_ready, on_silence, on_echo)


def place(text: str) -> tuple[str, int]:
    """`127.0.0.1:22222`; the host may be a name of this network's."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise UserError("media.rtpengine", text=text)
    return host.strip("[]"), int(port)
