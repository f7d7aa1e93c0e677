"""Files that were sent for a move, in parts: kept in a folder of their own until they were moved, were discarded, or are a day old.

They hold other people's passwords: nobody but the server's own user reads them, no backup has them, and a start of the server finds none.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import NamedTuple

from appliance.errors import Conflict, EnvironmentFault, NotFound, UserError
from appliance.services.ground.access import Actor
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps
from appliance.wire.moving import MoveFile, MoveUpload

FOLDER = "moving"
MOST_FILES = 50
MOST_BYTES = 4 << 30
"""All that lies there at once, of everybody."""

KEPT_MS = 86_400_000
_PLAIN = re.compile(r"[^\w.()+ -]")


class Kept(NamedTuple):
    """A file: whose, where, and how far it came."""

    id: str
    name: str
    owner: int | None
    path: Path
    bytes: int
    at: int


class Uploads:
    """What is known of them is in memory: after a restart they are sent again."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._folder = room.store.folder / FOLDER
        self._kept: dict[str, Kept] = {}
        self._begun = False

    def of(self, actor: Actor) -> list[Kept]:
        """An operator's own, the oldest first."""
        return [each for each in self._kept.values() if each.owner == actor.operator_id]

    def paths(self, actor: Actor, ids: list[str]) -> list[str]:
        """Where they lie. NotFound move.no_upload."""
        return [str(self._own(actor, each).path) for each in ids]

    def put(self, actor: Actor, request: MoveUpload) -> Steps[MoveFile]:
        """A part of a file; Conflict move.upload_offset where another part is expected, with how far it came."""
        if request.file:
            kept = self._own(actor, request.file)
        else:
            kept = self._new(actor, request.name)
        if request.offset != kept.bytes:
            raise Conflict("move.upload_offset", field="offset", bytes=kept.bytes)
        if sum(each.bytes for each in self._kept.values()) + len(request.content) > MOST_BYTES:
            raise UserError("move.upload_too_large", field="content", most=MOST_BYTES >> 30)
        fresh, self._begun = not self._begun, True
        # noted before it is written, so that a second part that comes meanwhile is refused
        self._kept[kept.id] = kept = kept._replace(bytes=kept.bytes + len(request.content), at=self._room.clock.utcnow())

        def write() -> OSError | None:
            try:
                if fresh:
                    shutil.rmtree(self._folder, ignore_errors=True)
                kept.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._folder.chmod(0o700)
                with kept.path.open("ab") as out:
                    out.truncate(request.offset)
                    out.write(request.content)
            except OSError as error:
                return error
            return None

        fault: OSError | None = yield write
        if fault is not None:
            self._kept[kept.id] = kept._replace(bytes=request.offset)
            raise EnvironmentFault("move.not_kept", file=kept.name, reason=fault.strerror or fault) from fault
        return MoveFile(kept.id, kept.name, kept.bytes)

    def remove(self, ids: list[str]) -> Steps[None]:
        """They are gone; unknown ones are no fault."""
        gone = [self._kept.pop(each) for each in ids if each in self._kept]
        if gone:
            yield lambda: _unlink(gone)

    def old(self) -> list[str]:
        """Those that nobody has touched for a day."""
        since = self._room.clock.utcnow() - KEPT_MS
        return [each.id for each in self._kept.values() if each.at < since]

    def _new(self, actor: Actor, name: str) -> Kept:
        if len(self.of(actor)) >= MOST_FILES:
            raise UserError("field.too_many", field="name", most=MOST_FILES)
        plain = _PLAIN.sub("_", name.replace("\\", "/").rpartition("/")[2]).lstrip(".")[-100:] or "file"
        identity = self._room.random_bytes(12).hex()
        return Kept(identity, plain, actor.operator_id, self._folder / identity / plain, 0, self._room.clock.utcnow())

    def _own(self, actor: Actor, identity: str) -> Kept:
        kept = self._kept.get(identity)
        if kept is None or kept.owner != actor.operator_id:
            raise NotFound("move.no_upload", field="uploads")
        return kept


def _unlink(gone: list[Kept]) -> None:
    for each in gone:
        shutil.rmtree(each.path.parent, ignore_errors=True)
