"""Which relay carries the sound: our own process, or an rtpengine that somebody else keeps running; and whether it will be wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from appliance.errors import UserError
from appliance.services.ground.hot import Hot
from appliance.services.ground.settings import Settings
from appliance.sip.media import MediaSettings, RelayMedia
from appliance.sip.media_ng import RtpengineMedia
from appliance.sip.nat import Networks


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


def begin_ahead(media: RelayMedia | RtpengineMedia, hot: Hot, local_networks: Sequence[str]) -> None:
    """Start our relay where calls will want it: somebody's sound always passes it, or a carrier is outside of our networks."""
    local = Networks(tuple(local_networks))
    carriers = tuple(hot.usable_trunks())
    if isinstance(media, RelayMedia) and (
        any(carrier.media == "always" or (carrier.media != "never" and carrier.host not in local) for carrier in carriers)
        or any(endpoint.media == "always" for endpoint in hot.endpoints.values())
    ):
        media.begin()
