"""What a clerk may not do alone: the act is asked, and where the server wants a supervisor, his PIN is asked and it is asked again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.words import _
from appliance.wire.bills import Approval
from appliance.wire.problem import Problem
from appliance.wire.shops import Approver

WANTED = "approval.wanted"


class ApprovalForm(Form):
    """Who approves, and the PIN."""

    def __init__(self, approvers: Sequence[Approver]) -> None:
        super().__init__()
        ready = [each for each in approvers if each.has_pin]
        if ready:
            self.pick("login", _("&Supervisor"), [(each.login, each.name or each.login) for each in ready])
        else:
            self.note(_("No supervisor of this shop has a PIN yet. A supervisor sets one under Shop settings."))
            self.text("login", _("&Login"), required=True)
        pin = self.secret("pin", _("&PIN"), required=True, eye=False)
        pin.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly | Qt.InputMethodHint.ImhSensitiveData)
        pin.setFocus()


def run(
    owner: QWidget,
    desk: Desk,
    approvers: Sequence[Approver],
    name: str,
    request: Any,
    *,
    on_done: Callable[[Any], None],
    on_problem: Callable[[Problem], None] | None = None,
    busy: QWidget | None = None,
) -> None:
    """Ask the operation; where it wants an approval, ask for one and send the same again with it."""

    def refused(problem: Problem) -> None:
        if problem.code != WANTED:
            (on_problem or operation.teller(owner))(problem)
            return
        form = ApprovalForm(approvers)

        def again(values: dict[str, Any]) -> Any:
            return msgspec.structs.replace(request, approval=Approval(values["login"], values["pin"]))

        dialog = FormDialog(
            desk.client,
            owner,
            title=_("A supervisor has to approve this"),
            form=form,
            verb=_("Approve"),
            operation=name,
            request=again,
            on_done=on_done,
            width=380,
        )
        dialog.open()
        form.field("pin").setFocus()

    operation.run(owner, desk.client, name, request, on_done=on_done, on_problem=refused, busy=busy)
