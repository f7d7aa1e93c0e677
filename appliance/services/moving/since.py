"""What was changed here since the last move: a thing's fields against digests of what that move wrote.

Law: a field that somebody changed here stays, unless the person who moves takes the old system's word for it. What the last move wrote is not
known for things that an older program moved: there, whatever differs counts as changed here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from appliance.services.ground.columns import Sql
from appliance.store.moving import Moving
from appliance.wire.moving import MoveChanged

ALL = "*"
SECRET = frozenset({"password"})
"""Fields whose values are never told."""

Shown = Mapping[str, tuple[str, str]]


class Since:
    """Of one run. `found` are the changes, in the order they were met."""

    def __init__(self, moving: Moving, source: str, take: list[str]) -> None:
        self._moving = moving
        self._source = source
        self._take = frozenset(take)
        self._all = ALL in self._take
        self.found: list[MoveChanged] = []

    def kept(self, kind: str, key: str, name: str, here: Mapping[str, Sql], there: Mapping[str, Sql], shown: Shown | None = None) -> frozenset[str]:
        """The fields of `there` that stay as they are `here`. `shown`: texts (here, there) in the place of the values."""
        written = self._moving.written(self._source, kind, key)
        stays = set()
        for field, value in there.items():
            now = here[field]
            if now == value or (written is not None and written.get(field) == digest(kind, key, field, now)):
                continue
            texts = ("", "") if field in SECRET else (shown or {}).get(field, (_text(now), _text(value)))
            if not self.taken(kind, key, name, field, *texts):
                stays.add(field)
        return frozenset(stays)

    def taken(self, kind: str, key: str, name: str, field: str, here: str, there: str) -> bool:
        """Note such a change; whether the old system's word is taken."""
        identity = f"{kind}:{key[:64]}:{field}"
        taken = self._all or identity in self._take
        self.found.append(MoveChanged(identity, kind, key[:64], name, field, here[:200], there[:200], taken))
        return taken

    def wrote(self, kind: str, key: str, fields: Mapping[str, Sql], stays: frozenset[str] = frozenset()) -> None:
        """After writing: the fields as they are here now. Of those that stayed it is remembered what the move before wrote."""
        before = self._moving.written(self._source, kind, key) or {}
        told = {field: digest(kind, key, field, value) for field, value in fields.items() if field not in stays}
        self._moving.put_written(self._source, kind, key, {**{field: before[field] for field in stays if field in before}, **told})


def digest(kind: str, key: str, field: str, value: Sql) -> str:
    """What stands for a value; 60 bits of SHA-256."""
    return hashlib.sha256(f"{kind}\0{key}\0{field}\0{value!r}".encode()).hexdigest()[:15]


def _text(value: Sql) -> str:
    return "" if value is None else str(value)
