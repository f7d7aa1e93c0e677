"""What takes what in a built program: a table by package, and the limits that a build keeps."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

MEGABYTE = 1_000_000
FOLDER_LIMIT = 200 * MEGABYTE
FILE_LIMIT = 95 * MEGABYTE
ROWS = 20


def size_of(file: Path) -> int:
    """Bytes of a file; a link takes none."""
    return 0 if file.is_symlink() else file.stat().st_size


def package_of(place: Path) -> str:
    """Whose file it is: the folder or library at the top of the program."""
    first = place.parts[1] if place.parts[0] == "_internal" and len(place.parts) > 1 else place.parts[0]
    if first.startswith("pillow"):
        return "PIL"
    if first.startswith(("python3", "libpython")) or first == "base_library.zip":
        return "Python"
    if first.startswith("pypdfium2"):
        return "pypdfium2"
    if ".so" in first or first.endswith((".dll", ".dylib")):
        return "system libraries"
    if place.parts[0] != "_internal":
        return "modules of the program and its packages"
    return first.partition("-")[0]


def by_package(folder: Path) -> Counter[str]:
    """{package: bytes} of a built folder."""
    found: Counter[str] = Counter()
    for file in folder.rglob("*"):
        if file.is_file():
            found[package_of(file.relative_to(folder))] += size_of(file)
    return found


def table(folder: Path) -> str:
    """The largest first, and the sum; megabytes of a million bytes."""
    found = by_package(folder)
    rows = found.most_common(ROWS)
    rest = found.total() - sum(size for _, size in rows)
    lines = [f"{size / MEGABYTE:8.1f} MB  {name}" for name, size in [*rows, *([("everything else", rest)] if rest else [])]]
    return "\n".join([*lines, f"{found.total() / MEGABYTE:8.1f} MB  in all, at most {FOLDER_LIMIT // MEGABYTE}"])
