"""A reference to another thing: a field that searches a list operation while one types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QComboBox, QLineEdit

from appliance.gui.client import Client, Reply, rows_field
from appliance.gui.widgets.pick_box import PickBox
from appliance.gui.widgets.ranked import Ranked
from appliance.wire.operations import OPERATIONS

TYPED_MS = 150
OFFERED = 50


class Choice(PickBox):
    """`value()` is `value(view)` of what is chosen, None where nothing is. `show(view)` is its text, which must tell things apart.

    `request` is the list's request to begin from; its `search` is what is typed.
    """

    chosen = Signal(object)
    """The view that was chosen, None when it was emptied."""

    def __init__(
        self,
        client: Client,
        operation: str,
        *,
        show: Callable[[Any], str] = lambda view: str(view.name),
        value: Callable[[Any], Any] = lambda view: view.id,
        request: Any = None,
        placeholder: str = "",
    ) -> None:
        super().__init__()
        self._client, self._operation = client, OPERATIONS[operation]
        self._show, self._value = show, value
        self._request = request if request is not None else self._operation.request()
        reply_type = self._operation.reply
        self._rows = rows_field(reply_type) if isinstance(reply_type, type) else ""
        self._views: dict[str, Any] = {}
        self._picked: Any = None
        self._set_text = ""
        self._reply: Reply | None = None
        self.setEditable(True)
        self._line = self.lineEdit() or QLineEdit()
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._found = Ranked(self)
        self._line.setPlaceholderText(placeholder)
        self._typing = QTimer(self, singleShot=True, interval=TYPED_MS)
        self._typing.timeout.connect(self.ask)
        self._line.textEdited.connect(self._typed)
        self.activated.connect(lambda at: self._pick(self.itemText(at)))
        self._found.activated.connect(self._pick)
        self._asked = False

    def value(self) -> Any:
        """What was chosen, or what the field was filled with; None of an empty or unknown text."""
        text = self.currentText().strip()
        view = self._views.get(text)
        if view is not None:
            return self._value(view)
        return self._picked if text and text == self._set_text else None

    def typed(self) -> str:
        """The text as it stands, chosen or not."""
        return self.currentText().strip()

    def view(self) -> Any:
        """The whole view of what is chosen, None where it is not loaded."""
        return self._views.get(self.currentText().strip())

    def set_value(self, value: Any, text: str = "") -> None:
        """Fill the field; `text` is what a person reads where it is not the value itself."""
        self._picked, self._set_text = value, text or ("" if value is None else str(value))
        self.setEditText(self._set_text)
        self._line.setCursorPosition(0)  # a long name is shown from its beginning

    def set_request(self, request: Any) -> None:
        """Offer other things from now on."""
        self._request, self._asked = request, False
        self._views = {}

    def ask(self) -> None:
        """Ask the server for what fits the text."""
        self._asked = True
        request, fields = self._request, set(type(self._request).__struct_fields__)
        narrowed: dict[str, Any] = {}
        if "search" in fields:
            narrowed["search"] = "" if self.value() is not None else self.typed()
        if "limit" in fields:
            narrowed["limit"] = OFFERED
        if self._reply is not None:
            self._reply.abandon()
        self._reply = self._client.call(self._operation.name, msgspec.structs.replace(request, **narrowed))
        self._reply.done.connect(self._came)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusInEvent(event)
        if not self._asked:
            self.ask()

    def showPopup(self) -> None:  # noqa: N802
        if not self._asked:
            self.ask()
        super().showPopup()

    def _typed(self, text: str) -> None:
        if not text.strip():
            self._picked = None
            self.chosen.emit(None)
        self._typing.start()

    def _pick(self, text: str) -> None:
        view = self._views.get(text)
        if view is not None:
            self.setEditText(text)
            self.chosen.emit(view)

    def _came(self, page: Any) -> None:
        self._reply = None
        self._views = {self._show(view): view for view in getattr(page, self._rows)}
        texts, text = list(self._views), self.currentText()
        self.blockSignals(True)
        self.clear()
        self.addItems(texts)
        self.setCurrentIndex(self.findText(text))
        self.setEditText(text)
        self.blockSignals(False)
        self._found.rank(text)
        if self._line.hasFocus() and text and text not in self._views:
            self._found.complete()
        elif text in self._views and self._views[text] is not None:
            self.chosen.emit(self._views[text])
