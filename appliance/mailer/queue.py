"""Takes messages out of the outbox, one after the other, and says what became of each.

Law: a message is marked sent only after the server took it, so a crash sends it twice rather than never. A refused address
holds up nothing; a server that cannot be reached holds up all, for growing pauses, until it answers, a person tries again or the
settings change.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure

from appliance.clock import Clock
from appliance.logs import event
from appliance.services.ground.configuration import open_secret
from appliance.services.ground.room import Room
from appliance.services.mail.outbox import WAITS_SECONDS, Outbox, Outgoing, whole
from appliance.wire.changes import Change

log = logging.getLogger("tollhouse.mail")

CLOSE_SECONDS = 2.0
FOLDER_MODE, FILE_MODE = 0o700, 0o600


class Exclusive(Protocol):
    """Runs work inside the server's next unit of work; fires with its result once that is durable."""

    def __call__(self, work: Callable[[], object]) -> Deferred[Any]: ...


class Mailer:
    """One for each server. `outbox_folder` takes the messages as .eml files where no SMTP server is set."""

    def __init__(self, reactor: Any, room: Room, outbox: Outbox, exclusive: Exclusive, outbox_folder: Path) -> None:
        self._reactor = reactor
        self._room = room
        self._clock: Clock = room.clock
        self._outbox = outbox
        self._exclusive = exclusive
        self._folder = outbox_folder
        self._timer: Any = None
        self._busy = False
        self._again = False
        self._closed = False
        self._server_faults = 0
        self._paused_until = 0.0
        self._under_way: Deferred[Any] | None = None
        self._ended: Deferred[None] | None = None
        self._deaf = False

    def start(self) -> None:
        """Send what an earlier run left, and from now on what is put in."""
        self._room.changes.listen(self._changed, "message", "setting")
        self._wake()

    def close(self) -> Deferred[None]:
        """Send nothing more; fires when the message under way is through, at the latest after `CLOSE_SECONDS` (the next run sends it then)."""
        self._closed = True
        self._room.changes.unlisten(self._changed)
        self._disarm()
        ended: Deferred[None] = Deferred()
        if self._busy:
            self._ended = ended
            self._timer = self._reactor.callLater(CLOSE_SECONDS, self._end)
        else:
            ended.callback(None)
        return ended

    def _end(self) -> None:
        self._disarm()
        ended, self._ended = self._ended, None
        self._deaf = True
        if self._under_way is not None:
            self._under_way.cancel()
        if ended is not None:
            ended.callback(None)

    def _changed(self, changes: Sequence[Change]) -> None:
        """After a commit: somebody put a message in or wants one tried again, or the settings are others."""
        if self._closed:
            return
        if self._busy:
            self._again = True
            return
        self._paused_until = 0.0
        self._wake()

    def _wake(self, seconds: float = 0.0) -> None:
        self._disarm()
        if not self._closed and not self._busy:
            self._timer = self._reactor.callLater(seconds, self._look)

    def _disarm(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    # one round -------------------------------------------------------------------------------------------------------
    def _look(self) -> None:
        self._timer = None
        wait = self._paused_until - self._clock.monotonic()
        if wait > 0:
            self._wake(wait)
            return
        self._busy, self._again = True, False
        asked = self._exclusive(lambda: self._outbox.due(1))
        asked.addCallback(self._send_first)
        asked.addErrback(self._fault)
        asked.addCallback(lambda sent: self._rest(bool(sent)))

    def _rest(self, sent: bool) -> None:
        """Go on at once after a message; else sleep until the next may be tried."""
        self._busy = False
        if self._closed:
            self._end()
            return
        if sent or self._again:
            self._wake()
            return
        due = self._outbox.next_time()
        if due is not None:
            self._wake(max(0.2, (due - self._clock.utcnow()) / 1000))

    def _send_first(self, waiting: list[Outgoing]) -> Any:
        if not waiting:
            return False
        message = waiting[0]
        if message.paper is None:
            done = self._deliver(message)
        else:
            done = self._in_thread(whole, message)
            done.addCallback(self._deliver)
        self._under_way = done
        done.addCallbacks(lambda _: self._sent(message), lambda failure: self._refused(message, failure))
        done.addCallback(lambda _: True)
        return done

    def _record(self, work: Callable[[], object]) -> Any:
        self._under_way = None
        return None if self._deaf else self._exclusive(work)

    def _sent(self, message: Outgoing) -> Any:
        self._server_faults = 0
        event(log, "mail sent", message=message.id)
        return self._record(lambda: self._outbox.sent(message.id))

    def _refused(self, message: Outgoing, failure: Failure) -> Any:
        if self._deaf:
            return None
        error: Any = failure.value
        for_good, server = bool(getattr(error, "for_good", False)), bool(getattr(error, "server", True))
        words = str(error) if hasattr(error, "for_good") or isinstance(error, OSError) else type(error).__name__
        if not hasattr(error, "for_good") and not isinstance(error, OSError):
            log.error("a message met a fault of the program", exc_info=error)
        event(log, "mail refused", message=message.id, reason=words, given_up=for_good)
        if server:
            self._paused_until = self._clock.monotonic() + WAITS_SECONDS[min(self._server_faults, len(WAITS_SECONDS) - 1)]
            self._server_faults += 1
        return self._record(lambda: self._outbox.failed(message.id, words, for_good=for_good))

    def _fault(self, failure: Failure) -> bool:
        """The outbox itself could not be read or written; try again later."""
        log.error("the outbox met a fault", exc_info=failure.value)
        self._paused_until = self._clock.monotonic() + WAITS_SECONDS[0]
        return True

    # two ways out ----------------------------------------------------------------------------------------------------
    def _deliver(self, message: Outgoing) -> Deferred[Any]:
        settings = self._room.settings
        host = settings.get("mail.host", "").strip()
        if not host:
            return self._in_thread(self._write, message)
        account = (
            host,
            settings.get("mail.port", 587),
            settings.get("mail.security", "starttls"),
            settings.get("mail.check_certificate", True),
            settings.get("mail.username", ""),
            open_secret(self._room, "mail.password"),
        )
        loaded = self._in_thread(_load, account)  # what speaks SMTP and TLS is big, and asks the system for its name
        loaded.addCallback(lambda ready: ready[0].send(self._reactor, ready[1], message.sender, message.recipient, message.data, ready[2]))
        return loaded

    def _in_thread(self, work: Callable[..., Any], *values: Any) -> Deferred[Any]:
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), work, *values)

    def _write(self, message: Outgoing) -> None:
        """The message as a file that only the folder's owner can read: it may carry a password."""
        self._folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
        file = self._folder / f"{message.id:08d}.eml"
        part = file.with_suffix(".part")
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as out:
            out.write(message.data)
        part.replace(file)


def _load(account: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """The SMTP session's module, the account as it wants it, and how certificates are checked."""
    from appliance.mailer import smtp

    known = smtp.Account(*account)
    return smtp, known, smtp.tls_context(known)
