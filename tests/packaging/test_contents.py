"""What goes into the program, asked without building it; and what is kept beside for systems that are not here."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT

PACKAGING = ROOT / "packaging"


@pytest.fixture(autouse=True)
def siblings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The builders import each other by name, as they do when they are run."""
    monkeypatch.syspath_prepend(str(PACKAGING))


@pytest.mark.parametrize(
    ("place", "kind", "goes_in"),
    [
        ("babel/locale-data/de_DE.dat", "DATA", True),
        ("babel/locale-data/de.dat", "DATA", True),
        ("babel/locale-data/root.dat", "DATA", True),
        ("babel/locale-data/den.dat", "DATA", False),
        ("babel/locale-data/fr.dat", "DATA", False),
        ("babel/global.dat", "DATA", True),
        ("qtawesome/fonts/phosphor-1.3.0.ttf", "DATA", True),
        ("qtawesome/fonts/remixicon-2.5.0.ttf", "DATA", False),
        ("PySide6/Qt/lib/libQt6Widgets.so.6", "BINARY", True),
        ("PySide6/Qt/lib/libQt6Qml.so.6", "BINARY", False),
        ("PySide6/Qt/lib/libicudata.so.73", "BINARY", True),
        ("PySide6/QtWidgets.abi3.so", "EXTENSION", True),
        ("PySide6/QtQuick.abi3.so", "EXTENSION", False),
        ("PySide6/Qt6Core.dll", "BINARY", True),
        ("PySide6/Qt6Qml.dll", "BINARY", False),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", "BINARY", True),
        ("PySide6/plugins/platforms/qwindows.dll", "BINARY", True),
        ("PySide6/Qt/plugins/platforms/libqeglfs.so", "BINARY", False),
        ("PySide6/Qt/plugins/sqldrivers/libqsqlite.so", "BINARY", False),
        ("PySide6/Qt/translations/qtbase_de.qm", "DATA", True),
        ("PySide6/Qt/translations/qtbase_fr.qm", "DATA", False),
        ("PySide6/Qt/translations/assistant_de.qm", "DATA", False),
        ("libcups.so.2", "BINARY", False),
        ("reportlab/fonts/Vera.ttf", "DATA", False),
        ("openpyxl/tests/one.xlsx", "DATA", False),
    ],
)
def test_what_goes_in(place: str, kind: str, goes_in: bool) -> None:
    import contents

    assert contents.wanted((place, "source", kind), ["de", "en"]) is goes_in


def test_a_library_that_nothing_asks_for_any_longer_stays_out() -> None:
    import contents

    entries = [
        ("plugins/printing.so", "/p", "BINARY"),
        ("module.so", "/m", "EXTENSION"),
        ("libasked.so.1", "/a", "BINARY"),
        ("libinner.so.1", "/i", "BINARY"),
        ("libloose.so.1", "/l", "BINARY"),
        ("libdeeper.so.1", "/d", "BINARY"),
        ("libssl.so.3", "/s", "BINARY"),
    ]
    needs = {"/p": {"libc.so.6"}, "/m": {"libasked.so.1"}, "/a": {"libinner.so.1"}, "/l": {"libdeeper.so.1"}}
    left = [place for place, _, _ in contents.still_needed(entries, needs)]
    assert left == ["plugins/printing.so", "module.so", "libasked.so.1", "libinner.so.1", "libssl.so.3"]


def test_tools_of_tests_and_builds_stay_out_and_all_that_is_locked_may_come_in() -> None:
    import contents

    foreign = set(contents.foreign_modules())
    assert {"pytest", "hypothesis", "mypy", "PyInstaller"} <= foreign
    ours = {module for each in contents.distributions().values() for module in contents.top_modules(each)}
    assert {"twisted", "apsw", "PySide6", "reportlab", "attr", "attrs"} <= ours and not ours & foreign
    assert "appliance" not in foreign


def test_the_windows_installer_names_files_that_there_are() -> None:
    import contents

    text = (PACKAGING / "windows" / "tollhouse.iss").read_text(encoding="utf-8")
    sections = re.findall(r"^\[(\w+)\]$", text, re.MULTILINE)
    assert sections == ["Setup", "Languages", "Tasks", "Files", "Dirs", "Icons", "Run", "UninstallRun", "Code"]
    setup = dict(line.split("=", 1) for line in text.partition("[Languages]")[0].partition("[Setup]")[2].splitlines() if "=" in line)
    assert (PACKAGING / "windows" / setup["LicenseFile"].replace("\\", "/")).resolve() == ROOT / "LICENSE"
    assert sorted(re.findall(r'^Name: "(\w+)"; MessagesFile: "compiler:[\w\\]+\.isl"$', text, re.MULTILINE)) == contents.languages()
    tasks = set(re.findall(r'^Name: "(\w+)"; Description', text, re.MULTILINE))
    assert set(re.findall(r"Tasks: (\w+)", text)) == tasks == {"service", "firewall"}
    for line in text.partition("[Languages]")[2].partition("[Code]")[0].splitlines():
        assert line.count('"') % 2 == 0, line
    assert text.count("begin") == text.count("end;") and "advfirewall" in text


class Manager:
    """Windows' service manager, as far as the wrapper speaks with it."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int]] = []

    def SetServiceStatus(self, _handle: object, status: object) -> None:  # noqa: N802
        self.told.append((status._obj.current_state, status._obj.exit_code))  # type: ignore[attr-defined]


@pytest.mark.needs("sh")
def test_the_windows_service_tells_its_states(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PACKAGING / "windows"))
    import service

    monkeypatch.setattr(service, "NEW_GROUP", 0)
    manager = Manager()
    code = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); print('ready', flush=True); signal.pause()"
    one = service.Service(manager, [sys.executable, "-c", code])
    told = manager.told

    class Impatient(Manager):
        def SetServiceStatus(self, handle: object, status: object) -> None:  # noqa: N802
            super().SetServiceStatus(handle, status)
            if self.told[-1][0] == service.RUNNING:
                one.control(service.CONTROL_STOP)

    one._api = manager = Impatient()
    one.main(lambda control: 7)
    assert told == [] and [state for state, _ in manager.told] == [service.START_PENDING, service.RUNNING, service.STOP_PENDING, service.STOPPED]
    assert manager.told[-1][1] == 0
    failing = service.Service(broken := Manager(), [sys.executable, "-c", "raise SystemExit(3)"])
    failing.main(lambda control: 7)
    assert broken.told == [(service.START_PENDING, 0), (service.STOPPED, 3)]


@pytest.mark.needs("sh")
def test_recipes_are_well_formed() -> None:
    subprocess.run(["sh", "-n", str(PACKAGING / "macos" / "make.sh")], check=True)
    for script in ("postinst", "prerm", "postrm"):
        subprocess.run(["sh", "-n", str(PACKAGING / "deb" / script)], check=True)
    recipe = (PACKAGING / "windows" / "check.ps1").read_text(encoding="utf-8")
    assert recipe.count("{") == recipe.count("}") and recipe.count("(") == recipe.count(")") and recipe.count('"') % 2 == 0
    named = re.findall(r"packaging\\[\w\\.]+\w", recipe)
    assert named and all((ROOT / name.replace("\\", "/")).is_file() for name in named)
    assert "not tried on Windows" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_desktop_file_and_the_unit_can_be_read() -> None:
    for name in ("tollhouse.service", "org.tollhouse.Tollhouse.desktop"):
        read = configparser.ConfigParser(strict=False, interpolation=None)
        assert read.read(Path(PACKAGING / "deb" / name), encoding="utf-8") and read.sections()
