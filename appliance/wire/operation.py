"""What one operation of the table is: its name, HTTP method and path, request, reply and permission."""

from __future__ import annotations

from typing import Any, NamedTuple

from appliance.wire.shapes import Request

PREFIX = "/api/v1"

JSON = "application/json"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

ANYONE = ""
"""The permission of what is asked before anybody has signed in."""

SIGNED_IN = "signed-in"
FOLDER_OWNER = "folder-owner"


class Nothing(Request, frozen=True):
    """A request without fields."""


class Operation(NamedTuple):
    """One thing that can be asked. `live`: only a running server can answer.

    `reply` is one type, or what it may be; `permission` is as in `services/ground/access.py`; `content` is the reply's media type.
    """

    name: str
    method: str
    path: str
    request: type[Any]
    reply: type[Any] | tuple[type[Any], ...]
    permission: str
    live: bool = False
    content: str = JSON

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.method == "GET" or self.name in READING_POSTS

    @property
    def stops(self) -> bool:
        """Whether it ends at its next step when whoever asked hangs up; what was done by then stays."""
        return self.name in STOPPABLE

    @property
    def once(self) -> bool:
        """Whether a repeated `request_id` is answered as the first time."""
        return "request_id" in self.request.__struct_fields__


READING_POSTS = frozenset(
    {
        "tariffs.price_list",
        "messages.preview",
        "move.preview",
        "customers.change_many_preview",
        "rates.change_many_preview",
        "messages.count",
        "cdrs.print",
        "messages.letter_preview",
        "payments.preview",
        "invoices.preview",
        "invoices.print",
        "invoices.preview_layout",
        "statements.print",
        "carriers.compare",
        "decks.preview",
        "calls.price",
        "calls.explain",
        "cdrs.rerate_preview",
        "cdrs.recost_preview",
        "disputes.print",
        "margins.list",
        "tariffs.what_if",
        "description.export",
        "books.verify",
        "bills.quote",
        "print_jobs.bytes",
        "till_receipts.pdf",
    }
)
"""Asked with a body, though nothing is changed."""

STOPPABLE = frozenset(
    {"bank.import", "rates.change_many_preview", "cdrs.rerate", "cdrs.recost", "invoices.run", "margins.list", "customers.change_many"}
)
"""Long work in steps that can be broken off between two of them and be asked again for the rest."""
