"""How long, how named, how said: the habits of the house."""

from __future__ import annotations

import ast
import re

from tests.house.source import PACKAGE, ROOT, name_of, project_files, python_files, tree_of

MOST_LINES = 500
MOST_LINES_OF_A_FUNCTION = 60
BANNED_NAMES = {"utils", "util", "common", "manager", "base", "misc", "core", "helpers", "helper"}
UNFINISHED = re.compile(
    r"\b(?:" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK", r"mark\." + "skip", r"mark\." + "xfail", r"pytest\." + "skip"]) + r")\b"
)


def test_files_are_short() -> None:
    long = [(name_of(file), count) for file in python_files() if (count := len(file.read_text(encoding="utf-8").splitlines())) > MOST_LINES]
    assert not long


def test_functions_fit_on_a_screen() -> None:
    long = [
        f"{name_of(file)}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for file in python_files()
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    ]
    assert not long


def test_no_module_has_a_name_that_says_nothing() -> None:
    wrong = [name_of(file) for file in python_files("appliance") if BANNED_NAMES & set(file.relative_to(PACKAGE).with_suffix("").parts)]
    assert not wrong


def test_every_module_and_public_class_says_what_it_is() -> None:
    silent = []
    for file in python_files("appliance", "dev.py"):
        tree = tree_of(file)
        if not ast.get_docstring(tree):
            silent.append(name_of(file))
        silent += [
            f"{name_of(file)}:{node.lineno} {node.name}"
            for node in tree.body
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)
        ]
    assert not silent


def test_nothing_is_left_unfinished() -> None:
    wrong = [
        f"{name_of(file)}:{number}"
        for file in python_files()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    wrong += [
        f"{name_of(file)}:{node.lineno}"
        for file in python_files()
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Raise) and node.exc is not None and "NotImplementedError" in ast.unparse(node.exc)
    ]
    assert not wrong


DOORS = (
    "api/", "cli.py", "demo", "gui/aside.py", "http_common.py", "mailer.py", "server.py", "services/ground/jobs.py", "services/webhooks.py",
    "sip/commit_thread.py",    "sip/media_relay.py", "sip/resolve.py", "sip/streams.py", "sip/transport.py", "switch.py", "web/",
)  # fmt: skip


def swallows(handler: ast.ExceptHandler) -> bool:
    """Whether it catches everything and has no way of raising it again."""
    everything = handler.type is None or (isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"})
    return everything and not any(isinstance(node, ast.Raise) and node.exc is None for node in ast.walk(handler))


def test_only_doors_catch_everything() -> None:
    wrong = [
        f"{name_of(file)}:{node.lineno}"
        for file in python_files("appliance")
        if not file.relative_to(PACKAGE).as_posix().startswith(DOORS)
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.ExceptHandler) and swallows(node)
    ]
    assert not wrong


def test_money_is_never_a_float() -> None:
    """In the rooms of money no `float(` and no literal with a point: amounts are whole millionths."""
    wrong = []
    for file in (*python_files("appliance/billing"), PACKAGE / "money.py"):
        if not file.exists():
            continue
        for node in ast.walk(tree_of(file)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
                wrong.append(f"{name_of(file)}:{node.lineno}")
    assert not wrong


def test_no_path_of_a_machine_stands_in_the_project() -> None:
    marks = [str(ROOT.parent) + "/", "/home" + "/", "/Users" + "/", "/root" + "/"]
    wrong = []
    for file in project_files():
        if file.suffix not in {".py", ".md", ".toml", ".txt", ".sql", ".json", ".in", ".po", ".csv", ".xml", ""}:
            continue
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        wrong += [f"{name_of(file)}: {mark}" for mark in marks if mark in text and mark != "//"]
    assert not wrong
