"""The tokens: every text colour can be read on every ground it stands on, in both looks."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit, QPushButton, QRadioButton, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from appliance.gui.icons import NAMES, icon
from appliance.gui.theme import DARK, LIGHT, Theme, contrast, style_sheet, tokens
from appliance.gui.widgets.plain import button, column, holding

READABLE, SEEN = 4.5, 3.0


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_contrast_is_aa(look: str) -> None:
    colors = tokens()[look]
    grounds = ["background", "surface", "raised", "hover"]
    pairs = [(ink, ground) for ink in ("text", "muted", "accent", "danger", "good", "warning") for ground in grounds]
    pairs += [(tone, f"{tone}_tint") for tone in ("accent", "good", "warning", "danger")]
    pairs += [("text", f"{tone}_tint") for tone in ("accent", "good", "warning", "danger")]
    pairs += [("accent_text", "accent"), ("muted", "accent_tint"), ("danger", "accent_tint")]
    weak = {pair: round(contrast(colors[pair[0]], colors[pair[1]]), 2) for pair in pairs if contrast(colors[pair[0]], colors[pair[1]]) < READABLE}
    assert not weak
    edges = [(edge, ground) for edge in ("border_strong", "accent", "danger") for ground in grounds]  # WCAG 2.2, 1.4.11
    assert not {pair: contrast(colors[pair[0]], colors[pair[1]]) for pair in edges if contrast(colors[pair[0]], colors[pair[1]]) < SEEN}


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_what_has_the_keyboard_is_seen(look: str, theme: Theme, qtbot: QtBot) -> None:
    """Each kind of control differs by more than a cursor from itself without the keyboard."""
    theme.choose(look)
    other, right, field, box, bar = QLineEdit(), QWidget(), QPushButton("Search"), QComboBox(), QTabBar()
    right.setObjectName("right")
    field.setObjectName("palette_field")
    bar.addTab("Calls")
    right.setLayout(column(*(button("Do", None, role) for role in ("", "primary", "dangerous"))))
    roles = [button("Do", None, role) for role in ("", "primary", "danger", "link", "fold")]
    whole = holding(column(other, *roles, field, right, bar, box, QCheckBox("On"), QRadioButton("One")), "screen")
    qtbot.addWidget(whole)
    whole.show()
    whole.activateWindow()
    qtbot.waitUntil(whole.isActiveWindow)
    unseen = []
    for each in [
        each for each in whole.findChildren(QWidget) if each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.isVisible() and each is not other
    ]:
        other.setFocus()
        before = each.grab().toImage()
        each.setFocus(Qt.FocusReason.TabFocusReason)
        if each.grab().toImage() == before:
            unseen.append((type(each).__name__, each.property("role"), each.objectName()))
    assert unseen == []


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_style_sheet_has_no_name_left(look: str) -> None:
    sheet = style_sheet(tokens()[look], look)
    assert "@" not in sheet


def test_a_system_that_wishes_for_contrast_has_it(theme: Theme, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = theme.colors()
    monkeypatch.setattr(Theme, "strong", True)
    strong = theme.colors()
    assert strong["muted"] == usual["text"] and contrast(strong["border"], strong["surface"]) > SEEN
    theme.contrast_changed()
    app = QApplication.instance()
    assert isinstance(app, QApplication) and app.palette().placeholderText().color().name() == usual["text"]
    monkeypatch.undo()
    theme.contrast_changed()
    assert app.palette().placeholderText().color().name() == usual["muted"]


def test_looks_have_the_same_roles() -> None:
    assert tokens()[LIGHT].keys() == tokens()[DARK].keys()


def test_every_icon_is_in_the_set(theme: Theme) -> None:
    for name in NAMES:
        assert not icon(name, theme.color("text")).pixmap(16, 16).isNull(), name
