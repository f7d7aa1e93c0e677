"""How invoices look and are numbered: prefixes, bank, terms, logo, and when they are made and reminded of by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFileDialog, QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.screens.invoices.invoice_layout_preview import LayoutPreview
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.widgets.plain import button, card, column, label, row
from appliance.gui.words import _
from appliance.wire.invoices import Layout, LayoutGet, LayoutSet

LARGEST_LOGO = 256 * 1024
LOGO_HEIGHT = 48
WIDE_WINDOW = 1240
FIELDS = ("prefix", "credit_note_prefix", "note", "bank_name", "iban", "bic", "registration", "run_day", "tax_included", "logo")


class LogoField(QWidget):
    """A picture that is looked for, shown, taken away; `content` is its bytes, None without one."""

    changed = Signal()

    def __init__(self, largest: int = LARGEST_LOGO) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._largest = largest
        self.content: bytes | None = None
        self.picture = label("", "muted")
        self.fault = label("", "fault", wrap=True)
        self.fault.hide()
        self.choose_button = button(_("Choose picture…"), self.choose)
        self.remove_button = button(_("Remove"), lambda: self._take(None), "link")
        shown = card(column(self.picture, margin="small"))
        self.setLayout(column(row(shown, self.choose_button, self.remove_button, None), self.fault, gap="hair"))
        self.show_picture(None)

    def show_picture(self, content: bytes | None) -> None:
        """This picture now."""
        self.content = content
        picture = QPixmap()
        if content is not None and picture.loadFromData(content):
            self.picture.setPixmap(picture.scaledToHeight(LOGO_HEIGHT, Qt.TransformationMode.SmoothTransformation))
        else:
            self.picture.setText(_("No logo"))
        self.remove_button.setVisible(content is not None)

    def choose(self) -> None:
        """Ask for the file."""
        dialog = QFileDialog(self, _("Choose logo"), "", _("Pictures") + " (*.png *.jpg *.jpeg)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda chosen: self.read(Path(chosen)))
        dialog.open()

    def read(self, file: Path) -> None:
        """Take this file, or say why not."""
        try:
            content = file.read_bytes()
        except OSError as error:
            self._say(_("The file could not be read: {reason}", reason=error.strerror or str(error)))
            return
        if len(content) > self._largest or QPixmap().loadFromData(content) is False:
            self._say(_("The logo must be a PNG or JPEG of at most {most} kB.", most=self._largest // 1024))
            return
        self._take(content)

    def _take(self, content: bytes | None) -> None:
        self._say("")
        self.show_picture(content)
        self.changed.emit()

    def _say(self, text: str) -> None:
        self.fault.setText(text)
        self.fault.setVisible(bool(text))


def typed_days(text: str) -> list[int]:
    """`7, 14, 28` as numbers; ValueError with a sentence where it is none."""
    try:
        return [int(part) for part in text.replace("،", ",").replace(";", ",").split(",") if part.strip()]
    except ValueError:
        raise ValueError(_("Give whole numbers, parted by commas.")) from None


def layout_form(desk: Desk, reseller: str | None = None, *, wide: bool = True) -> Form:
    """The empty form. The preview stands beside the fields where the window is wide, else below them."""
    form = Form()
    left, right, *beside = form.columns(3 if wide else 2)
    with form.group(left):
        form.heading(_("Numbers"))
        with form.row():
            form.text("prefix", _("&Before invoice numbers"), longest=20)
            form.text("credit_note_prefix", _("Before &credit notes"), longest=20)
        form.heading(_("On the paper"))
        logo = LogoField()
        logo.changed.connect(form.edited)
        form.add("logo", _("&Logo"), logo, lambda: logo.content, logo.show_picture)
        form.lines("note", _("&Terms and note"), rows=3, help=_("At the end of each invoice."))
        form.text("registration", _("Company &registration"))
    left.addStretch(1)
    with form.group(right):
        form.heading(_("Bank"))
        form.text("bank_name", _("Bank &name"))
        form.text("iban", _("&IBAN or account"))
        form.text("bic", _("&BIC"))
        form.heading(_("By itself"))
        form.whole(
            "run_day", _("Make invoices on &day"), least=1, most=28, empty=True, help=_("Of the month, for the month before. Empty: by hand alone.")
        )
        days = form.text("reminder_days", _("Remind so many days &after the due date"), help=_("Parted by commas, such as 7, 14, 28. Empty: never."))
        form._fields["reminder_days"].read = lambda: typed_days(days.text())
        form._fields["reminder_days"].write = lambda value: days.setText(", ".join(str(each) for each in value))
        form.heading(_("Tax"))
        form.check("tax_included", _("Prices &contain the tax"), help=_("Of accounts that are taxed by usage."))
    preview = LayoutPreview(desk, form, reseller)
    (beside or form.columns(1))[0].addWidget(preview, 0, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
    QTimer.singleShot(0, preview, preview.ask)
    return form


def edit_layout(desk: Desk, owner: QWidget) -> None:
    """Open the form with what is kept; only what differs is sent."""

    def came(layout: Layout) -> None:
        wide = owner.window().width() >= WIDE_WINDOW
        form = layout_form(desk, layout.reseller or None, wide=wide)
        form.fill({name: getattr(layout, name) for name in FIELDS} | {"reminder_days": list(layout.reminder_days)})

        def request(values: dict[str, Any]) -> LayoutSet | None:
            return LayoutSet(reseller=layout.reseller or None, **values) if values else None

        FormDialog(
            desk.client,
            owner,
            title=_("Invoices of {reseller}", reseller=layout.reseller),
            form=form,
            verb=_("Save"),
            operation="invoices.set_layout",
            request=request,
            on_done=lambda _layout: desk.toast(_("The layout is saved; the next invoices have it.")),
            changed_only=True,
            width=1180 if wide else 820,
        ).open()

    operation.run(owner, desk.client, "invoices.layout", LayoutGet(), on_done=came)
