"""The clerk of the demo's call shop: signs in over the API as a console does, opens a shift, seats guests, takes their money."""

from __future__ import annotations

import http.client
import json
import random
from typing import Any
from urllib.parse import urlsplit

from appliance.errors import EnvironmentFault

REPLY_SECONDS = 30.0
FLOAT = {"EUR": {"20.00": 2, "10.00": 4, "5.00": 4, "1.00": 10, "0.50": 20}}
GUESTS = ("Ama", "Bo", "Chen", "Dilek", "Emre", "Fatou", "Goran", "Hana")
SOLD = (("Water", 1), ("Phone card", 2), ("Printing, a page", 5))
FEWEST_CALLS = 2
"""A guest pays after so many, once no call runs."""


class Counter:
    """One clerk at one till; `act` does what is due, and may be called often."""

    def __init__(self, web: str, shop: str, login: str, password: str, chance: random.Random) -> None:
        parts = urlsplit(web if "://" in web else f"http://{web}")
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._chance = chance
        self._token = ""
        self._token = str(self._ask("POST", "/sign-in", {"login": login, "password": password})["token"])
        self.shop = int(next(each["id"] for each in self._ask("GET", "/shops")["shops"] if each["name"] == shop))
        self.till = int(self._ask("GET", f"/tills?shop=id:{self.shop}")["tills"][0]["id"])

    def open(self) -> None:
        """A shift, two sales over the counter, and a guest in each booth: the first has paid in."""
        self._ask("POST", "/shifts", {"till": self.till, "counted": FLOAT})
        goods = {each["name"]: each["id"] for each in self._ask("GET", f"/goods?shop=id:{self.shop}")["goods"]}
        for name, pieces in SOLD[:2]:
            bill = self._ask("POST", "/bills", {"shop": self.shop})["id"]
            self._ask("POST", f"/bills/{bill}/goods", {"goods": goods[name], "quantity": pieces})
            self._pay(bill)
        for at, booth in enumerate(self._booths()):
            self._seat(booth["id"], deposit="5.00" if at == 0 else None)

    def act(self) -> None:
        """Whoever has talked enough and is not in a call pays; the next guest sits down."""
        for booth in self._booths():
            session = booth["session"]
            if session is None:
                self._seat(booth["id"])
            elif booth["call"] is None and session["calls"] >= FEWEST_CALLS:
                self._ask("POST", f"/booth-sessions/{session['id']}/state", {"state": "locked", "hang_up": True})
                self._pay(session["bill"])

    def _booths(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("GET", f"/booths?shop=id:{self.shop}")["booths"]
        return found

    def _seat(self, booth: int, deposit: str | None = None) -> None:
        request: dict[str, Any] = {"booth": booth, "note": self._chance.choice(GUESTS)}
        if deposit is not None:
            request |= {"mode": "deposit", "deposit": deposit, "till": self.till}
        self._ask("POST", "/booth-sessions", request)

    def _pay(self, bill: int) -> None:
        """In cash, with a note where the sum asks for one."""
        due = float(self._ask("POST", f"/bills/{bill}/quote", {})["due"])
        tenders = [{"method": "cash", "amount": str(next((each for each in (1, 5, 10, 20, 50) if each >= due), 100))}] if due > 0 else []
        self._ask("POST", f"/bills/{bill}/pay", {"till": self.till, "tenders": tenders})

    def _ask(self, method: str, path: str, request: dict[str, Any] | None = None) -> Any:
        """EnvironmentFault demo.no_clerk where the server does not do it."""
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {self._token}"} if self._token else {})}
        connection = http.client.HTTPConnection(self._host, self._port, timeout=REPLY_SECONDS)
        try:
            connection.request(method, f"/api/v1{path}", None if request is None else json.dumps(request), headers)
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise EnvironmentFault("demo.no_clerk", reason=error) from error
        finally:
            connection.close()
        if answer.status >= http.client.BAD_REQUEST:
            raise EnvironmentFault("demo.no_clerk", reason=data.decode("utf-8", "replace")[:400])
        return json.loads(data)
