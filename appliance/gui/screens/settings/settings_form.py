"""A group of settings as a form: each with what it does, its default, and the way back to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton, QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.screens.settings import settings_words
from appliance.gui.screens.settings.settings_catalogue import Setting
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.pick_box import PickBox
from appliance.gui.widgets.plain import button, column, row
from appliance.gui.words import _
from appliance.wire.problem import Problem
from appliance.wire.settings import SettingPage, SettingsSet

NARROW = 140


class SettingField(QWidget):
    """One value, and a link that sets it back to its default."""

    edited = Signal()

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.setting = setting
        self.editor = self._editor()
        self.reset: QPushButton = button(_("Default"), self.to_default, "link")
        self.reset.setAccessibleName(_("Set {setting} back to its default", setting=settings_words.title(setting)))
        line = row(self.editor, self.reset)
        line.setStretch(0, 1)
        if isinstance(self.editor, QCheckBox) or setting.kind in {"whole", "number"}:
            line.setStretch(0, 0)
            line.addStretch(1)
        self.setLayout(line)
        self.setFocusProxy(self.editor)
        self.write(setting.default)

    def read(self) -> Any:
        """The value in the setting's kind; ValueError in words. An untouched secret is None."""
        value = self._value()
        if self.setting.kind in {"whole", "number"}:
            self._bound(value)
        return value

    def write(self, value: Any) -> None:
        """Show a value."""
        editor, setting = self.editor, self.setting
        if isinstance(editor, QCheckBox):
            editor.setChecked(bool(value))
        elif isinstance(editor, QComboBox):
            editor.setCurrentIndex(max(0, editor.findData(value)))
        elif setting.kind == "list":
            editor.setText(", ".join(str(each) for each in value) if isinstance(value, list) else str(value))
        elif setting.kind == "secret":
            editor.setText("")
            editor.setPlaceholderText(_("Kept as it is") if value else "")
        else:
            editor.setText("" if value is None else str(value))
        self._changed()

    def to_default(self) -> None:
        """As it was when nobody had set it."""
        self.write(self.setting.default)
        self.edited.emit()

    # parts ---------------------------------------------------------------------------------------------------------
    def _editor(self) -> QCheckBox | QComboBox | QLineEdit:
        setting = self.setting
        if setting.kind == "boolean":
            box = QCheckBox(settings_words.title(setting))
            box.toggled.connect(self._touched)
            return box
        if setting.choices and setting.kind == "text":
            choices = PickBox()
            for value in setting.choices:
                choices.addItem(settings_words.choice(value), value)
            choices.currentIndexChanged.connect(self._touched)
            return choices
        made = QLineEdit()
        if setting.kind == "secret":
            made.setEchoMode(QLineEdit.EchoMode.Password)
        if setting.kind in {"whole", "number"}:
            made.setMaximumWidth(NARROW)
        made.textChanged.connect(self._touched)
        return made

    def _value(self) -> Any:
        editor, kind = self.editor, self.setting.kind
        if isinstance(editor, QCheckBox):
            return editor.isChecked()
        if isinstance(editor, QComboBox):
            return editor.currentData()
        text = editor.text().strip()
        if kind == "list":
            return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
        if kind == "secret":
            return text or None
        if kind not in {"whole", "number"}:
            return text
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            raise ValueError(_("Give a number.")) from None
        return int(number) if number.is_integer() else number

    def _bound(self, value: Any) -> None:
        least, most = self.setting.least, self.setting.most
        if self.setting.kind == "whole" and not isinstance(value, int):
            raise ValueError(_("Give a whole number."))
        if (least is not None and value < least) or (most is not None and value > most):
            raise ValueError(_("Give a number from {least} to {most}.", least=least, most=most))

    def _touched(self) -> None:
        self._changed()
        self.edited.emit()

    def _changed(self) -> None:
        if not hasattr(self, "reset"):
            return
        try:
            self.reset.setVisible(self.setting.kind != "secret" and self._value() != self.setting.default)
        except ValueError:
            self.reset.setVisible(True)


class SettingsForm(QWidget):
    """Some groups of settings with one Save. `show_values` fills it with what the store keeps."""

    saved = Signal(object)

    def __init__(self, desk: Desk, groups: Sequence[tuple[str, Sequence[Setting]]], below: Sequence[QWidget] = ()) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.desk = desk
        self.form = Form()
        self.fields: dict[str, SettingField] = {}
        for heading, settings in groups:
            if heading:
                self.form.heading(heading)
            for each in settings:
                self._add(each)
        self.save_button = button(_("Save"), self.save, "primary")
        self.save_button.setEnabled(False)
        self.setLayout(column(self.form, row(self.save_button, None), *below, None, gap="large"))
        self._kept: dict[str, Any] = {}

    def show_values(self, page: SettingPage) -> None:
        """What is kept; all else has its default. Fields that somebody is typing in stay."""
        dirty = {key for key, field in self.fields.items() if self._differs(key, field)}
        self._kept = dict(page.values)
        for key, field in self.fields.items():
            if key not in dirty:
                field.write(self._kept.get(key, field.setting.default))
        self._edited()

    @property
    def dirty(self) -> bool:
        """Whether something is typed that is not saved."""
        return any(self._differs(key, field) for key, field in self.fields.items())

    def save(self) -> None:
        """Send what differs; a value that is the default is taken out of the store."""
        values = self.form.values()
        if values is None:
            return
        changed: dict[str, Any] = {}
        for key, field in self.fields.items():
            if self._differs(key, field):
                value = field.read()
                changed[key] = None if value == field.setting.default else value
        if not changed:
            return
        request = SettingsSet(changed)
        operation.run(self, self.desk.client, "settings.set", request, on_done=self._saved, on_problem=self.tell_problem, busy=self.save_button)

    def tell_problem(self, problem: Problem) -> None:
        """At the setting it is about."""
        self.form.show_problem(problem)

    # parts ---------------------------------------------------------------------------------------------------------
    def _add(self, setting: Setting) -> None:
        field = SettingField(setting)
        name = "" if setting.kind == "boolean" else settings_words.title(setting)
        self.form.add(setting.key, name, field, field.read, field.write, help=settings_words.about(setting))
        field.editor.setAccessibleName(settings_words.title(setting))
        field.edited.connect(self._edited)
        self.fields[setting.key] = field

    def _differs(self, key: str, field: SettingField) -> bool:
        try:
            value = field.read()
        except ValueError:
            return True
        if field.setting.kind == "secret":
            return value is not None
        return bool(value != self._kept.get(key, field.setting.default))

    def _edited(self) -> None:
        self.save_button.setEnabled(self.dirty)

    def _saved(self, page: SettingPage) -> None:
        for field in self.fields.values():
            if field.setting.kind == "secret":
                field.write(None)
        self._kept = dict(page.values)
        self.show_values(page)
        self.desk.toast(_("The settings are saved and work at once."))
        self.saved.emit(page)
