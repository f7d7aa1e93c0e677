"""Webhooks: programs elsewhere that are told of events by HTTP, signed (product.md P15)."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.shapes import Ref, Request, View


class WebhookCreate(Request, frozen=True):
    """`events` as `webhooks.list` names them. The address is https; http and near networks only where the setting `webhooks.allow_near` says so."""

    name: str
    url: str
    events: list[str]
    reseller: Ref | None = None


class WebhookUpdate(Request, frozen=True):
    """What is sent is changed. `version`: refused where another has changed it meanwhile."""

    id: int
    version: int | None = None
    name: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    events: list[str] | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class WebhookView(View, frozen=True):
    """`waiting` and `dead` are events; `dropped` found the queue full. `error` says why the last try failed, "" where it did not."""

    id: int
    version: int
    name: str
    reseller: str
    url: str
    events: list[str]
    disabled: bool
    waiting: int
    dead: int
    dropped: int
    error: str
    made_at: str
    archived: bool = False


class WebhookCreated(View, frozen=True):
    """`secret` is shown this once: its bytes (UTF-8) are the key of the signature."""

    secret: str
    made: WebhookView


class WebhookPage(View, frozen=True):
    """All in reach, and what one may be told of (`known`)."""

    webhooks: list[WebhookView]
    known: list[str]


class DeliveryList(Request, frozen=True):
    """Of webhook `id`, newest first; `state` waiting, sent or dead narrows it; `after` is the last page's `next`."""

    id: int
    state: str = ""
    after: int = 0
    limit: int = 100


class DeliveryView(View, frozen=True):
    """One event. `body` is what is sent, JSON."""

    id: int
    event: str
    made_at: str
    state: str
    tries: int
    next_try_at: str | None
    sent_at: str | None
    error: str
    body: str


class DeliveryPage(View, frozen=True):
    """`next` is 0 on the last page."""

    deliveries: list[DeliveryView]
    next: int = 0
