"""The project's own source as the house tests read it: files, syntax trees, what imports what."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "appliance"
GENERATED = {
    ".git",
    ".venv",
    ".env",
    "build",
    "dist",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    ".import_linter_cache",
}


@cache
def project_files() -> tuple[Path, ...]:
    """Every file of the checkout that a commit would hold (what is made by tools left out)."""
    found = []
    for folder, names, files in os.walk(ROOT):
        names[:] = sorted(name for name in names if name not in GENERATED and not name.endswith(".egg-info"))
        found += [Path(folder) / name for name in sorted(files)]
    return tuple(found)


def python_files(*under: str) -> tuple[Path, ...]:
    folders = [ROOT / name for name in under] if under else [ROOT]
    return tuple(file for file in project_files() if file.suffix == ".py" and any(file.is_relative_to(folder) for folder in folders))


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), name_of(file))


def module_of(file: Path) -> str:
    """`appliance.store.ledger` of appliance/store/ledger.py."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _is_type_checking(node: ast.If) -> bool:
    test = node.test
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING")


def _walk_imports(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.If) and _is_type_checking(child):
            for other in child.orelse:
                yield from _walk_imports(other)
        else:
            yield from _walk_imports(child)


def imports_of(file: Path) -> list[tuple[str, int]]:
    """(dotted name, line) of all that the file imports, in functions too; `from a import b` gives `a.b`.

    Imports for the type checker alone are left out: they bind nothing when the program runs.
    """
    found: list[tuple[str, int]] = []
    for node in _walk_imports(tree_of(file)):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        else:
            package = module_of(file).split(".")
            if node.level:
                kept = package if file.name == "__init__.py" else package[:-1]
                start = kept[: len(kept) - node.level + 1]
                source = ".".join([*start, *([node.module] if node.module else [])])
            else:
                source = node.module or ""
            found += [(f"{source}.{alias.name}", node.lineno) for alias in node.names]
    return found


def under(name: str, *prefixes: str) -> bool:
    """Whether the dotted name is one of the prefixes or inside one."""
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)
