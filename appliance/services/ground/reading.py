"""A read that may take long, split in two: what is asked and allowed is settled at once, the rows come when it runs.

Law: what `run` and `lines` touch is the connection they are given and nothing else of ours, so that a door may run
them in a thread on a connection that only reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from appliance.store.nouns import Nouns


class Reading(NamedTuple):
    """`run(tables)` gives the reply. Where `lines` is set the reply is a file that may be long, and `lines(tables)` gives it in parts."""

    run: Callable[[Nouns], object]
    lines: Callable[[Nouns], Iterator[str | bytes]] | None = None
    file_name: str = ""
    slow: bool = False
    """It may walk all there is: sums of a year. It waits for others of its kind, and no page waits for it."""
