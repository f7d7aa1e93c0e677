"""The two forms before the window: sign in, and a code turned into a password (the first start, or one that was forgotten)."""

from __future__ import annotations

from PySide6.QtCore import QTimeZone
from PySide6.QtWidgets import QComboBox

from appliance.gui.widgets.form import Form
from appliance.gui.words import _, language
from appliance.wire.operators import Business, OperatorRedeem

BUSINESS_FIELDS = ("business", "country", "currency", "timezone", "language")


def sign_in_form(*, stay: bool = True) -> Form:
    """login, password, totp, and whether to stay signed in."""
    form = Form()
    form.text("login", _("&User"), required=True)
    form.secret("password", _("&Password"), required=True, eye=False)
    form.text("totp", _("Second factor"), placeholder=_("Six digits, or a recovery code"), longest=20)
    form.check("stay", _("S&tay signed in on this computer"), help=_("Your password is not kept: only this sign-in, in the computer's keyring."))
    form.show_field("stay", stay)
    return form


def code_form(*, first_start: bool = False) -> Form:
    """A code, login and password, and the business where the appliance has none yet.

    `first_start`: the code is known, and it is sure that there is no business: that is asked first.
    """
    form = Form()
    if first_start:
        _business(form)
        form.heading(_("You, the owner"))
    help_of_code = _("The server shows it when it starts the first time; a manager gives it for a lost password.")
    form.text("code", _("&Code"), required=True, help=help_of_code)
    form.text("name", _("Your &name"))
    form.text("login", _("&User"), required=True, help=_("What you sign in with.") if first_start else "")
    form.secret("password", _("New &password"), required=True, eye=first_start, help=_("Eight signs at least."))
    form.check("first", _("This is a new server: set up the &business"))
    form.show_field("code", not first_start)
    form.show_field("first", not first_start)
    if not first_start:
        _business(form)
        first = form.field("first")
        first.toggled.connect(lambda on: _show_business(form, on))  # type: ignore[attr-defined]
        _show_business(form, False)
    return form


def _business(form: Form) -> None:
    from appliance.gui.people import countries, currencies, person_languages, time_zones  # late: lists of the world, for a first start alone

    form.text("business", _("Name of the &business"), required=True)
    with form.row():
        form.pick("country", _("C&ountry"), countries(), search=True)
        form.pick("currency", _("C&urrency"), currencies(), search=True)
    with form.row():
        form.pick("timezone", _("Time &zone"), time_zones(), search=True)
        form.pick("language", _("&Language"), person_languages())
    form.fill({"currency": "EUR", "timezone": own_zone(), "language": language()})
    country, currency = form.field("country"), form.field("currency")
    assert isinstance(country, QComboBox) and isinstance(currency, QComboBox)
    country.currentIndexChanged.connect(lambda _at: _follow(country, currency))


def _follow(country: QComboBox, currency: QComboBox) -> None:
    """The country's money, until somebody chooses another."""
    from appliance.gui.people import money_of

    found = money_of(str(country.currentData() or ""))
    at = currency.findData(found) if found else -1
    if at >= 0 and not currency.property("chosen"):
        currency.setCurrentIndex(at)


def own_zone() -> str:
    """The time zone of this computer."""
    return bytes(QTimeZone.systemTimeZoneId().data()).decode().removeprefix("Etc/")


def _show_business(form: Form, shown: bool) -> None:
    for name in BUSINESS_FIELDS:
        form.show_field(name, shown)


def redeeming(values: dict[str, object], code: str = "") -> OperatorRedeem:
    """The request of a filled-in code form; `code` where the form does not ask for it."""
    business = None
    if "business" in values:
        business = Business(
            name=str(values["business"]),
            currency=str(values["currency"]),
            country=str(values["country"]),
            timezone=str(values["timezone"]) or own_zone(),
            language=str(values["language"]),
        )
    return OperatorRedeem(
        code=str(values.get("code") or code),
        login=str(values["login"]),
        password=str(values["password"]),
        name=str(values["name"]),
        business=business,
    )
