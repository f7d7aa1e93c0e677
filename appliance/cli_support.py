"""Commands for whoever helps: the self-check, the support bundle, what an authority is told.

The self-check asks the running server, or looks at the folder itself: a damaged database is a line of it, not its end.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from pathlib import Path
from typing import Any

from appliance import config, paths
from appliance.cli_print import print_rows
from appliance.cli_reach import reach, running
from appliance.clock import SystemClock, rfc3339
from appliance.config import Listen
from appliance.errors import EnvironmentFault, UserError
from appliance.i18n import sentence
from appliance.services.keeping.check_rules import FAIL, OK, line
from appliance.services.keeping.self_check import Wanted, look
from appliance.wire import codec
from appliance.wire.checks import CheckLine


def check(options: argparse.Namespace) -> int:
    """Every line, in English or as JSON; exit 1 where one of them is `fail`."""
    found = checked(paths.data_folder(options.data))
    if options.format == "table":
        for each in found["lines"]:
            print(f"{each['state']:<5} {each['name']:<12} {each['text']}")
    else:
        print_rows([found] if options.format == "json" else found["lines"], options.format)
    return 0 if found["ok"] else 1


def checked(folder: paths.DataFolder) -> dict[str, Any]:
    """What the running server finds, else what is found without one."""
    remote = running(folder)
    if remote is not None:
        said: dict[str, Any] = remote.do("server.check")
        return said
    if not folder.database.exists():
        raise EnvironmentFault("database.missing", path=folder.database)
    found: dict[str, Any] = codec.plain(look(folder.root, SystemClock(), _wanted(folder)))
    ports = codec.plain(_ports(folder))
    found["lines"].append(ports)
    found["ok"] = found["ok"] and ports["state"] != FAIL
    return found


def _wanted(folder: paths.DataFolder) -> Wanted:
    """The settings that count, of the folder; the defaults where it cannot be read."""
    from appliance.store.store import Reader

    usual = config.defaults()
    try:
        with Reader(folder.root) as tables:
            kept = {key: codec.decode(value.encode(), object) for key, value in tables.settings.all().items()}
    except EnvironmentFault:
        kept = {}
    got = {**usual, **kept}
    return Wanted(int(str(got["alerts.disk_megabytes"])), str(got["backup.copy_to"]), str(got["checks.stun_server"]))


def _ports(folder: paths.DataFolder) -> CheckLine:
    """Whether a server could take its ports; the first that it could not is told."""
    try:
        wanted = config.load(folder, ())
    except (UserError, EnvironmentFault) as error:
        return line("ports", FAIL, "port_taken", listener=folder.configuration, reason=sentence(error.code, error.parameters))
    places = [*wanted.sip, Listen("tcp", wanted.web.host, wanted.web.port)]
    for each in places:
        reason = _taken(each)
        if reason:
            return line("ports", FAIL, "port_taken", listener=f"{each.transport}:{each.host}:{each.port}", reason=reason)
    return line("ports", OK, "ports_free", listeners=", ".join(f"{each.transport}:{each.host}:{each.port}" for each in places))


def _taken(place: Listen) -> str:
    """Why it cannot be listened on; "" where it can."""
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    kind = socket.SOCK_DGRAM if place.transport == "udp" else socket.SOCK_STREAM
    try:
        with socket.socket(family, kind) as probe:
            if kind == socket.SOCK_STREAM and os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((place.host, place.port))
    except OSError as error:
        return error.strerror or str(error)
    return ""


def bundle(options: argparse.Namespace) -> int:
    """One file for whoever helps, without secrets and without what names anybody."""
    from appliance.services.keeping.support_bundle import write

    folder = paths.data_folder(options.data)
    try:
        checks: dict[str, Any] = checked(folder)
    except (UserError, EnvironmentFault) as error:
        checks = {"ok": False, "error": sentence(error.code, error.parameters)}
    try:
        remote = running(folder)
        status = {"serving": False} if remote is None else remote.do("server.status")
    except EnvironmentFault as error:
        status = {"serving": False, "error": sentence(error.code, error.parameters)}
    made = write(Path(options.file).expanduser().absolute(), folder, status, checks, rfc3339(SystemClock().utcnow()))
    print_rows([made], "json")
    return 0


def disclose(options: argparse.Namespace) -> int:
    """Calls and registrations of a number or an address, as JSON; who asked and why stands in the audit log."""
    request = {
        "number": options.number or "",
        "address": options.address or "",
        "since": options.since,
        "until": options.until,
        "asker": options.asker,
        "reason": options.reason,
    }
    with reach(options) as way:
        print_rows([way.do("disclosures.make", request)], "json", out=sys.stdout)
    return 0
