"""The support bundle: one zip for whoever helps, of versions, settings, counts and log tails.

Law: it holds no secret and nothing that names a person: no row of the database, settings without secrets and addresses, logs redacted once
more on their way in.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sys
import zipfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from appliance import __version__, config
from appliance.errors import EnvironmentFault, UserError
from appliance.i18n import sentence
from appliance.logs import redact
from appliance.paths import DataFolder
from appliance.store.store import Reader

LOG_TAIL = 1_000_000  # bytes of each log file
LOG_FILES = 3
HIDDEN = "(hidden)"
PRIVATE_SETTINGS = frozenset({"mail.username", "mail.sender", "emergency.numbers"})
"""Not secret, and of nobody's concern."""

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_DIGITS = re.compile(r"(?<![\w.:-])\+?\d{5,}(?![\w:-])")
_NAMES = re.compile(r"""\b(customer|account|display|user_agent|login|who)=("[^"]*"|\S+)""")


def write(file: Path, folder: DataFolder, status: Mapping[str, Any], checks: Mapping[str, Any], made_at: str) -> dict[str, Any]:
    """Make the file, readable by its owner alone; {file, bytes, members}. EnvironmentFault file.not_writable."""
    members = {
        "version.json": _json(_version(made_at)),
        "status.json": _json(status),
        "check.json": _cleaned(_json(checks)),
        **_database(folder),
        **_logs(folder.logs),
    }
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in members.items():
                archive.writestr(name, text)
        size = file.stat().st_size
    except OSError as error:
        raise EnvironmentFault("file.not_writable", file=file, reason=error.strerror or error) from error
    return {"file": str(file), "bytes": size, "members": sorted(members)}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


def _version(made_at: str) -> dict[str, Any]:
    packages = sorted({f"{each.name}=={each.version}" for each in metadata.distributions() if each.name})
    return {
        "tollhouse": __version__,
        "made_at": made_at,
        "python": sys.version.split()[0],
        "frozen": bool(getattr(sys, "frozen", False)),
        "system": platform.platform(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "packages": packages,
    }


def _database(folder: DataFolder) -> dict[str, str]:
    """Settings, schema and counts; what keeps them from being read, where it cannot be."""
    files = {each.name: each.stat().st_size for each in sorted(folder.root.iterdir()) if each.is_file()} if folder.root.is_dir() else {}
    try:
        with Reader(folder.root) as tables, tables.snapshot():
            database = tables.database
            rows = database.fetch("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name")
            names = [
                row[0] for row in database.fetch("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
            ]
            counts = {name: database.value(f'SELECT count(*) FROM "{name}"') for name in names}
            kept = tables.settings.all()
            version = database.version
    except EnvironmentFault as fault:
        return {"counts.json": _json({"error": sentence(fault.code, fault.parameters), "files": files})}
    return {
        "settings.json": _json({**_file_settings(folder), **{key: _shown(key, value) for key, value in sorted(kept.items())}}),
        "schema.sql": "".join(f"{row[1]};\n" for row in rows),
        "counts.json": _json({"schema_version": version, "rows": counts, "files": files}),
    }


def _file_settings(folder: DataFolder) -> dict[str, Any]:
    try:
        return {key: value for key, value in config.read_file(folder.configuration).items() if key in config.known()}
    except (UserError, EnvironmentFault) as error:
        return {"tollhouse.toml": sentence(error.code, error.parameters)}


def _shown(key: str, value: str) -> Any:
    about = config.known().get(key)
    if about is None or about.kind == "secret" or key in PRIVATE_SETTINGS:
        return HIDDEN
    return json.loads(value)


def _logs(folder: Path) -> dict[str, str]:
    """The ends of the newest log files."""
    found = {}
    for number in range(LOG_FILES):
        file = folder / ("tollhouse.log" if not number else f"tollhouse.log.{number}")
        try:
            with file.open("rb") as stream:
                stream.seek(max(0, file.stat().st_size - LOG_TAIL))
                found[f"logs/{file.name}"] = _cleaned(stream.read().decode("utf-8", "replace"))
        except FileNotFoundError:
            break
        except OSError as error:
            found[f"logs/{file.name}"] = error.strerror or str(error)
    return found


def _cleaned(text: str) -> str:
    """Without secrets, e-mail addresses, long runs of digits and names."""
    return "\n".join(_NAMES.sub(r"\1=…", _DIGITS.sub("…", _MAIL.sub("…@…", redact(each)))) for each in text.split("\n"))
