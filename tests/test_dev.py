"""The commands of dev.py: which failed tests are run once more, and what then counts."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from tests.house.source import ROOT

STORY, WINDOW, MONEY = "tests/stories/test_a.py::test_b", "tests/gui/test_c.py::test_d[x]", "tests/billing/test_e.py::test_f"


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "LAST_FAILED", tmp_path / "lastfailed")
    return module


@pytest.mark.parametrize(
    ("failed", "answer", "code", "again"),
    [
        ([STORY], 0, 0, True),
        ([STORY, WINDOW], 0, 0, True),
        ([STORY], 1, 1, True),
        ([MONEY], 0, 1, False),
        ([STORY, MONEY], 0, 1, False),
        ([STORY, WINDOW, STORY + "[2]"], 0, 1, False),
        ([], 0, 1, False),
    ],
)
def test_only_what_met_other_programs_is_tried_again(
    dev: ModuleType, capfd: pytest.CaptureFixture[str], failed: list[str], answer: int, code: int, again: bool
) -> None:
    ran: list[tuple[str, ...]] = []

    def python(*arguments: str, **variables: str) -> int:  # noqa: ARG001
        ran.append(arguments)
        return answer

    dev.python = python  # type: ignore[attr-defined]
    dev.LAST_FAILED.write_text(json.dumps(dict.fromkeys(failed, True)))
    assert dev.once_more() == code
    assert [set(failed) <= set(arguments) for arguments in ran] == ([True] if again else [])
    assert ("UNSTEADY" in capfd.readouterr().out) == (again and code == 0)


def test_nothing_is_known_of_what_failed(dev: ModuleType) -> None:
    assert dev.once_more() == 1
