"""What most lists have alike: the menu of a row, made of its screen's actions."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QMenu

from appliance.gui.screen import Screen


def verb_menu(screen: Screen, *groups: int) -> Callable[[], QMenu]:
    """Those of these groups that the person may do; where no group is named, all but those of group 0."""

    def made() -> QMenu:
        menu = QMenu(screen)
        for each in screen.offered():
            if each.group in groups if groups else each.group:
                menu.addAction(each.text, each.run).setEnabled(each.enabled)
        return menu

    return made
