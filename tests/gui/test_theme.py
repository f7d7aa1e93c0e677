"""The tokens: every text colour can be read on every ground it stands on, in both looks."""

from __future__ import annotations

import pytest

from appliance.gui.icons import NAMES, icon
from appliance.gui.theme import DARK, LIGHT, Theme, contrast, style_sheet, tokens

READABLE = 4.5


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


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_style_sheet_has_no_name_left(look: str) -> None:
    sheet = style_sheet(tokens()[look], look)
    assert "@" not in sheet


def test_looks_have_the_same_roles() -> None:
    assert tokens()[LIGHT].keys() == tokens()[DARK].keys()


def test_every_icon_is_in_the_set(theme: Theme) -> None:
    for name in NAMES:
        assert not icon(name, theme.color("text")).pixmap(16, 16).isNull(), name
