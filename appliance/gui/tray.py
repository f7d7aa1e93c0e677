"""The icon in the system's tray: whether the server answers, how many alerts there are, and the newest of them as a notice."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from appliance.gui.icons import icon
from appliance.gui.screens.alerts import said
from appliance.gui.theme import Theme
from appliance.gui.words import _, count, plural
from appliance.wire.alerts import Alert, Alerts

SIZE = 64
MOST = 9
NOTICE_MS = 8000


class Tray(QObject):
    """`opened`: a person wants the window; `alerts_wanted`: the list of alerts."""

    opened = Signal()
    alerts_wanted = Signal()
    alert_wanted = Signal(object)
    """The Alert of the notice that was clicked."""

    sign_out = Signal()

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._away = False
        self._alerts: list[Alert] | None = None
        self.icon = QSystemTrayIcon(self)
        self.menu = QMenu()
        self._open = self.menu.addAction(_("Open Tollhouse"), self.opened.emit)
        self._list = self.menu.addAction("", self.alerts_wanted.emit)
        self.menu.addSeparator()
        self.menu.addAction(_("Sign out"), self.sign_out.emit)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        self._told: Alert | None = None
        self.icon.messageClicked.connect(self._clicked)
        theme.changed.connect(self._paint)
        self._paint()

    @staticmethod
    def there() -> bool:
        """Whether this system has a tray."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def show(self) -> None:
        """Be there."""
        self.icon.show()

    def close(self) -> None:
        """Be there no more."""
        self.icon.hide()
        self.menu.deleteLater()
        self.deleteLater()

    def show_away(self, away: bool) -> None:
        """Whether the server is silent."""
        if away != self._away:
            self._away = away
            self._paint()
            if away:
                self._told = None
                self._notice(_("The server does not answer."), QSystemTrayIcon.MessageIcon.Warning)

    def show_alerts(self, page: Alerts) -> None:
        """These are open now; what is new among them is told, but for what was there at the sign-in."""
        before = self._alerts
        self._alerts = list(page.alerts)
        if before is not None:
            known = {(each.code, each.kind, each.id) for each in before}
            fresh = [each for each in page.alerts if (each.code, each.kind, each.id) not in known]
            if fresh:
                bad = any(each.severity == "error" for each in fresh)
                marks = QSystemTrayIcon.MessageIcon
                self._told = fresh[0]
                self._notice(said(fresh[0]), marks.Critical if bad else marks.Warning)
        self._paint()

    @property
    def number(self) -> int:
        """How many alerts are open."""
        return len(self._alerts or ())

    def _notice(self, text: str, mark: QSystemTrayIcon.MessageIcon) -> None:
        self.icon.showMessage("Tollhouse", text, mark, NOTICE_MS)

    def _clicked(self) -> None:
        """Somebody clicked the notice: what it was about."""
        if self._told is not None:
            self.alert_wanted.emit(self._told)
        else:
            self.opened.emit()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.opened.emit()

    def _paint(self) -> None:
        number = self.number
        alerts = plural("{n} alert", "{n} alerts", number) if number else _("No alerts")
        self._list.setText(alerts)
        said = _("The server does not answer.") if self._away else alerts
        self.icon.setToolTip(f"Tollhouse · {said}")
        self.icon.setIcon(QIcon(picture(self._theme, number, away=self._away)))


def picture(theme: Theme, number: int, *, away: bool) -> QPixmap:
    """The icon: a handset; grey while the server is away; the number of alerts in a disc at its corner."""
    ground, accent = theme.color("surface"), theme.color("muted" if away else "accent")
    made = QPixmap(SIZE, SIZE)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(accent)
    painter.drawRoundedRect(2, 2, SIZE - 4, SIZE - 4, 14, 14)
    painter.drawPixmap(12, 12, icon("calls", ground).pixmap(SIZE - 24, SIZE - 24))
    if number or away:
        disc = QRect(SIZE - 34, SIZE - 34, 32, 32)
        painter.setBrush(QColor(ground))
        painter.drawEllipse(disc.adjusted(-3, -3, 3, 3))
        painter.setBrush(theme.color("danger"))
        painter.drawEllipse(disc)
        font = QFont(painter.font())
        font.setPixelSize(22)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(ground)
        text = "!" if away else count(number) if number <= MOST else f"{count(MOST)}+"
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return made
