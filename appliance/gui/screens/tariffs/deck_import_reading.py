"""How a file is read: what was found stands in each field, and each can be said otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QVBoxLayout, QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.screens.tariffs import deck_import_words as deck_words
from appliance.gui.screens.tariffs.deck_import_words import guessed
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import holding, scrolling
from appliance.gui.words import _
from appliance.wire.decks import DeckAnswers, DeckGuess, DeckView, ProfilePage
from appliance.wire.problem import Problem

TYPED_MS = 400
WIDTH = 324


class ReadingPanel(QWidget):
    """`changed` when something was said; `answers()` is all of it. Fields left alone are guessed by the server."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.columns: dict[str, list[int]] | None = None
        self.profile: str | None = None
        self._hidden: set[str] = set()
        self.form = Form()
        self._typing = QTimer(self, singleShot=True, interval=TYPED_MS)
        self._typing.timeout.connect(self.changed)
        self._boxes: dict[str, QComboBox] = {}
        self._fields()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        inner = QVBoxLayout()
        inner.setContentsMargins(16, 12, 16, 12)
        inner.addWidget(self.form)
        inner.addStretch(1)
        box.addWidget(scrolling(holding(inner)))
        self.setFixedWidth(WIDTH)
        self._ask_profiles()

    # the fields ----------------------------------------------------------------------------------------------------
    def _fields(self) -> None:
        self.form.heading(_("How it was read"))
        self._pick("profile", _("As &saved"), {}, _("Not as saved before"))
        self._pick("sheet", _("S&heet"), {})
        self.header = self._typed("header_row", _("&Line of the headings"), _("0 where there is none"))
        self._pick("delimiter", _("Cells are parted by"), deck_words.delimiters())
        self._pick("encoding", _("&Encoding"), {each: each for each in deck_words.encodings()})
        self._pick("decimal", _("&Decimals"), deck_words.decimals())
        self._pick("dates", _("Da&tes"), deck_words.dates())
        self._pick("price_unit", _("&Prices are"), deck_words.units())
        self.form.heading(_("What counts"))
        self.increments = self._typed("increments", _("&Increments where none stand"), _("For example 60/1"))
        self._pick("duplicates", _("A prefix that stands &twice"), deck_words.duplicates(), _("The first line"))
        self.rise = self._typed("rise_percent", _("&Mark rises above, %"), "")
        rest = _("Else the file is the whole list, and the rest is removed.")
        self.keep = self.form.check("keep", _("&Keep what the file does not name"), help=rest)
        self.keep.toggled.connect(self._said)
        self.form.heading(_("Next time"))
        self.save_as: QLineEdit = self.form.text("save_as", _("Save this reading as"), placeholder=_("For example the carrier's name"), longest=60)

    def _pick(self, name: str, text: str, choices: Mapping[str, str], first: str = "") -> None:
        box = self.form.pick(name, text, [(None, first or guessed("")), *choices.items()])
        box.activated.connect(self._said)
        self._boxes[name] = box

    def _typed(self, name: str, text: str, placeholder: str) -> QLineEdit:
        line = self.form.text(name, text, placeholder=placeholder, longest=12)
        line.textEdited.connect(lambda _text: self._typing.start())
        return line

    # use -----------------------------------------------------------------------------------------------------------
    def answers(self) -> dict[str, Any]:
        """What was said, by field of DeckAnswers; what was not is left out."""
        found: dict[str, Any] = {}
        for name, box in self._boxes.items():
            if name != "profile" and name not in self._hidden and box.currentData() is not None:
                found[name] = box.currentData()
        header = self.header.text().strip()
        if header.isdigit():
            found["header_row"] = int(header)
        for name, line in (("increments", self.increments), ("rise_percent", self.rise)):
            if line.text().strip():
                found[name] = line.text().strip().replace(",", ".")
        if self.keep.isChecked():
            found["keep"] = True
        if self.columns is not None:
            found["columns"] = self.columns
        return found

    def set_columns(self, columns: dict[str, list[int]]) -> None:
        """What each column holds, as somebody said it."""
        self.columns = columns
        self.changed.emit()

    def show_guess(self, view: DeckView) -> None:
        """Say in every field that nobody touched what was found."""
        guess = view.guessed
        texts = {
            "delimiter": deck_words.delimiters().get(guess.delimiter, guess.delimiter),
            "encoding": guess.encoding,
            "decimal": deck_words.decimals().get(guess.decimal, guess.decimal),
            "dates": deck_words.dates().get(guess.dates, guess.dates),
            "price_unit": deck_words.units().get(guess.price_unit, guess.price_unit),
            "sheet": guess.sheet,
        }
        self._show_sheets(guess)
        for name, text in texts.items():
            self._boxes[name].setItemText(0, guessed(text))
        self._show("delimiter", bool(guess.delimiter))
        self._show("encoding", bool(guess.encoding))
        self.header.setPlaceholderText(guessed(str(guess.header_row) if guess.header_row else _("none")))

    def show_problem(self, problem: Problem) -> None:
        """A field that was said wrongly."""
        self.form.show_problem(problem)

    # parts ---------------------------------------------------------------------------------------------------------
    def _show(self, name: str, shown: bool) -> None:
        (self._hidden.discard if shown else self._hidden.add)(name)
        self.form.show_field(name, shown)

    def _show_sheets(self, guess: DeckGuess) -> None:
        box = self._boxes["sheet"]
        self._show("sheet", len(guess.sheets) > 1)
        if box.count() - 1 != len(guess.sheets):
            blocked = QSignalBlocker(box)
            while box.count() > 1:
                box.removeItem(1)
            for sheet in guess.sheets:
                box.addItem(_("{sheet} (hidden)", sheet=sheet.name) if sheet.hidden else sheet.name, sheet.name)
            blocked.unblock()

    def _said(self) -> None:
        if self.sender() is self._boxes["profile"]:
            self._choose_profile()
        self.form.forget_problem()
        self.changed.emit()

    def _ask_profiles(self) -> None:
        self._profiles: dict[str, DeckAnswers] = {}
        self.form.show_field("profile", False)
        operation.run(self, self._desk.client, "decks.profiles", on_done=self._profiles_came, on_problem=lambda _problem: None)

    def _profiles_came(self, page: ProfilePage) -> None:
        self._profiles = {each.name: each.answers for each in page.profiles}
        for name in self._profiles:
            self._boxes["profile"].addItem(name, name)
        self.form.show_field("profile", bool(self._profiles))

    def _choose_profile(self) -> None:
        """A saved reading answers what it knows; what was said here before goes."""
        self.profile = self._boxes["profile"].currentData()
        self.columns = None
        for name, box in self._boxes.items():
            if name != "profile":
                box.setCurrentIndex(0)
        for line in (self.header, self.increments, self.rise):
            line.clear()
        answers = self._profiles.get(self.profile or "")
        plain = {} if answers is None else msgspec.to_builtins(answers)
        _set(self.keep, bool(plain.get("keep")))
        self.increments.setText(plain.get("increments") or "")
        self.rise.setText(plain.get("rise_percent") or "")
        duplicates = self._boxes["duplicates"]
        duplicates.setCurrentIndex(max(0, duplicates.findData(plain.get("duplicates"))))
        if self.profile is not None:
            self.save_as.setText(self.profile)


def _set(box: QCheckBox, on: bool) -> None:
    blocked = QSignalBlocker(box)
    box.setChecked(on)
    blocked.unblock()
