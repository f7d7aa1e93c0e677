"""The engine's settings, as the owner has them."""

from __future__ import annotations

from appliance.services.ground.settings import Settings
from appliance.sip.settings import EngineSettings


def engine_settings(settings: Settings) -> EngineSettings:
    """What the engine is told at the start; what is not set has the engine's own default."""
    get, words = settings.get, settings.words
    usual = EngineSettings()
    return EngineSettings(
        local_networks=words("sip.local_networks", usual.local_networks),
        check_uri=get("sip.check_uri", True),
        aliases=words("sip.aliases"),
        digest_algorithms=words("sip.digest_algorithms", usual.digest_algorithms),
        max_calls=get("sip.max_calls", usual.max_calls),
        default_expires=get("registrar.default_expires", usual.default_expires),
        minimum_expires=get("registrar.minimum_expires", usual.minimum_expires),
        maximum_expires=get("registrar.maximum_expires", usual.maximum_expires),
        guard_enabled=get("guard.enabled", True),
        guard_exempt=words("guard.exempt"),
        guard_guesses=get("guard.guesses", usual.guard_guesses),
        guard_requests=get("guard.requests", usual.guard_requests),
        guard_ban_seconds=get("guard.ban_seconds", usual.guard_ban_seconds),
    )
