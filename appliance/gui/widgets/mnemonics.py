"""The underlined letters of a form, told apart: Alt and a letter leads to one field, in every language.

Sentences are translated one by one, so that two of a form may ask for the same letter; the first keeps it and the other gets another of its own.
"""

from __future__ import annotations

import re

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLabel, QWidget

from appliance.gui.screen import Screen

_MARK = re.compile(r"&(?!&)")
_DOUBLE = "\0"


def around(widget: QWidget) -> QWidget:
    """The dialog or the screen that the widget is part of: its letters work in the whole of it."""
    found = widget
    while not found.isWindow() and not isinstance(found, Screen):
        above = found.parentWidget()
        if above is None:
            break
        found = above
    return found


def settle(root: QWidget) -> None:
    """Give each labelled field, tick box and marked button in it a letter that no other has, as long as there are letters.

    What is seen comes first; what is hidden now takes what is left, since it may be shown beside it.
    """
    named = [each for each in root.findChildren(QWidget) if each.window() is root.window() and (_marked(each) or _wants(each))]
    named.sort(key=lambda each: (not each.isVisibleTo(root), not _marked(each)))
    taken: set[str] = set()
    for each in named:
        text = _text(each)
        plain = _MARK.sub("", text.replace("&&", _DOUBLE))
        letter = next((sign for sign in _candidates(text, plain) if sign.casefold() not in taken), "")
        taken.add(letter.casefold())
        at = plain.find(letter) if letter else -1
        fresh = f"{plain[:at]}&{plain[at:]}" if at >= 0 else plain
        kept = _own(text)
        if not (kept and letter and kept.casefold() == letter.casefold()) and fresh.replace(_DOUBLE, "&&") != text:
            each.setText(fresh.replace(_DOUBLE, "&&"))  # type: ignore[attr-defined]


def _text(widget: QWidget) -> str:
    return widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""


def _own(text: str) -> str:
    """The letter that is marked, "" where none is."""
    found = _MARK.search(text.replace("&&", _DOUBLE))
    return text.replace("&&", _DOUBLE)[found.end() : found.end() + 1] if found is not None else ""


def _marked(widget: QWidget) -> bool:
    return isinstance(widget, QAbstractButton | QLabel) and not QKeySequence.mnemonic(_text(widget)).isEmpty() and _buddied(widget)


def _wants(widget: QWidget) -> bool:
    return isinstance(widget, QCheckBox | QLabel) and bool(_text(widget)) and _buddied(widget)


def _buddied(widget: QWidget) -> bool:
    return not isinstance(widget, QLabel) or widget.buddy() is not None


def _candidates(text: str, plain: str) -> list[str]:
    """Its own letter, the beginnings of its words, then every letter there is."""
    begins = [word[0] for word in re.findall(r"\w+", plain)]
    return [sign for sign in (_own(text), *begins, *plain) if sign and sign.isalnum()]
