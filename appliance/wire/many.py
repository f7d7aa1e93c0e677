"""Many customers, and their endpoints, changed at once: all that a list shows, looked at first, and set back where nobody changed them since."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from appliance.wire.shapes import Ref, Request, View


class ManyPreview(Request, frozen=True, kw_only=True):
    """What would change; nothing does. Which: the customers named (ids), else all in use that the list shows for `search` and `reseller`.

    What is left out stays. `credit_limit` is each one's own currency; the fields that begin with `endpoint` are of all endpoints of theirs.
    """

    customers: list[int] | None = None
    search: str = ""
    reseller: Ref | None = None
    tariff: Ref | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    language: str | UnsetType = UNSET
    credit_limit: str | UnsetType = UNSET
    max_calls: int | None | UnsetType = UNSET
    payment_terms_days: int | UnsetType = UNSET
    free_on_net: bool | UnsetType = UNSET
    allow_302: bool | UnsetType = UNSET
    endpoint_disabled: bool | UnsetType = UNSET
    endpoint_max_calls: int | None | UnsetType = UNSET
    endpoint_media: str | UnsetType = UNSET


class ManyChange(ManyPreview, frozen=True, kw_only=True):
    """Change them, one after the other, each whole. `expected`: how many customers the preview counted; another number now is refused."""

    expected: int | None = None


class ManyBack(Request, frozen=True):
    """Set back what a change of many changed, where it is still as that left it: `edit` is its number, 0 the asker's last."""

    edit: int = 0


class ManyLine(View, frozen=True):
    """One field of one customer (or of the endpoint `number`) as it is and as it would be."""

    customer: str
    number: str
    field: str
    before: str
    after: str


class ManyRefusal(View, frozen=True):
    """What was not changed, and why."""

    customer: str
    code: str
    reason: str


class ManySum(View, frozen=True):
    """Credit limits in one currency, all together, before and after."""

    currency: str
    before: str
    after: str


class ManyView(View, frozen=True):
    """What changes, or changed. `customers` and `endpoints` are how many there are, `customers_changed` and `endpoints_changed` how many differ.

    `fields` counts them by field. Lines and refusals are listed up to a few hundred; `refused_count` is all. `edit` is the number to set it back by.
    """

    customers: int
    endpoints: int
    customers_changed: int
    endpoints_changed: int
    fields: dict[str, int]
    limits: list[ManySum]
    lines: list[ManyLine]
    refused: list[ManyRefusal]
    refused_count: int
    edit: int = 0


class ManyDone(View, frozen=True):
    """How many things were set back, and how many somebody had changed meanwhile."""

    back: int
    left: int
