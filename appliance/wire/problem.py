"""The shape of an error on the wire (RFC 9457, `application/problem+json`)."""

from __future__ import annotations

import msgspec

CONTENT_TYPE = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`code` is a key of the message catalogue, `detail` its sentence in the asker's language, `field` the field at fault.

    `type` is `about:blank` as long as there is no page for each code (RFC 9457 4.2.1).
    """

    type: str = "about:blank"
    title: str = ""
    status: int = 500
    code: str = ""
    detail: str = ""
    field: str | None = None
    parameters: dict[str, str] = {}
