"""A backup is one file: a zip of a compact copy of the database, the key, the configuration and the certificates.

`manifest.json` names every member with its SHA-256. It is made beside running calls, read back before it gets its
name, and replaces an older file of that name only when it is whole. It holds the key: its mode is 0600.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

import msgspec

from appliance.clock import Clock, rfc3339
from appliance.errors import EnvironmentFault
from appliance.store import migration
from appliance.store.database import Database
from appliance.store.lock import LOCK_NAME, FolderLock, in_use, make_folder
from appliance.store.nouns import Nouns
from appliance.store.seal import KEY_NAME, sync_folder
from appliance.store.store import DATABASE_NAME

CONFIGURATION_NAME = "tollhouse.toml"
CERTIFICATES_NAME = "certificates"
_MANIFEST = "manifest.json"
_CHUNK = 1 << 20
_MOST_MEMBERS = 10_000
_LARGEST_SMALL = 16 << 20  # bytes of a manifest


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a backup, by its path below the data folder."""

    name: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup says of itself; `version` is the database's."""

    tollhouse_backup: int
    made_at: int
    version: int
    identity: str
    members: list[Member]


class BackupMade(NamedTuple):
    """A checked backup; `sha256` is of the whole file."""

    file: Path
    bytes: int
    sha256: str
    at: int


class Restored(NamedTuple):
    """`kept` is where the old folder went, None where there was none; `erased` counts persons forgotten again."""

    folder: Path
    kept: Path | None
    made_at: int
    erased: int


def small_files(folder: Path) -> list[str]:
    """Names below the folder of what goes into every copy beside the database."""
    names = [name for name in (KEY_NAME, CONFIGURATION_NAME) if (folder / name).is_file()]
    certificates = folder / CERTIFICATES_NAME
    if certificates.is_dir():
        names += sorted(each.relative_to(folder).as_posix() for each in certificates.rglob("*") if each.is_file())
    return names


@contextmanager
def disk_faults(path: Path, code: str) -> Iterator[None]:
    """What the file system refuses becomes an EnvironmentFault of that code."""
    try:
        yield
    except OSError as error:
        raise EnvironmentFault(code, path=str(path), detail=str(error)) from error


def backup(folder: Path, file: Path, clock: Clock) -> BackupMade:
    """Write a checked backup of a data folder, in use or not.

    EnvironmentFault("backup.failed") where the target cannot be written, ("backup.damaged") where what was written
    reads back otherwise, or what the database meets.
    """
    if not (folder / DATABASE_NAME).exists():
        raise EnvironmentFault("database.missing", path=str(folder / DATABASE_NAME))
    at = clock.utcnow()
    with disk_faults(file, "backup.failed"):
        file.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{file.name}.", dir=file.parent))
        try:
            _copy_checked(folder, work / DATABASE_NAME)
            packed = work / "packed"
            with _private(packed) as stream:
                _pack(stream, folder, work / DATABASE_NAME, at)
            _check(packed)
            with packed.open("rb") as whole:
                digest = hashlib.file_digest(whole, "sha256").hexdigest()
            size = packed.stat().st_size
            os.replace(packed, file)
            sync_folder(file.parent)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return BackupMade(file, size, digest, at)


def restore(file: Path, folder: Path, clock: Clock) -> Restored:
    """Put a backup in a folder's place; the old folder is kept beside it, and persons erased since are erased again.

    EnvironmentFault("store.in_use") while a server runs, ("backup.damaged"), ("database.newer"), ("backup.failed").
    Nothing of the old folder is touched before the new one is whole.
    """
    if in_use(folder):
        raise EnvironmentFault("store.in_use", path=str(folder))
    with disk_faults(folder, "backup.failed"):
        work = work_folder(folder)
        try:
            manifest = _unpack(file, work)
            check_database(work / DATABASE_NAME)
            erased, kept = put_in_place(work, folder, clock)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return Restored(folder, kept, manifest.made_at, erased)


def put_in_place(work: Path, folder: Path, clock: Clock) -> tuple[int, Path | None]:
    """Swap a whole new folder in for the old one, which is kept; (persons erased again, where the old one is)."""
    erased = _erase_again(folder, work, clock)
    make_folder(folder)
    FolderLock(folder).release()  # refused where somebody started meanwhile
    stamp = rfc3339(clock.utcnow()).replace(":", "").replace("-", "").replace(".", "")
    left = [each for each in folder.iterdir() if each.name not in (LOCK_NAME, work.name)]
    kept = folder.with_name(f"{folder.name}.before-restore-{stamp}")
    try:
        os.replace(folder, kept)
    except OSError:  # a mounted volume, or no right to the folder above
        kept = folder / f"before-restore-{stamp}"
        _swap_pieces(work, folder, kept, left)
    else:
        os.replace(work, folder)
    sync_folder(folder.parent)
    if not left:
        shutil.rmtree(kept, ignore_errors=True)
    return erased, kept if left else None


def _swap_pieces(work: Path, folder: Path, kept: Path, left: list[Path]) -> None:
    """The database goes first and comes last: a cut in between leaves no database, never a mixture."""
    kept.mkdir(mode=0o700)
    for each in sorted(left, key=lambda each: not each.name.startswith(DATABASE_NAME)):
        os.replace(each, kept / each.name)
    for each in sorted(work.iterdir(), key=lambda each: each.name.startswith(DATABASE_NAME)):
        os.replace(each, folder / each.name)


def work_folder(folder: Path) -> Path:
    """A new folder on the same disk: beside the data folder, or inside it where nothing may be made beside."""
    make_folder(folder.parent)
    try:
        return Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError:
        return Path(tempfile.mkdtemp(prefix=".restoring.", dir=folder))


def check_database(path: Path) -> None:
    """EnvironmentFault("backup.damaged") where a copy is not whole, ("database.newer") where this program is too old for it."""
    try:
        database = Database(path)
    except EnvironmentFault as fault:
        raise EnvironmentFault("backup.damaged", path=str(path), detail=str(fault)) from fault
    try:
        found = database.integrity()
        if found:
            raise EnvironmentFault("backup.damaged", path=str(path), detail=str(found[0]))
        database.checkpoint("TRUNCATE")
        migration.require_current(database)
    except EnvironmentFault as fault:
        if fault.code == "database.damaged":
            raise EnvironmentFault("backup.damaged", path=str(path), detail=str(fault)) from fault
        if fault.code != "database.older":  # an older one is brought up to date when it is opened
            raise
    finally:
        database.close()
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)  # emptied above


def _copy_checked(folder: Path, copy: Path) -> None:
    source = Database(folder / DATABASE_NAME, read_only=True)
    try:
        migration.require_current(source)
        source.copy_into(copy)
    finally:
        source.close()
    os.chmod(copy, 0o600)
    check_database(copy)


@contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())


def _pack(stream: BinaryIO, folder: Path, database: Path, at: int) -> None:
    members = []
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, path in [(DATABASE_NAME, database), *((name, folder / name) for name in small_files(folder))]:
            digest, size = hashlib.sha256(), 0
            with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    target.write(chunk)
            members.append(Member(name, size, digest.hexdigest()))
        copy = Database(database, read_only=True)
        manifest = Manifest(1, at, copy.version, identity_of(copy), members)
        copy.close()
        archive.writestr(_MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))


def identity_of(database: Database) -> str:
    """What tells this store from another shop's."""
    return str(database.value("SELECT identity FROM store_identity"))


def _check(file: Path) -> Manifest:
    """Read every member of a backup; EnvironmentFault("backup.damaged") unless all is as the manifest says."""
    with _opened(file) as (archive, manifest):
        for member in manifest.members:
            _copy_member(archive, member, None, file)
    return manifest


def _unpack(file: Path, work: Path) -> Manifest:
    with _opened(file) as (archive, manifest):
        for member in manifest.members:
            target = work / member.name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _private(target) as stream:
                _copy_member(archive, member, stream, file)
    return manifest


@contextmanager
def _opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    if not file.is_file():
        raise EnvironmentFault("backup.missing", path=str(file))
    try:
        with zipfile.ZipFile(file) as archive:
            if archive.getinfo(_MANIFEST).file_size > _LARGEST_SMALL:
                raise zipfile.BadZipFile("manifest")
            manifest = msgspec.json.decode(archive.read(_MANIFEST), type=Manifest)
            names = [member.name for member in manifest.members]
            if len(names) > _MOST_MEMBERS or DATABASE_NAME not in names or not all(is_ours(name) for name in names):
                raise zipfile.BadZipFile("members")
            yield archive, manifest
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, msgspec.MsgspecError, NotImplementedError, RuntimeError) as error:
        raise EnvironmentFault("backup.damaged", path=str(file), detail=str(error)) from error


def is_ours(name: str) -> bool:
    """Only what a backup may hold, and nothing outside the folder."""
    path = PurePosixPath(name)
    known = name in (DATABASE_NAME, KEY_NAME, CONFIGURATION_NAME) or (len(path.parts) > 1 and path.parts[0] == CERTIFICATES_NAME)
    return known and not path.is_absolute() and ".." not in path.parts and "\\" not in name and ":" not in name


def _copy_member(archive: zipfile.ZipFile, member: Member, target: BinaryIO | None, file: Path) -> None:
    digest, size = hashlib.sha256(), 0
    with archive.open(member.name) as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if size > member.bytes:
                break
            if target is not None:
                target.write(chunk)
    if size != member.bytes or digest.hexdigest() != member.sha256:
        raise EnvironmentFault("backup.damaged", path=str(file), detail=member.name)


def _erase_again(old: Path, new: Path, clock: Clock) -> int:
    """Forget in the new database whoever the old one of the same store has forgotten; how many. A damaged old one has nothing to say."""
    if not (old / DATABASE_NAME).exists():
        return 0
    try:
        source = Database(old / DATABASE_NAME, read_only=True)
    except EnvironmentFault:
        return 0
    try:
        identity = identity_of(source)
        gone = [row[0] for row in source.fetch("SELECT c.id FROM customer c JOIN person p ON p.id = c.person_id WHERE p.erased_at IS NOT NULL")]
    except EnvironmentFault:
        return 0
    finally:
        source.close()
    database = migration.open_current(new / DATABASE_NAME, clock)
    try:
        if identity_of(database) != identity:
            return 0
        nouns = Nouns(database)
        known = {row[0] for row in database.fetch("SELECT c.id FROM customer c JOIN person p ON p.id = c.person_id WHERE p.erased_at IS NULL")}
        with database.unit():
            for customer in known.intersection(gone):
                nouns.people.erase(customer, clock.utcnow())
        database.checkpoint("TRUNCATE")
        return len(known.intersection(gone))
    finally:
        database.close()
