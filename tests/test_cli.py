"""The commands as a shell calls them: what they take, what they say, how they end."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from appliance import cli
from appliance.cli_print import print_rows

COMMANDS = {
    "console",
    "serve", "status", "demo", "relay", "cdrs", "balances", "ledger", "bindings", "calls", "trace", "rate", "apply", "export", "do", "operator",
    "verify", "backup", "restore", "import", "deck-reader", "move", "move-reader", "document-drawer", "check", "bundle", "disclose", "refusals",
}  # fmt: skip


def tollhouse(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "appliance", *arguments], input=stdin, capture_output=True, text=True, timeout=60, check=False)


def test_every_command_of_the_contract_is_there_and_its_handler_too() -> None:
    import importlib

    actions = next(action for action in cli.build_parser()._actions if action.dest == "command")
    assert set(actions.choices or ()) == COMMANDS
    for parser in (actions.choices or {}).values():  # type: ignore[union-attr]
        handler = parser.get_default("handler")
        if handler:
            module, _, function = handler.partition(":")
            assert callable(getattr(importlib.import_module(f"appliance.{module}"), function))


@pytest.mark.parametrize(
    "line",
    [
        ["nothing"], ["serve", "--colour"], ["rate", "31"], ["rate", "31", "--seconds", "60"], ["rate", "31", "--seconds", "x", "--tariff", "a"],
        ["cdrs", "--format", "xml"], ["operator"], ["operator", "reset"], ["apply"], ["serve", "--drain", "soon"],
    ],
)  # fmt: skip
def test_what_is_wrongly_asked_ends_with_2(line: list[str]) -> None:
    done = tollhouse(*line)
    assert done.returncode == 2
    assert "usage:" in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    "command", ["cdrs", "balances", "ledger", "bindings", "export", "verify", "do server.status", "rate 31 --seconds 1 --tariff a"]
)
def test_a_folder_without_database_is_said_and_not_made(command: str, tmp_path: Path) -> None:
    folder = tmp_path / "none"
    done = tollhouse(*command.split(), "--data", str(folder))
    assert done.returncode == 1
    assert done.stderr.startswith("tollhouse: ")
    assert "tollhouse apply" in done.stderr
    assert not folder.exists()


def test_status_without_a_server_ends_with_1(tmp_path: Path) -> None:
    done = tollhouse("status", "--data", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert "No server runs" in done.stderr


def test_a_setting_nobody_knows_is_refused_by_name(tmp_path: Path) -> None:
    done = tollhouse("serve", "--data", str(tmp_path / "d"), "--set", "sip.colour=red")
    assert done.returncode == 1
    assert "sip.colour" in done.stderr
    assert "Traceback" not in done.stderr


ROWS: list[dict[str, Any]] = [
    {"name": "Al, Shop", "amount": "-1.50", "note": "=1+1", "list": [1], "none": None},
    {"name": "B", "amount": "2", "note": "", "list": [], "none": True},
]


def printed(style: str, rows: list[dict[str, Any]] = ROWS) -> str:
    out = io.StringIO()
    print_rows(rows, style, out=out)
    return out.getvalue()


def test_json_is_one_object_a_line() -> None:
    assert [json.loads(line) for line in printed("json").splitlines()] == ROWS


def test_csv_reads_back_and_holds_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(printed("csv"))))
    assert [row["name"] for row in rows] == ["Al, Shop", "B"]
    assert [row["amount"] for row in rows] == ["-1.50", "2"]
    assert rows[0]["note"] == "'=1+1"


def test_a_table_is_aligned_and_prints_no_control_characters() -> None:
    lines = printed("table", [{"name": "a\x1b[31m", "n": 1}, {"name": "bb" * 40, "n": 2}]).splitlines()
    assert lines[0].startswith("name")
    assert "\x1b" not in lines[1]
    assert lines[2].rstrip().endswith("2")
    assert "…" in lines[2]


def test_no_rows_print_nothing_but_a_known_header() -> None:
    assert printed("json", []) == printed("csv", []) == printed("table", []) == ""


def test_a_reader_that_leaves_early_is_no_fault(tmp_path: Path) -> None:
    line = f"{sys.executable} -m appliance do --data {tmp_path} | head -1"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith("operation")
