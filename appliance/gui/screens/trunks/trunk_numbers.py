"""Incoming numbers of a trunk: which endpoint each rings, where it goes then, and what it costs its customer."""

from __future__ import annotations

from typing import Any

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.screen import Screen
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.open_form import open_form
from appliance.gui.words import _, count, number
from appliance.wire.trunks import TrunkNumber, TrunkNumberRemove, TrunkNumberView, TrunkUpdate, TrunkView

MOST_FAILOVER = 5
PRICES = ("price_per_minute", "monthly_fee", "setup_fee")


def endpoint_text(view: Any) -> str:
    """An endpoint of a list, so that one tells it from others."""
    return f"{view.number} · {view.customer}"


def failover_field(form: Form) -> None:
    """The numbers that are tried next."""
    form.heading(_("Where it goes then"))
    form.lines(
        "failover",
        _("Numbers &tried next"),
        rows=MOST_FAILOVER,
        help=_(
            "Up to {most}, one a line, as the endpoint would dial them; its customer pays. Tried where it is not there or does not answer."
        ).replace("{most}", count(MOST_FAILOVER)),
    )


def failover_of(values: dict[str, Any]) -> dict[str, Any]:
    """The form's values with those numbers as a list."""
    if "failover" not in values:
        return values
    return values | {"failover": [each.strip() for each in values["failover"].splitlines() if each.strip()]}


def price_fields(form: Form, currency: str, *, buyer: bool = False) -> None:
    """What its customer pays for a number, or the reseller that buys it."""
    form.heading(_("What the sub-reseller pays") if buyer else _("What the customer pays"))
    with form.row():
        form.money("price_per_minute", _("&Price a minute"), currency=currency, help=_("Empty: free."))
        form.money("monthly_fee", _("&Monthly fee"), currency=currency, help=_("Empty: none."))
    form.money("setup_fee", _("Once, when it is &given"), currency=currency, help=_("Empty: none."))


def put_number(desk: Desk, owner: Screen, trunk: TrunkView, row: TrunkNumberView | None) -> FormDialog:
    """A new incoming number, or what is set of one."""
    form = Form()
    if row is None:
        form.text("did", _("&Number"), required=True, longest=40, help=_("With country code, as the carrier sends it: 31201234567."))
    form.choice(
        "endpoint",
        _("Rings &endpoint"),
        desk.client,
        "endpoints.list",
        show=endpoint_text,
        value=lambda view: view.number,
        help=_("Empty: it rings nowhere."),
    )
    failover_field(form)
    price_fields(form, row.currency if row is not None else "")
    if row is not None:
        form.fill({name: getattr(row, name) for name in ("endpoint", *PRICES)} | {"failover": "\n".join(row.failover)})

    def request(values: dict[str, Any]) -> TrunkUpdate | None:
        if row is not None and not values:
            return None
        fields = dict(values)
        did = row.did if row is not None else "".join(sign for sign in fields.pop("did") if sign.isdigit())
        return TrunkUpdate(id=trunk.id, numbers=[TrunkNumber(did=did, **failover_of(fields))])

    return open_form(
        desk,
        owner,
        _("Add number") if row is None else number(row.did),
        form,
        "trunks.update",
        request,
        lambda fresh: owner.refresh(),
        verb=_("Add number") if row is None else _("Save"),
        changed_only=row is not None,
    )


def remove_number(desk: Desk, owner: Screen, trunk: TrunkView, row: TrunkNumberView) -> None:
    """The number comes in no more; may be undone."""

    def undo() -> None:
        kept = TrunkNumber(row.did, row.endpoint, row.failover, row.price_per_minute, row.monthly_fee)  # what was paid once was paid
        back = TrunkUpdate(id=trunk.id, numbers=[kept])
        operation.run(owner, desk.client, "trunks.update", back, on_done=lambda fresh: owner.refresh())

    def done(result: object) -> None:
        desk.toast(_("{number} comes in no more", number=number(row.did)), undo)
        owner.refresh()

    operation.run(owner, desk.client, "trunks.remove_number", TrunkNumberRemove(row.did), on_done=done)
