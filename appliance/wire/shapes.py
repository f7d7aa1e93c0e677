"""The two shapes of everything on the wire, and how a request names things.

Requests refuse unknown fields; views are frozen. A field that may be left out of an update is `UNSET`: left out it
stays as it is, null clears it. Amounts are decimal strings ("10.00", "0.0125"), moments RFC 3339 in UTC.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, get_args

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import fields

Ref = int | str
"""A thing by its id, or by its natural key: a name, a number, a prefix, a login."""

BY_ID = "id:"
"""Before an id where all is text, in the query of a URL: `customer=id:5`. Digits alone are a name there, such as an endpoint's number."""

DialPlan = dict[str, str | list[str] | dict[str, str]]
"""How somebody dials: `country`, `international`, `national`, `short`, `strip` (appliance.billing.number)."""

T = TypeVar("T")


class Request(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what a client sends."""


class View(Struct, frozen=True):
    """Base of what a client is shown."""


class ById(Request, frozen=True):
    """Names one thing. `version`, where given, must be the thing's own (a lost update is refused)."""

    id: int
    version: int | None = None


class Listing(Request, frozen=True):
    """One page of a list, newest or by name as the operation says; `after` is the last page's `next`."""

    reseller: Ref | None = None
    search: str = ""
    archived: bool = False
    after: int = 0
    limit: int = 100


class Done(View, frozen=True):
    """Nothing to show but that it is done."""

    id: int = 0


class Restored(View, frozen=True):
    """In use again. `left`: what it had before and has not any more, since somebody else has it by now (numbers, names, prefixes)."""

    id: int
    left: list[str]


class Binary(View, frozen=True):
    """A file: a printed document. In JSON `content` is base64."""

    name: str
    content_type: str
    content: bytes


def given(value: T | UnsetType, otherwise: T) -> T:
    """The field's value where it was sent, else what it was."""
    return otherwise if value is UNSET else value


def ref_fields(request: Any) -> frozenset[str]:
    """The names of the fields of a request type that are a `Ref`."""
    return _ref_fields(request)


@cache
def _ref_fields(request: Any) -> frozenset[str]:
    return frozenset(field.name for field in fields(request) if {int, str} <= set(get_args(field.type)))
