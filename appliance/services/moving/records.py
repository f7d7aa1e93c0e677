"""What another system holds, in shapes that belong to none of them: between the readers and the one writer.

Amounts are micros, from the customer's side: credit above zero. Moments are milliseconds since 1970 UTC. `key` is the other system's own.
"""

from __future__ import annotations

from msgspec import Struct

FROM = ("csv", "astpp", "magnus", "a2billing")
"""The systems that are understood."""

KINDS = ("customers", "endpoints", "web_logins", "tariffs", "rates", "numbers", "invoices", "calls")
"""What is moved, in the order it is told."""


class Job(Struct, frozen=True):
    """What to read. `currency`, where given, stands in the place of the file's; `agent` is a reseller of the old system, by its key there."""

    files: list[str]
    source: str
    currency: str = ""
    agent: str = ""
    timezone: str = "UTC"


class Refusal(Struct, frozen=True):
    """A row that is not moved: where it stands, why (a code of the catalogue), and the money that it holds."""

    kind: str
    key: str
    file: str
    line: int
    code: str
    parameters: dict[str, str] = {}
    micros: int = 0


class OldCustomer(Struct):
    """`tariff` is a key, "" for none; `balance` in the currency that the old system keeps its books in."""

    key: str
    file: str
    line: int
    name: str
    user: str
    balance: int
    limit: int = 0
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    country: str = ""
    language: str = ""
    currency: str = ""
    vat_number: str = ""
    description: str = ""
    tariff: str = ""
    disabled: bool = False
    max_calls: int | None = None


class OldEndpoint(Struct):
    """`ha1`: MD5 of user:realm:password in hex, where the password itself is not known."""

    key: str
    customer: str
    file: str
    line: int
    user: str
    password: str = ""
    ha1: str = ""
    display_name: str = ""
    caller_number: str = ""
    max_calls: int | None = None
    disabled: bool = False


class OldLogin(Struct):
    """A name for the customers' pages. Without a password (the file has a hash of it alone) its person gets a one-time link."""

    key: str
    customer: str
    file: str
    line: int
    login: str
    password: str = ""


class OldTariff(Struct):
    """`deck` is its rates as a rate deck (decks.COLUMNS), `rates` how many they are."""

    key: str
    name: str
    rates: int = 0


class OldNumber(Struct):
    """An incoming number and the endpoint that it rings, by key; "" for none."""

    key: str
    file: str
    line: int
    number: str
    endpoint: str = ""


class OldInvoice(Struct):
    """An invoice that is not paid whole."""

    key: str
    customer: str
    file: str
    line: int
    label: str
    issued_on: str
    due_on: str | None
    total: int
    open: int


class OldCall(Struct, array_like=True):
    """One call as the old system recorded it."""

    key: str
    customer: str
    started_at: int
    seconds: int
    caller: str
    number: str
    destination: str
    amount: int


class Count(Struct):
    """How many rows of a kind a file has, and the sum of the money in them (micros)."""

    rows: int = 0
    micros: int = 0


class Gathered(Struct):
    """All but rates and calls, which come after. `found` counts what stands in the file, apart from what became of it.

    `untold`: refused rows past those that are told one by one. `apart`: customers that belong to resellers of the old system, by those
    resellers' keys. `last_invoice`: the number of the newest invoice.
    """

    currency: str
    customers: list[OldCustomer] = []
    endpoints: list[OldEndpoint] = []
    web_logins: list[OldLogin] = []
    tariffs: list[OldTariff] = []
    numbers: list[OldNumber] = []
    invoices: list[OldInvoice] = []
    last_invoice: int = 0
    refused: list[Refusal] = []
    untold: dict[str, Count] = {}
    found: dict[str, Count] = {}
    apart: dict[str, int] = {}
