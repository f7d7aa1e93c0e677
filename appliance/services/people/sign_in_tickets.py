"""Between the password and the second factor: a sealed ticket says that the password was right just now.

Law: tickets are kept nowhere; how often a code was wrong is kept in memory, as long as the ticket is good. Whoever guesses needs the
password again every few tries, and shuts nobody else out.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections import OrderedDict

from appliance.errors import EnvironmentFault, Forbidden
from appliance.services.ground.passwords import token_hash
from appliance.services.ground.room import Room

TICKET_MS = 5 * 60_000
MOST_WRONG = 5
"""Wrong codes that one ticket takes."""
MOST_TICKETS = 10_000
_TICKET_ID = 12


class Tickets:
    """Of one door: `purpose` seals them, so that one door's ticket opens no other."""

    def __init__(self, room: Room, purpose: str) -> None:
        self._room = room
        self._purpose = purpose
        self._wrong: OrderedDict[str, int] = OrderedDict()

    def make(self, row_id: int, password_hash: str | None) -> str:
        """For the row whose password was right."""
        number = base64.b16encode(self._room.random_bytes(_TICKET_ID)).decode()
        text = json.dumps([row_id, self._room.clock.utcnow(), number, mark_of(password_hash)])
        return base64.urlsafe_b64encode(self._room.sealer.seal(text, self._purpose)).decode()

    def read(self, ticket: str) -> tuple[int, str, str]:
        """(the row, the ticket's number, the mark of the password it was made for). Forbidden sign_in.ticket_old: begin again."""
        try:
            row_id, at, number, mark = json.loads(self._room.sealer.open(base64.urlsafe_b64decode(ticket), self._purpose))
        except (binascii.Error, ValueError, EnvironmentFault) as error:
            raise Forbidden("sign_in.ticket_old") from error
        if self._room.clock.utcnow() - at > TICKET_MS or self._wrong.get(number, 0) >= MOST_WRONG:
            raise Forbidden("sign_in.ticket_old")
        return int(row_id), str(number), str(mark)

    def missed(self, number: str) -> None:
        """A code was wrong."""
        self._wrong[number] = self._wrong.get(number, 0) + 1
        while len(self._wrong) > MOST_TICKETS:
            self._wrong.popitem(last=False)

    def spend(self, number: str) -> None:
        """A ticket is good for one sign-in."""
        self._wrong[number] = MOST_WRONG


def mark_of(password_hash: str | None) -> str:
    """Changes with the password."""
    return token_hash(password_hash or "")[:16]
