"""Tones in tests: what the demo's peers use, under the names tests want."""

from __future__ import annotations

from appliance.demo_sound import tone_level as tone_level
from appliance.sip.media_tone import alaw as alaw
from appliance.sip.media_tone import linear_from_alaw as linear_from_alaw
from appliance.sip.media_tone import linear_from_ulaw as linear_from_ulaw
from appliance.sip.media_tone import samples as samples
from appliance.sip.media_tone import ulaw as ulaw
