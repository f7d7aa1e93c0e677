"""What needs somebody's eye."""

from __future__ import annotations

from appliance.wire.shapes import View


class Alert(View, frozen=True):
    """`code` is a key of the message catalogue, `parameters` fill its sentence, `text` is that sentence in English.

    `severity`: error (calls or money suffer now), warning (they will). `kind` and `id` name the thing meant, as in the
    change stream; 0 where there is none.
    """

    code: str
    severity: str
    text: str
    parameters: dict[str, str]
    kind: str = ""
    id: int = 0


class Alerts(View, frozen=True):
    """Errors first."""

    alerts: list[Alert]
