"""The news of the change stream: what kind of thing changed, and which; each reader asks again for what it shows."""

from __future__ import annotations

import msgspec


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change. `sequence` grows by one a change and never runs back; `ids` empty: any of that kind."""

    sequence: int
    kind: str
    ids: tuple[int, ...] = ()
