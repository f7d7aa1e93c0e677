"""A policy with endpoints in memory, and REGISTER requests as phones make them."""

from __future__ import annotations

import random

from appliance.sip.digest import answer_challenge, ha1
from appliance.sip.facts import BindingsChanged
from appliance.sip.message import Request, Response
from appliance.sip.policy import Binding, Credential, Flow

REALM = "sip.example.test"
FLOW = Flow("udp", 0, "192.0.2.50", 5060)


class Endpoints:
    """The two questions of the policy that registration asks."""

    def __init__(self) -> None:
        self.credentials: dict[tuple[str, str], Credential] = {}
        self.held: dict[int, tuple[Binding, ...]] = {}
        self.asked = 0

    def add(self, number: str, password: str, *, username: str = "", max_bindings: int = 5, disabled: bool = False) -> Credential:
        name = username or number
        credential = Credential(
            len(self.credentials) + 1,
            number,
            REALM,
            ha1(name, REALM, password),
            ha1(name, REALM, password, "SHA-256"),
            max_bindings,
            disabled,
        )
        self.credentials[name, REALM] = credential
        return credential

    def credential(self, username: str, realm: str) -> Credential | None:
        self.asked += 1
        return self.credentials.get((username, realm))

    def bindings(self, endpoint: int) -> tuple[Binding, ...]:
        return self.held.get(endpoint, ())

    def apply(self, fact: BindingsChanged | None) -> None:
        if fact is not None:
            self.held[fact.endpoint] = fact.bindings


def register(
    *contacts: str, expires: int | None = None, cseq: int = 1, call_id: str = "reg1", number: str = "1001", more: tuple[tuple[str, str], ...] = ()
) -> Request:
    """A REGISTER; a contact without brackets gets them."""
    headers = [
        ("Via", "SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK1"),
        ("From", f"<sip:{number}@{REALM}>;tag=f"),
        ("To", f"<sip:{number}@{REALM}>"),
        ("Call-ID", call_id),
        ("CSeq", f"{cseq} REGISTER"),
        *more,
    ]
    headers += [("Contact", contact if contact[0] in '<*"' else f"<{contact}>") for contact in contacts]
    if expires is not None:
        headers.append(("Expires", str(expires)))
    return Request("REGISTER", f"sip:{REALM}", headers)


def answered(request: Request, response: Response, username: str, password: str, uri: str = "", seed: int = 1) -> Request:
    """The request with credentials for the challenge in `response`."""
    proxy = response.status == 407
    challenges = response.all("Proxy-Authenticate" if proxy else "WWW-Authenticate")
    value = answer_challenge(challenges, request.method, uri or request.uri, username, password, random.Random(seed), request.body)
    assert value is not None
    again = request.copy()
    again.set("Proxy-Authorization" if proxy else "Authorization", value)
    return again
