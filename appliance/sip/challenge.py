"""Our answers to the digest challenges of trunks (RFC 3261 22.2, 22.3)."""

from __future__ import annotations

from typing import NamedTuple

from appliance.sip.digest import answer_challenge
from appliance.sip.grammar import Rng
from appliance.sip.message import Request, Response


class Account(NamedTuple):
    """Who we are at a trunk. `rng` makes the client nonces."""

    username: str
    password: str
    rng: Rng


def answered(account: Account | None, response: Response, request: Request, again: bool) -> tuple[str, str] | None:
    """The header that satisfies a 401 or 407, or None where we have none to give.

    `again`: the request carried credentials already, so only a stale nonce is worth another try (RFC 7616 3.3).
    """
    if account is None:
        return None
    proxy = response.status == 407
    challenges = response.all("Proxy-Authenticate" if proxy else "WWW-Authenticate")
    if again and not any("stale=true" in challenge.lower().replace('"', "") for challenge in challenges):
        return None
    value = answer_challenge(challenges, request.method, request.uri, account.username, account.password, account.rng, request.body)
    if value is None:
        return None
    return "Proxy-Authorization" if proxy else "Authorization", value


def with_credentials(request: Request, header: tuple[str, str], cseq: int) -> Request:
    """The request once more with credentials and a new number (RFC 3261 22.2)."""
    again = request.copy()
    again.headers = [pair for pair in again.headers if pair[0] not in ("Via", header[0])]
    again.set("CSeq", f"{cseq} {request.method}")
    again.add(*header)
    return again
