"""The forms of a tariff: a new one, derived or base; its details; putting one away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from PySide6.QtWidgets import QComboBox, QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.people import currencies, time_zones
from appliance.gui.screens.parts import tariff_words
from appliance.gui.screens.tariffs.tariff_markup import MarkupEdit
from appliance.gui.widgets.archiving import archive
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _
from appliance.wire.shapes import Listing
from appliance.wire.tariffs import TariffCreate, TariffUpdate, TariffView

DERIVED, BASE = "derived", "base"
OF_DERIVED = ("base", "markup_percent", "surcharge_per_minute", "price_rounding")


def tariff_line(tariff: TariffView) -> str:
    """A tariff as it is found in a look-up."""
    return f"{tariff.name} · {tariff.currency}"


def add_markup(form: Form, name: str, text: str, *, help: str = "") -> MarkupEdit:
    """A markup as a field of a form."""
    made = MarkupEdit()
    made.changed.connect(form.edited)
    form.add(name, text, made, made.percentage, made.set_percentage, help=help)
    made.percent_line.setAccessibleName(text.replace("&", ""))
    return made


class NewTariffForm(Form):
    """Name and kind; what belongs to the other kind is hidden."""

    def __init__(self, desk: Desk, base: TariffView | None, kind: str) -> None:
        super().__init__()
        self.text("name", _("&Name"), required=True, placeholder=_("For example: retail summer"))
        kinds = [(DERIVED, _("Derived: another tariff's prices and a markup")), (BASE, _("Base: prices of its own, typed or imported"))]
        self.kind: QComboBox = self.pick("kind", _("&Kind"), kinds)
        self.base = self.choice("base", _("&From tariff"), desk.client, "tariffs.list", show=tariff_line, required=True)
        self.markup = add_markup(self, "markup_percent", _("&Markup"))
        surcharge = self.money("surcharge_per_minute", _("And on &each minute"), help=_("Added after the markup. Empty: nothing."))
        self.pick("price_rounding", _("Prices are &rounded"), tariff_words.price_roundings())
        self.pick("currency", _("&Currency"), currencies(_("The business's own")), search=True)
        self.kind.currentIndexChanged.connect(self._fit)
        self.base.chosen.connect(lambda view: surcharge.set_currency("" if view is None else view.currency))
        if base is not None:
            self.fill({"base": (base.id, tariff_line(base))})
            surcharge.set_currency(base.currency)
        self.fill({"kind": kind})
        self._fit()

    def _fit(self) -> None:
        derived = self.kind.currentData() == DERIVED
        for name in OF_DERIVED:
            self.show_field(name, derived)
        self.show_field("currency", not derived)


def new_tariff(values: dict[str, Any]) -> TariffCreate:
    """The request of the form's values."""
    wanted = {name: value for name, value in values.items() if name != "kind" and value not in (None, "")}
    return msgspec.convert(wanted, TariffCreate)


def add_tariff(
    desk: Desk, owner: QWidget, *, base: TariffView | None = None, kind: str = DERIVED, on_done: Callable[[TariffView], None] | None = None
) -> FormDialog:
    """Open the form of a new tariff; `base`: the one it derives from."""

    def done(tariff: TariffView) -> None:
        desk.toast(_("Tariff {name} is added", name=tariff.name))
        if on_done is not None:
            on_done(tariff)

    dialog = FormDialog(
        desk.client,
        owner,
        title=_("Add tariff"),
        form=NewTariffForm(desk, base, kind),
        verb=_("Add tariff"),
        operation="tariffs.create",
        request=new_tariff,
        on_done=done,
        width=480,
    )
    dialog.open()
    return dialog


def rename_tariff(desk: Desk, owner: QWidget, tariff: TariffView, on_done: Callable[[], None]) -> FormDialog:
    """Another name; may be undone."""
    form = Form()
    form.text("name", _("&Name"), required=True)
    form.fill({"name": tariff.name})

    def done(fresh: TariffView) -> None:
        def undo() -> None:
            operation.run(owner, desk.client, "tariffs.update", TariffUpdate(id=tariff.id, name=tariff.name), on_done=lambda _view: on_done())

        desk.toast(_("{old} is now called {new}", old=tariff.name, new=fresh.name), undo)
        on_done()

    return open_form(
        desk,
        owner,
        _("Rename tariff"),
        form,
        "tariffs.update",
        lambda values: TariffUpdate(id=tariff.id, version=tariff.version, **values) if values else None,
        done,
        verb=_("Rename"),
        changed_only=True,
    )


def archive_tariff(desk: Desk, owner: QWidget, tariff: TariffView, on_done: Callable[[], None]) -> None:
    """Out of use; may be undone. The server refuses it while somebody pays, buys or derives by it."""
    archive(desk, owner, "tariffs", tariff.id, tariff.name, _("Tariff {name} is archived", name=tariff.name), on_done)


class TariffDetails(Form):
    """All that a tariff prices by, in groups; filled by `show_tariff`."""

    def __init__(self, desk: Desk, *, derived: bool) -> None:
        super().__init__()
        self.derived = derived
        left, right = self.columns(2)
        with self.group(left):
            self._what(desk)
        with self.group(right):
            self._rules()

    def _what(self, desk: Desk) -> None:
        self.heading(_("Tariff"))
        self.text("name", _("&Name"), required=True)
        if self.derived:
            self.choice("base", _("&From tariff"), desk.client, "tariffs.list", show=tariff_line, request=Listing(), required=True)
            add_markup(self, "markup_percent", _("&Markup"))
            self.money("surcharge_per_minute", _("And on &each minute"), help=_("Added after the markup."))
            self.pick("price_rounding", _("Prices are &rounded"), tariff_words.price_roundings())
        help_of_guard = _("Also calls to prefixes that no trunk has a price for.")
        self.check("loss_guard", _("&Refuse calls that would cost more than they bring"), help=help_of_guard)
        self.money("on_net_price", _("Price of a minute between &own numbers"), help=_("Empty: such calls are free."))

    def _rules(self) -> None:
        self.heading(_("How calls are counted"))
        self.pick("increment_style", _('What "60/10" means'), tariff_words.increment_styles())
        self.pick("duration_rounding", _("&Seconds"), tariff_words.duration_roundings())
        self.heading(_("How amounts are rounded"))
        with self.row():
            self.pick("rounding", _("&Amount of a call"), tariff_words.roundings())
            self.whole("decimals", _("&Decimals"), least=0, most=6)
        self.heading(_("Times of day"))
        self.pick("timezone", _("Time &zone"), time_zones(), search=True)
        self.pick("band_rule", _("A call over two time &bands"), tariff_words.band_rules())

    def show_tariff(self, tariff: TariffView) -> None:
        """Fill it with the tariff as it is."""
        for name in ("surcharge_per_minute", "on_net_price"):
            if name != "surcharge_per_minute" or self.derived:
                self.field(name).set_currency(tariff.currency)  # type: ignore[attr-defined]
        values = {name: getattr(tariff, name) for name in TariffView.__struct_fields__}
        self.fill(values)
        if self.derived:
            self.fill({"base": (tariff.base, tariff.base or "")})
