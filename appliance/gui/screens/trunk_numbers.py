"""Incoming numbers of a trunk: which endpoint each rings."""

from __future__ import annotations

from typing import Any

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.screen import Screen
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.words import _, number
from appliance.wire.trunks import TrunkNumber, TrunkNumberRemove, TrunkNumberView, TrunkUpdate, TrunkView


def endpoint_text(view: Any) -> str:
    """An endpoint of a list, so that one tells it from others."""
    return f"{view.number} · {view.customer}"


def put_number(desk: Desk, owner: Screen, trunk: TrunkView, row: TrunkNumberView | None) -> FormDialog:
    """A new incoming number, or another endpoint for one."""
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
    if row is not None and row.endpoint:
        form.fill({"endpoint": row.endpoint})

    def request(values: dict[str, Any]) -> TrunkUpdate:
        did = row.did if row is not None else "".join(sign for sign in values["did"] if sign.isdigit())
        return TrunkUpdate(id=trunk.id, numbers=[TrunkNumber(did=did, endpoint=values["endpoint"])])

    dialog = FormDialog(
        desk.client,
        owner,
        title=_("Add number") if row is None else number(row.did),
        form=form,
        verb=_("Add number") if row is None else _("Save"),
        operation="trunks.update",
        request=request,
        on_done=lambda fresh: owner.refresh(),
    )
    dialog.open()
    return dialog


def remove_number(desk: Desk, owner: Screen, trunk: TrunkView, row: TrunkNumberView) -> None:
    """The number comes in no more; may be undone."""

    def undo() -> None:
        back = TrunkUpdate(id=trunk.id, numbers=[TrunkNumber(did=row.did, endpoint=row.endpoint)])
        operation.run(owner, desk.client, "trunks.update", back, on_done=lambda fresh: owner.refresh())

    def done(result: object) -> None:
        desk.toast(_("{number} comes in no more", number=number(row.did)), undo)
        owner.refresh()

    operation.run(owner, desk.client, "trunks.remove_number", TrunkNumberRemove(row.did), on_done=done)
