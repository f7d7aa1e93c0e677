"""Drawing a document: here, or in a process of its own beside a server that serves calls.

What draws PDFs takes some 25 MB and tens of milliseconds of the interpreter: a server leaves both to a child that ends with the
document. The child gets the job on standard input and answers with the file, or says on standard error what went wrong.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Raw, Struct

from appliance.documents.call_list import CallList
from appliance.documents.evidence import Evidence
from appliance.documents.invoice import Invoice
from appliance.documents.price_list import PriceList
from appliance.documents.price_poster import Poster
from appliance.documents.receipt import Receipt
from appliance.documents.settings_sheet import Sheet
from appliance.documents.statement import Statement
from appliance.documents.strip import Strip
from appliance.documents.voucher_sheet import VoucherSheet
from appliance.errors import EnvironmentFault
from appliance.wire import codec
from appliance.words import Words, words

COMMAND = "document-drawer"
LONGEST_SECONDS = 120
NICER = 5  # calls go first

Content = Receipt | Sheet | PriceList | Strip | Invoice | Statement | VoucherSheet | Evidence | Poster | CallList
KINDS: tuple[type[Any], ...] = (Receipt, Sheet, PriceList, Strip, Invoice, Statement, VoucherSheet, Evidence, Poster, CallList)

ESCPOS = "escpos"
"""The paper of a strip that is for a thermal printer: its bytes; on any other it is a PDF."""


class Job(Struct, frozen=True):
    """What is to be drawn: the kind of document and its content, the language it speaks, the paper."""

    kind: str
    language: str
    paper: str
    content: Raw


def draw(program: Sequence[str], content: Content, language: str, paper: str) -> bytes:
    """The PDF; in a child of this program where `program` says how it is started, else here. EnvironmentFault document.failed."""
    if not program:
        return _drawn(content, words(language), paper)
    job = codec.encode(Job(type(content).__name__, language, paper, Raw(codec.encode(content))))
    try:
        done = subprocess.run(
            [*program, COMMAND],
            input=job,
            capture_output=True,
            timeout=LONGEST_SECONDS,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EnvironmentFault("document.failed", reason=str(error)[:200]) from error
    if done.returncode != 0 or not done.stdout:
        raise EnvironmentFault("document.failed", reason=done.stderr.decode("utf-8", "replace").strip()[-300:])
    return done.stdout


def run(_options: argparse.Namespace) -> int:
    """The command `document-drawer`; started by the server, never by hand."""
    if hasattr(os, "nice"):
        os.nice(NICER)
    job = codec.decode(sys.stdin.buffer.read(), Job)
    kinds: dict[str, type[Any]] = {kind.__name__: kind for kind in KINDS}
    content: Content = codec.decode(bytes(job.content), kinds[job.kind])
    sys.stdout.buffer.write(_drawn(content, words(job.language), job.paper))
    sys.stdout.buffer.flush()
    return 0


def _drawn(content: Content, spoken: Words, paper: str) -> bytes:
    from appliance.documents import call_list, evidence, invoice_paper, price_list, price_poster, receipt, settings_sheet, statement, voucher_sheet

    drawers: dict[type[Any], Callable[[Any, Words, str], bytes]] = {
        Receipt: receipt.pdf,
        Sheet: settings_sheet.pdf,
        PriceList: price_list.pdf,
        Strip: _strip,
        Invoice: invoice_paper.pdf,
        Statement: statement.pdf,
        VoucherSheet: voucher_sheet.pdf,
        Evidence: evidence.pdf,
        CallList: call_list.pdf,
        Poster: price_poster.pdf,
    }
    return drawers[type(content)](content, spoken, paper)


def _strip(content: Strip, spoken: Words, paper: str) -> bytes:
    if paper == ESCPOS:
        from appliance.documents import escpos

        return escpos.render(content, spoken)
    from appliance.documents import strip_pdf

    return strip_pdf.render(content, spoken)
