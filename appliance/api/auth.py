"""Who asks: the folder's owner by the control token, an operator by the token of a sign-in, or nobody yet."""

from __future__ import annotations

import hmac
from typing import NamedTuple

from appliance.errors import UserError
from appliance.services.ground.access import Actor

BEARER = "bearer "


class Asked(NamedTuple):
    """Who asks and from where. `actor` None: nobody has signed in. `token` is the bearer token as sent."""

    actor: Actor | None
    source: str = ""
    token: str = ""

    def signed_in(self) -> Actor:
        """The actor; UserError access.sign_in where there is none."""
        if self.actor is None:
            raise UserError("access.sign_in")
        return self.actor


def bearer(header: str | None) -> str:
    """The token of an `Authorization: Bearer …` header, "" where there is none."""
    return header[len(BEARER) :].strip() if header and header.lower().startswith(BEARER) else ""


def same(one: str, other: str) -> bool:
    """Compare secrets without telling by the time it takes how much was right."""
    return hmac.compare_digest(one.encode(), other.encode())
