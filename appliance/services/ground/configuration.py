"""Settings kept in the store, read and changed by people; `settings.Settings` is how the program reads them."""

from __future__ import annotations

import base64
import json
import re

from appliance import config
from appliance.errors import UserError
from appliance.services.ground.access import Access, Actor
from appliance.services.ground.audit import Audit
from appliance.services.ground.room import Room
from appliance.wire.settings import SettingPage, SettingsSet, Value
from appliance.wire.shapes import Listing

_KEY = re.compile(r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")
LONGEST_VALUE = 20_000
HIDDEN = "********"
"""What is shown of a secret that is set; sent back it changes nothing."""

SEALED = "sealed"


def is_secret(key: str) -> bool:
    """Whether a setting is kept sealed and never shown."""
    about = config.known().get(key)
    return about is not None and about.kind == "secret"


def open_secret(room: Room, key: str) -> str:
    """The value of a secret setting, "" where none is set; one given with --set is as it was given."""
    value = room.settings.find(key)
    if isinstance(value, dict):
        return room.sealer.open(base64.b64decode(value[SEALED]), f"setting:{key}")
    return value if isinstance(value, str) else ""


class Configuration:
    """`put` is the rule for every door."""

    def __init__(self, room: Room, access: Access, audit: Audit) -> None:
        self._room = room
        self._store = room.store
        self._access = access
        self._audit = audit

    def put(self, actor: Actor, key: str, value: object) -> bool:
        """Set "section.key", or with null set it back to its default; whether anything changed. UserError names the key."""
        if not _KEY.match(key) or len(key) > 100:
            raise UserError("setting.key_invalid", field=key, key=key)
        before = self._store.settings.get(key)
        if is_secret(key) and value is not None:
            return self._put_secret(actor, key, value)
        if value is None:
            changed = self._store.settings.remove(key)
            text = None
        else:
            text = json.dumps(value, ensure_ascii=False)
            if len(text) > LONGEST_VALUE:
                raise UserError("setting.too_long", field=key, key=key)
            self._check(key, value)
            changed = before != text
            if changed:
                self._store.settings.put(key, text)
        if changed:
            hidden = HIDDEN if is_secret(key) else None
            self._audit.changed(actor, "settings.set", "setting", 0, {key: hidden or before}, {key: text})
            self._room.changes.note("setting")
        return changed

    def _put_secret(self, actor: Actor, key: str, value: object) -> bool:
        """Sealed under the folder's key; an empty text takes it away."""
        if not isinstance(value, str):
            raise UserError("setting.wrong_type", field=key, key=key, wanted="str")
        if value == HIDDEN:
            return False
        if not value:
            return self.put(actor, key, None)
        sealed = base64.b64encode(self._room.sealer.seal(value, f"setting:{key}")).decode()
        self._store.settings.put(key, json.dumps({SEALED: sealed}))
        self._audit.noted(actor, "settings.set", "setting", 0, **{key: HIDDEN})
        self._room.changes.note("setting")
        return True

    def _shown(self) -> dict[str, Value]:
        kept = sorted(self._store.settings.all().items())
        return {key: HIDDEN if is_secret(key) else json.loads(value) for key, value in kept}

    def list(self, actor: Actor, request: Listing) -> SettingPage:
        """What is kept; everything else has its default."""
        self._access.need(actor, "settings.read", None)
        return SettingPage({key: value for key, value in self._shown().items() if request.search in key})

    def set(self, actor: Actor, request: SettingsSet) -> SettingPage:
        """Change some; they work at once."""
        self._access.need(actor, "settings.write", None)
        with self._room.changes.unit():
            for key, value in request.values.items():
                self.put(actor, key, value)
        return SettingPage(self._shown())

    def _check(self, key: str, value: object) -> None:
        """A known setting keeps its kind of value."""
        default = self._room.settings.find(key)
        if default is None:
            return
        wanted = type(default)
        fits = isinstance(value, bool) is isinstance(default, bool) and (isinstance(value, wanted) or (wanted is float and isinstance(value, int)))
        if isinstance(default, (list, tuple)):
            fits = isinstance(value, (list, str))
        if not fits:
            raise UserError("setting.wrong_type", field=key, key=key, wanted=wanted.__name__)
