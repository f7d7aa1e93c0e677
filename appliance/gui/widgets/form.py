"""Forms: one column, labels above their fields, help under them, the server's faults at the field they are about.

A field is anything that can be read and written; what a person typed is given as values by field name, in the words of the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QDate, QLocale, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QDateEdit, QHBoxLayout, QLabel, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from appliance.gui.client import Client
from appliance.gui.icons import icon
from appliance.gui.theme import space
from appliance.gui.widgets.choice import Choice
from appliance.gui.widgets.mnemonics import around, settle
from appliance.gui.widgets.money_edit import MoneyEdit
from appliance.gui.widgets.pick_box import PickBox
from appliance.gui.widgets.plain import label, redress
from appliance.gui.widgets.problem_view import ProblemView
from appliance.gui.widgets.ranked import Ranked
from appliance.gui.widgets.tick import Tick
from appliance.gui.words import _
from appliance.wire.problem import Problem

REQUIRED = object()


class Field:
    """One field of a form: how it is read and filled, and where its fault is said."""

    def __init__(self, name: str, widget: QWidget, read: Callable[[], Any], write: Callable[[Any], None], holder: QWidget, fault: QLabel) -> None:
        self.name, self.widget, self.read, self.write = name, widget, read, write
        self.holder, self.fault = holder, fault
        self.required = ""

    def show_fault(self, text: str) -> None:
        """Say what is wrong under the field; "" takes it away."""
        self.fault.setText(text)
        self.fault.setVisible(bool(text))
        shown = self.widget.line if isinstance(self.widget, MoneyEdit) else self.widget
        if bool(shown.property("fault")) != bool(text):
            shown.setProperty("fault", "true" if text else None)
            redress(shown)


def _from_beginning(box: QComboBox) -> None:
    """A long name is seen from its beginning, unless somebody types in it."""
    line = box.lineEdit()
    if line is not None and not line.hasFocus():
        line.setCursorPosition(0)


def _add_eye(secret: QLineEdit) -> None:
    """A button inside the field that shows what is typed."""
    modes = QLineEdit.EchoMode
    shown = secret.addAction(icon("view", secret.palette().text().color()), QLineEdit.ActionPosition.TrailingPosition)
    shown.setToolTip(_("Show or hide the password"))
    shown.setCheckable(True)
    shown.toggled.connect(lambda on: secret.setEchoMode(modes.Normal if on else modes.Password))


class Form(QWidget):
    """Fields are added from top to bottom; `values()` reads them."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.problem = ProblemView()
        self._fields: dict[str, Field] = {}
        self._filled: dict[str, Any] = {}
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(space("medium"))
        self._box.addWidget(self.problem)
        self._into: QVBoxLayout | QHBoxLayout = self._box

    # fields --------------------------------------------------------------------------------------------------------
    def heading(self, text: str) -> QLabel:
        """A heading over the fields that follow."""
        made = label(text, "heading")
        if isinstance(self._into, QVBoxLayout) and self._into.count() > (self._into is self._box):
            self._into.addSpacing(space("small"))
        self._into.addWidget(made)
        return made

    def note(self, text: str) -> QLabel:
        """A sentence between fields."""
        made = label(text, "muted", wrap=True)
        self._into.addWidget(made)
        return made

    def text(self, name: str, text: str, *, required: bool = False, help: str = "", placeholder: str = "", longest: int = 200) -> QLineEdit:
        """One line of text."""
        made = QLineEdit()
        made.setMaxLength(longest)
        made.setPlaceholderText(placeholder)
        made.textChanged.connect(self._edited)

        def write(value: Any) -> None:
            made.setText(value or "")
            made.setCursorPosition(0)  # a long text is shown from its beginning

        self.add(name, text, made, lambda: made.text().strip(), write, required=required, help=help)
        return made

    def lines(self, name: str, text: str, *, rows: int = 3, help: str = "") -> QPlainTextEdit:
        """Several lines of text; Tab leaves the field."""
        made = QPlainTextEdit()
        made.setTabChangesFocus(True)
        made.setFixedHeight(made.fontMetrics().lineSpacing() * rows + 22)
        made.textChanged.connect(self._edited)
        self.add(name, text, made, lambda: made.toPlainText().strip(), lambda value: made.setPlainText(value or ""), help=help)
        return made

    def secret(self, name: str, text: str, *, required: bool = False, help: str = "", placeholder: str = "", eye: bool = True) -> QLineEdit:
        """A password: hidden, with an eye to show it where `eye`. Empty reads as None."""
        made = QLineEdit()
        made.setEchoMode(QLineEdit.EchoMode.Password)
        made.setPlaceholderText(placeholder)
        made.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
        if eye:
            _add_eye(made)
        made.textChanged.connect(self._edited)
        self.add(name, text, made, lambda: made.text() or None, lambda value: made.setText(value or ""), required=required, help=help)
        return made

    def check(self, name: str, text: str, *, help: str = "") -> QCheckBox:
        """Yes or no; the label is the box's own."""
        made = Tick(text)
        made.toggled.connect(self._edited)
        self.add(name, "", made, made.isChecked, lambda value: made.setChecked(bool(value)), help=help)
        return made

    def whole(self, name: str, text: str, *, least: int = 0, most: int = 999_999, empty: bool = False, help: str = "") -> QLineEdit:
        """A whole number; with `empty` none typed reads as None, else as `least`."""
        made = QLineEdit()
        made.setMaximumWidth(120)
        made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
        made.textChanged.connect(self._edited)

        def read() -> int | None:
            typed = made.text().strip()
            if not typed:
                return None if empty else least
            number, right = QLocale(QLocale.Language.C).toInt(typed)
            if not right or not least <= number <= most:
                raise ValueError(_("Give a whole number from {least} to {most}.", least=least, most=most))
            return number

        self.add(name, text, made, read, lambda value: made.setText("" if value is None else str(value)), help=help)
        return made

    def money(self, name: str, text: str, *, currency: str = "", required: bool = False, help: str = "") -> MoneyEdit:
        """An amount, read as the wire's decimal text; None where nothing is typed."""
        made = MoneyEdit(currency)
        made.changed.connect(self._edited)

        def read() -> str | None:
            try:
                return made.amount()
            except ValueError as error:
                raise ValueError(_("This is not an amount.")) from error

        self.add(name, text, made, read, made.set_amount, required=required, help=help)
        return made

    def pick(self, name: str, text: str, choices: Sequence[tuple[Any, str]], *, help: str = "", search: bool = False) -> QComboBox:
        """One of (value, text); with `search` one types to find it (countries, time zones)."""
        made = PickBox()
        for value, shown in choices:
            made.addItem(shown, value)
        if search:
            made.setEditable(True)
            made.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            Ranked(made)
            made.currentIndexChanged.connect(lambda _at: _from_beginning(made))
            _from_beginning(made)
        made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        made.setMinimumContentsLength(12)
        made.currentIndexChanged.connect(self._edited)

        def found_at() -> int:
            """Whoever types the code, NL or eur, means what it stands for."""
            typed = made.currentText().strip()
            at = made.findText(typed)
            return at if at >= 0 or not typed else made.findData(typed.upper())

        def read() -> Any:
            at = found_at() if search else made.currentIndex()
            if at < 0:
                raise ValueError(_("Choose one of the list."))
            return made.itemData(at)

        def write(value: Any) -> None:
            at = made.findData(value)
            if at < 0 and value not in (None, ""):
                made.addItem(str(value), value)
                at = made.count() - 1
            made.setCurrentIndex(max(0, at))

        self.add(name, text, made, read, write, help=help)
        return made

    def choice(
        self,
        name: str,
        text: str,
        client: Client,
        operation: str,
        *,
        show: Callable[[Any], str] = lambda view: str(view.name),
        value: Callable[[Any], Any] = lambda view: view.id,
        request: Any = None,
        placeholder: str = "",
        required: bool = False,
        help: str = "",
    ) -> Choice:
        """A reference to another thing, found by typing; None where nothing is chosen. Fill it with a value or (value, text)."""
        made = Choice(client, operation, show=show, value=value, request=request, placeholder=placeholder)
        made.editTextChanged.connect(self._edited)

        def read() -> Any:
            chosen = made.value()
            if chosen is None and made.typed():
                raise ValueError(_("Choose one of the list."))
            return chosen

        def write(filled: Any) -> None:
            made.set_value(*(filled if isinstance(filled, tuple) else (filled,)))

        self.add(name, text, made, read, write, required=required, help=help)
        return made

    def date(self, name: str, text: str, *, help: str = "") -> QDateEdit:
        """A day, read as an ISO date."""
        made = QDateEdit()
        made.setCalendarPopup(True)
        made.setMaximumWidth(160)
        made.dateChanged.connect(self._edited)
        iso = Qt.DateFormat.ISODate
        self.add(name, text, made, lambda: made.date().toString(iso), lambda value: made.setDate(QDate.fromString(str(value)[:10], iso)), help=help)
        return made

    def add(
        self,
        name: str,
        text: str,
        widget: QWidget,
        read: Callable[[], Any],
        write: Callable[[Any], None],
        *,
        required: bool = False,
        help: str = "",
    ) -> Field:
        """Any widget as a field, with its label above, its help and its fault below."""
        holder = QWidget()
        holder.setObjectName("plain")
        box = QVBoxLayout(holder)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(space("hair"))
        if text:
            named = QLabel(text)
            named.setBuddy(widget)
            box.addWidget(named)
        plain = text.replace("&", "") or (widget.text().replace("&", "") if isinstance(widget, QCheckBox) else name)
        widget.setAccessibleName(plain)
        typed = widget.focusProxy()
        if typed is not None and not typed.accessibleName():
            typed.setAccessibleName(plain)
        box.addWidget(widget)
        if help:
            widget.setAccessibleDescription(help)
            box.addWidget(label(help, "small", wrap=True))
        fault = label("", "fault", wrap=True)
        fault.hide()
        box.addWidget(fault)
        field = Field(name, widget, read, write, holder, fault)
        field.required = plain if required else ""
        self._fields[name] = field
        if isinstance(self._into, QHBoxLayout):
            self._into.addWidget(holder, 1, Qt.AlignmentFlag.AlignTop)
        else:
            self._into.addWidget(holder)
        return field

    def read_as(self, name: str, read: Callable[[], Any], write: Callable[[Any], None]) -> None:
        """Have a field that stands already read and written in another way; `read` raises ValueError with what is wrong."""
        self._fields[name].read, self._fields[name].write = read, write

    # places --------------------------------------------------------------------------------------------------------
    @contextmanager
    def row(self) -> Iterator[None]:
        """Fields added inside stand side by side."""
        before, beside = self._into, QHBoxLayout()
        beside.setSpacing(space("medium"))
        before.addLayout(beside)
        self._into = beside
        yield
        self._into = before

    @contextmanager
    def group(self, into: QVBoxLayout) -> Iterator[None]:
        """Fields added inside go into a layout of the caller's."""
        before, self._into = self._into, into
        yield
        self._into = before

    def columns(self, number_of: int = 2) -> list[QVBoxLayout]:
        """Columns beside each other, to be filled by `group`."""
        beside = QHBoxLayout()
        beside.setSpacing(space("huge"))
        made = []
        for _each in range(number_of):
            one = QVBoxLayout()
            one.setSpacing(space("medium"))
            above = QVBoxLayout()
            above.addLayout(one)
            above.addStretch(1)  # the shorter column is not drawn out to the length of the other
            beside.addLayout(above, 1)
            made.append(one)
        self._into.addLayout(beside)
        return made

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        QTimer.singleShot(0, self, lambda: settle(around(self)))  # when all that stands beside it is there

    # values --------------------------------------------------------------------------------------------------------
    def field(self, name: str) -> QWidget:
        """The widget of a field."""
        return self._fields[name].widget

    def show_field(self, name: str, shown: bool) -> None:
        """Show or hide a field with its label; a hidden one is not read."""
        self._fields[name].holder.setVisible(shown)

    def values(self) -> dict[str, Any] | None:
        """What is typed, by field name; None where a field cannot be read, its fault then shown."""
        self.forget_problem()
        found: dict[str, Any] = {}
        first: Field | None = None
        for field in self._fields.values():
            if field.holder.isHidden():
                continue
            try:
                value = field.read()
                if field.required and (value is None or value == ""):
                    raise ValueError(_("{field} is needed.", field=field.required))
                found[field.name] = value
            except ValueError as error:
                field.show_fault(str(error))
                first = first or field
        if first is not None:
            first.widget.setFocus()
            return None
        return found

    def fill(self, values: dict[str, Any]) -> None:
        """Write values into the fields that have these names."""
        for name, value in values.items():
            if name in self._fields:
                self._fields[name].write(value)
                self._filled[name] = value[0] if isinstance(value, tuple) else value

    def changed(self) -> dict[str, Any] | None:
        """The values that differ from what was filled in; None where a field cannot be read."""
        values = self.values()
        return None if values is None else {name: value for name, value in values.items() if name not in self._filled or self._filled[name] != value}

    def changed_quietly(self) -> bool:
        """Whether anything differs from what was filled in; faults are not said, and count as a difference."""
        for name, field in self._fields.items():
            if name in self._filled and not field.holder.isHidden():
                try:
                    if field.read() != self._filled[name]:
                        return True
                except ValueError:
                    return True
        return False

    def show_problem(self, problem: Problem) -> None:
        """Say a problem at its field, or above all where no field stands for it."""
        field = self._field_of(problem.field or "")
        if field is None:
            self.problem.show_problem(problem)
            self.problem.setFocus()
            return
        field.show_fault(problem.detail)
        field.widget.setFocus()

    def forget_problem(self) -> None:
        """Nothing is wrong any more."""
        self.problem.forget()
        for field in self._fields.values():
            field.show_fault("")

    def _field_of(self, path: str) -> Field | None:
        """The field of a dotted path, `endpoint.password`, or the nearest one above it."""
        while path:
            field = self._fields.get(path)
            if field is not None and not field.holder.isHidden():
                return field
            path = path.rpartition(".")[0] if "." in path else path.partition("[")[0] if "[" in path else ""
        return None

    def _edited(self) -> None:
        self.edited.emit()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(280, super().minimumSizeHint().height())
