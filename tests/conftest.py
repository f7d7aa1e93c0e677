"""What all tests share: the order, the tools of the machine, how long tests with chance in them try."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.helpers import interop, old_program

HERE = Path(__file__).resolve().parent
ORDER = ("house", "", "wire", "billing", "sip", "store", "services", "api", "stories", "end2end", "fuzz")
OPTIONAL: dict[str, dict[str, str]] = tomllib.loads((HERE / "optional.toml").read_text(encoding="utf-8"))

settings.register_profile("check", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("test", max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("fuzz", max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("TOLLHOUSE_HYPOTHESIS", "check"))

absent: dict[str, int] = {}
met: dict[interop.Meeting, bool] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--portable", action="store_true", help="leave out what needs programs or abilities of Debian and Ubuntu")


def rank(item: pytest.Item) -> int:
    parts = item.path.relative_to(HERE).parts
    folder = parts[0] if len(parts) > 1 else ""
    return ORDER.index(folder) if folder in ORDER else ORDER.index("stories")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Fast ones first; tests whose optional tool is absent are left out and named at the end."""
    items.sort(key=rank)
    left_out = []
    for item in items:
        wanted = [tool for mark in item.iter_markers("needs") for tool in mark.args]
        missing = [tool for tool in wanted if tool in OPTIONAL and not there(tool)]
        if config.getoption("--portable") and wanted:
            missing = missing or wanted
        if missing:
            left_out.append(item)
            for tool in missing:
                absent[tool] = absent.get(tool, 0) + 1
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


@cache
def there(tool: str) -> bool:
    """Whether the machine has that program or ability."""
    if tool == "netns":
        return network_namespaces()
    if tool == "overlay":
        return overlays()
    if tool == "history":
        return old_program.commit_before() is not None
    if tool == "pjsua2":
        return find_spec(tool) is not None
    return shutil.which(tool) is not None


def network_namespaces() -> bool:
    ip = shutil.which("ip")
    if ip is None:
        return False
    name = f"tollhouse-try-{os.getpid()}"
    made = subprocess.run([ip, "netns", "add", name], capture_output=True, check=False).returncode == 0
    if made:
        subprocess.run([ip, "netns", "delete", name], capture_output=True, check=False)
    return made


def overlays() -> bool:
    """Whether a throw-away copy of this system can be mounted over a folder in memory."""
    steps = "mount -t tmpfs t $1 && mkdir $1/u $1/w $1/r && mount -t overlay o -o lowerdir=/,upperdir=$1/u,workdir=$1/w $1/r"
    if shutil.which("unshare") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        line = ["unshare", "--mount", "--propagation", "private", "sh", "-c", steps, "sh", folder]
        return subprocess.run(line, capture_output=True, check=False).returncode == 0


@pytest.fixture(autouse=True)
def tools_are_there(request: pytest.FixtureRequest) -> None:
    missing = [tool for mark in request.node.iter_markers("needs") for tool in mark.args if not there(tool)]
    if missing:
        pytest.fail(f"this test needs {', '.join(missing)}: `python dev.py test` installs it or says how", pytrace=False)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    meeting = interop.meeting_of(item, HERE)
    if meeting is not None and isinstance(item, pytest.Function):
        met[meeting] = met.get(meeting, True) and outcome.get_result().passed  # type: ignore[attr-defined]


def pytest_sessionfinish() -> None:
    """`build/interop.md`: the programs of others that this run met, and how; ARCHITECTURE quotes it."""
    interop.write(HERE.parent / "build" / "interop.md", (meeting for meeting, held in met.items() if held))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for tool, count in sorted(absent.items()):
        why = OPTIONAL.get(tool, {}).get("why", "not portable")
        terminalreporter.write_line(f"absent: {tool} ({why}); tests left out: {count}")
