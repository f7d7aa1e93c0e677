"""Says within three seconds that the server does not answer, and how old what is shown has become.

Whatever comes from the server counts as a sign of life; where nothing came for a second its health page is asked.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QNetworkReply, QNetworkRequest

from appliance.clock import Clock
from appliance.gui.client import Client

QUIET_SECONDS = 1.0
PROBE_TIMEOUT_MS = 1500
TICK_MS = 500


class ServerWatch(QObject):
    """`away` and `back` come once each change; `age_seconds` is how long ago the server was last heard."""

    away = Signal()
    back = Signal()

    def __init__(self, client: Client, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._clock = clock
        self._heard_at = clock.monotonic()
        self._probe: QNetworkReply | None = None
        self.is_away = False
        client.heard.connect(self.heard)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Begin to watch."""
        self._timer.start()

    def stop(self) -> None:
        """Watch no more."""
        self._timer.stop()

    @property
    def age_seconds(self) -> float:
        """Seconds since the server was last heard."""
        return self._clock.monotonic() - self._heard_at

    def heard(self) -> None:
        """A sign of life."""
        self._heard_at = self._clock.monotonic()
        if self.is_away:
            self.is_away = False
            self.back.emit()

    def _tick(self) -> None:
        if self._probe is not None or self.age_seconds < QUIET_SECONDS:
            return
        request = self._client.request("/healthz")
        request.setTransferTimeout(PROBE_TIMEOUT_MS)
        self._probe = self._client.network.get(request)
        self._client.pinning.watch(self._probe)
        self._probe.finished.connect(self._probed)

    def _probed(self) -> None:
        probe, self._probe = self._probe, None
        if probe is None:
            return
        probe.deleteLater()
        if probe.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute) is not None:
            self.heard()
        elif not self.is_away:
            self.is_away = True
            self.away.emit()
