"""The man page and the completions of bash and zsh, all from the parser of the commands, so that they name what there is."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from appliance import __version__
from appliance.cli import build_parser

NEVER_BY_HAND = "never by hand"
FOLDERS, FILES = {"DIR"}, {"FILE"}


class Option(NamedTuple):
    """An option or a place of a command: its names (none for a place), what stands for its value, what it may be, what it does."""

    names: tuple[str, ...]
    value: str
    choices: tuple[str, ...]
    about: str
    often: bool


class Command(NamedTuple):
    """A command by its words, such as ("operator", "reset")."""

    words: tuple[str, ...]
    about: str
    options: tuple[Option, ...]


def commands(parser: argparse.ArgumentParser | None = None, *before: str) -> Iterator[Command]:
    """Every command that is for people."""
    for action in (parser or build_parser())._actions:
        if not isinstance(action, argparse._SubParsersAction):
            continue
        for name, one in action.choices.items():
            about = (one.description or "").rstrip(".")
            if NEVER_BY_HAND in about:
                continue
            inner = list(commands(one, *before, name))
            if inner:
                yield from inner
            else:
                yield Command((*before, name), about, tuple(_options(one)))


def _options(parser: argparse.ArgumentParser) -> Iterator[Option]:
    for action in parser._actions:
        if action.help == argparse.SUPPRESS or isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
            continue
        value = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
        value = f"[{value}]" if action.nargs == "?" and not action.option_strings else value
        often = isinstance(action, argparse._AppendAction)
        yield Option(tuple(action.option_strings), value, tuple(map(str, action.choices or ())), action.help or "", often)


# man ----------------------------------------------------------------------------------------------------------------


def roff(text: str) -> str:
    """A text that roff sets as it stands."""
    kept = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...").replace("→", "->")
    return re.sub(r"^(?=[.'])", r"\\&", kept, flags=re.MULTILINE)


def _usage(command: Command) -> str:
    parts = [f"tollhouse {' '.join(command.words)}"]
    for option in command.options:
        text = " ".join(filter(None, (option.names[-1] if option.names else "", option.value)))
        parts.append(f"[{text}]" if option.names else text)
    return " ".join(parts)


def man_page(moment: int) -> str:
    """tollhouse(1); `moment`: seconds since 1970, of the page's date."""
    date = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
    lines = [
        f'.TH TOLLHOUSE 1 "{date}" "Tollhouse {__version__}" "User Commands"',
        ".SH NAME", roff("tollhouse - back office of a VoIP reseller and call shop in one program"),
        ".SH SYNOPSIS", ".B tollhouse", ".RI [ COMMAND ] [ options ]",
        ".SH DESCRIPTION",
        roff("SIP server, meter and ledger in one program over one folder of data. Without a command it finds or starts this computer's server "
             "and opens the console in front of it."),
        ".SH COMMANDS",
    ]  # fmt: skip
    for command in commands():
        lines += [".SS", roff(_usage(command)), roff(command.about + ".")]
        for option in command.options:
            if option.about:
                name = ", ".join(option.names) or option.value
                lines += [".TP", f"\\fB{roff(name)}\\fR" + (f" \\fI{roff(option.value)}\\fR" if option.names and option.value else "")]
                lines.append(roff(option.about.replace("%%", "%")))
    lines += [
        ".SH EXIT STATUS", roff("0 done; 1 refused or failed, with the reason on standard error; 2 wrongly asked."),
        ".SH SIGNALS", roff("The server takes no new calls after SIGTERM, lets running ones go on for --drain seconds, then ends and charges them."),
        ".SH FILES",
        ".TP", ".I /var/lib/tollhouse", roff("The data folder of the system service: database, settings, certificates, backups, logs."),
        ".TP", ".I /etc/default/tollhouse", "Options of the system service.",
        ".TP", ".I ~/.local/share/tollhouse", "The data folder of a person who starts the program without --data.".replace("-", "\\-"),
        ".SH SEE ALSO", ".BR systemctl (1)",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


# completions --------------------------------------------------------------------------------------------------------


def _words(command: Command) -> str:
    return " ".join([name for option in command.options for name in option.names] + ["--help"])


def bash_completion() -> str:
    """For bash-completion's folder."""
    known = list(commands())
    first = sorted({command.words[0] for command in known})
    lines = ["# bash completion for tollhouse; made from the program's own commands", "_tollhouse() {"]
    lines += ['    local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" command="${COMP_WORDS[1]}" words=""']
    lines += ["    COMPREPLY=()", '    if [ "$COMP_CWORD" -eq 1 ]; then', f"        words='{' '.join(first)} --help --version'", "    else"]
    lines += ['        case "$command $prev" in']
    for command in known:
        for option in command.options:
            if option.choices and option.names:
                lines.append(f"            '{command.words[0]} {option.names[-1]}') words='{' '.join(option.choices)}' ;;")
    names = sorted({name for command in known for option in command.options if option.value in FOLDERS for name in option.names})
    lines += [f"            *' {name}') COMPREPLY=($(compgen -d -- \"$cur\")); return ;;" for name in names]
    lines += ["            *)", '                case "$command" in']
    by_first: dict[str, list[Command]] = {}
    for command in known:
        by_first.setdefault(command.words[0], []).append(command)
    for name, several in by_first.items():
        inner = " ".join(sorted({one.words[1] for one in several if len(one.words) > 1}))
        options = " ".join(dict.fromkeys(" ".join(map(_words, several)).split()))
        lines.append(f"                    {name}) words='{' '.join(filter(None, (inner, options)))}' ;;")
    lines += ["                esac ;;", "        esac", "    fi"]
    lines += ['    COMPREPLY=($(compgen -W "$words" -- "$cur"))']
    lines += ['    [ "${#COMPREPLY[@]}" -eq 0 ] && COMPREPLY=($(compgen -f -- "$cur"))', "    return 0", "}", "complete -F _tollhouse tollhouse"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return text.replace("'", "'\\''").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")


def _zsh_value(option: Option) -> str:
    if not option.value:
        return ""
    if option.choices:
        return f":{option.value}:({' '.join(option.choices)})"
    name = option.value.strip("[]")
    return f":{_quoted(name)}:" + ("_files -/" if name in FOLDERS else "_files" if name in FILES else " ")


def zsh_completion() -> str:
    """For zsh's folder of completions, as `_tollhouse`."""
    known = list(commands())
    lines = ["#compdef tollhouse", "# made from the program's own commands", "local line state", "local -a commands", "commands=("]
    told = {command.words[0]: command.about for command in reversed(known)}
    lines += [f"  '{name}:{_quoted(told[name])}'" for name in sorted(told)]
    lines += [")", "_arguments -C '(-)--help[show help]' '(-)--version[show the version]' '1:command:->command' '*::argument:->argument'"]
    lines += ['case "$state" in', "  command) _describe command commands ;;", '  argument) case "$line[1]" in']
    for command in known:
        options = []
        for option in command.options:
            repeat = "*" if option.often else ""
            options += [f"'{repeat}{name}[{_quoted(option.about)}]{_zsh_value(option)}'" for name in option.names]
            if not option.names:
                options.append(f"'{_zsh_value(option)}'")
        skip = "shift words; (( CURRENT-- )); " if len(command.words) > 1 else ""
        lines.append(f"    {command.words[0]}) {skip}_arguments {' '.join(options)} ;;")
    return "\n".join([*lines, "  esac ;;", "esac"]) + "\n"
