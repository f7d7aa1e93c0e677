"""Who spoke with whom: tests that meet a real program carry `meets(peer, what, over)`, and a run writes down those that held."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

HEAD = "| Program | Who calls whom, and what is looked at | Over | Test |\n|---|---|---|---|\n"


class Meeting(NamedTuple):
    """One row. `test` is its file and name below `tests/`."""

    peer: str
    what: str
    over: str
    test: str

    def line(self) -> str:
        return f"| {self.peer} | {self.what} | {self.over} | `{self.test}` |\n"


def meeting_of(item: Any, folder: Path) -> Meeting | None:
    """What a collected test says of itself."""
    mark = item.get_closest_marker("meets")
    return Meeting(*mark.args, f"{item.path.relative_to(folder)}::{item.originalname}") if mark is not None else None


def write(file: Path, held: Iterable[Meeting]) -> None:
    """The matrix of this run."""
    rows = sorted(set(held))
    if rows:
        file.parent.mkdir(exist_ok=True)
        file.write_text(HEAD + "".join(row.line() for row in rows), encoding="utf-8")
