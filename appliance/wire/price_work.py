"""Prices that are being written into a tariff, an import or a change of many at once: how far that is, and how it ended.

All of them count from one short write on, the last; whatever is stopped or fails before it changes nothing.
"""

from __future__ import annotations

from appliance.wire.rates import GridRow
from appliance.wire.shapes import Ref, Request, View


class PriceWork(View, frozen=True):
    """One of them. `what` is import or change; `state` running, ready, failed or stopped; `phase` reading, looking, writing or activating.

    `done` of `total` in that phase (0: not known). `tariff_id` is null while the tariff is not made yet. `import_id` is what
    rates.undo_import takes back, null before it counts; `reason` says why it counts not.
    """

    id: int
    what: str
    tariff: str
    tariff_id: int | None
    reseller: str
    file: str
    state: str
    phase: str
    done: int
    total: int
    started_at: str
    ended_at: str | None
    operator: str
    import_id: int | None
    added: int
    changed: int
    removed: int
    unchanged: int
    left_out: int
    reason: str
    code: str


class PriceWorks(View, frozen=True):
    """Those that run, and those that ended since the server's start, newest first."""

    works: list[PriceWork]


class PriceWorkStop(Request, frozen=True):
    """No further step. What counts already stays."""

    id: int


class PricesPreview(Request, frozen=True, kw_only=True):
    """What a change of many prices would come to; nothing is changed.

    All that rates.grid shows for `search`, `only` and `thin_percent`, or `prefixes` alone; blocked ones stay. `percentage` is added to each
    price and the sum rounded by `rounding` (none, half-up-N, up-N). `show`: how many of those that change are listed.
    """

    tariff: Ref
    percentage: str
    rounding: str = "none"
    reseller: Ref | None = None
    prefixes: list[str] | None = None
    search: str = ""
    only: str = ""
    thin_percent: str = "10"
    show: int = 100


class PricesChange(PricesPreview, frozen=True, kw_only=True):
    """Change them: what a preview of that `edition` showed is written, or nothing."""

    edition: str


class PriceChanged(View, frozen=True):
    """One price and what it becomes."""

    row: GridRow
    price_per_minute: str
    loss: bool


class PricesChanged(View, frozen=True):
    """`prices` were looked at, `changed` of them change; `losing` fall below their cost, `mended` are so no longer.

    `import_id` is set once they count.
    """

    prices: int
    changed: int
    losing: int
    mended: int
    lines: list[PriceChanged]
    edition: str
    import_id: int | None = None
