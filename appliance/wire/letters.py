"""E-mails to one customer or to a selection, and what each customer was told (product.md S13)."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class LetterSelection(Request, frozen=True):
    """Customers in use that fit all of what is given: named ones (`customers`, ids), or those of a reseller by part of a name, company or e-mail,
    tariff, country, language, or a balance below an amount. `branch`: those of sub-resellers too."""

    reseller: Ref | None = None
    branch: bool = False
    customers: list[int] = []
    search: str = ""
    tariff: Ref | None = None
    country: str = ""
    language: str = ""
    balance_below: str | None = None
    disabled: bool | None = None


class LetterCount(View, frozen=True):
    """How many the selection has, how many of them have an e-mail address, and in which languages they are told. `names` are the first ones."""

    customers: int
    with_email: int
    languages: dict[str, int]
    names: list[str]


class LetterText(Request, frozen=True):
    """A wording with `{fields}`; an empty HTML part is made from the text."""

    subject: str
    text: str
    html: str = ""


class LetterPreview(Request, frozen=True):
    """What one customer would read. `texts` by language stand in the place of the template's."""

    customer: Ref
    reseller: Ref | None = None
    template: str = "letter"
    texts: dict[str, LetterText] = {}


class LetterSend(LetterSelection, frozen=True):
    """Writes to the selection by a template, or by own `texts` by language (a customer whose language has none gets the reseller's, else the
    first). `expected`: how many `messages.count` told; another number now is refused."""

    template: str = "letter"
    texts: dict[str, LetterText] = {}
    expected: int | None = None
    request_id: str = ""


class LetterView(View, frozen=True):
    """One letter: to how many, and how many were written so far. `kind`: letter or price_rise."""

    id: int
    at: str
    reseller: str
    who: str
    kind: str
    subject: str
    count: int
    written: int


class LetterList(Request, frozen=True):
    """Newest first; `after` is the last page's `next`."""

    reseller: Ref | None = None
    after: int = 0
    limit: int = 100


class LetterPage(View, frozen=True):
    """`next` is 0 on the last page."""

    letters: list[LetterView]
    next: int = 0


class CustomerLetters(Request, frozen=True):
    """What customer `id` was told, newest first."""

    id: int
    after: int = 0
    limit: int = 50


class CustomerLetterView(View, frozen=True):
    """One of them as it was read. `state`: waiting, sent, failed, or "" where there is no address; `error` says why the last try failed."""

    id: int
    letter: int
    at: str
    kind: str
    subject: str
    text: str
    state: str
    error: str | None = None


class CustomerLetterPage(View, frozen=True):
    """`next` is 0 on the last page."""

    letters: list[CustomerLetterView]
    next: int = 0
