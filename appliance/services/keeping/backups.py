"""Backups on request; the store does the work and checks what it wrote."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile

from appliance.clock import Clock, rfc3339
from appliance.errors import EnvironmentFault, UserError
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.configuration import Configuration
from appliance.services.ground.room import Room
from appliance.services.ground.stepwise import Steps
from appliance.store.backup import backup
from appliance.store.backup import restore as put_back
from appliance.wire.backups import BackupMade, BackupRequest, CopyRequest, CopyStarted, Restored

FOLDER = "backups"


class Backups:
    """The copy reads beside running calls, and may be made in a thread: `write` touches no connection of ours."""

    def __init__(self, room: Room, access: Access, audit: Audit, configuration: Configuration) -> None:
        self._room = room
        self._access = access
        self._audit = audit
        self._configuration = configuration

    def make(self, actor: Actor, request: BackupRequest) -> BackupMade:
        """A checked backup. Only the folder's owner may name a place outside the data folder's `backups`."""
        self._access.need(actor, "backups.make", None)
        return self.noted(actor, self.write(self.place(actor, request)))

    def noted(self, actor: Actor, made: BackupMade) -> BackupMade:
        """Who made it, in the audit log."""
        with self._room.changes.unit():
            self._audit.noted(actor, "backups.make", "backup", 0, file=made.file, checksum=made.checksum)
        return made

    def place(self, actor: Actor, request: BackupRequest) -> Path:
        """Where it goes; UserError "backup.place" for an operator who names another place."""
        folder = self._room.store.folder / FOLDER
        stamp = rfc3339(self._room.clock.utcnow())[:19].replace(":", "").replace("-", "")
        path = folder / (request.file or f"tollhouse-{stamp}Z.zip")
        if not actor.owner_of_folder and not path.resolve().is_relative_to(folder.resolve()):
            raise UserError("backup.place", field="file")
        return path

    def start_copy(self, actor: Actor, request: CopyRequest) -> Steps[CopyStarted]:
        """The second copy goes to that folder; its key is made where there is none, and the phrase told this once."""
        self._access.need(actor, "backups.make", None)
        self._access.need(actor, "settings.write", None)
        root, folder = self._room.store.folder, Path(request.folder.strip())
        phrase = yield lambda: _copy_place(root, folder)
        told = not phrase
        try:
            with self._room.changes.unit():
                self._configuration.put(actor, "backup.copy_to", str(folder))
                self._audit.noted(actor, "backups.start_copy", "backup", 0, folder=str(folder))
            yield None  # it is durable from here on
            told = True
        finally:
            if not told:  # a key whose phrase nobody was told would lock every copy for good
                _forget_key(root)
        return CopyStarted(str(folder), phrase)

    def write(self, path: Path) -> BackupMade:
        """The copy itself; EnvironmentFault where the disk or the database refuses."""
        return backup_folder(self._room.store.folder, path, self._room.clock)


def _copy_place(root: Path, folder: Path) -> str:
    """Whether the folder can hold a copy, tried; then the phrase of the key that is made where there is none yet."""
    from appliance.store.copy_cipher import CopyKey, new_phrase

    if not folder.is_absolute() or not folder.is_dir():
        raise UserError("copy.folder_missing", field="folder", folder=str(folder))
    if folder.resolve().is_relative_to(root.resolve()):
        raise UserError("copy.folder_inside", field="folder", folder=str(root))
    try:
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError("copy.folder_missing", field="folder", folder=str(folder)) from error
    try:
        if CopyKey.load(root) is not None:
            return ""
    except EnvironmentFault as fault:
        raise UserError(fault.code, field="folder", **fault.parameters) from fault
    phrase = new_phrase()
    CopyKey.of(phrase).save(root)
    return phrase


def _forget_key(root: Path) -> None:
    from appliance.store.copy_cipher import CopyKey

    CopyKey.forget(root)


def backup_folder(folder: Path, file: Path, clock: Clock) -> BackupMade:
    """A checked backup of a folder, in use or not; EnvironmentFault where the disk or the database refuses."""
    made = backup(folder, file, clock)
    return BackupMade(str(made.file), made.bytes, made.sha256, rfc3339(made.at))


def restore_folder(file: Path, folder: Path, clock: Clock) -> Restored:
    """A backup put in a folder's place, which is kept. EnvironmentFault while a server runs, or where the file is damaged or newer."""
    done = put_back(file, folder, clock)
    return Restored(str(done.folder), None if done.kept is None else str(done.kept), rfc3339(done.made_at), done.erased)
