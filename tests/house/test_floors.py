"""Who may import whom: the floors of the house (import-linter), and who may touch what lies outside it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house.source import PACKAGE, ROOT, imports_of, module_of, name_of, python_files, under

IO = (
    "socket",
    "ssl",
    "select",
    "selectors",
    "time",
    "random",
    "secrets",
    "os",
    "threading",
    "multiprocessing",
    "subprocess",
    "asyncio",
    "tempfile",
    "pathlib",
)
SIP_EDGE = tuple(
    f"appliance.sip.{name}"
    for name in (
        "transport",
        "datagrams",
        "streams",
        "commit_thread",
        "resolve",
        "media",
        "media_control",
        "media_ng",
        "media_ng_client",
        "media_relay",
        "media_session",
        "media_sockets",
        "media_place",
        "public_address",
    )
)
PURE = ("appliance.billing", "appliance.wire", "appliance.money", "appliance.sip")

# outside name, rooms that alone may import it; `switch*` is switch and what it is made of
ONLY_IN = [
    ("apsw", "store"),
    ("sqlite3", ""),
    ("twisted", "server* http_common api web mailer demo* SIP_EDGE"),
    ("appliance.sip", "sip switch* server* demo* cli_serve"),
    ("appliance.server", "cli_serve demo* server*"),
    ("PySide6", "gui"),
    ("asyncio", ""),
    ("requests", ""),
    ("pickle", ""),
    ("email.parser", ""),
]


def in_room(module: str, rooms: str) -> bool:
    """Whether the module is of one of these rooms of the house."""
    for room in rooms.split():
        if room == "SIP_EDGE":
            if under(module, *SIP_EDGE):
                return True
        elif room.endswith("*"):
            if module.startswith(f"appliance.{room[:-1]}"):
                return True
        elif under(module, f"appliance.{room}"):
            return True
    return False


def files_of(*rooms: str) -> list[tuple[str, str, int]]:
    """(file, imported name, line) of every import made in these rooms."""
    return [(name_of(file), name, line) for file in python_files("appliance") if under(module_of(file), *rooms) for name, line in imports_of(file)]


def test_floors_hold() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("outside", "rooms"), ONLY_IN, ids=[outside for outside, _ in ONLY_IN])
def test_only_these_rooms_import(outside: str, rooms: str) -> None:
    wrong = [
        f"{name_of(file)}:{line} imports {name}"
        for file in python_files("appliance")
        if not in_room(module_of(file), rooms)
        for name, line in imports_of(file)
        if under(name, outside)
    ]
    assert not wrong


def test_pure_rooms_touch_no_clock_no_chance_and_no_machine() -> None:
    edge = {f"{module.replace('.', '/')}.py" for module in SIP_EDGE}
    wrong = [f"{file}:{line} imports {name}" for file, name, line in files_of(*PURE) if file not in edge and under(name, *IO)]
    assert not wrong


def test_sip_knows_no_other_room() -> None:
    wrong = [
        f"{file}:{line} imports {name}"
        for file, name, line in files_of("appliance.sip")
        if under(name, "appliance") and not under(name, "appliance.sip")
    ]
    assert not wrong


def test_the_console_knows_the_wire_and_nothing_else_of_the_server() -> None:
    rooms = ("gui", "wire", "manual", "i18n", "charts", "paths", "clock", "contrast", "logs", "money", "errors")
    allowed = tuple(f"appliance.{room}" for room in rooms)
    wrong = [
        f"{file}:{line} imports {name}"
        for file, name, line in files_of("appliance.gui")
        if (under(name, "appliance") and name != "appliance.__version__" and not under(name, *allowed)) or under(name, "twisted", "apsw")
    ]
    assert not wrong


def test_services_are_synchronous() -> None:
    assert not [
        f"{file}:{line} imports {name}" for file, name, line in files_of("appliance.services") if under(name, "twisted", "threading", "socket")
    ]


def test_tables_of_the_store_do_not_know_each_other() -> None:
    """A table is what `nouns` gives to every connection."""
    tables = {name.rpartition(".")[0] for name, _ in imports_of(PACKAGE / "store" / "nouns.py") if under(name, "appliance.store")} - {
        "appliance.store.database"
    }
    assert len(tables) > 10
    wrong = [
        f"{name_of(file)}:{line} imports {name}"
        for file in (PACKAGE / "store").glob("*.py")
        if module_of(file) in tables
        for name, line in imports_of(file)
        if under(name, *tables)
    ]
    assert not wrong


def test_every_room_is_a_package_with_its_map() -> None:
    for folder in {file.parent for file in python_files("appliance")}:
        map_file = folder / "__init__.py"
        assert map_file.exists(), f"{name_of(folder)} has no __init__.py"
        assert map_file.read_text(encoding="utf-8").lstrip().startswith('"""'), f"{name_of(map_file)} has no docstring"
