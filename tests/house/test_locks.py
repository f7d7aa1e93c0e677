"""The lock files: every version pinned with hashes, no address in them, and they hold what the project asks for."""

from __future__ import annotations

import re
import sys
import tomllib

import pytest

from tests.house.source import ROOT, imports_of, project_files, python_files, under

LOCKS = ["requirements.txt", "requirements-build.txt", "requirements-console.txt", "requirements-package.txt", "requirements-test.txt"]
# what a distribution is called where its module has another name
MODULES = {
    "argon2-cffi": "argon2", "import-linter": "importlinter", "markdown-it-py": "markdown_it", "pillow": "PIL",
    "pjsua2-python": "pjsua2", "pyside6-essentials": "PySide6", "pytest-qt": "pytestqt",
    "pyinstaller": "PyInstaller", "python-bidi": "bidi", "python-escpos": "escpos",
}  # fmt: skip
# used by name on a command line or by another package, never imported by us
UNIMPORTED = {"editables", "hatchling", "mypy", "ruff", "import-linter", "tzdata"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: str) -> dict[str, str]:
    """{distribution: version} of a lock file."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {canonical(match[1]): match[2] for match in re.finditer(r"^([A-Za-z0-9_.-]+)==(\S+)", text, re.MULTILINE)}


def declared(extra: str | None) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] if extra is None else project["optional-dependencies"][extra]
    return {canonical(re.split(r"[\[<>=!~; ]", line)[0]) for line in wanted}


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_is_pinned_hashed_and_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert ":" + "//" not in text
    blocks = re.split(r"^(?=[A-Za-z0-9])", "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#")), flags=re.MULTILINE)
    for block in filter(str.strip, blocks):
        assert "==" in block.split("\n")[0], block
        assert "--hash=sha256:" in block, block


def test_no_lock_of_another_kind() -> None:
    assert not [file.name for file in project_files() if file.name in {"uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock"}]


def test_locks_hold_what_the_project_declares_and_agree() -> None:
    runtime, build, console, package, test = (locked(lock) for lock in LOCKS)
    assert declared(None) <= set(runtime)
    assert declared("build") <= set(build)
    assert declared("console") <= set(console)
    assert declared("package") <= set(package)
    assert declared("test") <= set(test)
    assert {name: version for name, version in (runtime | build | console | package).items() if test.get(name) != version} == {}


def outside_imports(*folders: str) -> set[str]:
    names = {name.split(".")[0] for file in python_files(*folders) for name, _ in imports_of(file)}
    return {name for name in names if name not in sys.stdlib_module_names and not under(name, "appliance", "tests", "dev", "")}


def modules(extra: str | None) -> set[str]:
    return {MODULES.get(name, name.replace("-", "_")) for name in declared(extra)}


def test_what_is_imported_is_declared_and_the_reverse() -> None:
    carried = {"zope", "OpenSSL", "shiboken6", "jeepney"}  # by what we declare, and used with it
    used, shown = outside_imports("appliance"), outside_imports("appliance/gui")
    assert used - modules(None) - modules("console") - carried == set()
    assert shown & modules("console") == used & modules("console"), "the console's packages are for the console alone"
    assert {name for name in declared(None) if name not in UNIMPORTED and MODULES.get(name, name.replace("-", "_")) not in used} == set()
    siblings = {file.stem for file in python_files("packaging")}  # run from their folder, they import each other by name
    declared_modules = modules(None) | modules("console") | modules("package") | modules("test")
    assert outside_imports("tests", "dev.py", "packaging") - siblings - declared_modules - carried == set()
