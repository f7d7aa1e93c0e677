"""How a reseller's invoices look and are numbered: kept in its settings (product.md S13)."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from appliance.errors import UserError
from appliance.services.ground import columns as col
from appliance.services.ground.access import Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.lookups import Lookups
from appliance.services.ground.room import Room
from appliance.store.nouns import Nouns
from appliance.wire.invoices import Layout, LayoutGet, LayoutSet

KEY = "invoice.layout"
LARGEST_LOGO = 256 * 1024
LONGEST_PREFIX = 20
MOST_REMINDERS = 5
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


def layout_of(store: Nouns, reseller_id: int) -> Layout:
    """As it was set, or the usual one."""
    kept = store.settings.get(KEY, f"reseller:{reseller_id}")
    return Layout() if kept is None else msgspec.json.decode(kept, type=Layout)


class Layouts:
    """Reads and changes the layout."""

    def __init__(self, room: Room, lookups: Lookups, audit: Audit) -> None:
        self._room = room
        self._lookups = lookups
        self._audit = audit

    def get(self, actor: Actor, request: LayoutGet) -> Layout:
        """The reseller's layout."""
        reseller = self._lookups.reseller(actor, request.reseller, "invoices.read")
        return msgspec.structs.replace(layout_of(self._room.store, reseller.id), reseller=reseller.name)

    def set(self, actor: Actor, request: LayoutSet) -> Layout:
        """What was sent is changed; documents that were issued keep their numbers and texts."""
        with self._room.changes.unit():
            reseller = self._lookups.reseller(actor, request.reseller, "templates.write")
            after = changed(layout_of(self._room.store, reseller.id), request)
            self._room.store.settings.put(KEY, msgspec.json.encode(after).decode(), f"reseller:{reseller.id}")
            shown = {name: "(picture)" if name == "logo" else str(getattr(after, name)) for name in _named(request)}
            self._audit.noted(actor, "invoices.set_layout", "reseller", reseller.id, **shown)
            self._room.changes.note("layout", reseller.id)
            return msgspec.structs.replace(after, reseller=reseller.name)


def changed(before: Layout, request: LayoutSet) -> Layout:
    """The layout with what the request sends; UserError where that cannot be."""
    changes = {name: getattr(request, name) for name in _named(request)}
    _check(changes)
    return msgspec.structs.replace(before, **changes, reseller="")


def _named(request: LayoutSet) -> list[str]:
    return [name for name in LayoutSet.__struct_fields__ if name != "reseller" and getattr(request, name) is not UNSET]


def _check(changes: dict[str, object]) -> None:
    for name in ("prefix", "credit_note_prefix"):
        if name in changes:
            changes[name] = col.text(longest=LONGEST_PREFIX)(changes[name], name)
    for name in ("note", "bank_name", "registration", "iban", "bic"):
        if name in changes:
            changes[name] = col.text()(changes[name], name)
    if "run_day" in changes:
        col.count(None, 1, 28)(changes["run_day"], "run_day")
    days = changes.get("reminder_days")
    if isinstance(days, list):
        if len(days) > MOST_REMINDERS or any(not 1 <= each <= 365 for each in days) or days != sorted(set(days)):
            raise UserError("layout.reminder_days", field="reminder_days", most=MOST_REMINDERS)
        changes["reminder_days"] = tuple(days)
    logo = changes.get("logo")
    if isinstance(logo, bytes) and (len(logo) > LARGEST_LOGO or not logo.startswith(_PICTURES)):
        raise UserError("layout.logo", field="logo", largest=LARGEST_LOGO // 1024)
