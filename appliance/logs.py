"""Logs: one line an event, `time level logger event key=value …`, to standard error and to a rotating file.

Law: no secret and no dialled number is ever in a log. Fields named as numbers keep their first digits, enough to
know the country; passwords, digests and tokens are cut wherever they stand. A line that contains "Traceback" is an
exception that nobody caught, and nothing else is.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from appliance.clock import rfc3339
from appliance.errors import EnvironmentFault

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
KEPT_DIGITS = 4
NUMBER_FIELDS = frozenset({"dialled", "normalised", "number", "caller", "callee", "did", "phone", "from_number"})
SECRET_FIELDS = frozenset({"password", "passwd", "secret", "token", "response", "cnonce", "nonce", "ha1", "ha1_md5", "ha1_sha256", "api_key", "code"})
LONGEST_SAFE = KEPT_DIGITS + 2  # a text this short holds no whole telephone number
MOST_CHARACTERS = 4000

_SECRET = re.compile(r"""(?ix)
    ( \b (?: password | passwd | secret | token | response | cnonce | nonce | ha1(?:_md5|_sha256)? | api_key | code ) "? \s* [=:] \s* )
    ( "[^"]*" | '[^']*' | [^\s,;&]+ )""")
_PLAIN = re.compile(r'[^\s"=]+')
_HEADER = re.compile(r"(?i)\b((?:proxy-)?authorization\s*:\s*).*")
_URI = re.compile(rf"(?i)\b((?:sips?|tel):\+?\d{{{KEPT_DIGITS}}})\d+")
_LONG_NUMBER = re.compile(rf"(?<![\w.:-])(\+?\d{{{KEPT_DIGITS}}})\d{{3,}}(?![\w.:-])")


def cut_number(text: str) -> str:
    """`31201234567` → `3120…`: digits past the first few are not for a log."""
    return text if len(text) <= KEPT_DIGITS else f"{text[:KEPT_DIGITS]}…"


def redact(text: str) -> str:
    """Free text without secrets and without the ends of telephone numbers."""
    text = _HEADER.sub(r"\1…", text)
    text = _SECRET.sub(r"\1…", text)
    return _LONG_NUMBER.sub(r"\1…", _URI.sub(r"\1…", text))


def fields(**values: object) -> str:
    """`key=value` pairs of an event, safe to log: numbers cut, secrets gone, texts with spaces quoted; None is left out."""
    parts = []
    for key, value in values.items():
        if value is None:
            continue
        text = str(value)
        if key in NUMBER_FIELDS:
            text = cut_number(text)
        elif key in SECRET_FIELDS:
            text = "…"
        elif value.__class__ is int or text.isalpha():
            parts.append(f"{key}={text}")
            continue
        elif isinstance(value, str) and len(text) > LONGEST_SAFE:
            text = _LONG_NUMBER.sub(r"\1…", _URI.sub(r"\1…", text))
        if not text or not _PLAIN.fullmatch(text):
            text = '"' + text.replace('"', "'").replace("\n", " ").replace("\r", " ") + '"'
        parts.append(f"{key}={text}")
    return " ".join(parts)


class _Event(logging.LogRecord):
    """A record whose text needs no redaction any more. It knows no place in the source, no thread and no process:
    finding those out costs more than the line."""

    args = exc_info = exc_text = stack_info = thread = threadName = process = processName = taskName = None  # noqa: N815
    pathname = module = funcName = ""  # noqa: N815
    msecs = relativeCreated = 0.0  # noqa: N815

    def __init__(self, name: str, level: int, text: str, created: float) -> None:
        self.name = name
        self.levelno = level
        self.levelname = logging.getLevelName(level)
        self.msg = text
        self.created = created
        self.filename, self.lineno = "", 0  # who formats by the record's own dictionary finds them


def event(logger: logging.Logger, name: str, *, level: int = logging.INFO, **values: object) -> None:
    """Log one event with its fields: `event(log, "call", id=7, customer="Alice", seconds=61)`.

    Made directly: the logging module's own way looks for the caller in the stack, which costs more than all else here.
    """
    if logger.isEnabledFor(level):
        logger.handle(_Event(logger.name, level, f"{name} {fields(**values)}", time.time()))


def earlier_event(logger: logging.Logger, name: str, created: float, values: Mapping[str, object]) -> None:
    """Log at level info what happened at `created` (seconds since 1970) and was kept until now."""
    if logger.isEnabledFor(logging.INFO):
        logger.handle(_Event(logger.name, logging.INFO, f"{name} {fields(**values)}", created))


class Line(logging.Formatter):
    """One line a record; a traceback follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        text = record.msg if isinstance(record, _Event) else redact(record.getMessage())
        name = record.name.removeprefix("appliance.")
        line = f"{rfc3339(int(record.created * 1000))} {record.levelname.lower()} {name} {text[:MOST_CHARACTERS]}"
        if record.exc_info and record.exc_info[0] is not None:
            line += "\n" + redact(self.formatException(record.exc_info))
        return line


class Sink(logging.Handler):
    """Each line to standard error and to a file that is put aside when it has grown to its size.

    Made once for both, with one write each: a line a call is written on the thread that answers phones.
    """

    def __init__(self, file: Path | None, most_bytes: int = 0, kept: int = 0) -> None:
        """`kept` files put aside, `.1` the newest. Raises OSError where the file cannot be opened."""
        super().__init__()
        self.setFormatter(Line())
        self._file = file
        self._most = most_bytes
        self._kept = kept
        self._size = 0
        self._descriptor = -1
        if file is not None:
            self._open(file)

    def _open(self, file: Path) -> None:
        self._descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o600)
        self._size = os.fstat(self._descriptor).st_size

    def emit(self, record: logging.LogRecord) -> None:
        """A log that cannot be written stops nothing."""
        data = (self.format(record) + "\n").encode("utf-8", "replace")
        with contextlib.suppress(OSError, ValueError):
            os.write(sys.stderr.fileno(), data)
        if self._file is not None:
            with contextlib.suppress(OSError):
                if self._size and self._size + len(data) > self._most:
                    self._put_aside(self._file)
                self._size += os.write(self._descriptor, data)

    def _put_aside(self, file: Path) -> None:
        os.close(self._descriptor)
        self._descriptor = -1
        try:
            for number in range(self._kept, 0, -1):
                older = file.with_name(f"{file.name}.{number - 1}") if number > 1 else file
                if older.exists():
                    older.replace(file.with_name(f"{file.name}.{number}"))
        finally:
            self._open(file)

    def close(self) -> None:
        """Twice is harmless."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self._file = None
        super().close()


def set_up(folder: Path | None, *, level: str = "info", file_megabytes: int = 10, files: int = 10) -> None:
    """Send the program's log to standard error and, where a folder is given, to `tollhouse.log` in it.

    Raises EnvironmentFault log.not_writable.
    """
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        root.addHandler(Sink(folder / "tollhouse.log" if folder is not None else None, file_megabytes * 1_000_000, files))
    except OSError as error:
        raise EnvironmentFault("log.not_writable", folder=folder, reason=error.strerror or error) from error
    root.setLevel(LEVELS[level])
    logging.raiseExceptions = False
