"""E-mail templates: texts with `{fields}`, filled in; and the addresses that e-mail can go to.

A line whose fields are all empty is left out, so that one template serves with and without a password. Anything else in
braces (a style in the HTML part) stays as it is. The HTML part is filled with escaped values and set into the layout.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from appliance import paths
from appliance.errors import UserError
from appliance.i18n import RIGHT_TO_LEFT

FIELDS = {
    "details": (
        "customer", "first_name", "last_name", "company", "number", "user", "password", "server", "port", "transport", "realm",
        "web_address", "login", "web_password", "brand", "brand_phone", "brand_email",
    ),
    "test": ("brand", "server_name"),
    "fuse": ("customer", "reason", "brand"),
    "summary": ("business", "day", "figures", "shops", "trunks", "stops", "low", "carriers", "backup", "brand"),
    "web_password": ("customer", "first_name", "login", "link", "brand", "brand_phone", "brand_email"),
    "web_confirm": ("name", "link", "brand", "brand_phone", "brand_email"),
    "web_new_place": ("customer", "first_name", "login", "time", "source", "client", "link", "brand", "brand_phone", "brand_email"),
    "fee_waiting": ("customer", "first_name", "fee", "amount", "days", "web_address", "brand", "brand_phone", "brand_email"),
    "fee_suspended": ("customer", "first_name", "fee", "amount", "web_address", "brand", "brand_phone", "brand_email"),
    "fee_resumed": ("customer", "first_name", "fee", "web_address", "brand", "brand_phone", "brand_email"),
    "balance_low": ("customer", "first_name", "balance", "threshold", "web_address", "brand", "brand_phone", "brand_email"),
    "letter": (
        "customer", "first_name", "last_name", "company", "number", "tariff", "balance", "web_address", "brand", "brand_phone", "brand_email",
    ),
    "price_rise": (
        "customer", "first_name", "number", "tariff", "from", "count", "prices", "web_address", "brand", "brand_phone", "brand_email",
    ),
    "payments_page": (
        "customer", "number", "reference", "currency", "bank_name", "iban", "bic", "vouchers", "brand", "brand_address", "brand_phone", "brand_email",
    ),
    "invoice": (
        "customer", "first_name", "number", "total", "open", "issued_on", "due_on", "reference", "bank_name", "iban", "bic", "web_address", "brand",
        "brand_phone", "brand_email",
    ),
    "credit_note": (
        "customer", "first_name", "number", "invoice", "total", "issued_on", "reason", "web_address", "brand", "brand_phone", "brand_email",
    ),
    "reminder": (
        "customer", "first_name", "number", "amount", "total", "issued_on", "due_on", "level", "reference", "bank_name", "iban", "bic",
        "web_address", "brand", "brand_phone", "brand_email",
    ),
}  # fmt: skip
"""The templates, and what may stand in each."""

LONGEST_SUBJECT = 200
LONGEST_TEXT = 20_000
_FIELD = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+$")


class Template(NamedTuple):
    """One e-mail in one language, its fields not filled in."""

    subject: str
    text: str
    html: str


def fields_of(name: str) -> tuple[str, ...]:
    """What may stand in a template; UserError template.unknown."""
    found = FIELDS.get(name)
    if found is None:
        raise UserError("template.unknown", field="name", name=name[:100])
    return found


@cache
def built_in(name: str, language: str) -> Template:
    """The template that comes with the program, in English where the language has none."""
    fields_of(name)
    folder = paths.resources() / "templates" / "email"
    for code in (language, "en"):
        file = folder / f"{name}.{code}.txt"
        if file.is_file():
            head, _, text = file.read_text(encoding="utf-8").partition("\n")
            page = (folder / f"{name}.{code}.html").read_text(encoding="utf-8")
            return Template(head.removeprefix("Subject:").strip(), text.strip("\n") + "\n", page)
    raise UserError("template.unknown", field="name", name=name)


def check(name: str, template: Template) -> Template:
    """A template that can be used; UserError template.unknown_field, template.no_subject or field.wrong_text names the part."""
    allowed = fields_of(name)
    for part, longest in (("subject", LONGEST_SUBJECT), ("text", LONGEST_TEXT), ("html", LONGEST_TEXT)):
        value = getattr(template, part)
        if len(value) > longest or "\x00" in value:
            raise UserError("field.wrong_text", field=part, longest=longest)
        for field in _FIELD.findall(value):
            if field not in allowed:
                raise UserError("template.unknown_field", field=part, name=field, fields=", ".join(allowed))
    if not template.subject.strip():
        raise UserError("template.no_subject", field="subject")
    if not template.text.strip():
        raise UserError("template.no_text", field="text")
    return template


def fields_filled(template: Template, values: Mapping[str, str]) -> Template:
    """The three parts with their fields. An empty HTML part is made from the text."""
    subject = " ".join(_lines(template.subject, values).split())
    text = _lines(template.text, values)
    safe = {key: html.escape(value) for key, value in values.items()}
    body = _lines(template.html, safe) if template.html.strip() else f"<p>{html.escape(text.strip()).replace(chr(10), '<br>')}</p>"
    return Template(subject, text, body)


def filled(template: Template, values: Mapping[str, str], language: str, brand: str) -> Template:
    """The e-mail itself, its HTML part in the layout."""
    subject, text, body = fields_filled(template, values)
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    page = {"body": body, "language": language, "direction": direction, "subject": html.escape(subject), "brand": html.escape(brand)}
    return Template(subject, text, _FIELD.sub(lambda found: page.get(found[1], found[0]), _layout()))


def _lines(text: str, values: Mapping[str, str]) -> str:
    kept = []
    for line in text.splitlines():
        fields = [field for field in _FIELD.findall(line) if field in values]
        if fields and not any(values[field] for field in fields):
            continue
        kept.append(_FIELD.sub(lambda found: values.get(found[1], found[0]), line))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)) + "\n"


@cache
def _layout() -> str:
    return (paths.resources() / "templates" / "email" / "layout.html").read_text(encoding="utf-8")


def check_address(text: str, field: str) -> str:
    """An address that e-mail can go to, its domain in the letters of DNS; UserError email.missing or email.invalid."""
    plain = text.strip()
    if not plain:
        raise UserError("email.missing", field=field)
    local, at, domain = plain.rpartition("@")
    if at and not domain.isascii():
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError as error:
            raise UserError("email.invalid", field=field, address=plain[:200]) from error
        plain = f"{local}@{domain}"
    if len(plain) > 254 or not _ADDRESS.match(plain) or ".." in local or local.startswith(".") or local.endswith("."):
        raise UserError("email.invalid", field=field, address=plain[:200])
    return plain
