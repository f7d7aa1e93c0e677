"""One way to open a form that asks an operation: title, fields, verb, request, and what is done with the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui.desk import Desk
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog


def open_form(
    desk: Desk,
    owner: QWidget,
    title: str,
    form: Form,
    operation: str,
    request: Callable[[dict[str, Any]], Any],
    done: Callable[[Any], None] | None = None,
    *,
    verb: str = "",
    dangerous: bool = False,
    changed_only: bool = False,
    width: int = 440,
) -> FormDialog:
    """Open it and give it back. `verb` is the title where none is named; the rest is as for FormDialog."""
    dialog = FormDialog(
        desk.client,
        owner,
        title=title,
        form=form,
        verb=verb or title,
        operation=operation,
        request=request,
        on_done=done,
        dangerous=dangerous,
        changed_only=changed_only,
        width=width,
    )
    dialog.open()
    return dialog
