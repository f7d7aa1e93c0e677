"""The two forms before the window: sign in, and a code turned into a password (the first start, or one that was forgotten)."""

from __future__ import annotations

from appliance.gui.widgets.form import Form
from appliance.gui.words import _
from appliance.wire.operators import Business, OperatorRedeem

CURRENCIES = ("EUR", "USD", "GBP", "CHF", "INR", "PKR", "BDT", "NGN", "GHS", "MAD", "TRY", "AED", "SAR", "EGP", "BRL", "MXN", "COP", "ZAR")


def sign_in_form() -> Form:
    """login, password, totp."""
    form = Form()
    form.text("login", _("&User"), required=True)
    form.secret("password", _("&Password"), required=True, eye=False)
    form.text("totp", _("Second factor"), placeholder=_("Six digits, if you use one"), longest=8)
    return form


def code_form() -> Form:
    """A code, login and password, and the business where the appliance has none yet."""
    form = Form()
    form.text("code", _("&Code"), required=True, help=_("The server shows it when it starts the first time; a manager gives it for a lost password."))
    form.text("name", _("Your &name"))
    form.text("login", _("&User"), required=True)
    form.secret("password", _("New &password"), required=True, eye=False)
    form.check("first", _("This is a new server: set up the &business"))
    form.text("business", _("Name of the &business"), required=True)
    with form.row():
        form.pick("currency", _("C&urrency"), [(code, code) for code in CURRENCIES])
        form.text("country", _("C&ountry"), placeholder="NL", longest=2)
    first = form.field("first")
    first.toggled.connect(lambda on: _show_business(form, on))  # type: ignore[attr-defined]
    _show_business(form, False)
    return form


def _show_business(form: Form, shown: bool) -> None:
    for name in ("business", "currency", "country"):
        form.show_field(name, shown)


def redeeming(values: dict[str, object], timezone: str, language: str) -> OperatorRedeem:
    """The request of a filled-in code form."""
    business = None
    if values.get("first"):
        business = Business(
            name=str(values["business"]),
            currency=str(values["currency"]),
            country=str(values["country"]).upper(),
            timezone=timezone,
            language=language,
        )
    return OperatorRedeem(
        code=str(values["code"]), login=str(values["login"]), password=str(values["password"]), name=str(values["name"]), business=business
    )
