"""Commands that read: what was, what is owed, who is there, what runs. They work while a server runs or not."""

from __future__ import annotations

import argparse
import base64
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance import paths
from appliance.cli_print import print_rows
from appliance.cli_reach import running
from appliance.clock import SystemClock
from appliance.control_client import Remote
from appliance.errors import EnvironmentFault
from appliance.services.ground.listing import Listing, listing_of

CDR_COLUMNS = (
    "id",
    "started_at",
    "customer",
    "endpoint",
    "dialled",
    "destination",
    "billed_seconds",
    "result",
    "cause",
    "ended_by",
    "cost",
    "currency",
)
REFUSAL_COLUMNS = ("id", "at", "method", "name", "source", "user_agent", "tries", "words")


@contextmanager
def _listing(options: argparse.Namespace) -> Iterator[Listing]:
    with listing_of(paths.data_folder(options.data).root) as listing:
        yield listing


def cdrs(options: argparse.Namespace) -> int:
    """Every call attempt, the oldest first; a table shows the main columns."""
    with _listing(options) as listing:
        print_rows(listing.cdrs(), options.format, CDR_COLUMNS if options.format == "table" else None)
    return 0


def balances(options: argparse.Namespace) -> int:
    """Credit accounts; what running calls hold is known to the running server alone."""
    remote = running(paths.data_folder(options.data))
    if remote is not None:
        print_rows(remote.do("balances.list")["balances"], options.format)
        return 0
    with _listing(options) as listing:
        print_rows(listing.balances(), options.format)
    return 0


def trace(options: argparse.Namespace) -> int:
    """The ladder of a call on standard output, or its messages as a capture file; exit 1 without a server."""
    _print_trace(options, _live(options).do("calls.trace", {"id": options.call}))
    return 0


def refusals(options: argparse.Namespace) -> int:
    """Phones that did not get in, or what was said with one of them; exit 1 without a server."""
    remote = _live(options)
    if options.refusal is None:
        print_rows(remote.do("refusals.list")["refusals"], options.format, REFUSAL_COLUMNS if options.format == "table" else None)
    else:
        _print_trace(options, remote.do("refusals.trace", {"id": options.refusal}))
    return 0


def _live(options: argparse.Namespace) -> Remote:
    remote = running(paths.data_folder(options.data))
    if remote is None:
        raise EnvironmentFault("server.not_running")
    return remote


def _print_trace(options: argparse.Namespace, found: dict[str, str]) -> None:
    if options.pcap:
        file = Path(options.pcap)
        try:
            file.write_bytes(base64.b64decode(found["pcap"]))
        except OSError as error:
            raise EnvironmentFault("file.not_writable", file=file, reason=error.strerror or error) from error
    else:
        print(found["words"], found["text"], sep="\n\n")


def ledger(options: argparse.Namespace) -> int:
    """Every posting, the oldest first."""
    with _listing(options) as listing:
        print_rows(listing.ledger(), options.format)
    return 0


def bindings(options: argparse.Namespace) -> int:
    """Registrations not yet expired."""
    with _listing(options) as listing:
        print_rows(listing.bindings(SystemClock().utcnow()), options.format)
    return 0


def calls(options: argparse.Namespace) -> int:
    """Running calls; none where no server runs."""
    remote = running(paths.data_folder(options.data))
    print_rows(remote.do("calls.list")["calls"] if remote else [], options.format)
    return 0


def status(options: argparse.Namespace) -> int:
    """What the running server says of itself; exit 1 where none serves the folder."""
    folder = paths.data_folder(options.data)
    remote = running(folder)
    if remote is None:
        from appliance.i18n import sentence

        print(f"tollhouse: {sentence('server.not_running')} ({folder.root})", file=sys.stderr)
        return 1
    said = remote.do("server.status")
    print_rows([said], options.format)
    return 0 if said["serving"] else 1
