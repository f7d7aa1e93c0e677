"""The table "SIP by RFC" in ARCHITECTURE.md names files and tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
TEXT = (HOUSE / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## SIP by RFC")[2].partition("\n## ")[0]
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| RFC")]


def test_there_is_a_table() -> None:
    assert len(ROWS) > 25


@pytest.mark.parametrize("row", ROWS, ids=[row.split("|")[1].strip() for row in ROWS])
def test_what_a_row_names_is_there(row: str) -> None:
    _, _, _, where, shown, _ = row.split("|")
    rooms, tests = re.findall(r"`([^`]+)`", where), re.findall(r"`([^`]+)`", shown)
    assert rooms and tests
    for room in rooms:
        assert (HOUSE / (room if "/" in room else f"appliance/sip/{room}")).is_file(), room
    for test in tests:
        file, _, name = test.partition("::")
        path = HOUSE / "tests" / file
        assert path.is_file(), file
        assert not name or re.search(rf"^def {name}\(", path.read_text(encoding="utf-8"), re.MULTILINE), test
