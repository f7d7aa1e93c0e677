"""The forms of a reseller: a new one, changes, the tariff it buys by, money received from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.people import countries, currencies, person_languages, time_zones
from appliance.gui.screens.parts.payment_form import methods
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _, isolate, money
from appliance.wire.payments import PaymentRecord
from appliance.wire.resellers import ResellerCreate, ResellerUpdate, ResellerView
from appliance.wire.shapes import Listing

WIDTH = 760
ACCOUNT_PREFIX = "reseller:"


def plain_percent(text: str) -> str:
    """`12,5 %` as the wire's `12.5`; an empty text is 0."""
    return text.replace("%", "").replace(",", ".").strip() or "0"


def hosts(text: str) -> list[str]:
    """Names with commas as a list."""
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]


def _business(form: Form, *, new: bool) -> None:
    form.heading(_("Business"))
    form.text("name", _("&Name"), required=True)
    if new:
        form.pick("currency", _("C&urrency"), currencies(_("As its parent")), search=True, help=_("It cannot be changed later."))
    with form.row():
        form.pick("country", _("&Country"), countries(), search=True)
        form.pick("timezone", _("Time &zone"), time_zones(), search=True)
    form.pick("language", _("&Language"), person_languages())
    form.heading(_("Numbers and names"))
    form.text(
        "number_range",
        _("Number &range"),
        placeholder="2000000-2999999",
        help=_("New endpoints get the next free number of it. Empty: the next free million."),
    )
    form.text("sip_domain", _("&SIP domain"), placeholder="voice.reseller.example", help=_("What its phones register at. Empty: one is made up."))
    form.text("web_hosts", _("&Web host names"), help=_("With commas. Its customers' page is shown there."))
    form.text("caller_number", _("Caller number"), help=_("Shown where a caller has none of its own."))


def _money(form: Form, desk: Desk, parent: str | None, currency: str) -> None:
    form.heading(_("Money"))
    form.choice(
        "tariff",
        _("&Tariff it buys by"),
        desk.client,
        "tariffs.list",
        request=Listing(reseller=parent),
        value=lambda view: view.name,
        help=_("Without one its customers can call only each other."),
    )
    form.text(
        "retail_markup_percent", _("&Markup of its retail tariff"), help=_("Percent on top of what it pays. Its retail tariff is made at once.")
    )
    form.money("credit_limit", _("Credit &limit"), currency=currency, help=_("How far below zero its account with its parent may go."))


def _rights(form: Form) -> None:
    form.heading(_("What it may do"))
    form.whole("max_calls", _("Calls at &once"), empty=True, help=_("Empty: no limit."))
    form.check("call_shop_allowed", _("Call &shops"))
    form.check("may_have_resellers", _("R&esellers of its own"))
    form.check("own_trunks_allowed", _("Trunks &of its own"))
    form.check("disabled", _("&Disabled"), help=_("No call of its customers goes through."))


def add_reseller(desk: Desk, owner: QWidget, parent: ResellerView | None, done: Callable[[ResellerView], None]) -> FormDialog:
    """A new reseller below `parent` (None: below the asker's own)."""
    form = Form()
    left, right = form.columns(2)
    with form.group(left):
        if parent is not None:
            form.note(_("Below {name}", name=parent.name))
        _business(form, new=True)
    with form.group(right):
        _money(form, desk, parent.name if parent is not None else None, "")
        _rights(form)
    zone = parent.timezone if parent is not None else "UTC"
    form.fill(
        {"country": parent.country if parent is not None else "", "timezone": zone, "language": parent.language if parent is not None else "en"}
    )
    form.fill({"retail_markup_percent": "25", "credit_limit": "0", "call_shop_allowed": True})

    def request(values: dict[str, Any]) -> ResellerCreate:
        fields = {**values, "parent": parent.id if parent is not None else None}
        for name in ("currency", "sip_domain", "number_range"):
            fields[name] = fields[name] or None
        fields["web_hosts"] = hosts(fields["web_hosts"])
        fields["retail_markup_percent"] = plain_percent(fields["retail_markup_percent"])
        fields["credit_limit"] = fields["credit_limit"] or "0"
        return ResellerCreate(**fields)

    def made(view: ResellerView) -> None:
        desk.toast(" ".join([_("{name} is added.", name=view.name), *view.warnings]))
        done(view)

    return open_form(desk, owner, _("Add reseller"), form, "resellers.create", request, made, width=WIDTH)


def edit_reseller(desk: Desk, owner: QWidget, view: ResellerView) -> FormDialog:
    """Changes of a reseller. What its parent decides stands at the right; the root has no parent."""
    form = Form()
    left, right = form.columns(2)
    with form.group(left):
        _business(form, new=False)
    with form.group(right):
        if view.parent is not None:
            _money(form, desk, view.parent, view.currency)
            _rights(form)
        else:
            form.heading(_("Money"))
            form.text("retail_markup_percent", _("&Markup of the retail tariff"), help=_("Percent on top of what carriers cost."))
            form.whole("max_calls", _("Calls at &once"), empty=True, help=_("Empty: no limit."))
    filled = {
        name: getattr(view, name) for name in ResellerUpdate.__struct_fields__ if hasattr(view, name) and name not in {"id", "version", "dial_plan"}
    }
    form.fill({**filled, "web_hosts": ", ".join(view.web_hosts)})

    def request(values: dict[str, Any]) -> ResellerUpdate | None:
        fields = dict(values)
        if "web_hosts" in fields:
            fields["web_hosts"] = hosts(fields["web_hosts"])
        if "retail_markup_percent" in fields:
            fields["retail_markup_percent"] = plain_percent(fields["retail_markup_percent"])
        if "credit_limit" in fields:
            fields["credit_limit"] = fields["credit_limit"] or "0"
        return ResellerUpdate(id=view.id, version=view.version, **fields) if fields else None

    return open_form(
        desk,
        owner,
        _("Edit {name}", name=view.name),
        form,
        "resellers.update",
        request,
        lambda fresh: desk.toast(" ".join([_("{name} is changed.", name=fresh.name), *fresh.warnings])),
        verb=_("Save"),
        changed_only=True,
        width=WIDTH,
    )


def assign_tariff(desk: Desk, owner: QWidget, view: ResellerView) -> FormDialog:
    """Another tariff to buy by; may be undone for ten seconds."""
    form = Form()
    form.choice(
        "tariff",
        _("&Tariff it buys by"),
        desk.client,
        "tariffs.list",
        request=Listing(reseller=view.parent),
        value=lambda tariff: tariff.name,
        required=True,
        help=_("It holds for the next call on. Calls that run keep the price they began with. Its own tariffs follow the new one."),
    )
    form.fill({"tariff": view.tariff})

    def undo() -> None:
        operation.run(owner, desk.client, "resellers.update", ResellerUpdate(id=view.id, tariff=view.tariff))

    return open_form(
        desk,
        owner,
        _("Tariff of {name}", name=view.name),
        form,
        "resellers.update",
        lambda values: ResellerUpdate(id=view.id, tariff=values["tariff"]) if values["tariff"] != view.tariff else None,
        lambda fresh: desk.toast(_("{name} buys by {tariff} now", name=fresh.name, tariff=fresh.tariff), undo),
        verb=_("Assign tariff"),
    )


def add_money(desk: Desk, owner: QWidget, view: ResellerView) -> FormDialog:
    """A payment received from a reseller, onto its account with its parent."""
    form = Form()
    form.note(_("The balance of {name} is {money}.", name=view.name, money=money(view.balance, view.currency)))
    form.money("amount", _("&Amount"), currency=view.currency, required=True)
    with form.row():
        form.pick("method", _("&Method"), methods())
        form.text("reference", _("&Reference"))
    form.lines("note", _("&Note"), rows=2)
    form.fill({"method": "bank"})
    return open_form(
        desk,
        owner,
        _("Payment of {name}", name=view.name),
        form,
        "payments.record",
        lambda values: PaymentRecord(account=ACCOUNT_PREFIX + view.name, reseller=view.parent, **values),
        lambda paid: desk.toast(_("The payment of {name} is recorded.", name=isolate(view.name))),
        verb=_("Add payment"),
    )
