"""The forms behind a shop's settings: a booth, goods, a till with its printer, a PIN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from appliance.gui import words
from appliance.gui.column import State
from appliance.gui.desk import Desk
from appliance.gui.screens.booths.booth_words import signing_word
from appliance.gui.screens.booths.shop_form import split_words
from appliance.gui.screens.settings.operators_code import SecretDialog
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.form_dialog import FormDialog
from appliance.gui.words import _
from appliance.wire.booths import BoothUpdate, BoothView
from appliance.wire.shops import PinCode, PinSet, ShopView
from appliance.wire.tills import GoodsCreate, GoodsUpdate, GoodsView, SigningTest, TillCreate, TillUpdate, TillView

Done = Callable[[Any], None] | None
CODE_PAGES = ("CP858", "CP850", "CP437", "CP852", "CP866", "CP864", "CP1252", "raster")
WIDTHS = (32, 42, 48)


def printers() -> list[tuple[str, str]]:
    """How a receipt printer is reached."""
    return [
        ("none", _("No printer")),
        ("usb", _("USB")),
        ("network", _("Network")),
        ("serial", _("Serial port")),
        ("spooler", _("The system's print queue, raw")),
        ("qt", _("Any printer, as a page")),
        ("file", _("A file")),
    ]


def printer_name(kind: str) -> str:
    """The person's word of a kind of printer."""
    return dict(printers()).get(kind, kind)


def addresses() -> dict[str, str]:
    """What the address is, by kind of printer."""
    return {
        "usb": _("For example /dev/usb/lp0"),
        "network": _("For example 192.168.1.50:9100"),
        "serial": _("For example /dev/ttyUSB0 19200, or COM3 19200"),
        "spooler": _("The queue's name"),
        "qt": _("The printer's name; empty: the system's own"),
        "file": _("Where to, for example /tmp/receipts.bin"),
    }


def edit_booth(desk: Desk, owner: QWidget, view: BoothView, on_done: Done = None) -> FormDialog:
    """Name, key, what may not be called."""
    form = Form()
    form.text("name", _("&Name"), required=True, longest=40)
    form.whole("position", _("&Place and number key"), least=1, most=999)
    form.lines("blocked", _("&Blocked prefixes"), rows=2, help=_("Beside those that are blocked in the whole shop."))
    form.check("desk", _("This is the shop's own phone, no booth"))
    form.fill({"name": view.name, "position": view.position, "blocked": " ".join(view.blocked), "desk": view.desk})

    def request(values: dict[str, Any]) -> BoothUpdate | None:
        if "blocked" in values:
            values["blocked"] = split_words(values["blocked"])
        return msgspec.structs.replace(BoothUpdate(view.id, version=view.version), **values) if values else None

    return _opened(desk, owner, _("Edit {booth}", booth=view.name), form, _("Save"), "booths.update", request, on_done, changed_only=True)


def _goods_form(shop_currency: str) -> Form:
    form = Form()
    form.text("name", _("&Name"), required=True, longest=80)
    form.text("code", _("&Bar code"), longest=60)
    with form.row():
        form.money("price", _("&Price, tax in it"), currency=shop_currency, required=True)
        form.text("tax_percent", _("&Tax percent"), longest=12, help=_("Empty: the shop's."))
    form.money("cost", _("B&ought for"), currency=shop_currency)
    return form


def add_goods(desk: Desk, owner: QWidget, shop: ShopView, on_done: Done = None) -> FormDialog:
    """Something more to sell."""
    form = _goods_form(shop.currency)
    form.whole("stock", _("&Stock"), least=0, most=1_000_000, empty=True, help=_("Empty: not counted."))

    def request(values: dict[str, Any]) -> GoodsCreate:
        return GoodsCreate(shop=shop.id, **{**values, "tax_percent": values["tax_percent"] or None})

    return _opened(desk, owner, _("Add goods"), form, _("Add goods"), "goods.create", request, on_done)


def edit_goods(desk: Desk, owner: QWidget, view: GoodsView, on_done: Done = None) -> FormDialog:
    """Change what is sold; pieces that came in are added to the stock."""
    form = _goods_form(view.currency)
    if view.stock is not None:
        form.whole("stock_change", _("Pieces that &came in"), least=-1_000_000, most=1_000_000, empty=True)
    form.fill({"name": view.name, "code": view.code, "price": view.price, "tax_percent": view.tax_percent, "cost": view.cost, "stock_change": None})

    def request(values: dict[str, Any]) -> GoodsUpdate | None:
        if values.get("tax_percent") == "" or values.get("cost", "") is None:
            values = {name: value for name, value in values.items() if value not in ("", None)}
        return msgspec.structs.replace(GoodsUpdate(view.id, version=view.version), **values) if values else None

    return _opened(desk, owner, _("Edit {name}", name=view.name), form, _("Save"), "goods.update", request, on_done, changed_only=True)


class TillForm(Form):
    """A till and its printer; the address says what it wants."""

    def __init__(self, *, signing: bool) -> None:
        super().__init__()
        self.text("name", _("&Name"), required=True, longest=40)
        self.printer = self.pick("printer", _("&Receipt printer"), printers())
        self.address: QLineEdit = self.text("address", _("&Address"), longest=200)
        with self.row():
            self.pick("columns", _("&Columns"), [(each, str(each)) for each in WIDTHS])
            self.pick("code_page", _("Co&de page"), [(each, _("Draw every line") if each == "raster" else each) for each in CODE_PAGES])
        self.check("drawer", _("A cash dra&wer hangs on it"))
        self.check("cutter", _("It c&uts the paper"))
        self.check("native_qr", _("It draws &QR codes itself"))
        self.check("print_always", _("Print &every receipt"))
        if signing:
            self.heading(_("Signing device"))
            told = _("Where the country's law wants receipts signed: http://ADDRESS:PORT/PATH, as the server reaches it. Empty: none.")
            self.text("signing_address", _("De&vice"), longest=200, help=told)
            self.whole("signing_seconds", _("A receipt waits &for it, s"), least=1, most=10)
            self.fill({"signing_seconds": 3})
        self.printer.currentIndexChanged.connect(self._turn)
        self.fill({"columns": 42, "code_page": "CP858", "drawer": True, "cutter": True, "native_qr": True, "print_always": True})
        self._turn()

    def _turn(self) -> None:
        kind = self.printer.currentData()
        self.address.setPlaceholderText(addresses().get(kind, ""))
        self.show_field("address", kind != "none")


def add_till(desk: Desk, owner: QWidget, shop: ShopView, on_done: Done = None) -> FormDialog:
    """A drawer more."""
    form = TillForm(signing=True)
    return _opened(
        desk, owner, _("Add till"), form, _("Add till"), "tills.create", lambda values: TillCreate(shop=shop.id, **values), on_done, width=460
    )


def edit_till(desk: Desk, owner: QWidget, view: TillView, on_done: Done = None) -> FormDialog:
    """Its printer, its width, and (for whoever may say whom the server asks) its signing device."""
    signing = desk.may("shops.update")
    form = TillForm(signing=signing)
    names = "name printer address columns code_page drawer cutter native_qr print_always" + (" signing_address signing_seconds" if signing else "")
    form.fill({name: getattr(view, name) for name in names.split()})

    def request(values: dict[str, Any]) -> TillUpdate | None:
        return msgspec.structs.replace(TillUpdate(view.id, version=view.version), **values) if values else None

    title = _("Edit {name}", name=view.name)
    return _opened(desk, owner, title, form, _("Save"), "tills.update", request, on_done, changed_only=True, width=460)


def set_pin(desk: Desk, owner: QWidget) -> FormDialog:
    """The person's own PIN, proved by the password."""
    form = Form()
    form.note(_("With the PIN you approve at a clerk's till what a clerk may not do alone: discounts, refunds, cancelled bills."))
    pin = form.secret("pin", _("&PIN, 4 to 12 digits"), required=True, eye=False)
    pin.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly | Qt.InputMethodHint.ImhSensitiveData)
    form.secret("password", _("Your pass&word"))
    form.text("code", _("or the one-time c&ode on your paper"), longest=40)
    login = desk.session.operator.login
    done = lambda _done: desk.toast(_("Your PIN is set."))  # noqa: E731
    return _opened(desk, owner, _("My PIN"), form, _("Save"), "pins.set", lambda values: PinSet(login=login, **values), done)


def pin_code(desk: Desk, owner: QWidget, shop: ShopView) -> FormDialog:
    """A code on paper for a colleague who forgot the PIN."""
    form = Form()
    form.note(_("The PIN that was there is void at once. With the code, and signed in, the person sets a new one under My PIN."))
    form.text("login", _("&Login"), required=True, longest=80)

    def done(made: Any) -> None:
        text = _("Give it to {login} on paper. It is good until {when}, once.", login=made.login, when=words.moment(made.expires_at))
        SecretDialog(owner, _("Code for the PIN of {login}", login=made.login), text, made.code).open()

    return _opened(
        desk, owner, _("New PIN for a colleague"), form, _("Make a code"), "pins.code", lambda values: PinCode(shop=shop.id, **values), done
    )


def _opened(
    desk: Desk,
    owner: QWidget,
    title: str,
    form: Form,
    verb: str,
    operation: str,
    request: Callable[[dict[str, Any]], Any],
    on_done: Done,
    *,
    changed_only: bool = False,
    width: int = 420,
) -> FormDialog:
    dialog = FormDialog(
        desk.client,
        owner,
        title=title,
        form=form,
        verb=verb,
        operation=operation,
        request=request,
        on_done=on_done,
        changed_only=changed_only,
        width=width,
    )
    dialog.open()
    return dialog


def signing_state(view: TillView) -> State | None:
    """Where a till stands with its signing device; None where it has none."""
    if not view.signing_address:
        return None
    return State(signing_word(view.signing) or _("Not asked yet"), {"signed": "good", "": "muted"}.get(view.signing, "danger"))


def signing_tested(desk: Desk, till: TillView, said: SigningTest) -> None:
    """What became of a test, with what the device said."""
    if said.state == "signed":
        text = _("{device} signed a test in {count} ms.", device=said.device or till.signing_address, count=said.milliseconds)
    elif said.state == "silent":
        text = _(
            "Nothing answered at {address}: {why}. Look whether the device is on, and at the address.", address=till.signing_address, why=said.error
        )
    else:
        text = _("What answered at {address} is no signing device of this kind: {why}.", address=till.signing_address, why=said.error)
    desk.toast(text)
