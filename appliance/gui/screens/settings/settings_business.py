"""The business itself: the root reseller, or one's own, with its numbers and how its people dial."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from appliance.gui import operation
from appliance.gui.desk import Desk
from appliance.gui.people import countries, person_languages, time_zones
from appliance.gui.screens.resellers.reseller_form import hosts, plain_percent
from appliance.gui.widgets.form import Form
from appliance.gui.widgets.plain import button, column, row
from appliance.gui.words import _
from appliance.wire.problem import Problem
from appliance.wire.resellers import ResellerPage, ResellerUpdate, ResellerView

PLAN_FIELDS = ("dial_country", "dial_national", "dial_international", "dial_strip", "dial_short")


def plan_fields(plan: dict[str, Any]) -> dict[str, str]:
    """A dial plan as the texts of its fields."""
    short = plan.get("short", {})
    return {
        "dial_country": str(plan.get("country", "")),
        "dial_national": str(plan.get("national", "")),
        "dial_international": ", ".join(plan.get("international", ["00"])),
        "dial_strip": ", ".join(plan.get("strip", [])),
        "dial_short": "\n".join(f"{code} = {number}" for code, number in short.items()) if isinstance(short, dict) else "",
    }


def plan_of(values: dict[str, Any]) -> dict[str, Any]:
    """The dial plan that the fields say; what is empty is left out. ValueError of a line that is no "code = number"."""
    found: dict[str, Any] = {}
    for name in ("country", "national"):
        if values[f"dial_{name}"]:
            found[name] = values[f"dial_{name}"].removeprefix("+")
    for name in ("international", "strip"):
        parts = hosts(values[f"dial_{name}"])
        if parts and (name, parts) != ("international", ["00"]):
            found[name] = parts
    short = {}
    for line in values["dial_short"].splitlines():
        if line.strip():
            code, sign, number = (part.strip() for part in line.partition("="))
            if not (code and sign and number):
                raise ValueError(_("Write each line as code = number."))
            short[code] = number
    return {**found, "short": short} if short else found


class BusinessForm(QWidget):
    """Shown with what the server says; Save sends what differs."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.desk = desk
        self.view: ResellerView | None = None
        self.form = _form()
        self.save_button = button(_("Save"), self.save, "primary")
        self.save_button.setEnabled(False)
        self.setLayout(column(self.form, row(self.save_button, None), None, gap="large"))
        self._shown: dict[str, Any] = {}
        self.form.edited.connect(self._edited)
        self.refresh()

    @property
    def dirty(self) -> bool:
        """Whether something is typed that is not saved."""
        return self.save_button.isEnabled()

    def refresh(self) -> None:
        """Ask again, unless somebody is typing."""
        if not self.dirty:
            operation.run(self, self.desk.client, "resellers.list", on_done=self._came, on_problem=self.tell_problem)

    def save(self) -> None:
        """Send what differs."""
        changed = self.form.changed()
        if not changed or self.view is None:
            return
        values = self.form.values() or {}
        fields = {name: value for name, value in changed.items() if name not in PLAN_FIELDS}
        if "web_hosts" in fields:
            fields["web_hosts"] = hosts(fields["web_hosts"])
        if "retail_markup_percent" in fields:
            fields["retail_markup_percent"] = plain_percent(fields["retail_markup_percent"])
        if any(name in PLAN_FIELDS for name in changed):
            try:
                fields["dial_plan"] = plan_of(values)
            except ValueError as error:
                self.form.show_problem(Problem(field="dial_short", detail=str(error)))
                return
        request = ResellerUpdate(id=self.view.id, version=self.view.version, **fields)
        operation.run(self, self.desk.client, "resellers.update", request, on_done=self._saved, on_problem=self.tell_problem, busy=self.save_button)

    def tell_problem(self, problem: Problem) -> None:
        """At its field, or above."""
        self.form.show_problem(problem)

    def _came(self, page: ResellerPage) -> None:
        mine = page.resellers[0] if page.resellers else None
        if mine is not None and not self.dirty:
            self.show_business(mine)

    def _saved(self, view: ResellerView) -> None:
        self.show_business(view)
        self.desk.toast(" ".join([_("The business is saved."), *view.warnings]))

    def show_business(self, view: ResellerView) -> None:
        """Fill the form."""
        self.view = view
        names = ("name", "country", "timezone", "language", "sip_domain", "number_range", "caller_number", "retail_markup_percent")
        filled = {name: getattr(view, name) for name in names}
        self.form.fill({**filled, "web_hosts": ", ".join(view.web_hosts), **plan_fields(view.dial_plan)})
        self.form.forget_problem()
        self._edited()

    def _edited(self) -> None:
        self.save_button.setEnabled(self.view is not None and self.form.changed() != {})


def _form() -> Form:
    form = Form()
    form.heading(_("Business"))
    form.text("name", _("&Name"), required=True)
    with form.row():
        form.pick("country", _("&Country"), countries(), search=True)
        form.pick("timezone", _("Time &zone"), time_zones(), search=True)
    form.pick("language", _("&Language"), person_languages(), help=_("Of documents and e-mails where a customer has none."))
    form.text(
        "retail_markup_percent",
        _("&Markup of the retail tariff"),
        help=_("Percent on top of what carriers cost. All prices that follow it change at once."),
    )
    form.heading(_("Numbers and names"))
    form.text("number_range", _("Number &range"), help=_("New endpoints get the next free number of it, such as 1000000-1999999."))
    form.text("sip_domain", _("&SIP domain"), help=_("What phones register at. The one before stays valid for the phones that have it."))
    form.text("web_hosts", _("&Web host names"), help=_("With commas. The customers' page is shown there."))
    form.text("caller_number", _("Caller number"), help=_("Shown where a caller has none of its own."))
    form.heading(_("How people dial"))
    with form.row():
        form.text("dial_country", _("Country code"), placeholder="31", longest=4)
        form.text("dial_national", _("Before a number of the own country"), placeholder="0", longest=4)
        form.text("dial_international", _("Before any other country"), placeholder="00")
    form.text("dial_strip", _("Digits to cut off first"), help=_("With commas: an outside line's 9, a carrier's own prefix."))
    form.lines("dial_short", _("Short numbers"), help=_("One a line: 100 = 31201234567."))
    return form
