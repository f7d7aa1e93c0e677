"""What holds for all operations alike, as the page about the API tells it: held against the program by `tests/api/test_docs_page.py`."""

from __future__ import annotations

from collections import defaultdict
from html import escape
from typing import NamedTuple

from appliance.api.problems import TITLES
from appliance.services.ground.once import LONGEST_ID
from appliance.services.webhook_events import EVENTS
from appliance.services.webhooks import TRIES_IN_ORDER, WAITS_SECONDS
from appliance.wire.operations import ANYONE, FOLDER_OWNER, OPERATIONS, PREFIX, SIGNED_IN

WRONG = ("/payments", {"customer": "Nadia Haddad", "amount": "ten"})
"""(path, body) of a request that is refused."""

REFUSED = """{"title":"Cannot be done as asked","status":422,"code":"amount.invalid","detail":"ten is not an amount. Write it like \
12.50: digits, a point, no blanks or signs of currency.","field":"amount","parameters":{"text":"ten"}}"""
"""What is answered to it."""

GENUINE = '''import hashlib, hmac, time

def genuine(secret, header, body, now=time.time):
    """Whether Tollhouse-Signature fits the body as it came, and is no older than five minutes."""
    at, signed = (part.split("=", 1)[1] for part in header.split(","))
    wanted = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, signed) and abs(now() - int(at)) < 300
'''
"""How a program looks at a signature (Python)."""


class Section(NamedTuple):
    """`html` is made of escaped text alone."""

    name: str
    title: str
    html: str


def sections() -> list[Section]:
    """In the order in which one needs them."""
    return [
        Section("errors", "Errors", _errors()),
        Section("paging", "Pages of a list", _paging()),
        Section("retries", "Retries that pay once", _retries()),
        Section("versions", "Two at the same time", _versions()),
        Section("rates", "How much may be asked", _rates()),
        Section("scopes", "Scopes", _scopes()),
        Section("stream", "What changes, as it changes", _stream()),
        Section("hooks", "Webhooks", _hooks()),
    ]


def _p(text: str) -> str:
    """A paragraph; what stands between backticks is code."""
    parts = escape(text).split("`")
    return "<p>" + "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts)) + "</p>"


def _pre(text: str) -> str:
    return f'<pre tabindex="0">{escape(text)}</pre>'


def _errors() -> str:
    rows = "".join(f"<tr><td>{status}</td><td>{escape(title)}</td></tr>" for status, title in sorted(TITLES.items()))
    return (
        _p(
            "What cannot be done is answered as `application/problem+json` (RFC 9457). `code` is for programs and stays the same; `detail` is a "
            "sentence for people, in the language of `Accept-Language` or of the operator; `field` names what was wrong in the request, and "
            "`parameters` are what the sentence speaks of."
        )
        + _pre(REFUSED)
        + f'<div class="wide"><table><tr><th scope="col">Status</th><th scope="col">Meaning</th></tr>{rows}</table></div>'
        + _p("What an asker may not see is not there for him: 404, not 403. After 429 and 503 ask again later; all else fails the same way again.")
    )


def _paging() -> str:
    return _p(
        "A list gives one page, 100 rows unless `limit` says otherwise, and `next`. Send it as `after` for the following page; "
        "on the last page it is 0 "
        "or empty. Rows that come meanwhile neither shift a page nor come twice."
    ) + _pre(f"GET {PREFIX}/customers?limit=50\nGET {PREFIX}/customers?limit=50&after=1042")


def _retries() -> str:
    named = ", ".join(f"`{name}`" for name, row in OPERATIONS.items() if row.once and not row.reads)
    return (
        _p(
            f"Every POST that moves money takes `request_id`, in the body or as the header `Idempotency-Key`: a text of yours, up to {LONGEST_ID} "
            "characters. Asked again with the same one, the first answer comes again and nothing is done twice. The same one with "
            "another content is "
            "refused (409). A PUT or PATCH that is asked twice leaves things as asking once does."
        )
        + f"<details><summary>Operations that take one</summary>{_p(named)}</details>"
    )


def _versions() -> str:
    return _p(
        "Things that are changed carry an `ETag` and a `version`. Send the tag as `If-Match` with the change: where somebody changed the thing "
        "since, nothing is done and 412 (`store.changed_meanwhile`) is answered; with `version` in the body it is 409. Without either the last "
        "word counts. A GET with `If-None-Match` is answered with 304 while nothing changed."
    )


def _rates() -> str:
    return _p(
        "Each token may ask `api.requests_per_second` times a second, and twice as many at once; 0 is no bound. What is more is "
        "answered with 429 and "
        "`Retry-After` in seconds. Wrong passwords and codes are bounded by address."
    )


def _scopes() -> str:
    found = defaultdict(list)
    for name, row in OPERATIONS.items():
        if row.permission not in (ANYONE, FOLDER_OWNER, SIGNED_IN):
            found[row.permission].append(name)
    rows = "".join(f"<tr><td><code>{escape(scope)}</code></td><td>{escape(', '.join(found[scope]))}</td></tr>" for scope in sorted(found))
    return (
        _p(
            "A program's token has scopes in one reseller and all below it, none that its maker has not got there. Each operation "
            "below names the one that "
            "it needs."
        )
        + '<details><summary>Every scope and what it opens</summary><div class="wide"><table><tr><th scope="col">Scope</th>'
        + f'<th scope="col">Operations</th></tr>{rows}</table></div></details>'
    )


def _stream() -> str:
    return _p(
        f"`GET {PREFIX}/events` stays open and tells by server-sent events what kind of thing changed, and each second what "
        f"running calls cost. After a "
        "break send the last id as `Last-Event-ID`: what was missed comes, or `reset`, after which everything has to be asked anew."
    ) + _pre(f'curl -N https://my.example.com{PREFIX}/events -H "Authorization: Bearer $TOKEN"')


def _hooks() -> str:
    waits = ", ".join(f"{each // 3600} h" if each >= 3600 else f"{each // 60} min" if each >= 60 else f"{each} s" for each in WAITS_SECONDS)
    names = ", ".join(f"`{each}`" for each in sorted(EVENTS))
    return (
        _p(
            "A webhook is one POST in JSON for each event, with the headers `Tollhouse-Event`, `Tollhouse-Delivery` (the same number "
            "when it is sent again) and "
            "`Tollhouse-Signature`: `t=SECONDS,v1=HEX`, where HEX is HMAC-SHA256 with the webhook's secret over the seconds, a full "
            "stop and the body."
        )
        + _pre(GENUINE)
        + _p(
            f"Answer with 2xx within ten seconds. What fails is sent again after {waits}, then given up; `webhooks.resend` sends it "
            f"once more. Events come in "
            f"their order; one that failed {TRIES_IN_ORDER} times steps aside for the next. The address has to be https and out in "
            f"the world, unless "
            "`webhooks.allow_near` is on."
        )
        + _p(f"Events: {names}.")
    )
