"""The self-check of a server and its folder."""

from __future__ import annotations

from appliance.wire.shapes import View


class CheckLine(View, frozen=True):
    """One thing looked at. `state`: ok, warn (it will hurt) or fail (it hurts now).

    `code` is a key of the message catalogue, `parameters` fill its sentence, which says what to do where something is to be done;
    `text` is that sentence in English.
    """

    name: str
    state: str
    code: str
    text: str
    parameters: dict[str, str]


class Checks(View, frozen=True):
    """`ok`: no line is `fail`."""

    ok: bool
    checked_at: str
    lines: list[CheckLine]
