"""The form of a shop's settings: prices for guests, receipt, cash, what clerks may do."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.gui import words
from appliance.gui.client import Client
from appliance.gui.desk import Desk
from appliance.gui.widgets.form import Form
from appliance.gui.words import _
from appliance.wire.shapes import Listing
from appliance.wire.shops import ShopUpdate, ShopView


def split_words(text: str) -> list[str]:
    """Words of a list that was typed with commas, semicolons, blanks or lines."""
    return [each for each in text.replace(",", " ").replace(";", " ").split() if each]


class ShopForm(Form):
    """What is not changed is not sent."""

    def __init__(self, desk: Desk, client: Client) -> None:
        super().__init__()
        left, right = self.columns(2)
        with self.group(left):
            self.heading(_("Prices for guests"))
            self.text("booth_markup_percent", _("&Markup on what the shop pays, percent"), longest=12)
            self.choice("booth_tariff", _("or a &tariff of its own"), client, "tariffs.list", request=Listing())
            self.lines("blocked", _("&Blocked prefixes"), rows=2, help=_("No booth may call these, such as premium numbers."))
            self.heading(_("Cash"))
            self.text("rounding", _("Cash is rounded t&o"), longest=12, help=_("The smallest coin in use, or 0."))
            self.text("denominations", _("&Notes and coins"), longest=300, help=_("For counts and change."))
            self.lines("currencies", _("&Foreign cash"), rows=2, help=_("One a line: USD 0.90 means that a dollar is taken for 0.90."))
        with self.group(right):
            self.heading(_("Receipt"))
            self.text("receipt_name", _("&Shop's name"), longest=80)
            self.lines("receipt_head", _("&Address and telephone"), rows=3)
            self.lines("receipt_foot", _("&Last lines"), rows=2)
            with self.row():
                self.text("tax_number", _("Tax n&umber"), longest=40)
                self.text("tax_percent", _("Ta&x percent"), longest=12)
            self.heading(_("Clerks"))
            with self.row():
                self.whole("forgive_seconds", _("May forgive calls &under, s"), least=0, most=3600)
                self.text("forgive_amount", _("&up to, a shift"), longest=16)
            self.whole("warn_seconds", _("&Warn before the end, s"), least=0, most=3600)
            self.check("pin_everything", _("Wal&k-outs want a supervisor's PIN, too"))
            self.heading(_("Rules for tills"))
            self.fiscal = self.note("")
        self._desk = desk

    def show_shop(self, view: ShopView) -> None:
        """Fill it with the shop as it is."""
        values: dict[str, Any] = {name: getattr(view, name) for name in _PLAIN}
        values["booth_markup_percent"] = _typed(view.booth_markup_percent)
        for name in ("rounding", "tax_percent", "forgive_amount"):
            values[name] = _typed(getattr(view, name))
        values["blocked"] = " ".join(view.blocked)
        values["denominations"] = "  ".join(_typed(each) for each in view.denominations)
        values["currencies"] = "\n".join(f"{code} {_typed(rate)}" for code, rate in view.currencies.items())
        values["booth_tariff"] = None if view.booth_markup_percent is not None else (view.booth_tariff, view.booth_tariff or "")
        self.fill(values)
        if view.fiscal_countries:
            self.fiscal.setText(_fiscal(view))

    def request(self, view: ShopView) -> ShopUpdate | None:
        """What was changed, None where a field cannot be read or nothing was."""
        changed = self.changed()
        if not changed:
            return None
        for name in ("booth_markup_percent", "rounding", "tax_percent", "forgive_amount"):
            if name in changed:
                changed[name] = _plain(changed[name])
        if "blocked" in changed:
            changed["blocked"] = split_words(changed["blocked"])
        if "denominations" in changed:
            changed["denominations"] = [_plain(each) for each in changed["denominations"].replace(";", " ").split()]
        if "currencies" in changed:
            changed["currencies"] = _currencies(changed["currencies"])
        if changed.get("booth_markup_percent") == "":
            del changed["booth_markup_percent"]
        if changed.get("booth_tariff", 0) is None:
            del changed["booth_tariff"]
        return msgspec.structs.replace(ShopUpdate(view.id, version=view.version), **changed)


_PLAIN = ("receipt_name", "receipt_head", "receipt_foot", "tax_number", "forgive_seconds", "warn_seconds", "pin_everything")


def _fiscal(view: ShopView) -> str:
    """What is promised of tills, and what is not, by country."""
    territories = words.locale().territories
    names = sorted((str(territories.get(each, each)) for each in view.fiscal_countries), key=str.casefold)
    here = _("The rules for tills of this country are not met by this program: ask your accountant what else is needed.")
    said = _(
        "Receipts and reports are numbered, chained and kept; they claim nothing more. These countries ask more of a till (a signing device,"
        " a certificate, a report at once): {countries}. A signing device is connected at its till.",
        countries=", ".join(names),
    )
    return f"{here}\n\n{said}" if view.fiscal_notice else said


def _typed(amount: str | None) -> str:
    """A wire amount as a person types it, without what is not needed."""
    if not amount:
        return ""
    short = amount.rstrip("0").rstrip(".") if "." in amount else amount
    return words.plain_amount(short or "0")


def _plain(text: str) -> str:
    """What a person typed as the wire writes it; what cannot be read goes as it is, and the server says what is wrong."""
    try:
        return words.parse_money(text) if text else ""
    except ValueError:
        return text


def _currencies(text: str) -> dict[str, str]:
    """`USD 0.90` a line."""
    found = {}
    for each in text.splitlines():
        code, _blank, rate = each.strip().partition(" ")
        if code:
            found[code.upper()] = _plain(rate.strip().lstrip("=").strip())
    return found
