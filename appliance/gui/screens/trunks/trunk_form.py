"""The form of a trunk: what the carrier said first, the rest below it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui.desk import Desk
from appliance.gui.screens.trunks.certificate_field import certificate_field
from appliance.gui.screens.trunks.number_rules import rules_field
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _
from appliance.wire.trunks import NumberRule, TrunkCreate, TrunkUpdate, TrunkView

LISTS = ("addresses", "codecs")
RULES = ("rules", "caller_rules")
WIDTH = 760


def trunk_form(desk: Desk, view: TrunkView | None = None) -> Form:
    """The fields of a trunk; filled with `view` where it is there already."""
    form = Form()
    left, right = form.columns(2)
    with form.group(left):
        form.heading(_("Carrier"))
        form.text("name", _("&Name"), required=True)
        form.text("host", _("&Host or address"), required=True, placeholder="sip.carrier.example", help=_("Where calls are sent."))
        with form.row():
            form.whole("port", _("&Port"), most=65535)
            form.pick("transport", _("&Transport"), [("udp", "UDP"), ("tcp", "TCP"), ("tls", "TLS")])
        form.text("username", _("&User name"), help=_("Empty where the carrier knows us by our address."))
        known = _("Kept as it is") if view is not None and view.has_password else ""
        form.secret("password", _("Pass&word"), placeholder=known)
        form.check("register", _("&Register at the carrier"), help=_("For carriers that send calls only to whom is registered."))
        form.choice(
            "cost_tariff",
            _("&Buying prices"),
            desk.client,
            "tariffs.list",
            value=lambda each: each.name,
            help=_("The tariff that calls over this trunk cost."),
        )
        form.text("addresses", _("Takes calls &from"), help=_("Addresses or networks, with commas. Empty: the host alone."))
        form.text(
            "tls_name",
            _("TLS n&ame"),
            longest=253,
            placeholder="sip.carrier.example",
            help=_("Calls over TLS with a trusted certificate for this name come from it, whatever their address."),
        )
        certificate_field(form, desk, "certificate")
    with form.group(right):
        form.heading(_("Numbers"))
        with form.row():
            form.whole("strip", _("Digits to cut off"), most=32)
            form.text("prepend", _("Digits to put before"), longest=32)
        form.note(_("So 31201234567 becomes what the carrier wants to be dialled."))
        rules_field(form, "rules", _("Ru&les for numbers called"), _("One a line: 0031 -4 +31 cuts four digits where 0031 begins, then puts 31."))
        rules_field(form, "caller_rules", _("Rules for numbers &shown"), _("The same for callers' numbers. * stands for all others."))
        form.text("main_number", _("&Main number"), help=_("Shown to the called person where a caller has no number of its own."))
        form.heading(_("Limits and sound"))
        form.whole("max_calls", _("&Calls at once"), empty=True, help=_("Empty: no limit."))
        form.pick(
            "media",
            _("Sound"),
            [("auto", _("Through the server where needed")), ("always", _("Always through the server")), ("never", _("Never through the server"))],
        )
        form.text("codecs", _("Codecs"), help=_("With commas, such as PCMA, PCMU, G729. Empty: whatever the phones offer."))
        form.heading(_("Use"))
        form.text("hours", _("Calls g&o out only"), longest=11, placeholder="08:00-20:00", help=_("In the reseller's time zone. Empty: at any time."))
        form.check("never_rests", _("It is ne&ver rested, also when it fails"))
        form.check("emergency", _("Takes &emergency calls"))
        form.check("emergency_location", _("&It takes their address as PIDF-LO"), help=_("Only where the carrier says so: else it is the Subject."))
        form.check("trusted", _("It may show any caller's number"))
        form.check("disabled", _("&Disabled"))
    form.fill(filled(view))
    return form


def filled(view: TrunkView | None) -> dict[str, Any]:
    """What the form begins with."""
    if view is None:
        return {"port": 5060, "transport": "udp", "strip": 0, "media": "auto", "register": True, "rules": [], "caller_rules": [], "certificate": ""}
    found = {name: getattr(view, name) for name in TrunkUpdate.__struct_fields__ if hasattr(view, name) and name not in {"id", "version", "numbers"}}
    for name in RULES:
        found[name] = [NumberRule(each.prefix, each.strip, each.prepend) for each in found[name]]
    found["certificate"] = view.certificate_name  # what is kept is not shown, and not sent back
    return {**found, "username": view.username or "", **{name: ", ".join(getattr(view, name)) for name in LISTS}}


def written(values: dict[str, Any]) -> dict[str, Any]:
    """The form's values as fields of the request: texts with commas become lists, an untouched password is left out."""
    found = dict(values)
    for name in LISTS:
        if name in found:
            found[name] = [part.strip() for part in found[name].replace(";", ",").split(",") if part.strip()]
    if "username" in found:
        found["username"] = found["username"] or None
    if found.get("password") is None:
        found.pop("password", None)
    return found


def add_trunk(desk: Desk, owner: QWidget, done: Callable[[TrunkView], None]) -> FormDialog:
    """A new trunk."""

    def request(values: dict[str, Any]) -> TrunkCreate:
        fields = written(values)
        fields["addresses"] = fields["addresses"] or None
        return TrunkCreate(**fields)

    return open_form(desk, owner, _("Add trunk"), trunk_form(desk), "trunks.create", request, done, width=WIDTH)


def edit_trunk(desk: Desk, owner: QWidget, view: TrunkView) -> FormDialog:
    """Changes of a trunk; running calls keep what they began with."""

    def request(values: dict[str, Any]) -> TrunkUpdate | None:
        fields = written(values)
        return TrunkUpdate(id=view.id, version=view.version, **fields) if fields else None

    return open_form(
        desk,
        owner,
        _("Edit {name}", name=view.name),
        trunk_form(desk, view),
        "trunks.update",
        request,
        lambda fresh: desk.toast(_("{name} is changed", name=fresh.name)),
        verb=_("Save"),
        changed_only=True,
        width=WIDTH,
    )
