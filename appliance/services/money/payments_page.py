"""The payments page by the reseller's template "payments_page" (product.md S13): its words with the fields filled in, and nothing that runs.

Law: a reseller's HTML is written anew from a short list of elements, so that neither script nor form nor style nor anybody's frame comes with it;
what stands in the fields is text.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

from appliance.billing.invoice import reference
from appliance.services.ground.room import Room
from appliance.services.mail.brand import brand_of
from appliance.services.mail.email_text import Template, fields_filled
from appliance.services.mail.messages import Messages
from appliance.services.money.layouts import layout_of
from appliance.store.customers import Customer
from appliance.store.resellers import Reseller

NAME = "payments_page"
VOUCHERS = "vouchers"
"""The field that stands for the form of vouchers."""

ELEMENTS = frozenset(
    {"p", "h2", "h3", "ul", "ol", "li", "dl", "dt", "dd", "strong", "em", "b", "i", "br", "hr"}
    | {"table", "thead", "tbody", "tr", "th", "td", "a", "address", "small"}
)
EMPTY = frozenset({"br", "hr"})
DROPPED = frozenset({"script", "style", "iframe", "object", "embed", "template", "noscript", "svg", "math", "textarea", "title", "form", "select"})
"""Elements that go with all that is in them."""

_LINK = re.compile(r"^(https?://|mailto:|tel:)[^\s\"'<>]{1,400}$", re.IGNORECASE)
_MARK = "\x01vouchers\x01"


class Plain(HTMLParser):
    """Only `ELEMENTS`, without attributes but a link's address; each that is opened is closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._open: list[str] = []
        self._dropping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in DROPPED:
            self._dropping += 1
        if self._dropping or tag not in ELEMENTS:
            return
        address = next((value for name, value in attrs if name == "href"), None) if tag == "a" else None
        safe = f' href="{html.escape(address)}" rel="noopener"' if address and _LINK.match(address.strip()) else ""
        self._out.append(f"<{tag}{safe}>")
        if tag not in EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in DROPPED:
            self._dropping = max(self._dropping - 1, 0)
        if self._dropping or tag not in self._open:
            return
        while self._open:
            last = self._open.pop()
            self._out.append(f"</{last}>")
            if last == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            self._out.append(html.escape(data, quote=False))

    def text(self) -> str:
        """All of it."""
        self.close()
        while self._open:
            self._out.append(f"</{self._open.pop()}>")
        return "".join(self._out)


def plain(markup: str) -> str:
    """Foreign HTML written anew."""
    parser = Plain()
    parser.feed(markup)
    return parser.text()


class PaymentsPages:
    """`shown` is the rule for the page and for its preview."""

    def __init__(self, room: Room, messages: Messages) -> None:
        self._room = room
        self._messages = messages

    def shown(self, customer: Customer, language: str) -> tuple[str, str, str | None]:
        """Heading, HTML before the form of vouchers, and after it (None: the template has no such form)."""
        reseller = self._room.store.resellers.get(customer.reseller_id)
        assert reseller is not None  # foreign key
        account = self._room.store.accounts.get(customer.credit_account_id)
        endpoint = next(iter(self._room.store.endpoints.list(customer.id)), None)
        values = {
            "customer": customer.name,
            "number": endpoint.number if endpoint is not None else "",
            "reference": reference(f"C{customer.id}"),
            "currency": account.currency if account is not None else "",
        }
        return parts(self._messages.template_of(reseller.id, NAME, language), {**self.common(reseller), **values})

    def common(self, reseller: Reseller) -> dict[str, str]:
        """What every customer of a reseller reads."""
        layout, brand = layout_of(self._room.store, reseller.id), brand_of(self._room, reseller)
        return {
            "bank_name": layout.bank_name,
            "iban": layout.iban,
            "bic": layout.bic,
            "brand": brand.name,
            "brand_address": brand.address,
            "brand_phone": brand.phone,
            "brand_email": brand.email,
        }


def parts(template: Template, values: dict[str, str]) -> tuple[str, str, str | None]:
    """The page of a template: as `PaymentsPages.shown`."""
    done = fields_filled(template, {**values, VOUCHERS: _MARK})
    before, mark, after = done.html.partition(_MARK)  # each side by itself: no element reaches around the form
    return done.subject, plain(before), plain(after) if mark else None
