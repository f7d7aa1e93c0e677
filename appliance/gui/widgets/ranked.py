"""What is offered while one types into a field of choices: the exact text first, then what begins with it, then what holds it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit


def ranked(texts: Iterable[str], typed: str) -> list[str]:
    """All texts: those that are `typed`, that begin with it, that have a word which does, that hold it; the rest. Each in its order."""
    wanted = typed.strip().casefold()
    word = re.compile(rf"\b{re.escape(wanted)}")

    def rank(text: str) -> int:
        folded = text.casefold()
        if folded == wanted:
            return 0
        if folded.startswith(wanted):
            return 1
        return 2 if word.search(folded) else 3

    return sorted(texts, key=rank)


class Ranked(QCompleter):
    """The completer of an editable `field`; it offers the field's own lines and puts them in order with each letter."""

    def __init__(self, field: QComboBox) -> None:
        super().__init__(field)
        self._field = field
        self._texts = QStringListModel(self)
        self.setModel(self._texts)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        line = field.lineEdit() or QLineEdit()
        line.textEdited.connect(self.rank)
        field.setCompleter(self)

    def rank(self, typed: str) -> None:
        """The field's lines as they are now, in the order that fits what was typed."""
        field = self._field
        self._texts.setStringList(ranked((field.itemText(at) for at in range(field.count())), typed))
