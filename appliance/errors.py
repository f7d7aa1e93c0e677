"""Errors, sorted by who must act. Everything that is not one of these is a bug.

Faults in data that a person supplies in bulk (row 118 of a deck) are values in a result, not exceptions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping


class TollhouseError(Exception):
    """Root of the errors that this program raises on purpose."""


class UserError(TollhouseError):
    """Somebody asked for what cannot be done as asked.

    `code` is a key of the message catalogue ("customer.name_taken"), `parameters` fill its text, `field` names
    the field of the request that is at fault in dotted form ("customers[2].endpoints[0].number"), or None.

    `afterwards` writes what is to stay though all else that was asked is undone: a wrong PIN is counted, what needs a second person
    waits for him. Whoever undoes the unit of work around the refusal runs it; run twice it does the same.
    """

    afterwards: Callable[[], object] | None = None

    def __init__(self, code: str, *, field: str | None = None, **parameters: object) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.parameters: Mapping[str, object] = parameters

    def __str__(self) -> str:
        where = f" ({self.field})" if self.field else ""
        what = ", ".join(f"{key}={value}" for key, value in self.parameters.items())
        return f"{self.code}{where}{': ' + what if what else ''}"


class NotFound(UserError):
    """The thing is not there, or not there for this person: both look alike from outside."""


class Forbidden(UserError):
    """The person is known and may not do this."""


class Conflict(UserError):
    """Somebody else changed it meanwhile, or it clashes with what exists."""


class EnvironmentFault(TollhouseError):
    """The machine's owner must act: disk full, port taken, database damaged or newer.

    `code` is a key of the message catalogue, `parameters` fill its text.
    """

    def __init__(self, code: str, **parameters: object) -> None:
        super().__init__(code)
        self.code = code
        self.parameters: Mapping[str, object] = parameters

    def __str__(self) -> str:
        what = ", ".join(f"{key}={value}" for key, value in self.parameters.items())
        return f"{self.code}{': ' + what if what else ''}"
