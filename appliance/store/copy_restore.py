"""From a second copy to a data folder: the newest generation's full copy with its pages laid over it, proved before it is put in place."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NamedTuple

import msgspec

from appliance.clock import Clock
from appliance.errors import EnvironmentFault
from appliance.store.backup import Restored, check_database, disk_faults, is_ours, put_in_place, work_folder
from appliance.store.copy_cipher import CopyKey, Decrypting
from appliance.store.lock import in_use
from appliance.store.second_copy import FULL_NAME, GENERATION, Head
from appliance.store.store import DATABASE_NAME

_LARGEST_HEAD = 4 << 20
_LARGEST_SMALL = 16 << 20
_COPY_CHUNK = 1 << 20


class Generation(NamedTuple):
    """One full copy and the files of pages that follow it, in order; its name holds the store and the time."""

    path: Path
    files: tuple[Path, ...]


def generations(destination: Path) -> list[Generation]:
    """What lies at a destination, newest first, each store's together; those without a whole full copy are left out."""
    found = []
    with disk_faults(destination, "copy.missing"):
        for folder in destination.iterdir():
            if GENERATION.fullmatch(folder.name) and (folder / FULL_NAME).exists():
                found.append(Generation(folder, (folder / FULL_NAME, *sorted(folder.glob("[0-9]*.pages")))))
    newest: dict[str, str] = {}  # of each store: a number says more than a time, for clocks are set back
    for each in sorted(found, key=lambda each: each.path.name):
        newest[each.path.name[:12]] = each.path.name[-15:]
    return sorted(found, key=lambda each: (newest[each.path.name[:12]], each.path.name), reverse=True)


def restore_copy(
    destination: Path, phrase: str, folder: Path, clock: Clock, *, generation: str | None = None, as_far_as_good: bool = False
) -> Restored:
    """Make a data folder from a second copy; the old folder is kept beside it. `generation` names one, else the newest.

    UserError("copy.phrase_wrong"); EnvironmentFault("copy.missing"), ("copy.unreadable") for another phrase,
    ("copy.damaged") with the moment up to which it is good (`as_far_as_good` takes it up to there), ("store.in_use").
    """
    if in_use(folder):
        raise EnvironmentFault("store.in_use", path=str(folder))
    chosen = [each for each in generations(destination) if generation in (None, each.path.name)]
    if not chosen:
        raise EnvironmentFault("copy.missing", path=str(destination))
    with disk_faults(folder, "backup.failed"):
        work = work_folder(folder)
        try:
            made_at, key = _lay(chosen[0], phrase, work, as_far_as_good)
            check_database(work / DATABASE_NAME)
            key.save(work)
            erased, kept = put_in_place(work, folder, clock)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return Restored(folder, kept, made_at, erased)


def _lay(chosen: Generation, phrase: str, work: Path, as_far_as_good: bool) -> tuple[int, CopyKey]:
    """Full copy, then pages file by file; (the moment of the last, the key)."""
    key: CopyKey | None = None
    made_at = 0
    for number, path in enumerate(chosen.files):
        try:
            with path.open("rb") as source:
                stream = Decrypting(source, key or phrase)
                head = _head(stream, path)
                if (head.generation, head.number) != (chosen.path.name, number):
                    raise EnvironmentFault("copy.damaged", path=str(path), detail="a file is missing before it", good_until=made_at)
                _small(stream, head, work, path)
                _database(stream, head, work / DATABASE_NAME)
                key = stream.key
                made_at = head.at
        except EnvironmentFault as fault:
            if number == 0 or not as_far_as_good:
                raise EnvironmentFault(fault.code, path=str(path), detail=fault.parameters.get("detail", ""), good_until=made_at) from fault
            break
    assert key is not None
    return made_at, key


def _head(stream: Decrypting, path: Path) -> Head:
    size = int.from_bytes(stream.read(4), "big")
    if size > _LARGEST_HEAD:
        raise EnvironmentFault("copy.damaged", path=str(path), detail="head")
    try:
        return msgspec.json.decode(stream.read(size), type=Head)
    except msgspec.MsgspecError as error:
        raise EnvironmentFault("copy.damaged", path=str(path), detail=str(error)) from error


def _small(stream: Decrypting, head: Head, work: Path, path: Path) -> None:
    for name, size in head.files:
        if not is_ours(name) or name == DATABASE_NAME or size > _LARGEST_SMALL:
            raise EnvironmentFault("copy.damaged", path=str(path), detail=name)
        target = work / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.write_bytes(stream.read(size))
        os.chmod(target, 0o600)


def _database(stream: Decrypting, head: Head, path: Path) -> None:
    """Lay one file's pages. They are read whole first, so that a file that is cut short changes nothing."""
    if head.pages < 0:
        with path.open("wb") as target:
            left = head.database_pages * head.page_size
            while left:
                chunk = stream.read(min(left, _COPY_CHUNK))
                target.write(chunk)
                left -= len(chunk)
    else:
        pages = [(int.from_bytes(stream.read(4), "big"), stream.read(head.page_size)) for _ in range(head.pages)]
        with path.open("r+b") as target:
            for number, content in pages:
                target.seek((number - 1) * head.page_size)
                target.write(content)
            if head.database_pages:
                target.truncate(head.database_pages * head.page_size)
    os.chmod(path, 0o600)
