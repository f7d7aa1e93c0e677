"""Putting a thing out of use, which is done at once and undone again as easily; and the verb that does either."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QObject

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.screen import Action
from appliance.gui.words import _, plural
from appliance.wire.shapes import ById, Restored

MOST_TOLD = 5


def archive(desk: Desk, owner: QObject, noun: str, identity: int, name: str, said: str, on_done: Callable[[], object] | None = None) -> None:
    """Ask `noun`.archive and say `said`, with Undo. `on_done` follows both, unless `owner` is gone by then; a refusal is told as any other."""

    def done(_done: object) -> None:
        undo = (lambda: restore(desk, owner, noun, identity, name, on_done)) if desk.may(f"{noun}.restore") else None
        desk.toast(said, undo)
        if on_done is not None:
            on_done()

    operation.run(owner, desk.client, f"{noun}.archive", ById(identity), on_done=done)


def restore(desk: Desk, owner: QObject, noun: str, identity: int, name: str, on_done: Callable[[], object] | None = None) -> None:
    """Ask `noun`.restore and say what came back; whoever asked may have closed the screen since."""

    def done(view: Restored) -> None:
        desk.toast(restored_words(name, view))
        if on_done is not None and shiboken6.isValid(owner):
            on_done()

    tell = operation.teller(owner) if shiboken6.isValid(owner) else lambda problem: desk.toast(problem.detail)
    operation.run(desk, desk.client, f"{noun}.restore", ById(identity), on_done=done, on_problem=tell)


def restored_words(name: str, view: Restored) -> str:
    """What is in use again, and what others have now."""
    if not view.left:
        return _("{name} is in use again", name=name)
    more = len(view.left) - MOST_TOLD
    things = [*view.left[:MOST_TOLD], *([plural("and {n} more", "and {n} more", more)] if more > 0 else [])]
    return _("{name} is in use again, without what others have now: {things}", name=name, things=", ".join(things))


def away_verb(
    name: str,
    noun: str,
    archived: bool,
    away: Callable[[], None],
    back: Callable[[], None],
    *,
    enabled: bool,
    group: int = 2,
    text: str = "",
    key: str = "Ctrl+Del",
) -> Action:
    """Archive a thing that is in use (`text` where it is called otherwise), restore one that is not."""
    if archived:
        return Action(f"{name}.restore", _("Restore"), back, key, "undo", enabled=enabled, group=group, operation=f"{noun}.restore")
    return Action(
        f"{name}.archive", text or _("Archive"), away, key, "archive", enabled=enabled, dangerous=True, group=group, operation=f"{noun}.archive"
    )
