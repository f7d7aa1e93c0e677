"""Messages to send: put in by the unit of work that causes them, taken out by the mailer after it.

Law: a message may carry a password, so it is kept sealed and forgotten once it went. Services never send; a message that
cannot be delivered is tried again at growing distances and then given up, and holds up no other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from appliance.services.ground.room import Room
from appliance.services.mail.email_text import Template, check_address
from appliance.store.outbox import Message
from appliance.wire.shapes import Binary

PURPOSE = "outbox"
WAITS_SECONDS = (60, 300, 900, 3600, 4 * 3600, 8 * 3600)
"""The pauses between the tries of one message; the last one is repeated."""

KEPT_MS = 90 * 86_400_000
LONGEST_ERROR = 500


class Outgoing(NamedTuple):
    """One e-mail ready to leave: envelope and whole message (RFC 5322, ASCII, CRLF).

    `paper` draws what goes with it, in a thread: `whole(message)` is the message with it.
    """

    id: int
    sender: str
    recipient: str
    data: bytes
    paper: Callable[[], Binary] | None = None


class Outbox:
    """The queue; used inside units of work."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._rows = room.store.outbox
        self.papers: Callable[[str], Callable[[], Binary]] | None = None
        """Makes of an attachment's name what draws it; set by whoever knows papers."""

    def put(
        self,
        kind: str,
        recipient: str,
        content: Template,
        *,
        sender: str,
        sender_name: str,
        language: str,
        customer_id: int | None = None,
        reseller_id: int | None = None,
        attachment: str = "",
    ) -> int:
        """A message to send, in the open unit of work; its id. `sender` and `recipient` are checked addresses.

        `attachment` names a paper ("invoice:ID"): it is drawn when the message leaves, for a thousand files would fill the database.
        """
        now = self._room.clock.utcnow()
        data = self._whole(recipient, content, sender, sender_name, language, now)
        sealed = self._room.sealer.seal(json.dumps({"sender": sender, "data": data.decode("ascii")}), PURPOSE)
        row_id = self._rows.put(now, kind, recipient, sealed, customer_id=customer_id, reseller_id=reseller_id, attachment=attachment)
        self._room.changes.note("message", row_id)
        return row_id

    def sender_of(self, own_address: str, domain: str) -> str:
        """Where e-mail of a reseller comes from: its own address, else the setting, else the SIP domain's postmaster."""
        fallback = self._room.settings.get("mail.sender", "")
        for each in (own_address, fallback):
            if each.strip():
                return check_address(each, "sender")
        return f"postmaster@{domain.rstrip('.')}"

    def _whole(self, recipient: str, content: Template, sender: str, sender_name: str, language: str, now: int) -> bytes:
        from email.headerregistry import Address
        from email.message import EmailMessage
        from email.policy import SMTP
        from email.utils import format_datetime

        message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
        message["From"] = Address(" ".join(sender_name.split())[:100], addr_spec=sender)
        message["To"] = Address(addr_spec=recipient)
        message["Subject"] = content.subject
        message["Date"] = format_datetime(datetime.fromtimestamp(now // 1000, UTC))
        message["Message-ID"] = f"<{self._room.random_bytes(16).hex()}@{sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(content.text, cte="quoted-printable")
        message.add_alternative(content.html, subtype="html", cte="quoted-printable")
        message["Content-Language"] = language  # after the content, which takes such headers away
        if message.is_multipart():
            message.set_boundary(f"=_{self._room.random_bytes(12).hex()}")
        return message.as_bytes()

    # for the mailer ------------------------------------------------------------------------------------------------
    def due(self, limit: int = 20) -> list[Outgoing]:
        """What is to be tried now, oldest first."""
        found = []
        for row in self._rows.due(self._room.clock.utcnow(), limit):
            opened = json.loads(self._room.sealer.open(row.message, PURPOSE))
            paper = self.papers(row.attachment) if row.attachment and self.papers is not None else None
            found.append(Outgoing(row.id, opened["sender"], row.recipient, opened["data"].encode("ascii"), paper))
        return found

    def next_time(self) -> int | None:
        """When (ms since 1970 UTC) the mailer must look again; None: only after the next change of kind "message"."""
        return self._rows.next_time()

    def sent(self, message_id: int) -> None:
        """It went."""
        with self._room.changes.unit():
            self._rows.sent(message_id, self._room.clock.utcnow())
            self._room.changes.note("message", message_id)

    def failed(self, message_id: int, error: str, *, for_good: bool) -> None:
        """It did not go. `for_good`: trying again cannot help (the address is refused)."""
        row = self._rows.get(message_id)
        if row is None:
            return  # erased with its customer meanwhile
        now = self._room.clock.utcnow()
        give_up = row.made_at + self._room.settings.get("mail.give_up_hours", 48) * 3_600_000
        wait = WAITS_SECONDS[min(row.tries, len(WAITS_SECONDS) - 1)] * 1000
        again = None if for_good or now >= give_up else now + wait
        with self._room.changes.unit():
            self._rows.failed(message_id, error[:LONGEST_ERROR], again)
            self._room.changes.note("message", message_id)

    def again(self, message_id: int) -> None:
        """Try it at once, one that was given up too."""
        self._rows.again(message_id, self._room.clock.utcnow())
        self._room.changes.note("message", message_id)

    def forget_old(self) -> int:
        """What went or was given up long ago is removed; how many."""
        return self._rows.remove_before(self._room.clock.utcnow() - KEPT_MS)

    def newest(self, state: str, customer_id: int | None, before_id: int | None) -> Iterator[Message]:
        """Rows for the list, newest first."""
        return self._rows.newest(state, customer_id=customer_id, before_id=before_id)


def state_of(row: Message) -> str:
    """waiting, sent or failed."""
    if row.sent_at is not None:
        return "sent"
    return "failed" if row.tries and row.next_try_at is None else "waiting"


def whole(message: Outgoing) -> Outgoing:
    """The message with its paper in it; may be called in a thread. EnvironmentFault where it cannot be drawn."""
    if message.paper is None:
        return message
    from email import message_from_bytes
    from email.message import EmailMessage
    from email.policy import SMTP

    drawn = message.paper()
    letter = message_from_bytes(message.data, _class=EmailMessage, policy=SMTP.clone(cte_type="7bit"))
    kind, _, subtype = drawn.content_type.partition("/")
    letter.add_attachment(drawn.content, maintype=kind, subtype=subtype, filename=drawn.name)
    letter.set_boundary(f"=_{message.id:08d}.{len(drawn.content):x}.tollhouse")
    return message._replace(data=letter.as_bytes(), paper=None)
