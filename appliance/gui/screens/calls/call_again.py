"""Calls of a filtered list worked out again: asked by which prices, the difference shown first, posted after it was seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from appliance.gui.desk import Desk
from appliance.gui.screens.tariffs.tariff_forms import tariff_line
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.long_work import LongWork
from appliance.gui.widgets.panel_dialog import PanelDialog
from appliance.gui.widgets.plain import column, holding
from appliance.gui.words import _, plural
from appliance.wire.shapes import Listing

NOW, THEN, OTHER = "now", "then", "tariff"
F = TypeVar("F")


class Kind(NamedTuple, Generic[F]):
    """What differs between one such work and another. `F` is what its preview finds: it has `changed` and a `fingerprint`."""

    title: str
    working: str
    preview: str
    post: str
    apply: type[Any]
    placeholder: str
    width: int
    size: tuple[int, int]
    view: Callable[[Desk, F], QWidget]
    posting: Callable[[F], str]
    posted: Callable[[F], str]


class AgainForm(Form):
    """By which prices: `ways` are those of now, those of then and another tariff. `many` says of which calls."""

    def __init__(self, desk: Desk, many: str, calls: int | None, ways: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.note(many if calls is None else many + " " + plural("It shows {n} call.", "It shows {n} calls.", calls))
        which = self.pick("prices", _("&Prices"), list(ways))
        self.choice("tariff", _("&Tariff"), desk.client, "tariffs.list", show=tariff_line, request=Listing(), required=True)
        assert isinstance(which, QComboBox)
        self._which = which
        which.currentIndexChanged.connect(self.fit)

    @property
    def other(self) -> bool:
        """Whether another tariff is meant."""
        return bool(self._which.currentData() == OTHER)

    def fit(self) -> None:
        """Show what belongs to the way that is chosen."""
        self.show_field("tariff", self.other)


def ask(desk: Desk, owner: QWidget, kind: Kind[F], form: AgainForm, asked: Callable[[], Any]) -> PanelDialog:
    """Ask how, show the difference, post it. `asked` gives the request, None where a field of the form is not right, which is said there."""

    def go() -> bool:
        request = asked()
        if request is None:
            return False
        preview(desk, owner, kind, request)
        return True

    dialog = PanelDialog(owner, kind.title, form, verb=_("Show the &difference"), run=go, size=(kind.width, 0))
    dialog.open()
    return dialog


def preview(desk: Desk, owner: QWidget, kind: Kind[F], request: Any) -> LongWork:
    """What would change."""
    dialog = LongWork(
        desk,
        owner,
        title=_("Working out the difference"),
        text=kind.working,
        name=kind.preview,
        request=request,
        on_done=lambda found: show_difference(desk, owner, kind, request, found),
    )
    dialog.open()
    return dialog


def show_difference(desk: Desk, owner: QWidget, kind: Kind[F], request: Any, found: Any) -> PanelDialog:
    """The figures, and the verb that posts them where anything differs."""
    form = Form()
    note: QLineEdit = form.text("note", _("&Why"), placeholder=kind.placeholder)
    form.setVisible(bool(found.changed))
    inner = holding(column(kind.view(desk, found), form, gap="medium"))

    def go() -> bool:
        post(desk, owner, kind, request, found, note.text().strip())
        return True

    verb = _("&Post the difference") if found.changed and desk.may(kind.post) else ""
    dialog = PanelDialog(owner, _("The difference"), inner, verb=verb, run=go, dangerous=True, close=_("Post nothing"), size=kind.size)
    dialog.open()
    return dialog


def post(desk: Desk, owner: QWidget, kind: Kind[F], request: Any, found: Any, note: str) -> LongWork:
    """Exactly what was shown, or nothing."""
    dialog = LongWork(
        desk,
        owner,
        title=_("Posting the difference"),
        text=kind.posting(found),
        name=kind.post,
        request=kind.apply(**msgspec.structs.asdict(request), fingerprint=found.fingerprint, note=note),
        on_done=lambda done: desk.toast(kind.posted(done)),
        told=kind.posted,
        counted={"call"},
        total=found.changed,
    )
    dialog.open()
    return dialog
