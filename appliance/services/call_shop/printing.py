"""The print queue of each till: jobs wait on the server until a console has delivered them to its printer.

Law: a job is written in the unit of work of what it prints, so that a sale goes on with the printer broken and its
receipt is not lost; what is printed is drawn when it is fetched, and names persons as they are kept then.
"""

from __future__ import annotations

from collections.abc import Callable

from appliance.clock import rfc3339
from appliance.errors import Conflict, NotFound, UserError
from appliance.services.call_shop.places import READ, USE, Place, Places
from appliance.services.call_shop.signing import Signing
from appliance.services.call_shop.strips import Strips
from appliance.services.ground import columns as col
from appliance.services.ground.access import Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.room import Room
from appliance.store.till_documents import Document
from appliance.store.till_signatures import WAITING
from appliance.store.tills import Job, Till
from appliance.wire.shapes import Binary, ById
from appliance.wire.tills import PrintJobDone, PrintJobList, PrintJobPage, PrintJobView

MOST = 500
KEPT_MS = 30 * 86_400_000
NO_PRINTER = "none"


class Queue:
    """`document`, `drawer` and `test` are for services; the rest for consoles."""

    def __init__(self, room: Room, places: Places, strips: Strips, signing: Signing, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._places = places
        self._strips = strips
        self._signing = signing
        self._audit = audit

    # making ----------------------------------------------------------------------------------------------------------
    def document(
        self, till: Till, document: Document, wanted: bool | None, *, kick: bool = False, copy: bool = False, language: str = ""
    ) -> int | None:
        """A document for a till's printer, where it is wanted (None: as the till is set); the drawer opens all the same."""
        if bool(till.print_always) if wanted is None else wanted:
            return self._add(
                till, "document", document_id=document.id, copy=int(copy), kick=int(kick and till.drawer), language=language or document.language
            )
        return self.drawer(till) if kick and till.drawer else None

    def drawer(self, till: Till) -> int | None:
        """The drawer alone."""
        return self._add(till, "drawer", kick=1)

    def test(self, till: Till, language: str, *, kick: bool) -> int | None:
        """A page that shows what the printer can do."""
        return self._add(till, "test", kick=int(kick and till.drawer), language=language)

    def _add(self, till: Till, kind: str, **columns: int | str) -> int | None:
        if till.printer == NO_PRINTER:
            return None
        job = self._store.tills.add_job(till_id=till.id, made_at=self._room.clock.utcnow(), kind=kind, **columns)
        self._room.changes.note("print_job", job)
        return job

    # consoles --------------------------------------------------------------------------------------------------------
    def list(self, actor: Actor, request: PrintJobList) -> PrintJobPage:
        """What waits for a till, oldest first; what its signing device has yet to answer is not in it."""
        _, till = self._places.till(actor, request.till, READ, archived=True)
        jobs = self._store.tills.jobs(till.id, waiting=not request.all, limit=max(1, min(request.limit, MOST)))
        return PrintJobPage([self.view(job) for job in jobs])

    def bytes(self, actor: Actor, request: ById) -> Callable[[], Binary]:
        """What the printer is sent; drawn when called, and may be called in a thread."""
        place, till, job = self._reached(actor, request.id)
        document = None if job.document_id is None else self._store.till_documents.get(job.document_id)
        signed = None if document is None else self._signing.state(document.id)
        if signed is not None and signed.state == WAITING:
            raise Conflict("print_job.not_signed_yet", field="id")
        return self._strips.job(place, till, job, document)

    def done(self, actor: Actor, request: PrintJobDone) -> PrintJobView:
        """What became of a job. A retry finds it done."""
        if request.state not in ("delivered", "failed", "cancelled"):
            raise UserError("field.not_a_choice", field="state", choices="delivered, failed, cancelled")
        with self._room.changes.unit():
            _, _, job = self._reached(actor, request.id)
            if job.state == "waiting":
                if request.state == "failed":
                    error = str(col.text(longest=500)(request.error, "error"))
                    self._store.tills.change_job(job.id, {"tries": job.tries + 1, "error": error})
                else:
                    now = self._room.clock.utcnow()
                    self._store.tills.change_job(job.id, {"state": request.state, "tries": job.tries + 1, "done_at": now})
                    if request.state == "cancelled":
                        self._audit.noted(actor, "print_jobs.cancel", "print_job", job.id, document=job.document_id)
                self._room.changes.note("print_job", job.id)
            elif job.state != request.state:
                raise Conflict("print_job.done", field="id", state=job.state)
            return self.view(self._job(job.id))

    def forget_old(self) -> None:
        """A job of the server: what was delivered long ago is removed; documents stay."""
        self._store.tills.forget_done(self._room.clock.utcnow() - KEPT_MS)

    def view(self, job: Job) -> PrintJobView:
        """The row with its document's number."""
        document = None if job.document_id is None else self._store.till_documents.get(job.document_id)
        return PrintJobView(
            id=job.id,
            till=job.till_id,
            kind=job.kind,
            made_at=rfc3339(job.made_at),
            state=job.state,
            document=job.document_id,
            number=None if document is None else document.number,
            copy=bool(job.copy),
            kick=bool(job.kick),
            tries=job.tries,
            error=job.error,
            done_at=None if job.done_at is None else rfc3339(job.done_at),
        )

    def job_view(self, job_id: int) -> PrintJobView:
        """A job that was just made."""
        return self.view(self._job(job_id))

    def _reached(self, actor: Actor, job_id: int) -> tuple[Place, Till, Job]:
        job = self._store.tills.job(job_id)
        if job is None:
            raise NotFound("print_job.unknown", field="id", job=job_id)
        try:
            place, till = self._places.till(actor, job.till_id, USE, archived=True)
        except NotFound:
            raise NotFound("print_job.unknown", field="id", job=job_id) from None
        return place, till, job

    def _job(self, job_id: int) -> Job:
        job = self._store.tills.job(job_id)
        assert job is not None
        return job
