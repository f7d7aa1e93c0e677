"""The README is true: its description applies, its commands are taken, its figures come out."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

from appliance import cli

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """What stands between fences of that kind ("" for plain ones)."""
    found: list[str] = []
    inside: str | None = None
    for line in README.splitlines():
        fence = re.match(r" *```(\w*)$", line)
        if fence is None:
            if inside == kind:
                found[-1] += line + "\n"
        elif inside is None:
            inside = fence[1]
            if inside == kind:
                found.append("")
        else:
            inside = None
    return [textwrap.dedent(text) for text in found]


def command_lines() -> list[str]:
    return [
        line.partition("|")[2].strip() if line.startswith("echo") else line
        for block in blocks("")
        for line in block.splitlines()
        if "tollhouse " in line
    ]


def test_the_two_commands_come_first() -> None:
    assert README.index("make run") < README.index("## ")
    assert README.index("make test") < README.index("## ")


def test_every_command_line_is_taken() -> None:
    lines = [line for line in command_lines() if line.startswith("tollhouse ")]
    assert len(lines) > 8
    for line in lines:
        cli.build_parser().parse_args(shlex.split(line)[1:])


def test_the_tour_describes_a_shop_that_can_be_applied_and_priced(tmp_path: Path) -> None:
    (tmp_path / "shop.json").write_text(blocks("json")[0], encoding="utf-8")

    def tollhouse(*arguments: str, stdin: str | None = None) -> str:
        line = [sys.executable, "-m", "appliance", *arguments, "--data", str(tmp_path / "shop")]
        done = subprocess.run(line, input=stdin, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
        assert done.returncode == 0, done.stderr
        return done.stdout

    tollhouse("apply", str(tmp_path / "shop.json"))
    said = json.loads(tollhouse("rate", "31201234567", "--seconds", "90", "--customer", "Alice"))
    assert (said["amount"], said["billed_seconds"], said["destination"]) == ("0.03", 90, "Netherlands")
    payment = re.search(r"echo '(\{.*?\})'", README)
    assert payment is not None
    assert json.loads(tollhouse("do", "payments.record", "-", stdin=payment[1]))["balance_after"] == "15.00"
    assert json.loads(tollhouse("verify"))["ok"] is True


def test_files_and_folders_it_names_are_there() -> None:
    named = re.findall(r"`((?:appliance|resources|tests)/[\w/.]*)`", README)
    assert [name for name in named if not (ROOT / name).exists()] == []
