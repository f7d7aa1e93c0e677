"""The rules of the self-check: each looks at one thing and says how it is, and what to do where it is not well.

They read files and a connection of their own, so that a thread may run them. The alerts follow the same rules.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from appliance.clock import Clock, rfc3339
from appliance.errors import EnvironmentFault
from appliance.i18n import sentence
from appliance.services.ground.moments import stamp
from appliance.services.keeping.verify import verify_folder
from appliance.store.backup import CERTIFICATES_NAME
from appliance.store.database import Database
from appliance.store.trunks import Trunk
from appliance.wire.checks import CheckLine

OK, WARN, FAIL = "ok", "warn", "fail"
MEGABYTE = 1_000_000
DAY_MS = 86_400_000
BACKUP_OLD_MS = 7 * DAY_MS
CERTIFICATE_SOON_MS = 21 * DAY_MS
CLOCK_PLAY_MS = 60_000
FIRST_MOMENT = 1_735_689_600_000
"""2025: before this program was written no clock is right."""

FAIL_SHARE = 10
"""Less than one part in so many of the space that is asked for: it hurts now."""

SLOW_MS, STUCK_MS = 50, 1000
"""A write that is made durable: what a call's answer waits for."""

WRITES = 5
PROBE_BYTES = 4096
PROBE_NAME = ".self-check"
NOT_SYNCHRONISED = 5
"""What adjtimex(2) answers (TIME_ERROR) where nothing keeps the clock."""

MOST_FAULTS = 3
_CONTACT_HOST = re.compile(r"^[^@]*@?(\[[^\]]+\]|[^;:>?]+)")


class Surroundings(NamedTuple):
    """What a running server knows. `copy_fault`: what keeps the second copy from being made, "" nothing, None: none is wanted.

    `nat(server)` asks a STUN server: (kind, the address that it saw), kind as in `nat_line`.
    """

    listeners: tuple[str, ...] = ()
    copy_fault: str | None = None
    nat: Callable[[str], tuple[str, str]] | None = None


def line(name: str, state: str, code: str, **parameters: object) -> CheckLine:
    """One line; `code` is the part of the catalogue's key after "check."."""
    said = {key: str(value) for key, value in parameters.items()}
    return CheckLine(name, state, f"check.{code}", sentence(f"check.{code}", said), said)


def newest_backup(folder: Path) -> int | None:
    """UTC milliseconds of the newest file in a folder of backups; None where there is none. EnvironmentFault folder.not_readable."""
    try:
        return max((round(file.stat().st_mtime * 1000) for file in folder.glob("*.zip")), default=None)
    except OSError as error:
        raise EnvironmentFault("folder.not_readable", folder=folder, reason=error.strerror or error) from error


def newest_fact(database: Database) -> int:
    """The latest moment that anything was recorded at; 0 where nothing was."""
    found = 0
    for sql in (
        "SELECT max(heartbeat_at) FROM server_run",
        "SELECT ended_at FROM cdr ORDER BY id DESC LIMIT 1",
        "SELECT at FROM entry ORDER BY id DESC LIMIT 1",
        "SELECT at FROM audit ORDER BY id DESC LIMIT 1",
    ):
        found = max(found, database.value(sql) or 0)
    return found


def clock_line(clock: Clock, database: Database, synchronised: Callable[[], bool | None] | None = None) -> CheckLine:
    """The wall clock against what was recorded, and whether anything keeps it right."""
    now, newest = clock.utcnow(), newest_fact(database)
    if now + CLOCK_PLAY_MS < newest:
        return line("clock", FAIL, "clock_behind", now=rfc3339(now), newest=rfc3339(newest))
    if now < FIRST_MOMENT:
        return line("clock", FAIL, "clock_impossible", now=rfc3339(now))
    if (synchronised or clock_synchronised)() is False:
        return line("clock", WARN, "clock_unsynchronised", now=rfc3339(now))
    return line("clock", OK, "clock_ok", now=rfc3339(now))


def clock_synchronised() -> bool | None:
    """Whether something keeps the machine's clock right; None where the machine does not say."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    try:
        state = int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)))  # modes 0: asks, sets nothing
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != NOT_SYNCHRONISED


def disk_line(folder: Path, wanted_megabytes: int) -> CheckLine:
    """Room for the books of the next weeks."""
    try:
        free = shutil.disk_usage(folder).free // MEGABYTE
    except OSError as error:
        return line("disk", FAIL, "disk_unreadable", folder=folder, reason=error.strerror or error)
    state = OK if free >= wanted_megabytes else WARN if free * FAIL_SHARE >= wanted_megabytes else FAIL
    return line("disk", state, "disk_ok" if state == OK else "disk_low", megabytes=free, wanted=wanted_megabytes)


def write_line(folder: Path, clock: Clock) -> CheckLine:
    """How long a write takes until it is durable; the slowest but one of a few."""
    probe, taken = folder / PROBE_NAME, []
    try:
        descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            for _ in range(WRITES):
                begun = clock.monotonic()
                os.write(descriptor, b"\0" * PROBE_BYTES)
                os.fsync(descriptor)
                taken.append(clock.monotonic() - begun)
        finally:
            os.close(descriptor)
            probe.unlink(missing_ok=True)
    except OSError as error:
        return line("writing", FAIL, "writing_fails", folder=folder, reason=error.strerror or error)
    slow = round(sorted(taken)[-2] * 1000, 1)
    state = OK if slow <= SLOW_MS else WARN if slow <= STUCK_MS else FAIL
    return line("writing", state, "writing_ok" if state == OK else "writing_slow", milliseconds=slow)


def certificate_lines(folder: Path, clock: Clock) -> list[CheckLine]:
    """Each certificate in the data folder, by when it runs out."""
    files = sorted((folder / CERTIFICATES_NAME).rglob("*.pem"))
    if not files:
        return [line("certificate", OK, "certificate_none")]
    from cryptography import x509

    found = []
    for file in files:
        try:
            until = min(each.not_valid_after_utc for each in x509.load_pem_x509_certificates(file.read_bytes()))
        except (OSError, ValueError) as error:
            found.append(line("certificate", FAIL, "certificate_unreadable", file=file.name, reason=error))
            continue
        left = round(until.timestamp() * 1000) - clock.utcnow()
        state, days = _runs_out(left)
        code = {FAIL: "certificate_over", WARN: "certificate_soon", OK: "certificate_ok"}[state]
        found.append(line("certificate", state, code, file=file.name, until=until.date().isoformat(), days=days))
    return found


def trunk_certificate_lines(trunks: Iterable[Trunk], clock: Clock) -> list[CheckLine]:
    """What each trunk in use shows its carrier, where that is a certificate of its own."""
    found = []
    for trunk in trunks:
        if trunk.certificate_until_at is None or trunk.disabled:
            continue
        state, days = _runs_out(trunk.certificate_until_at - clock.utcnow())
        until = (stamp(trunk.certificate_until_at) or "")[:10]
        if state == OK:
            found.append(line("certificate", OK, "certificate_ok", file=trunk.certificate_name, until=until, days=days))
        else:
            code = "trunk_certificate_over" if state == FAIL else "trunk_certificate_soon"
            found.append(line("certificate", state, code, trunk=trunk.name, until=until, days=days))
    return found


def _runs_out(left: int) -> tuple[str, int]:
    """How bad it is that a certificate has so many milliseconds left, and in days."""
    return FAIL if left < 0 else WARN if left < CERTIFICATE_SOON_MS else OK, max(0, left) // DAY_MS


def emergency_line(trunks: Iterable[Trunk]) -> CheckLine:
    """Whether any trunk in use takes emergency calls; the alert is louder, and comes with the first phone."""
    count = sum(1 for trunk in trunks if trunk.emergency and not trunk.disabled)
    return line("emergency", OK if count else WARN, "emergency_ok" if count else "emergency_none", count=count)


def books_line(folder: Path) -> CheckLine:
    """The quick proof: every rule of the books and of the database, without working each charge out again."""
    try:
        found = verify_folder(folder, deep=False)
    except EnvironmentFault as fault:
        return line("books", FAIL, "books_unreadable", reason=sentence(fault.code, fault.parameters))
    if not found.ok:
        faults = "; ".join(each.what for each in found.faults[:MOST_FAULTS])
        return line("books", FAIL, "books_wrong", count=len(found.faults), faults=faults)
    return line("books", OK, "books_ok", entries=found.entries, calls=found.calls)


def backup_line(folder: Path, clock: Clock) -> CheckLine:
    """How old the newest backup is; that there is none is said from the first day, the alert comes after it (alerts.py)."""
    try:
        newest = newest_backup(folder)
    except EnvironmentFault as fault:
        return line("backup", FAIL, "backup_unreadable", reason=sentence(fault.code, fault.parameters))
    if newest is None:
        return line("backup", WARN, "backup_none")
    age = clock.utcnow() - newest
    days, old = max(0, age) // DAY_MS, age > BACKUP_OLD_MS
    return line("backup", WARN if old else OK, "backup_old" if old else "backup_ok", days=days)


def copy_line(place: str, fault: str | None, *, serving: bool) -> CheckLine:
    """The second copy, as the server that makes it says."""
    if not place:
        return line("copy", WARN, "copy_none")
    if not serving:
        return line("copy", OK, "copy_waits", folder=place)
    if fault:
        return line("copy", FAIL, "copy_fails", folder=place, reason=fault)
    return line("copy", OK, "copy_ok", folder=place)


def ports_line(listeners: Sequence[str]) -> CheckLine:
    """Where a running server listens."""
    return line("ports", OK, "ports_open", listeners=", ".join(listeners))


def forward_line(listeners: Sequence[str], media: str) -> CheckLine | None:
    """What the router in front has to pass on: ports of SIP, and those of sound (`media`, "" where another program has them); None without any."""
    ports = []
    for each in listeners:
        transport, _, place = each.partition(":")
        host, _, port = place.rpartition(":")
        if ":" not in host and not host.startswith("127."):  # IPv6 is not translated, and loopback is nobody's
            ports.append(f"{'UDP' if transport == 'udp' else 'TCP'} {port}")
    if not ports:
        return None
    return line("ports", OK, "ports_forward", ports=", ".join([*dict.fromkeys(ports), *([f"UDP {media}"] if media else [])]))


def nat_line(server: str, found: tuple[str, str] | None) -> CheckLine:
    """What a STUN server saw: none, even, symmetric, one (it has one address alone) or unanswered; None: nobody was asked."""
    if not server or found is None:
        return line("nat", OK, "nat_unasked")
    kind, mapped = found
    state = WARN if kind in {"symmetric", "unanswered"} else OK
    return line("nat", state, f"nat_{kind}", server=server, address=mapped)


def alg_line(bindings: Iterable[tuple[str, str]]) -> CheckLine:
    """Whether a router between us and phones rewrites SIP: several phones behind one public address, each of which names that
    address as its own. `bindings`: (contact, source as address:port)."""
    suspects: dict[str, set[str]] = defaultdict(set)
    for contact, source in bindings:
        host = source.rpartition(":")[0].strip("[]")
        named = _CONTACT_HOST.match(contact.partition(":")[2])
        try:
            outside = ip_address(host).is_global
        except ValueError:
            continue
        if outside and named is not None and named[1].strip("[]") == host:
            suspects[host].add(source)
    worst = max(suspects, key=lambda host: len(suspects[host]), default="")
    if not worst or len(suspects[worst]) < 2:
        return line("alg", OK, "alg_none")
    return line("alg", WARN, "alg_likely", address=worst, phones=len(suspects[worst]))
