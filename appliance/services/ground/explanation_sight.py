"""How a price was made, as far as somebody may know it: never what a house above his own paid, or what he may not know of his own.

Law: a chain of tariffs begins with what the first house whose costs may be known pays; what that price was made from is left out.
Whoever may know no costs sees the price alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.store.nouns import Nouns

_BEGINNING = {"markup_percent": "0", "surcharge": "0.00"}


def bounded(store: Nouns, told: Any, known: frozenset[int] | None) -> Any:
    """An explanation (billing/explanation.py) without the steps above those resellers; None: all may be known."""
    if known is None or not isinstance(told, Mapping) or not isinstance(told.get("chain"), list):
        return told
    chain = told["chain"]
    first = next((at for at, step in enumerate(chain) if _owner(store, step) in known), len(chain))
    kept = chain[max(first - 1, 0) :] if first < len(chain) else []
    rest = {key: value for key, value in told.items() if key != "chain"}
    return {**rest, "chain": [{**kept[0], **_BEGINNING}, *kept[1:]]} if len(kept) > 1 else rest


def _owner(store: Nouns, step: Any) -> int | None:
    row = store.tariffs.get(int(step["tariff_id"])) if isinstance(step, Mapping) and "tariff_id" in step else None
    return None if row is None else row.reseller_id
