"""What a list of calls is narrowed by: period, number or destination, customer, endpoint, trunk, result, direction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from PySide6.QtCore import QDate, Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QDateEdit, QLineEdit, QWidget

from appliance.clock import Clock, rfc3339
from appliance.gui.desk import Desk
from appliance.gui.theme import space
from appliance.gui.widgets.choice import Choice
from appliance.gui.widgets.plain import label, row
from appliance.gui.words import _
from appliance.wire.shapes import Listing

TYPED_MS = 250
CUSTOM = "custom"
USUAL = "30_days"


def periods() -> list[tuple[str, str]]:
    """(name, text) of the periods one can choose."""
    return [
        ("today", _("Today")),
        ("yesterday", _("Yesterday")),
        ("7_days", _("Last 7 days")),
        (USUAL, _("Last 30 days")),
        ("month", _("This month")),
        ("last_month", _("Last month")),
        ("all", _("All time")),
        (CUSTOM, _("From … to …")),
    ]


def today(clock: Clock) -> date:
    """The day it is here."""
    return datetime.fromtimestamp(clock.utcnow() / 1000, UTC).astimezone().date()


def midnight(day: date) -> str:
    """The moment a day begins here, as the wire writes it."""
    return rfc3339(round(datetime(day.year, day.month, day.day).astimezone().timestamp() * 1000))


def bounds(period: str, now: date) -> tuple[str | None, str | None]:
    """(since, until) of a named period; until is not included."""
    month = now.replace(day=1)
    days = {"today": (now, None), "yesterday": (now - timedelta(1), now), "7_days": (now - timedelta(6), None), USUAL: (now - timedelta(29), None)}
    days |= {"month": (month, None), "last_month": ((month - timedelta(1)).replace(day=1), month)}
    first, last = days.get(period, (None, None))
    return (None if first is None else midnight(first), None if last is None else midnight(last))


class CallFilters(QWidget):
    """One line of fields. `changed` comes when what they say changed; `fields()` is it, by field of `CdrFilter`."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._clock = desk.clock
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Number or destination"))
        self.search.setAccessibleName(_("Number or destination"))
        self.search.setClearButtonEnabled(True)
        self.period = QComboBox()
        self.period.setAccessibleName(_("Period"))
        for name, text in periods():
            self.period.addItem(text, name)
        self.since, self.until = self._day(_("From")), self._day(_("Until"))
        self.between = label(_("to"), "muted")
        self.customer = Choice(desk.client, "customers.list", placeholder=_("Customer: all"))
        self.endpoint = Choice(desk.client, "endpoints.list", show=lambda view: str(view.number), placeholder=_("Endpoint: all"))
        self.trunk = Choice(desk.client, "trunks.list", placeholder=_("Trunk: all"), request=Listing(archived=True))
        self.reseller = Choice(desk.client, "resellers.list", placeholder=_("Reseller: all"))
        self.choices = {"customer": self.customer, "endpoint": self.endpoint, "trunk": self.trunk, "reseller": self.reseller}
        for choice, name in zip(self.choices.values(), (_("Customer"), _("Endpoint"), _("Trunk"), _("Reseller")), strict=True):
            choice.setAccessibleName(name)
            choice.setMinimumWidth(96)
            choice.setMinimumContentsLength(8)
        parts = (self.search, self.period, self.since, self.between, self.until, self.customer, self.endpoint, self.trunk)
        line = row(*parts)
        line.setContentsMargins(space("large"), space("medium"), space("large"), 0)
        for part, stretch in ((self.search, 3), (self.customer, 2), (self.endpoint, 2), (self.trunk, 2)):
            line.setStretchFactor(part, stretch)
        self.setLayout(line)
        self._choose_period(USUAL)
        self._connect()

    # use -----------------------------------------------------------------------------------------------------------
    def fields(self) -> dict[str, Any]:
        """What is chosen, by field of the request; what is not chosen is left out."""
        period = str(self.period.currentData())
        if period == CUSTOM:
            since: str | None = midnight(_date(self.since))
            until: str | None = midnight(_date(self.until) + timedelta(1))
        else:
            since, until = bounds(period, today(self._clock))
        found: dict[str, Any] = {"since": since, "until": until, **_searched(self.search.text())}
        found |= {name: choice.value() for name, choice in self.choices.items()}
        return {name: value for name, value in found.items() if value not in (None, "")}

    def narrowed(self) -> bool:
        """Whether anything but the period is chosen."""
        return bool(self.search.text().strip()) or any(each.typed() for each in self.choices.values())

    def clear(self) -> None:
        """Everything but the period."""
        self.search.clear()
        for each in self.choices.values():
            each.set_value(None)

    def fill(self, wanted: Mapping[str, str]) -> None:
        """Fields by name, as a Place carries them: `customer` and its kin by name, `number`, `destination`, `period`."""
        for name, choice in self.choices.items():
            if name in wanted:
                choice.set_value(wanted[name])
        for name in ("number", "destination"):
            if name in wanted:
                self.search.setText(wanted[name])
        self._choose_period(wanted.get("period", str(self.period.currentData())))

    def settle(self) -> None:
        """What is chosen now is asked for already: nothing is told of it."""
        self._said = self._chosen()
        self._typing.stop()

    # parts ---------------------------------------------------------------------------------------------------------
    def _day(self, name: str) -> QDateEdit:
        made = QDateEdit(QDate.fromString(today(self._clock).isoformat(), Qt.DateFormat.ISODate))
        made.setCalendarPopup(True)
        made.setAccessibleName(name)
        return made

    def _choose_period(self, name: str) -> None:
        self.period.setCurrentIndex(max(0, self.period.findData(name)))
        self._show_days()

    def _show_days(self) -> None:
        own = self.period.currentData() == CUSTOM
        for each in (self.since, self.between, self.until):
            each.setVisible(own)

    def _connect(self) -> None:
        self._typing = QTimer(self, singleShot=True, interval=TYPED_MS)
        self._typing.timeout.connect(self.changed)
        self.search.textChanged.connect(self._soon)
        self.period.currentIndexChanged.connect(self._show_days)
        self.period.currentIndexChanged.connect(self._soon)
        for day in (self.since, self.until):
            day.dateChanged.connect(self._soon)
        self._said = self._chosen()
        for choice in self.choices.values():
            choice.editTextChanged.connect(self._chosen_changed)

    def _soon(self) -> None:
        self._typing.start()

    def _chosen(self) -> tuple[object, ...]:
        return tuple(each.value() for each in self.choices.values())

    def _chosen_changed(self) -> None:
        """A name half typed narrows nothing yet."""
        chosen = self._chosen()
        if chosen != self._said:
            self._said = chosen
            self._typing.start()


def _date(field: QDateEdit) -> date:
    return date.fromisoformat(field.date().toString(Qt.DateFormat.ISODate))


def _searched(text: str) -> dict[str, str]:
    """Digits are a number, anything else a destination."""
    bare = "".join(sign for sign in text if sign not in " -.()/\u00a0")
    digits = bare.removeprefix("+").removeprefix("00") if bare.startswith(("+", "00")) else bare
    if digits.isdigit():
        return {"number": digits}
    return {"destination": text.strip()} if text.strip() else {}
