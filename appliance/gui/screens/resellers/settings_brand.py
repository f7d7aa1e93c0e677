"""The brand of the business on its customers' pages, papers and e-mails, with a preview of the pages beside it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QColorDialog, QLineEdit, QWidget

from appliance.contrast import is_colour
from appliance.gui import operation, words
from appliance.gui.desk import Desk
from appliance.gui.screens.invoices.invoice_layout import LogoField
from appliance.gui.screens.resellers.brand_preview import BrandPreview, Shown, shades
from appliance.gui.screens.resellers.reseller_form import hosts
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import button, column, label, row
from appliance.gui.words import _
from appliance.wire.brands import LARGEST_LOGO, BrandGet, BrandSet, BrandView
from appliance.wire.problem import Problem

FIELDS = ("name", "accent", "help_email", "help_phone", "sender_email")
LANGUAGE = "language_"
A_LINE = 2
"""So many languages stand side by side."""

NARROW_WINDOW = 1200


class ColourField(QWidget):
    """A colour as #1f5fbf, typed or chosen; empty is the usual one."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.line = QLineEdit()
        self.line.setMaxLength(7)
        self.line.setMaximumWidth(110)
        self.line.setPlaceholderText("#1f5fbf")
        self.line.textChanged.connect(lambda _text: self.changed.emit())
        self.choose_button = button(_("Choose colour…"), self.choose)
        self.setFocusProxy(self.line)
        self.setLayout(row(self.line, self.choose_button, None))

    def read(self) -> str:
        """As typed; ValueError with a sentence where it is no colour."""
        text = self.line.text().strip().lower()
        if text and not is_colour(text):
            raise ValueError(_("Write the colour as #1f5fbf."))
        return text

    def choose(self) -> None:
        """The system's palette."""
        now = QColor(self.line.text()) if is_colour(self.line.text().strip()) else QColor(shades("")[0])
        chosen = QColorDialog.getColor(now, self, _("Choose colour…"))
        if chosen.isValid():
            self.line.setText(chosen.name())


class BrandSettings(QWidget):
    """Shown with what the server says; Save sends what differs. Without `reseller` it is the business's own."""

    def __init__(self, desk: Desk, reseller: str | None = None) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.desk = desk
        self._reseller = reseller
        self.view: BrandView | None = None
        self.preview = BrandPreview()
        self.moved = label("", "small", wrap=True)
        self.moved.setMaximumWidth(self.preview.sizeHint().width())
        self.logo = LogoField(LARGEST_LOGO)
        self.colour = ColourField()
        self.form = self._form()
        self.form.edited.connect(self._edited)
        self.save_button = button(_("Save"), self.save, "primary")
        self.save_button.setEnabled(False)
        beside = column(label(_("Preview of the pages"), "heading"), self.preview, self.moved, None)
        self._whole = row(column(self.form, row(self.save_button, None), None, gap="large"), beside, gap="huge")
        self._whole.setStretch(0, 1)
        self.setLayout(self._whole)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """In a narrow window the preview stands below what is typed."""
        narrow = self.window().width() < NARROW_WINDOW
        self._whole.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        super().resizeEvent(event)

    @property
    def dirty(self) -> bool:
        """Whether something is typed that is not saved."""
        return self.save_button.isEnabled()

    def refresh(self) -> None:
        """Ask again, unless somebody is typing."""
        if not self.dirty:
            operation.run(self, self.desk.client, "brands.get", BrandGet(self._reseller), on_done=self.show_brand, on_problem=self.tell_problem)

    def save(self) -> None:
        """Send what differs."""
        changed, values = self.form.changed(), self.form.values()
        if not changed or values is None:
            return
        fields: dict[str, Any] = {name: value for name, value in changed.items() if not name.startswith(LANGUAGE)}
        if any(name.startswith(LANGUAGE) for name in changed):
            ticked = [name.removeprefix(LANGUAGE) for name, value in values.items() if name.startswith(LANGUAGE) and value]
            fields["languages"] = [] if len(ticked) == len(words.languages()) else ticked
        if "web_hosts" in fields:
            fields["web_hosts"] = hosts(fields["web_hosts"])
        asked = BrandSet(self._reseller, **fields)
        operation.run(self, self.desk.client, "brands.set", asked, on_done=self._saved, on_problem=self.tell_problem, busy=self.save_button)

    def tell_problem(self, problem: Problem) -> None:
        """At its field, or above."""
        self.form.show_problem(problem)

    def show_brand(self, view: BrandView) -> None:
        """Fill the form."""
        self.view = view
        filled: dict[str, Any] = {name: getattr(view, name) for name in FIELDS}
        filled |= {LANGUAGE + code: not view.languages or code in view.languages for code, _name in words.languages()}
        self.form.fill({**filled, "web_hosts": ", ".join(view.web_hosts), "logo": view.logo or None})
        self.form.forget_problem()
        self._edited()

    def _saved(self, view: BrandView) -> None:
        self.show_brand(view)
        self.desk.toast(_("The brand is saved; the pages show it from now on."))

    def _edited(self) -> None:
        self.save_button.setEnabled(self.view is not None and self.form.changed_quietly())
        typed = self.colour.line.text().strip()
        field = self.form.field
        names = {name: widget.text() for name in FIELDS if isinstance(widget := field(name), QLineEdit)}
        shown = names.get("name", "").strip() or (self.view.shown_name if self.view is not None else "")
        self.preview.show_brand(Shown(shown, typed, self.logo.content, names.get("help_email", ""), names.get("help_phone", "")))
        light, dark = shades(typed)
        told = ""
        if is_colour(typed) and (light, dark) != (typed.lower(), typed.lower()):
            told = _("So that it can be read, the colour is {light} on light pages and {dark} on dark ones.", light=light, dark=dark)
        self.moved.setText(told)

    def _form(self) -> Form:
        form = Form()
        form.heading(_("On the pages"))
        form.text("name", _("&Name shown"), longest=80, help=_("Empty: the company's name. Invoices name the company in any case."))
        self.logo.changed.connect(form.edited)
        form.add("logo", _("&Logo"), self.logo, lambda: self.logo.content, self.logo.show_picture)
        self.colour.changed.connect(form.edited)
        form.add(
            "accent", _("&Colour"), self.colour, self.colour.read, self.colour.line.setText, help=_("Of buttons and links. Empty: the usual blue.")
        )
        form.text("web_hosts", _("&Web host names"), help=_("With commas. The customers' page is shown there."))
        form.heading(_("Languages that are offered"))
        offered = words.languages()
        for first in range(0, len(offered), A_LINE):
            with form.row():
                for code, name in offered[first : first + A_LINE]:
                    form.check(LANGUAGE + code, name)
        form.heading(_("For questions and e-mails"))
        form.text("help_email", _("&E-mail for questions"))
        form.text("help_phone", _("Tele&phone for questions"), longest=40)
        form.text("sender_email", _("E-mails come &from"), help=_("Empty: the address for questions, or the business's own."))
        return form
