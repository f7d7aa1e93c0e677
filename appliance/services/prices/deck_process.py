"""Reading a deck in a process of its own, beside a server that serves calls.

A hundred thousand lines make a million objects: within the server they would hold its interpreter, its collector and its memory.
The child gets the job and the file on standard input, compares with the rates in the store by a read-only connection, and
answers in frames: the outcome or a refusal, then the versions to write in chunks. It writes nothing.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO, NamedTuple

from msgspec import Struct

from appliance.billing.rate_deck import RateDeck
from appliance.errors import EnvironmentFault, UserError
from appliance.services.prices.deck_file import read_file
from appliance.services.prices.deck_reading import Job, Outcome, Prepared, prepare
from appliance.store.store import Reader
from appliance.wire import codec

COMMAND = "deck-reader"
LONGEST_SECONDS = 600
NICER = 5  # calls go first


class Answer(Struct, frozen=True):
    """The first frame. `fault` is the code of an error, of the machine (`of_machine`) or of the asker; else there is an outcome."""

    outcome: Outcome | None = None
    new: int = 0
    ended: int = 0
    fault: str = ""
    of_machine: bool = False
    field: str | None = None
    parameters: dict[str, str] = {}


class Frames(NamedTuple):
    """What the child said: the outcome, and chunks that are still JSON."""

    outcome: Outcome
    new: list[bytes]
    ended: list[bytes]


# in the server ------------------------------------------------------------------------------------------------------
def ask(program: list[str], job: Job, data: bytes) -> Frames:
    """Start the child, wait for it. UserError and EnvironmentFault as it met them; EnvironmentFault deck.reader_failed."""
    asked = codec.encode(job)
    try:
        done = subprocess.run(
            [*program, COMMAND],
            input=len(asked).to_bytes(4, "big") + asked + data,
            capture_output=True,
            timeout=LONGEST_SECONDS,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EnvironmentFault("deck.reader_failed", reason=str(error)[:200]) from error
    frames = _split(done.stdout)
    if done.returncode != 0 or not frames:
        raise EnvironmentFault("deck.reader_failed", reason=done.stderr.decode("utf-8", "replace").strip()[-300:])
    answer = codec.decode(frames[0], Answer)
    if answer.outcome is None:
        if answer.of_machine:
            raise EnvironmentFault(answer.fault, **answer.parameters)
        raise UserError(answer.fault, field=answer.field, **answer.parameters)
    return Frames(answer.outcome, frames[1 : 1 + answer.new], frames[1 + answer.new :])


def _split(data: bytes) -> list[bytes]:
    found = []
    place = 0
    while place + 4 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        found.append(data[place + 4 : place + 4 + size])
        place += 4 + size
    return found


# the child ----------------------------------------------------------------------------------------------------------
def run(_options: argparse.Namespace) -> int:
    """The command `deck-reader`; started by the server, never by hand."""
    gc.disable()  # it ends soon, and makes no cycles worth a search through a million objects
    if hasattr(os, "nice"):
        os.nice(NICER)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    size = int.from_bytes(source.read(4), "big")
    job = codec.decode(source.read(size), Job)
    try:
        data = source.read() if job.path is None else read_file(job.path)
        prepared = _prepared(data, job)
    except UserError as error:
        _frame(target, codec.encode(Answer(fault=error.code, field=error.field, parameters=_texts(error))))
    except EnvironmentFault as error:
        _frame(target, codec.encode(Answer(fault=error.code, of_machine=True, parameters=_texts(error))))
    else:
        _frame(target, codec.encode(Answer(prepared.outcome, len(prepared.new), len(prepared.ended))))
        for chunk in (*prepared.new, *prepared.ended):
            _frame(target, codec.encode(chunk))
    target.flush()
    return 0


def _prepared(data: bytes, job: Job) -> Prepared:
    if not job.tariff_id:
        return prepare(data, job, RateDeck(), 0)
    with Reader(Path(job.folder)) as tables, tables.snapshot():
        current = RateDeck((row.id, *row[3:]) for row in tables.rates.active(job.tariff_id))
        edition = tables.rates.edition(job.tariff_id)
    return prepare(data, job, current, edition)


def _texts(error: UserError | EnvironmentFault) -> dict[str, str]:
    return {name: str(value) for name, value in error.parameters.items()}


def _frame(target: BinaryIO, body: bytes) -> None:
    target.write(len(body).to_bytes(4, "big") + body)
