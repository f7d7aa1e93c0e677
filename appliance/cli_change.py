"""Commands that change, and those that ask one operation: apply, export, do, rate, operator reset."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from appliance.cli_print import print_rows
from appliance.cli_reach import reach
from appliance.errors import EnvironmentFault, UserError
from appliance.wire import codec
from appliance.wire.operations import OPERATIONS


def _read(file: str) -> bytes:
    """The bytes of a file or, for `-`, of standard input; EnvironmentFault file.unreadable."""
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise EnvironmentFault("file.unreadable", file=file, reason=error.strerror or error) from error


def _text(file: str) -> str:
    try:
        return _read(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError("file.not_utf8", file=file, byte=error.start) from error


def apply(options: argparse.Namespace) -> int:
    """Create or update what the file describes, all or nothing; says what was done, and passwords that were made, once."""
    text = _text(options.file)
    with reach(options, make=True) as way:
        said = way.do("description.apply", {"text": text})
    for warning in said.get("warnings", ()):
        print(f"tollhouse: {warning}", file=sys.stderr)
    print_rows([said], "json")
    return 0


def export(options: argparse.Namespace) -> int:
    """The description of everything, secrets left out."""
    with reach(options) as way:
        sys.stdout.write(way.do("description.export")["text"].rstrip("\n") + "\n")
    return 0


def do(options: argparse.Namespace) -> int:
    """One operation of the API; without one: their list."""
    if options.operation is None:
        rows = [{"operation": each.name, "method": each.method, "path": each.path, "request": each.request.__name__} for each in OPERATIONS.values()]
        print_rows(rows, "table")
        return 0
    body = _read(options.file) if options.file else b"{}"
    if options.operation not in OPERATIONS:
        raise UserError("operation.unknown", name=options.operation)
    request = codec.decode(body, OPERATIONS[options.operation].request)
    with reach(options) as way:
        print(json.dumps(way.do(options.operation, request), ensure_ascii=False))
    return 0


def rate(options: argparse.Namespace) -> int:
    """Price a call without making it; exit 1 where it has no price."""
    request = {
        "number": options.number,
        "seconds": options.seconds,
        "at": options.at,
        "tariff": options.tariff,
        "customer": options.customer,
        "reseller": options.reseller,
    }
    with reach(options) as way:
        said = way.do("calls.price", request)
    print_rows([said], options.format)
    return 1 if "error" in said else 0


def operator_reset(options: argparse.Namespace) -> int:
    """A one-time code for an operator who cannot sign in."""
    with reach(options) as way:
        print_rows([way.do("operators.reset", {"login": options.login})], options.format)
    return 0
