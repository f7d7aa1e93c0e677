"""One writer a data folder: a lock that the operating system drops with the process that held it."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from appliance.errors import EnvironmentFault

LOCK_NAME = "store.lock"
TRIES = 5
PAUSE_SECONDS = 0.02
_PAUSE = threading.Event()  # never set

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def make_folder(folder: Path) -> None:
    """The data folder, readable by its owner alone; EnvironmentFault("store.folder") where it cannot be made."""
    try:
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True)
            os.chmod(folder, 0o700)  # the umask may have taken more, never less
    except OSError as error:
        raise EnvironmentFault("store.folder", path=str(folder), detail=str(error)) from error


class FolderLock:
    """Held from construction to `release`."""

    def __init__(self, folder: Path, *, tries: int = TRIES) -> None:
        """EnvironmentFault("store.in_use") where another process, or another store of this one, writes to the folder."""
        make_folder(folder)
        try:
            self._descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise EnvironmentFault("store.folder", path=str(folder), detail=str(error)) from error
        for _ in range(tries):  # whoever only looks (`in_use`) holds it for a moment
            if _take(self._descriptor):
                break
            _PAUSE.wait(PAUSE_SECONDS)
        else:
            os.close(self._descriptor)
            raise EnvironmentFault("store.in_use", path=str(folder))
        self._held = True

    def release(self) -> None:
        """Give the folder free; twice is harmless."""
        if self._held:
            self._held = False
            os.close(self._descriptor)


def in_use(folder: Path) -> bool:
    """Whether a server or a writing command holds the folder now."""
    if not (folder / LOCK_NAME).exists():
        return False
    try:
        lock = FolderLock(folder, tries=1)
    except EnvironmentFault as fault:
        return fault.code == "store.in_use"
    lock.release()
    return False
