"""What-if: a change of a tariff tried on the calls of the last days before it is saved, with the difference for each customer (N5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui.desk import Desk
from appliance.gui.screens.parts.difference_view import DifferenceView
from appliance.gui.widgets.long_work import LongWork
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.gui.words import _, count
from appliance.wire.corrections import WhatIf, WhatIfView
from appliance.wire.price_work import PricesPreview

DAYS = 30
TRIED = ("markup_percent", "surcharge_per_minute", "rounding", "decimals", "price_rounding", "duration_rounding", "increment_style")
"""What of a tariff's details can be tried."""
SIZE = (720, 520)


def triable(changed: Mapping[str, Any]) -> dict[str, Any]:
    """Of changed details those that calls can be tried with."""
    return {name: value for name, value in changed.items() if name in TRIED and value is not None}


def try_change(
    desk: Desk,
    owner: QWidget,
    tariff: int,
    *,
    details: Mapping[str, Any] | None = None,
    percent: PricesPreview | None = None,
    save: Callable[[], None] | None = None,
) -> LongWork:
    """Ask, with progress and Cancel; then show the difference, from where `save` does it."""

    def came(view: WhatIfView) -> None:
        show_difference(desk, owner, view, save)

    dialog = LongWork(
        desk,
        owner,
        title=_("Trying the change on past calls"),
        text=_("The calls of the last {days} days are priced again. Nothing is changed.", days=count(DAYS)),
        name="tariffs.what_if",
        request=WhatIf(tariff=tariff, days=DAYS, percent=percent, **dict(details or {})),
        on_done=came,
    )
    dialog.open()
    return dialog


def show_difference(desk: Desk, owner: QWidget, view: WhatIfView, save: Callable[[], None] | None) -> PanelDialog:
    """The figures, and Save where there is something to be saved."""
    shown = DifferenceView(desk)
    shown.show_difference(view.difference)

    def go() -> bool:
        if save is not None:
            save()
        return True

    title = _("The last {days} days with {tariff} as changed", days=count(DAYS), tariff=view.tariff)
    dialog = PanelDialog(owner, title, shown, verb=_("&Save change") if save is not None else "", run=go, size=SIZE)
    dialog.open()
    return dialog
