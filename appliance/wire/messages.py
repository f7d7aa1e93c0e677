"""E-mail: what waits to be sent, what went, and the templates it is written by (product.md S3, S13)."""

from __future__ import annotations

from appliance.wire.shapes import Ref, Request, View


class MessageList(Request, frozen=True):
    """Newest first; `state` waiting, sent or failed narrows it; `after` is the last page's `next`."""

    reseller: Ref | None = None
    customer: Ref | None = None
    state: str = ""
    after: int = 0
    limit: int = 100


class MessageView(View, frozen=True):
    """One e-mail. `state`: waiting (also between two tries), sent, failed (given up); `error` says why the last try failed."""

    id: int
    made_at: str
    kind: str
    recipient: str
    customer: str | None
    reseller: str | None
    state: str
    tries: int
    next_try_at: str | None
    sent_at: str | None
    error: str | None


class MessagePage(View, frozen=True):
    """`next` is 0 on the last page."""

    messages: list[MessageView]
    next: int = 0


class SendDetails(Request, frozen=True):
    """Sends what a phone is set up with to the customer's e-mail address, or to `recipient`.

    `with_password` shows the password too and needs the permission to reveal it. Without a `language` it is the customer's,
    then the reseller's.
    """

    endpoint: Ref
    with_password: bool = False
    recipient: str = ""
    language: str = ""


class MailTest(Request, frozen=True):
    """Sends a test message; what became of it is asked by `messages.get`."""

    recipient: str
    language: str = ""


class TemplateList(Request, frozen=True):
    """Templates as they stand for one reseller."""

    reseller: Ref | None = None


class TemplateView(View, frozen=True):
    """One e-mail in one language. `own`: the reseller wrote it; `fields` may stand in it as `{field}`."""

    name: str
    language: str
    own: bool
    subject: str
    text: str
    html: str
    fields: list[str]


class TemplatePage(View, frozen=True):
    """All of them."""

    templates: list[TemplateView]


class TemplateSet(Request, frozen=True):
    """A reseller's own wording; without subject, text and html it goes back to the built-in one."""

    name: str
    language: str
    reseller: Ref | None = None
    subject: str = ""
    text: str = ""
    html: str = ""


class TemplatePreview(Request, frozen=True):
    """How a template looks filled in: of an endpoint, or of a made-up one. Texts that are given are shown instead of the kept ones."""

    name: str
    language: str
    reseller: Ref | None = None
    endpoint: Ref | None = None
    subject: str = ""
    text: str = ""
    html: str = ""


class MessagePreview(View, frozen=True):
    """An e-mail as its reader sees it; `html` is a whole page."""

    subject: str
    text: str
    html: str
