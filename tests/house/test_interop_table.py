"""The interop matrix in ARCHITECTURE.md has a row for each test that meets a real program, as a run writes it to build/interop.md."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.helpers.interop import HEAD, Meeting

TESTS = Path(__file__).resolve().parents[1]


def meetings() -> set[Meeting]:
    """What the sources say."""
    found = set()
    for file in sorted(TESTS.rglob("test_*.py")):
        if "mark.meets" not in (text := file.read_text(encoding="utf-8")):
            continue
        for node in ast.walk(ast.parse(text)):
            for mark in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
                if isinstance(mark, ast.Call) and ast.unparse(mark.func).endswith("mark.meets"):
                    peer, what, over = (ast.literal_eval(argument) for argument in mark.args)
                    found.add(Meeting(peer, what, over, f"{file.relative_to(TESTS)}::{node.name}"))
    return found


def test_the_table_is_as_the_tests_say() -> None:
    text = (TESTS.parent / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## Who spoke with whom")[2]
    rows = {line + "\n" for line in text.splitlines() if line.startswith("| ") and not line.startswith("| Program")}
    found = meetings()
    assert len(found) >= 8
    assert rows == {meeting.line() for meeting in found}
    assert HEAD in text
