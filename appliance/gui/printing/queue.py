"""The print jobs of this computer's till, one after the other: bytes from the server, to the printer, and word back.

A job that cannot be delivered stays first and is tried again, ever more slowly; the sale is done long before. What the
server has not heard of being delivered it offers again after a restart of either side, so a job may come out twice
when the computer dies between paper and word, but never not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from subprocess import SubprocessError
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal

from appliance.gui import operation
from appliance.gui.change_listener import ChangeListener
from appliance.gui.client import Client
from appliance.gui.memory import Memory
from appliance.gui.printing.ports import PORTS, Port
from appliance.gui.words import _
from appliance.wire.problem import Problem
from appliance.wire.shapes import ById
from appliance.wire.tills import PrintJobDone, PrintJobList, PrintJobView, TillList, TillView

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

FIRST_PAUSE_MS = 5_000
LONGEST_PAUSE_MS = 60_000


class _Delivery(QRunnable):
    """One job's bytes to its port, in a thread of the pool."""

    def __init__(self, port: Port, address: str, data: bytes, told: Callable[[str], None]) -> None:
        super().__init__()
        self._port, self._address, self._data, self._told = port, address, data, told

    def run(self) -> None:
        try:
            self._port(self._address, self._data)
        except (OSError, ValueError, SubprocessError) as error:
            self._told(getattr(error, "strerror", None) or str(error) or type(error).__name__)
        else:
            self._told("")


class PrintQueue(QObject):
    """Lives as long as somebody is signed in. `waiting_changed(how many, why)`: how many wait, and what the printer said last."""

    waiting_changed = Signal(int, str)
    _delivered = Signal(str)

    def __init__(
        self, client: Client, listener: ChangeListener, memory: Memory, ports: Mapping[str, Port] = PORTS, parent: QObject | None = None
    ) -> None:
        """`memory` is the person's; which till this computer is stands in what all persons share."""
        super().__init__(parent)
        self._client, self._memory, self._ports = client, memory, ports
        self._till: TillView | None = None
        self._job: PrintJobView | None = None
        self._pause = FIRST_PAUSE_MS
        self._again = QTimer(self, singleShot=True)
        self._again.timeout.connect(self.look)
        self._delivered.connect(self._was_delivered)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self.waiting = 0
        self.trouble = ""
        listener.subscribe(self, {"print_job", "till"}, lambda _changes: self.look())

    def look(self) -> None:
        """Ask what waits for this computer's tills; while a job is under way nothing is asked."""
        if self._job is None and self._mine():
            self._again.stop()
            operation.run(self, self._client, "tills.list", TillList(), on_done=self._tills_came, on_problem=self._later)

    # one after the other -------------------------------------------------------------------------------------------
    def _mine(self) -> set[int]:
        """The tills that this computer is, one a shop."""
        kept = self._memory.shared().of_prefix("till.")
        return {value for value in kept if isinstance(value, int)}

    def _tills_came(self, page: Any) -> None:
        mine = self._mine()
        found = [each for each in page.tills if each.id in mine and each.waiting and each.printer != "none"]
        self._till = found[0] if found else None
        if self._till is None:
            self._say(0, "")
            return
        operation.run(self, self._client, "print_jobs.list", PrintJobList(self._till.id), on_done=self._jobs_came, on_problem=self._later)

    def _jobs_came(self, page: Any) -> None:
        waiting = [each for each in page.jobs if each.state == "waiting"]
        if self._job is not None:
            return
        if not waiting or self._till is None:
            self._say(0, "")
            return
        self._job = waiting[0]
        self._say(len(waiting), self.trouble)
        operation.run(self, self._client, "print_jobs.bytes", ById(self._job.id), on_done=self._bytes_came, on_problem=self._no_bytes)

    def _bytes_came(self, document: Any) -> None:
        till = self._till
        if till is None or self._job is None:
            return
        if till.printer == "qt":
            self._delivered.emit(print_page(document.content, till.address))
            return
        port = self._ports.get(till.printer)
        if port is None:
            self._delivered.emit(_("This console does not know that kind of printer."))
            return
        self._pool.start(_Delivery(port, till.address, document.content, self._delivered.emit))

    def _no_bytes(self, problem: Problem) -> None:
        self._job = None
        self._later(problem)

    def _was_delivered(self, fault: str) -> None:
        job = self._job
        if job is None:
            return
        state = "failed" if fault else "delivered"

        def told(_view: object) -> None:
            self._job = None
            if fault:
                self._wait(fault)
            else:
                self._pause, self.trouble = FIRST_PAUSE_MS, ""
                self.look()

        def unheard(problem: Problem) -> None:
            self._job = None
            self._later(problem)

        operation.run(self, self._client, "print_jobs.done", PrintJobDone(job.id, state, fault[:200]), on_done=told, on_problem=unheard)

    def _later(self, _problem: Problem) -> None:
        """The server is away, or this person may not: tried again, the window says the rest."""
        self._again.start(LONGEST_PAUSE_MS)

    def _wait(self, fault: str) -> None:
        self._say(max(1, self.waiting), fault)
        self._again.start(self._pause)
        self._pause = min(self._pause * 2, LONGEST_PAUSE_MS)

    def _say(self, waiting: int, trouble: str) -> None:
        if (waiting, trouble) != (self.waiting, self.trouble):
            self.waiting, self.trouble = waiting, trouble
            self.waiting_changed.emit(waiting, trouble)

    def wait_done(self, milliseconds: int) -> bool:
        """At the end of the program: let a job under way finish; whether it did."""
        return self._pool.waitForDone(milliseconds)


def print_page(content: bytes, name: str, make: Callable[[], QPrinter] | None = None) -> str:
    """A PDF strip through the system's printer; "" or why not."""
    from appliance.gui.widgets.document_view import Pages, print_pages, printer_for

    pages = Pages(content)
    printer = make() if make is not None else printer_for(pages, "Tollhouse")
    if name:
        printer.setPrinterName(name)
    if not printer.isValid():
        return _("There is no printer of that name.")
    print_pages(pages, printer)
    return ""
