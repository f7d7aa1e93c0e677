"""The copy elsewhere, never more than five minutes behind: a full copy at each start and once a day, then the pages that changed.

`DESTINATION/IDENTITY-NUMBER-TIME/000000.full`, `000001.pages`, … , each encrypted by itself and given its name when it
is whole. `collect` takes pages from the log before each checkpoint and never touches the destination, so a NAS that
hangs delays no checkpoint; a thread of its own writes. Laying the pages of each file over the full copy in order gives
the database as it was at the end of that file: each ends at a commit.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from appliance.clock import Clock, rfc3339
from appliance.errors import EnvironmentFault
from appliance.store.backup import disk_faults, identity_of, small_files
from appliance.store.copy_cipher import CopyKey, Encrypting
from appliance.store.database import Database
from appliance.store.log_frames import Gap, Mark, read_new
from appliance.store.seal import sync_folder
from appliance.store.store import DATABASE_NAME

FULL_SECONDS = 24 * 3600.0
WRITE_SECONDS = 60.0  # pages wait at most so long; with the checkpoint's 60 s well under five minutes
RETRY_SECONDS = 60.0
SHORTEST_WAIT_SECONDS = 0.005
ALARM_MS = 24 * 3600 * 1000
GONE_SECONDS = 600.0  # a destination that lost our copy (not mounted?) is waited for so long before a new one is begun there
MOST_PAGES = 16_384  # waiting pages (64 MiB) above which a new full copy is cheaper to promise
EARLY_PAGES = 4_096
KEPT_GENERATIONS = 2
FULL_NAME = "000000.full"
GENERATION = re.compile(r"[0-9a-f]{12}-\d{6,}-\d{8}T\d{6}")
_COPY_CHUNK = 1 << 20


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """First in each file: what it is, and the lengths of what follows: small files, then the database or (page number, page) pairs."""

    generation: str
    number: int
    at: int
    identity: str
    page_size: int
    database_pages: int
    pages: int  # -1: the whole database
    files: list[tuple[str, int]]


class CopyStatus(NamedTuple):
    """`at`: the moment up to which everything is elsewhere, None: nothing yet. `alarm`: that is more than a day ago, or never and a fault."""

    at: int | None
    full_at: int | None
    fault: EnvironmentFault | None
    alarm: bool


class SecondCopy:
    """One for each running server: hand `around` to the `Checkpointer`, then `start`; at the end `stop` after the Checkpointer's."""

    def __init__(self, folder: Path, destination: Path, key: CopyKey, clock: Clock, *, write_seconds: float = WRITE_SECONDS) -> None:
        self._folder = folder
        self._destination = destination
        self._key = key
        self._clock = clock
        self._write_seconds = write_seconds
        self._database = Database(folder / DATABASE_NAME, read_only=True)
        self._pin = Database(folder / DATABASE_NAME, read_only=True)  # a connection that reads may not be asked about the log
        self._identity = identity_of(self._database)
        self._page_size = int(self._database.value("PRAGMA page_size"))
        self._lock = threading.Lock()  # guards what is collected, and the connection
        self._mark: Mark | None = None
        self._pages: dict[int, bytes] = {}
        self._database_pages = 0
        self._collected_at = 0
        self._gap = True  # begin with a full copy
        self._generation: Path | None = None
        self._number = 0
        self._small = ""
        self._at: int | None = None
        self._full_at: int | None = None
        self._full_due = self._write_due = 0.0
        self._gone_since = 0.0
        self._fault: EnvironmentFault | None = None
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="second copy", daemon=True)

    # beside each checkpoint ------------------------------------------------------------------------------------
    def around(self, checkpoint: Callable[[], object]) -> None:
        """Take what is new in the log, then let it be moved; the open read keeps newer frames where they are."""
        with self._lock:
            self._pin.begin()
            try:
                identity_of(self._pin)  # the first read is what pins
                self._collect()
                checkpoint()
            finally:
                self._pin.rollback()
        if len(self._pages) > EARLY_PAGES:
            self._wake.set()

    def _collect(self) -> None:
        try:
            new = read_new(self._database, self._mark)
        except Gap:
            self._mark, self._gap = None, True
            return
        self._mark = new.mark
        self._collected_at = self._clock.utcnow()
        if not self._gap:
            self._pages.update(new.pages)
            self._database_pages = new.database_pages or self._database_pages
            if len(self._pages) > MOST_PAGES:
                self._gap = True
                self._pages.clear()

    # the thread that writes ------------------------------------------------------------------------------------
    def start(self) -> None:
        """Begin with a full copy; once."""
        self._thread.start()

    def stop(self) -> None:
        """Write what was collected, then end; returns when done."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self._database.close()
        self._pin.close()

    def status(self) -> CopyStatus:
        """For alarms and the self-check."""
        late = self._at is None or self._clock.utcnow() - self._at > ALARM_MS
        return CopyStatus(self._at, self._full_at, self._fault, late and (self._at is not None or self._fault is not None))

    def _run(self) -> None:
        while True:
            last = self._stopping  # looked at once: a stop during a round is answered by one more, forced
            self.round(force=last)
            if last:
                return
            self._wake.wait(min(1.0, max(self._write_seconds, SHORTEST_WAIT_SECONDS)))
            self._wake.clear()

    def round(self, *, force: bool = True) -> None:
        """Write what is due; a fault is kept for `status` and tried again."""
        now = self._clock.monotonic()
        try:
            if now >= self._full_due or self._gap:
                if now >= self._write_due or force:
                    self._write_due = now + RETRY_SECONDS
                    self._write_full(now)
            elif now >= self._write_due or force or len(self._pages) > EARLY_PAGES:
                self._write_due = now + self._write_seconds
                self._write_pages()
        except EnvironmentFault as fault:
            self._fault = fault

    def _write_full(self, now: float) -> None:
        local = self._folder / "copy.partial"
        with disk_faults(self._destination, "copy.failed"):
            at = self._snapshot(local)
            try:
                generation = self._new_generation(at)
                small = self._small_files()
                head = Head(generation.name, 0, at, self._identity, self._page_size, local.stat().st_size // self._page_size, -1, _sizes(small))
                self._write(generation / FULL_NAME, head, small, local)
            finally:
                local.unlink(missing_ok=True)
            self._generation, self._number, self._small = generation, 0, _digest(small)
            self._full_due = now + FULL_SECONDS
            self._full_at = at
            self._write_pages()
            self._prune()

    def _new_generation(self, at: int) -> Path:
        """Numbered, for a clock may be set back; named by the time as well, for people."""
        self._destination.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = 1 + max((int(each.name.split("-")[1]) for each in self._mine()), default=0)
        stamp = rfc3339(at).replace(":", "").replace("-", "").partition(".")[0]
        generation = self._destination / f"{self._identity[:12]}-{number:06d}-{stamp}"
        generation.mkdir(mode=0o700)
        return generation

    def _mine(self) -> list[Path]:
        """This store's generations, oldest first, broken ones too."""
        return sorted(each for each in self._destination.iterdir() if GENERATION.fullmatch(each.name) and each.name.startswith(self._identity[:12]))

    def _snapshot(self, local: Path) -> int:
        """A page-for-page copy; what is collected from its moment on is laid over it, so collecting begins anew here."""
        local.unlink(missing_ok=True)
        with self._lock:
            self._pages.clear()
            self._gap = False
            self._collect()
            at = self._clock.utcnow()
        source = Database(self._folder / DATABASE_NAME, read_only=True)
        try:
            source.copy_pages(local)
        finally:
            source.close()
        with self._lock:  # the first pages must reach at least the moment of the copy
            self._collect()
        return at

    def _write_pages(self) -> None:
        with self._lock:
            pages, database_pages, at, gap = self._pages, self._database_pages, self._collected_at, self._gap
            if not gap:
                self._pages = {}
        if gap or self._generation is None:
            return
        with disk_faults(self._destination, "copy.failed"):
            if not (self._generation / FULL_NAME).exists():
                self._put_back(pages, database_pages)
                raise self._gone()
            small = self._small_files()
            changed = _digest(small) != self._small
            if pages or changed:
                self._put_pages(pages, database_pages, at, small if changed else [])
                self._small = _digest(small)
        self._at, self._fault, self._gone_since = at, None, 0.0

    def _put_pages(self, pages: dict[int, bytes], database_pages: int, at: int, small: list[tuple[str, bytes]]) -> None:
        assert self._generation is not None
        number = self._number + 1
        head = Head(self._generation.name, number, at, self._identity, self._page_size, database_pages, len(pages), _sizes(small))
        written = False
        try:
            self._write(self._generation / f"{number:06d}.pages", head, small, pages)
            written = True
        finally:
            if written:
                self._number = number
            else:
                self._put_back(pages, database_pages)

    def _put_back(self, pages: dict[int, bytes], database_pages: int) -> None:
        with self._lock:
            if not self._gap:
                self._pages = {**pages, **self._pages}  # what came since is newer
                self._database_pages = self._database_pages or database_pages

    def _gone(self) -> EnvironmentFault:
        """The destination does not hold our copy: not mounted, or another disk. Waited for a while, then begun anew."""
        now = self._clock.monotonic()
        self._gone_since = self._gone_since or now
        if now - self._gone_since >= GONE_SECONDS:
            self._gone_since, self._gap = 0.0, True
        return EnvironmentFault("copy.gone", path=str(self._generation))

    def _write(self, path: Path, head: Head, small: list[tuple[str, bytes]], content: Path | dict[int, bytes]) -> None:
        part = path.with_suffix(".part")
        with part.open("wb") as target:
            stream = Encrypting(target, self._key)
            text = msgspec.json.encode(head)
            stream.write(len(text).to_bytes(4, "big") + text)
            for _, data in small:
                stream.write(data)
            if isinstance(content, Path):
                with content.open("rb") as source:
                    _pour(source, stream)
            else:
                for page, data in content.items():
                    stream.write(page.to_bytes(4, "big") + data)
            stream.close()
            target.flush()
            os.fsync(target.fileno())
        os.replace(part, path)
        sync_folder(path.parent)

    def _small_files(self) -> list[tuple[str, bytes]]:
        return [(name, (self._folder / name).read_bytes()) for name in small_files(self._folder)]

    def _prune(self) -> None:
        """Keep the newest generations of this store; the older go."""
        whole = [each for each in self._mine() if (each / FULL_NAME).exists()]
        for old in set(self._mine()) - set(whole[-KEPT_GENERATIONS:]):
            shutil.rmtree(old, ignore_errors=True)


def _pour(source: BinaryIO, stream: Encrypting) -> None:
    while chunk := source.read(_COPY_CHUNK):
        stream.write(chunk)


def _sizes(small: list[tuple[str, bytes]]) -> list[tuple[str, int]]:
    return [(name, len(data)) for name, data in small]


def _digest(small: list[tuple[str, bytes]]) -> str:
    digest = hashlib.sha256()
    for name, data in small:
        digest.update(f"{name}:{len(data)}\n".encode() + data)
    return digest.hexdigest()
