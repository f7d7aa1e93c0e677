"""Settings: what is known, what a value may be, and the few that the server needs before it has a database.

`resources/defaults.toml` lists every setting once. Those kept in the file are read from DIR/tollhouse.toml, which
the first start writes with comments; all others live in the store's setting table. `--set section.key=value` lays a
value over either kind for one start: a TOML value or else a text, lists by comma, the last one wins. A setting that
nobody knows is refused by name.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from appliance import paths
from appliance.errors import EnvironmentFault, UserError

Value = bool | int | float | str | list[str]
"""What a setting may be."""


class Setting(NamedTuple):
    """One known setting. `least` and `most` bound numbers; `choices` the text or each text of a list."""

    name: str
    kind: str  # boolean | whole | number | text | list | secret
    default: Value
    about: str
    in_file: bool = False
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()


class Listen(NamedTuple):
    """One place to listen. `transport`: udp, tcp, tls; "" where the use knows it."""

    transport: str
    host: str
    port: int


class MediaRange(NamedTuple):
    """Address and inclusive range of ports of the relay."""

    host: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Configuration:
    """What one start of the server was told: boot values, and values laid over the stored settings."""

    folder: paths.DataFolder
    sip: tuple[Listen, ...]
    web: Listen
    media: MediaRange
    drain_seconds: float
    boot: Mapping[str, Value]  # every setting kept in the file, after --set and the options of the command
    overrides: Mapping[str, Value] = field(default_factory=dict)  # settings kept in the store, for this start


@cache
def known() -> Mapping[str, Setting]:
    """All settings by `section.key`, in the order of the list."""
    sections = tomllib.loads((paths.resources() / "defaults.toml").read_text(encoding="utf-8"))
    found = {}
    for section, keys in sections.items():
        for key, row in keys.items():
            name = f"{section}.{key}"
            found[name] = Setting(
                name,
                row["kind"],
                row["default"],
                row["about"],
                row.get("kept") == "file",
                row.get("least"),
                row.get("most"),
                tuple(row.get("choices", ())),
            )
    return found


def setting(name: str) -> Setting:
    """The setting of that name; UserError setting.unknown."""
    found = known().get(name)
    if found is None:
        raise UserError("setting.unknown", name=name)
    return found


def checked(name: str, value: object) -> Value:
    """The value as the setting keeps it; UserError where the name or the value cannot be taken."""
    about = setting(name)
    if about.kind == "boolean" and isinstance(value, bool):
        return value
    if about.kind == "list" and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return [_chosen(about, item) for item in value]
    if about.kind in {"text", "secret"} and isinstance(value, str):
        return _chosen(about, value)
    if about.kind in {"whole", "number"} and isinstance(value, int | float) and not isinstance(value, bool):
        if about.kind == "whole" and value != int(value):
            raise UserError("setting.not_whole", name=name, value=value)
        if (about.least is not None and value < about.least) or (about.most is not None and value > about.most):
            raise UserError("setting.out_of_range", name=name, value=value, least=about.least, most=about.most)
        return int(value) if about.kind == "whole" else value
    raise UserError("setting.wrong_kind", name=name, value=value, kind=about.kind)


def checked_stored(name: str, value: object) -> Value:
    """The same for a setting that is kept in the database; UserError setting.in_file_only for one of the file."""
    if setting(name).in_file:
        raise UserError("setting.in_file_only", name=name)
    return checked(name, value)


def _chosen(about: Setting, text: str) -> str:
    if about.choices and text not in about.choices:
        raise UserError("setting.not_a_choice", name=about.name, value=text, choices=", ".join(about.choices))
    return text


def parse_override(text: str) -> tuple[str, Value]:
    """`section.key=value` of --set as (name, value); UserError where it cannot be taken."""
    name, equals, raw = text.partition("=")
    name = name.strip()
    if not equals:
        raise UserError("setting.no_value", text=text)
    about = setting(name)
    try:
        value: object = tomllib.loads(f"v = {raw}")["v"]
    except tomllib.TOMLDecodeError:
        value = raw
    if about.kind == "list" and not isinstance(value, list):
        value = [item.strip() for item in raw.split(",") if item.strip()]
    elif about.kind in {"text", "secret"} and not isinstance(value, str):
        value = raw
    return name, checked(name, value)


def host_and_port(text: str) -> tuple[str, int]:
    """`127.0.0.1:5060` or `[::1]:5060`; UserError listen.wrong."""
    host, colon, port = text.rpartition(":")
    host = host.strip("[]") if host.startswith("[") else host
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise UserError("listen.wrong", text=text)
    return host, int(port)


def parse_sip(text: str) -> Listen:
    """`udp:127.0.0.1:6060`; UserError listen.wrong or listen.transport."""
    transport, _, rest = text.partition(":")
    transport = transport.strip().lower()
    if transport not in {"udp", "tcp", "tls"}:
        raise UserError("listen.transport", text=text, transport=transport)
    return Listen(transport, *host_and_port(rest))


def parse_media(text: str, sip: Sequence[Listen] = ()) -> MediaRange:
    """`127.0.0.1:20000-29999`, or the ports alone: of IPv4, and of IPv6 too where one of `sip` has it.

    UserError listen.media where it is no range of at least four ports.
    """
    host, colon, ports = text.rpartition(":")
    host = host.strip("[]") if host.startswith("[") else host
    if not colon:
        host = "::" if any(":" in each.host for each in sip) else "0.0.0.0"
    first, dash, last = ports.partition("-")
    if not host or not dash or not first.isdecimal() or not last.isdecimal() or not 0 < int(first) < int(last) - 2 or int(last) > 65535:
        raise UserError("listen.media", text=text)
    return MediaRange(host, int(first), int(last))


def read_file(file: Path) -> dict[str, Value]:
    """The settings of a tollhouse.toml; empty where there is none. EnvironmentFault config.unreadable, UserError as `checked`."""
    try:
        sections = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EnvironmentFault("config.unreadable", file=file, reason=error) from error
    found: dict[str, Value] = {}
    for section, keys in sections.items():
        for key, value in keys.items() if isinstance(keys, dict) else [("", keys)]:
            name = f"{section}.{key}" if key else section
            if not setting(name).in_file:
                raise UserError("setting.not_in_file", name=name, file=file)
            found[name] = checked(name, value)
    return found


def first_file() -> str:
    """The text of a tollhouse.toml that changes nothing: every setting of the file as a comment with its default."""
    lines = [
        "# Settings that Tollhouse reads when it starts. A line that begins with # stands for the default.",
        "# All other settings are kept in the database.",
    ]
    section = ""
    for about in known().values():
        if not about.in_file:
            continue
        head, _, key = about.name.partition(".")
        if head != section:
            section = head
            lines += ["", f"[{section}]"]
        lines += [f"# {about.about}", f"# {key} = {json.dumps(about.default)}"]
    return "\n".join(lines) + "\n"


def write_first_file(file: Path) -> None:
    """Write `first_file` where no configuration is; the folder must be there."""
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(first_file())
    except FileExistsError:
        return
    except OSError as error:
        raise EnvironmentFault("folder.not_writable", folder=file.parent, reason=error.strerror or error) from error


def load(
    folder: paths.DataFolder,
    overrides: Sequence[str] = (),
    *,
    sip: Sequence[str] = (),
    web: str | None = None,
    media: str | None = None,
    drain: float | None = None,
) -> Configuration:
    """The configuration of one start: defaults, then the file, then --set in order, then the command's own options."""
    boot: dict[str, Value] = {name: about.default for name, about in known().items() if about.in_file}
    boot.update(read_file(folder.configuration))
    stored: dict[str, Value] = {}
    for text in overrides:
        name, value = parse_override(text)
        (boot if setting(name).in_file else stored)[name] = value
    if sip:
        boot["sip.listen"] = list(sip)
    if web is not None:
        boot["web.listen"] = web
    if media is not None:
        boot["media.listen"] = media
    if drain is not None:
        boot["server.drain_seconds"] = checked("server.drain_seconds", drain)
    listen = boot["sip.listen"]
    if not isinstance(listen, list) or not listen:
        raise UserError("listen.none")
    seconds = boot["server.drain_seconds"]
    doors = tuple(parse_sip(text) for text in listen)
    return Configuration(
        folder,
        doors,
        Listen("tcp", *host_and_port(str(boot["web.listen"]))),
        parse_media(str(boot["media.listen"]), doors),
        float(seconds) if isinstance(seconds, int | float) else 0.0,
        boot,
        stored,
    )


def defaults() -> dict[str, Value]:
    """The default of every setting, for whoever looks one up where nobody set it."""
    return {name: about.default for name, about in known().items()}
