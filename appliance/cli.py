"""The sub-commands of `tollhouse`. Each handler is imported only when its command is asked for: a command starts quickly.

Exit codes: 0 done, 1 refused or failed (the reason in plain words on standard error), 2 wrongly asked.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Callable, Sequence

from appliance import __version__
from appliance.errors import EnvironmentFault, UserError

FORMATS = ("json", "csv", "table")


def _data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="DIR", help="the data folder (default: this person's usual place)")


def _format(parser: argparse.ArgumentParser, default: str = "json") -> None:
    parser.add_argument("--format", choices=FORMATS, default=default, help=f"how rows are printed (default: {default})")


def _listeners(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sip", action="append", default=[], metavar="TRANSPORT:ADDRESS:PORT", help="where phones and carriers reach the server; may be given often"
    )
    parser.add_argument("--web", metavar="ADDRESS:PORT", help="where the API is reached")
    parser.add_argument("--media", metavar="ADDRESS:FIRST-LAST", help="address and ports of the media relay")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="a setting for this start alone; may be given often")
    parser.add_argument("--drain", type=float, metavar="SECONDS", help="how long running calls may go on after the server is told to stop")


def _serving(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = _command(commands, "serve", "cli_serve:serve", "the server, in the foreground")
    _data(serve)
    _listeners(serve)
    status = _command(commands, "status", "cli_read:status", "whether a server serves this folder: addresses, version, calls; exit 0 once it does")
    _data(status)
    _format(status)
    demo = _command(commands, "demo", "demo:main", "server, carrier and phones on a throw-away folder, calls going on, until stopped")
    demo.add_argument("--seconds", type=float, metavar="N", help="end by itself after so long")
    demo.add_argument("--port", type=int, default=0, metavar="PORT", help="SIP port of the demo's server (default: a free one)")
    relay = _command(commands, "relay", "cli_serve:relay", "the media relay; started by the server, never by hand")
    relay.add_argument("--control", required=True, help=argparse.SUPPRESS)


def _opening(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    console = _command(commands, "console", "desktop:console", "the console alone, against a server on this computer or on the LAN")
    console.add_argument("url", metavar="URL", nargs="?", help="the server (default: the one signed in to last, or this computer's)")
    _data(console)


def _reading(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    for name, what in (
        ("cdrs", "every call attempt, the oldest first"),
        ("balances", "credit accounts and what they hold"),
        ("ledger", "every posting, the oldest first"),
        ("bindings", "where phones are registered"),
        ("calls", "running calls"),
    ):
        reader = _command(commands, name, f"cli_read:{name}", what)
        _data(reader)
        _format(reader)
    trace = _command(commands, "trace", "cli_read:trace", "what was said in one of the last calls, by the id of its record; a server must run")
    trace.add_argument("call", type=int, metavar="CALL")
    trace.add_argument("--pcap", metavar="FILE", help="write it as a capture file instead")
    _data(trace)
    refusals = _command(
        commands, "refusals", "cli_read:refusals", "phones that did not get in and why, the newest first; of one, what was said; a server must run"
    )
    refusals.add_argument("refusal", type=int, metavar="ID", nargs="?")
    refusals.add_argument("--pcap", metavar="FILE", help="write what was said as a capture file instead")
    _data(refusals)
    _format(refusals)
    rate = _command(commands, "rate", "cli_change:rate", "price a call without making it")
    rate.add_argument("number", metavar="NUMBER")
    rate.add_argument("--seconds", type=int, required=True, metavar="S", help="how long the call would be")
    rate.add_argument("--at", metavar="TIME", help="when it would start (RFC 3339; default: now)")
    by = rate.add_mutually_exclusive_group(required=True)
    by.add_argument("--tariff", metavar="NAME")
    by.add_argument("--customer", metavar="NAME")
    rate.add_argument("--reseller", metavar="NAME", help="whose tariff or customer (default: the root's)")
    _data(rate)
    _format(rate)


def _changing(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    apply = _command(commands, "apply", "cli_change:apply", "create or update what a JSON file describes, all or nothing")
    apply.add_argument("file", metavar="FILE", help="the description, or - for standard input")
    _data(apply)
    export = _command(commands, "export", "cli_change:export", "write such a file, secrets left out")
    _data(export)
    do = _command(commands, "do", "cli_change:do", "run one operation of the API as the folder's owner; without OPERATION: list them")
    do.add_argument("operation", metavar="OPERATION", nargs="?")
    do.add_argument("file", metavar="FILE", nargs="?", help="its request as JSON, or - for standard input (default: no fields)")
    _data(do)
    operator = _command(commands, "operator", None, "operators, for the folder's owner")
    acts = operator.add_subparsers(dest="act", metavar="ACT", required=True)
    reset = _command(acts, "reset", "cli_change:operator_reset", "a one-time code and no second factor for an operator who cannot sign in")
    reset.add_argument("login", metavar="LOGIN")
    _data(reset)
    _format(reset)


def _importing(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "import", "cli_import:import_deck", "read a rate deck: look at it, or write it into a tariff")
    parser.add_argument("file", metavar="FILE", help="CSV, XLSX, XLS or ODS; - for standard input")
    parser.add_argument("--tariff", required=True, metavar="NAME", help="a missing one is made in the reseller's currency")
    parser.add_argument("--reseller", metavar="NAME", help="whose tariff (default: the root's)")
    parser.add_argument("--sheet", metavar="S", help="name or number of the sheet")
    parser.add_argument("--header-row", type=int, metavar="N", help="the line with the names of the columns; 0: there is none")
    parser.add_argument("--columns", metavar="FIELD=N,...", help="prefix=1,destination=2+3,price=4: numbers, or what stands in the header")
    parser.add_argument("--delimiter", metavar="C", help="between the cells of a CSV file; tab for a tabulator")
    parser.add_argument("--encoding", metavar="E", help="of a CSV file, such as utf-8 or cp1252")
    parser.add_argument("--decimal", choices=(".", ","), metavar="C", help="the decimal sign of prices")
    parser.add_argument("--dates", choices=("day-first", "month-first"), help="how dates are written")
    parser.add_argument("--price-unit", choices=("minute", "second", "cents"), help="what a price is for; cents: of a minute")
    parser.add_argument("--increments", metavar="60/60", help="first and next increment where a row says none")
    parser.add_argument("--increments-for", action="append", metavar="NAME=60/60", help="the same for destinations named so; may be given often")
    parser.add_argument("--increment-style", choices=("first-next", "total"), help="total: 90/60 bills 91 s as 120 s; changes the tariff")
    parser.add_argument("--duplicates", choices=("first", "last", "lowest", "highest"), help="which rate of a prefix stays (default: first)")
    parser.add_argument("--rise-percent", metavar="N", help="price rises above it are shown (default: 10)")
    parser.add_argument("--keep", action="store_true", default=None, help="what the file does not name stays; else the file is the whole list")
    parser.add_argument("--profile", metavar="P", help="keeps the answers under a name, and uses those kept before")
    act = parser.add_mutually_exclusive_group(required=True)
    act.add_argument("--preview", action="store_true", help="show what would be changed, and change nothing")
    act.add_argument("--yes", action="store_true", help="write it")
    _data(parser)
    _format(parser)
    _command(commands, "document-drawer", "documents.drawing:run", "draws a document; started by the server, never by hand")
    _command(commands, "deck-reader", "services.prices.deck_process:run", "reads a rate deck; started by the server, never by hand")


def _moving(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "move", "cli_move:move", "move in from another system: look at it, or do it, as often as it takes until the cut-over")
    parser.add_argument("files", metavar="FILE", nargs="+", help="dumps of its database (also .gz), or a set of CSV files")
    parser.add_argument("--from", dest="source", required=True, choices=("csv", "astpp", "magnus", "a2billing"), help="which system")
    parser.add_argument("--reseller", metavar="NAME", help="whose customers they become (default: the root's)")
    parser.add_argument("--agent", metavar="KEY", help="only the customers of this reseller of the old system, by its number there")
    parser.add_argument("--currency", metavar="C", help="of its balances and prices, where the file does not say")
    parser.add_argument("--realm", metavar="R", help="what digests of phones' passwords were made with; must be the reseller's SIP domain")
    parser.add_argument("--trunk", metavar="NAME", help="the trunk that incoming numbers arrive on")
    parser.add_argument("--tariff", metavar="NAME", help="what customers pay by whose tariff is not in the files")
    parser.add_argument("--timezone", metavar="Z", help="of times that name none (default: UTC)")
    parser.add_argument("--leave-refused", action="store_true", help="move the rest, though rows are refused")
    parser.add_argument("--take-changes", action="store_true", help="take the old system's word also for what was changed here since the last move")
    parser.add_argument("--cut-over", action="store_true", help="this is the last time: later moves from there are refused")
    act = parser.add_mutually_exclusive_group(required=True)
    act.add_argument("--preview", action="store_true", help="show what would be moved, and change nothing")
    act.add_argument("--yes", action="store_true", help="move it")
    _data(parser)
    _format(parser)
    _command(commands, "move-reader", "services.moving.feed:run", "reads another system's files; started by the server, never by hand")


def _keeping(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verify = _command(commands, "verify", "cli_keep:verify", "prove the books and the database; exit 1 with every fault named")
    _data(verify)
    _format(verify)
    for name, what in (
        ("backup", "write everything into one checked file, also while the server runs"),
        ("restore", "put a backup back, or a second copy where FILE is its folder; the old folder is kept beside"),
    ):
        keeper = _command(commands, name, f"cli_keep:{name}", what)
        keeper.add_argument("file", metavar="FILE")
        _data(keeper)
    keeper.add_argument("--phrase-file", metavar="FILE", help="where the recovery phrase of a second copy stands; else it is asked for")
    keeper.add_argument("--as-far-as-good", action="store_true", help="of a damaged second copy, take what comes before the damage")


def _supporting(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = _command(commands, "check", "cli_support:check", "look at clock, disk, ports, certificates, books and backups; exit 1 where one fails")
    _data(check)
    _format(check, "table")
    bundle = _command(commands, "bundle", "cli_support:bundle", "a file for whoever helps: versions, settings, counts, logs; no secrets, no names")
    bundle.add_argument("file", metavar="FILE")
    _data(bundle)
    disclose = _command(commands, "disclose", "cli_support:disclose", "calls and registrations of a number or address, for an authority; audited")
    whom = disclose.add_mutually_exclusive_group(required=True)
    whom.add_argument("--number", metavar="NUMBER")
    whom.add_argument("--address", metavar="ADDRESS", help="an IP address")
    disclose.add_argument("--since", required=True, metavar="TIME", help="RFC 3339 or a date")
    disclose.add_argument("--until", required=True, metavar="TIME")
    disclose.add_argument("--asker", required=True, metavar="WHO", help="the authority and its file number")
    disclose.add_argument("--reason", required=True, metavar="WHY", help="the ground on which it may know")
    _data(disclose)


def _command(commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, handler: str | None, what: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=what, description=what[0].upper() + what[1:] + ".", allow_abbrev=False)
    if handler:
        parser.set_defaults(handler=handler)
    return parser


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands; `handler` of its result names module and function."""
    parser = argparse.ArgumentParser(
        prog="tollhouse",
        allow_abbrev=False,
        description="The back office of a VoIP reseller and call shop in one program. Without a command: this computer's server and the console.",
    )
    parser.add_argument("--version", action="version", version=f"tollhouse {__version__}")
    parser.add_argument("--data", metavar="DIR", help=argparse.SUPPRESS)
    parser.set_defaults(handler="desktop:desktop", command="desktop")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _serving(commands)
    _opening(commands)
    _reading(commands)
    _changing(commands)
    _importing(commands)
    _moving(commands)
    _keeping(commands)
    _supporting(commands)
    return parser


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = build_parser().parse_args(arguments)
    module, _, function = options.handler.partition(":")
    handler: Callable[[argparse.Namespace], int] = getattr(importlib.import_module(f"appliance.{module}"), function)
    try:
        code = handler(options)
        sys.stdout.flush()
        return code
    except (UserError, EnvironmentFault) as error:
        from appliance.i18n import say

        print(f"tollhouse: {say(error)}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # whoever read our output has enough of it; what is left in the buffer must not be tried again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception:
        logging.getLogger(__name__).exception("the command %s failed by a fault of the program", options.command)
        return 1


def main() -> None:
    """The entry point of `tollhouse` and of `python -m appliance`."""
    sys.exit(run())
